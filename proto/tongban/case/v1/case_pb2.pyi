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
    __slots__ = ("hall", "case_number", "state", "item_code", "applied_at", "accepted_at", "decided_at", "closed_at", "promised_by", "outcome", "events", "last_event_at", "flags", "department", "referred_to", "due_at", "light")
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
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    LIGHT_FIELD_NUMBER: _ClassVar[int]
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
    due_at: _timestamp_pb2.Timestamp
    light: str
    def __init__(self, hall: _Optional[str] = ..., case_number: _Optional[str] = ..., state: _Optional[str] = ..., item_code: _Optional[str] = ..., applied_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., promised_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., events: _Optional[int] = ..., last_event_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., flags: _Optional[_Iterable[str]] = ..., department: _Optional[str] = ..., referred_to: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., light: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("page_size", "page_token", "hall", "state", "applied_from", "applied_before", "asked_by", "purpose", "subtree", "department", "item_code", "light", "accepted_from", "accepted_before", "due_from", "due_before", "case_number_prefix")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    APPLIED_FROM_FIELD_NUMBER: _ClassVar[int]
    APPLIED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    SUBTREE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    LIGHT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FROM_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    DUE_FROM_FIELD_NUMBER: _ClassVar[int]
    DUE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_PREFIX_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    hall: str
    state: str
    applied_from: _timestamp_pb2.Timestamp
    applied_before: _timestamp_pb2.Timestamp
    asked_by: _scopes_pb2.Principal
    purpose: _scopes_pb2.Purpose
    subtree: str
    department: str
    item_code: str
    light: str
    accepted_from: _timestamp_pb2.Timestamp
    accepted_before: _timestamp_pb2.Timestamp
    due_from: _timestamp_pb2.Timestamp
    due_before: _timestamp_pb2.Timestamp
    case_number_prefix: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., hall: _Optional[str] = ..., state: _Optional[str] = ..., applied_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., applied_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ..., purpose: _Optional[_Union[_scopes_pb2.Purpose, _Mapping]] = ..., subtree: _Optional[str] = ..., department: _Optional[str] = ..., item_code: _Optional[str] = ..., light: _Optional[str] = ..., accepted_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accepted_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., case_number_prefix: _Optional[str] = ...) -> None: ...

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

class GetClocksRequest(_message.Message):
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

class GetClocksResponse(_message.Message):
    __slots__ = ("clocks", "read_at", "flags")
    CLOCKS_FIELD_NUMBER: _ClassVar[int]
    READ_AT_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    clocks: _containers.RepeatedCompositeFieldContainer[Clock]
    read_at: _timestamp_pb2.Timestamp
    flags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, clocks: _Optional[_Iterable[_Union[Clock, _Mapping]]] = ..., read_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., flags: _Optional[_Iterable[str]] = ...) -> None: ...

class Clock(_message.Message):
    __slots__ = ("kind", "title_zh", "title_en", "of", "halls", "started_at", "limit", "extra_days", "due_day", "provisional", "state", "light", "ended_at", "used", "left", "stops", "why")
    class Limit(_message.Message):
        __slots__ = ("amount", "unit")
        AMOUNT_FIELD_NUMBER: _ClassVar[int]
        UNIT_FIELD_NUMBER: _ClassVar[int]
        amount: int
        unit: str
        def __init__(self, amount: _Optional[int] = ..., unit: _Optional[str] = ...) -> None: ...
    class Stop(_message.Message):
        __slots__ = ("cause", "of", "started_at", "ended_at", "basis", "days")
        CAUSE_FIELD_NUMBER: _ClassVar[int]
        OF_FIELD_NUMBER: _ClassVar[int]
        STARTED_AT_FIELD_NUMBER: _ClassVar[int]
        ENDED_AT_FIELD_NUMBER: _ClassVar[int]
        BASIS_FIELD_NUMBER: _ClassVar[int]
        DAYS_FIELD_NUMBER: _ClassVar[int]
        cause: str
        of: str
        started_at: _timestamp_pb2.Timestamp
        ended_at: _timestamp_pb2.Timestamp
        basis: str
        days: int
        def __init__(self, cause: _Optional[str] = ..., of: _Optional[str] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., basis: _Optional[str] = ..., days: _Optional[int] = ...) -> None: ...
    class Reason(_message.Message):
        __slots__ = ("because", "rule", "ledger_index", "zh", "en")
        BECAUSE_FIELD_NUMBER: _ClassVar[int]
        RULE_FIELD_NUMBER: _ClassVar[int]
        LEDGER_INDEX_FIELD_NUMBER: _ClassVar[int]
        ZH_FIELD_NUMBER: _ClassVar[int]
        EN_FIELD_NUMBER: _ClassVar[int]
        because: str
        rule: str
        ledger_index: int
        zh: str
        en: str
        def __init__(self, because: _Optional[str] = ..., rule: _Optional[str] = ..., ledger_index: _Optional[int] = ..., zh: _Optional[str] = ..., en: _Optional[str] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_ZH_FIELD_NUMBER: _ClassVar[int]
    TITLE_EN_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    HALLS_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    EXTRA_DAYS_FIELD_NUMBER: _ClassVar[int]
    DUE_DAY_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LIGHT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    STOPS_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    kind: str
    title_zh: str
    title_en: str
    of: str
    halls: _containers.RepeatedScalarFieldContainer[str]
    started_at: _timestamp_pb2.Timestamp
    limit: Clock.Limit
    extra_days: int
    due_day: str
    provisional: bool
    state: str
    light: str
    ended_at: _timestamp_pb2.Timestamp
    used: int
    left: int
    stops: _containers.RepeatedCompositeFieldContainer[Clock.Stop]
    why: _containers.RepeatedCompositeFieldContainer[Clock.Reason]
    def __init__(self, kind: _Optional[str] = ..., title_zh: _Optional[str] = ..., title_en: _Optional[str] = ..., of: _Optional[str] = ..., halls: _Optional[_Iterable[str]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., limit: _Optional[_Union[Clock.Limit, _Mapping]] = ..., extra_days: _Optional[int] = ..., due_day: _Optional[str] = ..., provisional: _Optional[bool] = ..., state: _Optional[str] = ..., light: _Optional[str] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., used: _Optional[int] = ..., left: _Optional[int] = ..., stops: _Optional[_Iterable[_Union[Clock.Stop, _Mapping]]] = ..., why: _Optional[_Iterable[_Union[Clock.Reason, _Mapping]]] = ...) -> None: ...
