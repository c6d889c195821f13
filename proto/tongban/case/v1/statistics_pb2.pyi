import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.directory.v1 import scopes_pb2 as _scopes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetStatisticsRequest(_message.Message):
    __slots__ = ("hall", "subtree", "item_code", "department", "from_month", "to_month", "group_by", "asked_by", "purpose", "lights")
    HALL_FIELD_NUMBER: _ClassVar[int]
    SUBTREE_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    FROM_MONTH_FIELD_NUMBER: _ClassVar[int]
    TO_MONTH_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    LIGHTS_FIELD_NUMBER: _ClassVar[int]
    hall: str
    subtree: str
    item_code: str
    department: str
    from_month: str
    to_month: str
    group_by: _containers.RepeatedScalarFieldContainer[str]
    asked_by: _scopes_pb2.Principal
    purpose: _scopes_pb2.Purpose
    lights: bool
    def __init__(self, hall: _Optional[str] = ..., subtree: _Optional[str] = ..., item_code: _Optional[str] = ..., department: _Optional[str] = ..., from_month: _Optional[str] = ..., to_month: _Optional[str] = ..., group_by: _Optional[_Iterable[str]] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., purpose: _Optional[_Union[_scopes_pb2.Purpose, _Mapping]] = ..., lights: _Optional[bool] = ...) -> None: ...

class GetStatisticsResponse(_message.Message):
    __slots__ = ("rows", "as_of", "reported")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    REPORTED_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[StatisticsRow]
    as_of: _timestamp_pb2.Timestamp
    reported: _containers.RepeatedCompositeFieldContainer[Reported]
    def __init__(self, rows: _Optional[_Iterable[_Union[StatisticsRow, _Mapping]]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reported: _Optional[_Iterable[_Union[Reported, _Mapping]]] = ...) -> None: ...

class Reported(_message.Message):
    __slots__ = ("hall", "up_to", "silent")
    HALL_FIELD_NUMBER: _ClassVar[int]
    UP_TO_FIELD_NUMBER: _ClassVar[int]
    SILENT_FIELD_NUMBER: _ClassVar[int]
    hall: str
    up_to: _timestamp_pb2.Timestamp
    silent: bool
    def __init__(self, hall: _Optional[str] = ..., up_to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., silent: _Optional[bool] = ...) -> None: ...

class StatisticsRow(_message.Message):
    __slots__ = ("hall", "item_code", "department", "month", "applied", "accepted", "decided", "granted", "refused", "closed", "on_time", "late", "working_days", "yellow_cards", "red_cards", "green", "yellow", "red", "grey")
    HALL_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    MONTH_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    DECIDED_FIELD_NUMBER: _ClassVar[int]
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    ON_TIME_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    WORKING_DAYS_FIELD_NUMBER: _ClassVar[int]
    YELLOW_CARDS_FIELD_NUMBER: _ClassVar[int]
    RED_CARDS_FIELD_NUMBER: _ClassVar[int]
    GREEN_FIELD_NUMBER: _ClassVar[int]
    YELLOW_FIELD_NUMBER: _ClassVar[int]
    RED_FIELD_NUMBER: _ClassVar[int]
    GREY_FIELD_NUMBER: _ClassVar[int]
    hall: str
    item_code: str
    department: str
    month: str
    applied: int
    accepted: int
    decided: int
    granted: int
    refused: int
    closed: int
    on_time: int
    late: int
    working_days: int
    yellow_cards: int
    red_cards: int
    green: int
    yellow: int
    red: int
    grey: int
    def __init__(self, hall: _Optional[str] = ..., item_code: _Optional[str] = ..., department: _Optional[str] = ..., month: _Optional[str] = ..., applied: _Optional[int] = ..., accepted: _Optional[int] = ..., decided: _Optional[int] = ..., granted: _Optional[int] = ..., refused: _Optional[int] = ..., closed: _Optional[int] = ..., on_time: _Optional[int] = ..., late: _Optional[int] = ..., working_days: _Optional[int] = ..., yellow_cards: _Optional[int] = ..., red_cards: _Optional[int] = ..., green: _Optional[int] = ..., yellow: _Optional[int] = ..., red: _Optional[int] = ..., grey: _Optional[int] = ...) -> None: ...
