import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.directory.v1 import scopes_pb2 as _scopes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Term(_message.Message):
    __slots__ = ("start", "end")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    start: str
    end: str
    def __init__(self, start: _Optional[str] = ..., end: _Optional[str] = ...) -> None: ...

class ShareApplication(_message.Message):
    __slots__ = ("application", "hall", "department", "resource", "version", "fields", "purpose", "basis", "term", "manner", "applied_at")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TERM_FIELD_NUMBER: _ClassVar[int]
    MANNER_FIELD_NUMBER: _ClassVar[int]
    APPLIED_AT_FIELD_NUMBER: _ClassVar[int]
    application: str
    hall: str
    department: str
    resource: str
    version: int
    fields: _containers.RepeatedScalarFieldContainer[str]
    purpose: str
    basis: str
    term: Term
    manner: str
    applied_at: _timestamp_pb2.Timestamp
    def __init__(self, application: _Optional[str] = ..., hall: _Optional[str] = ..., department: _Optional[str] = ..., resource: _Optional[str] = ..., version: _Optional[int] = ..., fields: _Optional[_Iterable[str]] = ..., purpose: _Optional[str] = ..., basis: _Optional[str] = ..., term: _Optional[_Union[Term, _Mapping]] = ..., manner: _Optional[str] = ..., applied_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Grant(_message.Message):
    __slots__ = ("grant", "application", "hall", "department", "resource", "version", "fields", "purpose", "basis", "period", "manner", "approver", "granted_at", "ended_at")
    GRANT_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    MANNER_FIELD_NUMBER: _ClassVar[int]
    APPROVER_FIELD_NUMBER: _ClassVar[int]
    GRANTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    grant: str
    application: str
    hall: str
    department: str
    resource: str
    version: int
    fields: _containers.RepeatedScalarFieldContainer[str]
    purpose: str
    basis: str
    period: Term
    manner: str
    approver: str
    granted_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    def __init__(self, grant: _Optional[str] = ..., application: _Optional[str] = ..., hall: _Optional[str] = ..., department: _Optional[str] = ..., resource: _Optional[str] = ..., version: _Optional[int] = ..., fields: _Optional[_Iterable[str]] = ..., purpose: _Optional[str] = ..., basis: _Optional[str] = ..., period: _Optional[_Union[Term, _Mapping]] = ..., manner: _Optional[str] = ..., approver: _Optional[str] = ..., granted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShareEvent(_message.Message):
    __slots__ = ("application_id", "kind", "at", "sharing", "application", "grant", "ground", "hall", "by")
    APPLICATION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    SHARING_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    GRANT_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    application_id: str
    kind: str
    at: _timestamp_pb2.Timestamp
    sharing: str
    application: ShareApplication
    grant: Grant
    ground: str
    hall: str
    by: _scopes_pb2.Principal
    def __init__(self, application_id: _Optional[str] = ..., kind: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sharing: _Optional[str] = ..., application: _Optional[_Union[ShareApplication, _Mapping]] = ..., grant: _Optional[_Union[Grant, _Mapping]] = ..., ground: _Optional[str] = ..., hall: _Optional[str] = ..., by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...
