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

class CaseEventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASE_EVENT_KIND_UNSPECIFIED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_PRE_DECLARED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_PRE_REVIEWED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_APPLIED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_NOT_REQUIRED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_ACCEPTANCE_REFUSED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_SUPPLEMENT_REQUESTED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_SUPPLEMENT_RECEIVED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_ACCEPTED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_STEP_STARTED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_STEP_COMPLETED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_REFERRED_UP: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_RETURNED_DOWN: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_PROCEDURE_STARTED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_PROCEDURE_ENDED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_EXTENDED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_SUSPENDED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_RESUMED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_DECIDED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_CLOSED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_DOCUMENT_ISSUED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_DELIVERED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_RENEWAL_APPLIED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_RENEWED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_RATED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_COORDINATED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_REFERRED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_FEE: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_TERMINATED: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_WITHDRAWN: _ClassVar[CaseEventKind]
    CASE_EVENT_KIND_STEP: _ClassVar[CaseEventKind]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_GRANTED: _ClassVar[Outcome]
    OUTCOME_REFUSED: _ClassVar[Outcome]
CASE_EVENT_KIND_UNSPECIFIED: CaseEventKind
CASE_EVENT_KIND_PRE_DECLARED: CaseEventKind
CASE_EVENT_KIND_PRE_REVIEWED: CaseEventKind
CASE_EVENT_KIND_APPLIED: CaseEventKind
CASE_EVENT_KIND_NOT_REQUIRED: CaseEventKind
CASE_EVENT_KIND_ACCEPTANCE_REFUSED: CaseEventKind
CASE_EVENT_KIND_SUPPLEMENT_REQUESTED: CaseEventKind
CASE_EVENT_KIND_SUPPLEMENT_RECEIVED: CaseEventKind
CASE_EVENT_KIND_ACCEPTED: CaseEventKind
CASE_EVENT_KIND_STEP_STARTED: CaseEventKind
CASE_EVENT_KIND_STEP_COMPLETED: CaseEventKind
CASE_EVENT_KIND_REFERRED_UP: CaseEventKind
CASE_EVENT_KIND_RETURNED_DOWN: CaseEventKind
CASE_EVENT_KIND_PROCEDURE_STARTED: CaseEventKind
CASE_EVENT_KIND_PROCEDURE_ENDED: CaseEventKind
CASE_EVENT_KIND_EXTENDED: CaseEventKind
CASE_EVENT_KIND_SUSPENDED: CaseEventKind
CASE_EVENT_KIND_RESUMED: CaseEventKind
CASE_EVENT_KIND_DECIDED: CaseEventKind
CASE_EVENT_KIND_CLOSED: CaseEventKind
CASE_EVENT_KIND_DOCUMENT_ISSUED: CaseEventKind
CASE_EVENT_KIND_DELIVERED: CaseEventKind
CASE_EVENT_KIND_RENEWAL_APPLIED: CaseEventKind
CASE_EVENT_KIND_RENEWED: CaseEventKind
CASE_EVENT_KIND_RATED: CaseEventKind
CASE_EVENT_KIND_COORDINATED: CaseEventKind
CASE_EVENT_KIND_REFERRED: CaseEventKind
CASE_EVENT_KIND_FEE: CaseEventKind
CASE_EVENT_KIND_TERMINATED: CaseEventKind
CASE_EVENT_KIND_WITHDRAWN: CaseEventKind
CASE_EVENT_KIND_STEP: CaseEventKind
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_GRANTED: Outcome
OUTCOME_REFUSED: Outcome

class CaseEvent(_message.Message):
    __slots__ = ("case_number", "kind", "item_code", "step_name", "step_code", "department", "officer", "outcome", "ground", "extension_days", "promised_by", "due_at", "source_row", "position", "referred_to", "procedure", "basis", "limit_days", "valid_until", "grade", "fee_project", "approver", "document", "of_hall", "of_case")
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    STEP_NAME_FIELD_NUMBER: _ClassVar[int]
    STEP_CODE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_DAYS_FIELD_NUMBER: _ClassVar[int]
    PROMISED_BY_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ROW_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    REFERRED_TO_FIELD_NUMBER: _ClassVar[int]
    PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    GRADE_FIELD_NUMBER: _ClassVar[int]
    FEE_PROJECT_FIELD_NUMBER: _ClassVar[int]
    APPROVER_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    OF_HALL_FIELD_NUMBER: _ClassVar[int]
    OF_CASE_FIELD_NUMBER: _ClassVar[int]
    case_number: str
    kind: CaseEventKind
    item_code: str
    step_name: str
    step_code: str
    department: str
    officer: str
    outcome: Outcome
    ground: str
    extension_days: int
    promised_by: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    source_row: str
    position: int
    referred_to: str
    procedure: str
    basis: str
    limit_days: int
    valid_until: _timestamp_pb2.Timestamp
    grade: int
    fee_project: str
    approver: str
    document: str
    of_hall: str
    of_case: str
    def __init__(self, case_number: _Optional[str] = ..., kind: _Optional[_Union[CaseEventKind, str]] = ..., item_code: _Optional[str] = ..., step_name: _Optional[str] = ..., step_code: _Optional[str] = ..., department: _Optional[str] = ..., officer: _Optional[str] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., ground: _Optional[str] = ..., extension_days: _Optional[int] = ..., promised_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source_row: _Optional[str] = ..., position: _Optional[int] = ..., referred_to: _Optional[str] = ..., procedure: _Optional[str] = ..., basis: _Optional[str] = ..., limit_days: _Optional[int] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., grade: _Optional[int] = ..., fee_project: _Optional[str] = ..., approver: _Optional[str] = ..., document: _Optional[str] = ..., of_hall: _Optional[str] = ..., of_case: _Optional[str] = ...) -> None: ...

