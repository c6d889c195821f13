import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from tongban.directory.v1 import scopes_pb2 as _scopes_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ShareSide(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHARE_SIDE_UNSPECIFIED: _ClassVar[ShareSide]
    SHARE_SIDE_APPLICANT: _ClassVar[ShareSide]
    SHARE_SIDE_PROVIDER: _ClassVar[ShareSide]
SHARE_SIDE_UNSPECIFIED: ShareSide
SHARE_SIDE_APPLICANT: ShareSide
SHARE_SIDE_PROVIDER: ShareSide

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

class Share(_message.Message):
    __slots__ = ("application", "phase", "sharing", "grant", "answered_at", "ended_at", "ground", "flags", "last_at", "events")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    SHARING_FIELD_NUMBER: _ClassVar[int]
    GRANT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    LAST_AT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    application: ShareApplication
    phase: str
    sharing: str
    grant: Grant
    answered_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    ground: str
    flags: _containers.RepeatedScalarFieldContainer[str]
    last_at: _timestamp_pb2.Timestamp
    events: int
    def __init__(self, application: _Optional[_Union[ShareApplication, _Mapping]] = ..., phase: _Optional[str] = ..., sharing: _Optional[str] = ..., grant: _Optional[_Union[Grant, _Mapping]] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ground: _Optional[str] = ..., flags: _Optional[_Iterable[str]] = ..., last_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., events: _Optional[int] = ...) -> None: ...

class Waiting(_message.Message):
    __slots__ = ("awaited", "due", "provisional", "overdue", "working_days_late", "light")
    AWAITED_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    WORKING_DAYS_LATE_FIELD_NUMBER: _ClassVar[int]
    LIGHT_FIELD_NUMBER: _ClassVar[int]
    awaited: str
    due: str
    provisional: bool
    overdue: bool
    working_days_late: int
    light: str
    def __init__(self, awaited: _Optional[str] = ..., due: _Optional[str] = ..., provisional: _Optional[bool] = ..., overdue: _Optional[bool] = ..., working_days_late: _Optional[int] = ..., light: _Optional[str] = ...) -> None: ...

class ShareStanding(_message.Message):
    __slots__ = ("share", "provider", "provider_hall", "waiting", "not_live")
    SHARE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_HALL_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    NOT_LIVE_FIELD_NUMBER: _ClassVar[int]
    share: Share
    provider: str
    provider_hall: str
    waiting: Waiting
    not_live: str
    def __init__(self, share: _Optional[_Union[Share, _Mapping]] = ..., provider: _Optional[str] = ..., provider_hall: _Optional[str] = ..., waiting: _Optional[_Union[Waiting, _Mapping]] = ..., not_live: _Optional[str] = ...) -> None: ...

class ApplyRequest(_message.Message):
    __slots__ = ("resource", "version", "fields", "purpose", "basis", "term", "manner", "asked_by")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    TERM_FIELD_NUMBER: _ClassVar[int]
    MANNER_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    resource: str
    version: int
    fields: _containers.RepeatedScalarFieldContainer[str]
    purpose: str
    basis: str
    term: Term
    manner: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, resource: _Optional[str] = ..., version: _Optional[int] = ..., fields: _Optional[_Iterable[str]] = ..., purpose: _Optional[str] = ..., basis: _Optional[str] = ..., term: _Optional[_Union[Term, _Mapping]] = ..., manner: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class AnswerRequest(_message.Message):
    __slots__ = ("application", "asked_by")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    application: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, application: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class GrantRequest(_message.Message):
    __slots__ = ("application", "fields", "period", "asked_by")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    application: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    period: Term
    asked_by: _scopes_pb2.Principal
    def __init__(self, application: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., period: _Optional[_Union[Term, _Mapping]] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class RefuseRequest(_message.Message):
    __slots__ = ("application", "ground", "asked_by")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    application: str
    ground: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, application: _Optional[str] = ..., ground: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class WithdrawRequest(_message.Message):
    __slots__ = ("application", "ground", "asked_by")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    application: str
    ground: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, application: _Optional[str] = ..., ground: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class GetShareRequest(_message.Message):
    __slots__ = ("application", "asked_by")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    application: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, application: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListSharesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "side", "phase", "resource", "overdue", "asked_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    side: ShareSide
    phase: str
    resource: str
    overdue: bool
    asked_by: _scopes_pb2.Principal
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., side: _Optional[_Union[ShareSide, str]] = ..., phase: _Optional[str] = ..., resource: _Optional[str] = ..., overdue: _Optional[bool] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListSharesResponse(_message.Message):
    __slots__ = ("shares", "next_page_token")
    SHARES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    shares: _containers.RepeatedCompositeFieldContainer[ShareStanding]
    next_page_token: str
    def __init__(self, shares: _Optional[_Iterable[_Union[ShareStanding, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
