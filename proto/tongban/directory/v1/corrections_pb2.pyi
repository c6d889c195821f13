import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.directory.v1 import scopes_pb2 as _scopes_pb2
from tongban.directory.v1 import sharing_pb2 as _sharing_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReport(_message.Message):
    __slots__ = ("report", "hall", "department", "resource", "version", "record", "fields", "what", "reported_at", "state", "outcome", "answer", "answered_at", "closed_at")
    REPORT_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    REPORTED_AT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    report: str
    hall: str
    department: str
    resource: str
    version: int
    record: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    what: str
    reported_at: _timestamp_pb2.Timestamp
    state: str
    outcome: str
    answer: str
    answered_at: _timestamp_pb2.Timestamp
    closed_at: _timestamp_pb2.Timestamp
    def __init__(self, report: _Optional[str] = ..., hall: _Optional[str] = ..., department: _Optional[str] = ..., resource: _Optional[str] = ..., version: _Optional[int] = ..., record: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., what: _Optional[str] = ..., reported_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[str] = ..., outcome: _Optional[str] = ..., answer: _Optional[str] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CorrectionEvent(_message.Message):
    __slots__ = ("report_id", "kind", "at", "report", "text", "hall", "by")
    REPORT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    report_id: str
    kind: str
    at: _timestamp_pb2.Timestamp
    report: ErrorReport
    text: str
    hall: str
    by: _scopes_pb2.Principal
    def __init__(self, report_id: _Optional[str] = ..., kind: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., report: _Optional[_Union[ErrorReport, _Mapping]] = ..., text: _Optional[str] = ..., hall: _Optional[str] = ..., by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ReportStanding(_message.Message):
    __slots__ = ("report", "provider", "provider_hall", "waiting")
    REPORT_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_HALL_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    report: ErrorReport
    provider: str
    provider_hall: str
    waiting: _sharing_pb2.Waiting
    def __init__(self, report: _Optional[_Union[ErrorReport, _Mapping]] = ..., provider: _Optional[str] = ..., provider_hall: _Optional[str] = ..., waiting: _Optional[_Union[_sharing_pb2.Waiting, _Mapping]] = ...) -> None: ...

class ReportErrorRequest(_message.Message):
    __slots__ = ("resource", "version", "record", "fields", "what", "asked_by")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    resource: str
    version: int
    record: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    what: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, resource: _Optional[str] = ..., version: _Optional[int] = ..., record: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., what: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class AnswerReportRequest(_message.Message):
    __slots__ = ("report", "outcome", "text", "asked_by")
    REPORT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    report: str
    outcome: str
    text: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, report: _Optional[str] = ..., outcome: _Optional[str] = ..., text: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class CloseReportRequest(_message.Message):
    __slots__ = ("report", "asked_by")
    REPORT_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    report: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, report: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListReportsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "state", "resource", "overdue", "asked_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    state: str
    resource: str
    overdue: bool
    asked_by: _scopes_pb2.Principal
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., state: _Optional[str] = ..., resource: _Optional[str] = ..., overdue: _Optional[bool] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListReportsResponse(_message.Message):
    __slots__ = ("reports", "next_page_token")
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[ReportStanding]
    next_page_token: str
    def __init__(self, reports: _Optional[_Iterable[_Union[ReportStanding, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