class SourceRun(_message.Message):
    __slots__ = ("source", "read_up_to", "cursor", "rows_read", "events", "rows_rejected")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    READ_UP_TO_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    ROWS_READ_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    ROWS_REJECTED_FIELD_NUMBER: _ClassVar[int]
    source: str
    read_up_to: _timestamp_pb2.Timestamp
    cursor: str
    rows_read: int
    events: int
    rows_rejected: int
    def __init__(self, source: _Optional[str] = ..., read_up_to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cursor: _Optional[str] = ..., rows_read: _Optional[int] = ..., events: _Optional[int] = ..., rows_rejected: _Optional[int] = ...) -> None: ...

class Case(_message.Message):
    __slots__ = ("hall", "case_number", "state", "item_code", "applied_at", "accepted_at", "decided_at", "closed_at", "promised_by", "outcome", "events", "last_event_at", "flags", "department", "referred_to")
    HALL_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    APPLIED_AT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    PROMISED_BY_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    LAST_EVENT_AT_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    REFERRED_TO_FIELD_NUMBER: _ClassVar[int]
    hall: str
    case_number: str
    state: str
    item_code: str
    applied_at: _timestamp_pb2.Timestamp
    accepted_at: _timestamp_pb2.Timestamp
    decided_at: _timestamp_pb2.Timestamp
    closed_at: _timestamp_pb2.Timestamp
    promised_by: _timestamp_pb2.Timestamp
    outcome: Outcome
    events: int
    last_event_at: _timestamp_pb2.Timestamp
    flags: _containers.RepeatedScalarFieldContainer[str]
    department: str
    referred_to: str
    def __init__(self, hall: _Optional[str] = ..., case_number: _Optional[str] = ..., state: _Optional[str] = ..., item_code: _Optional[str] = ..., applied_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., promised_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., events: _Optional[int] = ..., last_event_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., flags: _Optional[_Iterable[str]] = ..., department: _Optional[str] = ..., referred_to: _Optional[str] = ...) -> None: ...

class GetCaseRequest(_message.Message):
    __slots__ = ("hall", "case_number", "asked_by", "purpose")
    HALL_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    hall: str
    case_number: str
    asked_by: _scopes_pb2.Principal
    purpose: _scopes_pb2.Purpose
    def __init__(self, hall: _Optional[str] = ..., case_number: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., purpose: _Optional[_Union[_scopes_pb2.Purpose, _Mapping]] = ...) -> None: ...

class ListCasesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "hall", "state", "applied_from", "applied_before", "asked_by", "purpose")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FROM_FIELD_NUMBER: _ClassVar[int]
    APPLIED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    hall: str
    state: str
    applied_from: _timestamp_pb2.Timestamp
    applied_before: _timestamp_pb2.Timestamp
    asked_by: _scopes_pb2.Principal
    purpose: _scopes_pb2.Purpose
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., hall: _Optional[str] = ..., state: _Optional[str] = ..., applied_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., applied_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., purpose: _Optional[_Union[_scopes_pb2.Purpose, _Mapping]] = ...) -> None: ...

class ListCasesResponse(_message.Message):
    __slots__ = ("cases", "next_page_token")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[Case]
    next_page_token: str
    def __init__(self, cases: _Optional[_Iterable[_Union[Case, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetTimelineRequest(_message.Message):
    __slots__ = ("hall", "case_number", "asked_by", "purpose")
    HALL_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    hall: str
    case_number: str
    asked_by: _scopes_pb2.Principal
    purpose: _scopes_pb2.Purpose
    def __init__(self, hall: _Optional[str] = ..., case_number: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., purpose: _Optional[_Union[_scopes_pb2.Purpose, _Mapping]] = ...) -> None: ...

class GetTimelineResponse(_message.Message):
    __slots__ = ("entries",)
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[TimelineEntry]
    def __init__(self, entries: _Optional[_Iterable[_Union[TimelineEntry, _Mapping]]] = ...) -> None: ...

class TimelineEntry(_message.Message):
    __slots__ = ("event_id", "event", "occurred_at", "recorded_at", "accepted_at", "ledger_index", "journal", "journal_index")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_INDEX_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    event: CaseEvent
    occurred_at: _timestamp_pb2.Timestamp
    recorded_at: _timestamp_pb2.Timestamp
    accepted_at: _timestamp_pb2.Timestamp
    ledger_index: int
    journal: str
    journal_index: int
    def __init__(self, event_id: _Optional[str] = ..., event: _Optional[_Union[CaseEvent, _Mapping]] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ledger_index: _Optional[int] = ..., journal: _Optional[str] = ..., journal_index: _Optional[int] = ...) -> None: ...
