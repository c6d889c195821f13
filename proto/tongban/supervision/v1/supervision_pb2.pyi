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

class AppealOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    APPEAL_OUTCOME_UNSPECIFIED: _ClassVar[AppealOutcome]
    APPEAL_OUTCOME_UPHELD: _ClassVar[AppealOutcome]
    APPEAL_OUTCOME_WITHDRAWN: _ClassVar[AppealOutcome]
APPEAL_OUTCOME_UNSPECIFIED: AppealOutcome
APPEAL_OUTCOME_UPHELD: AppealOutcome
APPEAL_OUTCOME_WITHDRAWN: AppealOutcome

class Cause(_message.Message):
    __slots__ = ("rule", "version", "trigger", "case_hall", "case_number", "subject", "of", "due", "events", "since", "reported_up_to", "late_recorded")
    RULE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    CASE_HALL_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    REPORTED_UP_TO_FIELD_NUMBER: _ClassVar[int]
    LATE_RECORDED_FIELD_NUMBER: _ClassVar[int]
    rule: str
    version: int
    trigger: str
    case_hall: str
    case_number: str
    subject: str
    of: str
    due: str
    events: _containers.RepeatedScalarFieldContainer[int]
    since: _timestamp_pb2.Timestamp
    reported_up_to: _timestamp_pb2.Timestamp
    late_recorded: bool
    def __init__(self, rule: _Optional[str] = ..., version: _Optional[int] = ..., trigger: _Optional[str] = ..., case_hall: _Optional[str] = ..., case_number: _Optional[str] = ..., subject: _Optional[str] = ..., of: _Optional[str] = ..., due: _Optional[str] = ..., events: _Optional[_Iterable[int]] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reported_up_to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., late_recorded: _Optional[bool] = ...) -> None: ...

class Card(_message.Message):
    __slots__ = ("card", "effect", "hall", "issuer", "cause", "reply_days", "issued_at")
    CARD_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    card: str
    effect: str
    hall: str
    issuer: str
    cause: Cause
    reply_days: int
    issued_at: _timestamp_pb2.Timestamp
    def __init__(self, card: _Optional[str] = ..., effect: _Optional[str] = ..., hall: _Optional[str] = ..., issuer: _Optional[str] = ..., cause: _Optional[_Union[Cause, _Mapping]] = ..., reply_days: _Optional[int] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Reminder(_message.Message):
    __slots__ = ("hall", "cause", "issued_at")
    HALL_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    hall: str
    cause: Cause
    issued_at: _timestamp_pb2.Timestamp
    def __init__(self, hall: _Optional[str] = ..., cause: _Optional[_Union[Cause, _Mapping]] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CardEvent(_message.Message):
    __slots__ = ("card_id", "kind", "at", "card", "text", "hall", "by")
    CARD_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    CARD_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    card_id: str
    kind: str
    at: _timestamp_pb2.Timestamp
    card: Card
    text: str
    hall: str
    by: _scopes_pb2.Principal
    def __init__(self, card_id: _Optional[str] = ..., kind: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., card: _Optional[_Union[Card, _Mapping]] = ..., text: _Optional[str] = ..., hall: _Optional[str] = ..., by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class CardState(_message.Message):
    __slots__ = ("card", "phase", "replied_at", "reply", "appealed_at", "appeal", "decided_at", "ground", "flags", "last_at", "events")
    CARD_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    REPLIED_AT_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    APPEALED_AT_FIELD_NUMBER: _ClassVar[int]
    APPEAL_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    LAST_AT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    card: Card
    phase: str
    replied_at: _timestamp_pb2.Timestamp
    reply: str
    appealed_at: _timestamp_pb2.Timestamp
    appeal: str
    decided_at: _timestamp_pb2.Timestamp
    ground: str
    flags: _containers.RepeatedScalarFieldContainer[str]
    last_at: _timestamp_pb2.Timestamp
    events: int
    def __init__(self, card: _Optional[_Union[Card, _Mapping]] = ..., phase: _Optional[str] = ..., replied_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reply: _Optional[str] = ..., appealed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., appeal: _Optional[str] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ground: _Optional[str] = ..., flags: _Optional[_Iterable[str]] = ..., last_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., events: _Optional[int] = ...) -> None: ...

class Awaited(_message.Message):
    __slots__ = ("due", "provisional", "overdue", "working_days_late")
    DUE_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    WORKING_DAYS_LATE_FIELD_NUMBER: _ClassVar[int]
    due: str
    provisional: bool
    overdue: bool
    working_days_late: int
    def __init__(self, due: _Optional[str] = ..., provisional: _Optional[bool] = ..., overdue: _Optional[bool] = ..., working_days_late: _Optional[int] = ...) -> None: ...

class CardStanding(_message.Message):
    __slots__ = ("card", "reply", "reply_late")
    CARD_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    REPLY_LATE_FIELD_NUMBER: _ClassVar[int]
    card: CardState
    reply: Awaited
    reply_late: bool
    def __init__(self, card: _Optional[_Union[CardState, _Mapping]] = ..., reply: _Optional[_Union[Awaited, _Mapping]] = ..., reply_late: _Optional[bool] = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ("order", "hall", "issuer", "cause", "text", "reply_days", "issued_at", "person")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    order: str
    hall: str
    issuer: str
    cause: Cause
    text: str
    reply_days: int
    issued_at: _timestamp_pb2.Timestamp
    person: str
    def __init__(self, order: _Optional[str] = ..., hall: _Optional[str] = ..., issuer: _Optional[str] = ..., cause: _Optional[_Union[Cause, _Mapping]] = ..., text: _Optional[str] = ..., reply_days: _Optional[int] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., person: _Optional[str] = ...) -> None: ...

class OrderEvent(_message.Message):
    __slots__ = ("order_id", "kind", "at", "order", "text", "reply_days", "escalation", "hall", "by")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    kind: str
    at: _timestamp_pb2.Timestamp
    order: Order
    text: str
    reply_days: int
    escalation: str
    hall: str
    by: _scopes_pb2.Principal
    def __init__(self, order_id: _Optional[str] = ..., kind: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., order: _Optional[_Union[Order, _Mapping]] = ..., text: _Optional[str] = ..., reply_days: _Optional[int] = ..., escalation: _Optional[str] = ..., hall: _Optional[str] = ..., by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class OrderState(_message.Message):
    __slots__ = ("order", "phase", "asked_at", "reply_days", "answered_at", "answer", "escalated_at", "escalation", "closed_at", "remark", "flags", "last_at", "events")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    ESCALATED_AT_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    REMARK_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    LAST_AT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    order: Order
    phase: str
    asked_at: _timestamp_pb2.Timestamp
    reply_days: int
    answered_at: _timestamp_pb2.Timestamp
    answer: str
    escalated_at: _timestamp_pb2.Timestamp
    escalation: str
    closed_at: _timestamp_pb2.Timestamp
    remark: str
    flags: _containers.RepeatedScalarFieldContainer[str]
    last_at: _timestamp_pb2.Timestamp
    events: int
    def __init__(self, order: _Optional[_Union[Order, _Mapping]] = ..., phase: _Optional[str] = ..., asked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reply_days: _Optional[int] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer: _Optional[str] = ..., escalated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., escalation: _Optional[str] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., remark: _Optional[str] = ..., flags: _Optional[_Iterable[str]] = ..., last_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., events: _Optional[int] = ...) -> None: ...

class OrderStanding(_message.Message):
    __slots__ = ("order", "answer")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    order: OrderState
    answer: Awaited
    def __init__(self, order: _Optional[_Union[OrderState, _Mapping]] = ..., answer: _Optional[_Union[Awaited, _Mapping]] = ...) -> None: ...

class ListCardsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "hall", "effect", "phase", "overdue", "asked_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    hall: str
    effect: str
    phase: str
    overdue: bool
    asked_by: _scopes_pb2.Principal
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., hall: _Optional[str] = ..., effect: _Optional[str] = ..., phase: _Optional[str] = ..., overdue: _Optional[bool] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListCardsResponse(_message.Message):
    __slots__ = ("cards", "next_page_token")
    CARDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cards: _containers.RepeatedCompositeFieldContainer[CardStanding]
    next_page_token: str
    def __init__(self, cards: _Optional[_Iterable[_Union[CardStanding, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetCardRequest(_message.Message):
    __slots__ = ("card", "asked_by")
    CARD_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    card: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, card: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ReplyToCardRequest(_message.Message):
    __slots__ = ("card", "text", "asked_by")
    CARD_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    card: str
    text: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, card: _Optional[str] = ..., text: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class AppealCardRequest(_message.Message):
    __slots__ = ("card", "text", "asked_by")
    CARD_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    card: str
    text: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, card: _Optional[str] = ..., text: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class DecideAppealRequest(_message.Message):
    __slots__ = ("card", "outcome", "ground", "asked_by")
    CARD_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    card: str
    outcome: AppealOutcome
    ground: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, card: _Optional[str] = ..., outcome: _Optional[_Union[AppealOutcome, str]] = ..., ground: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class WithdrawCardRequest(_message.Message):
    __slots__ = ("card", "ground", "asked_by")
    CARD_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    card: str
    ground: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, card: _Optional[str] = ..., ground: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListOrdersRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "hall", "phase", "overdue", "asked_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    hall: str
    phase: str
    overdue: bool
    asked_by: _scopes_pb2.Principal
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., hall: _Optional[str] = ..., phase: _Optional[str] = ..., overdue: _Optional[bool] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListOrdersResponse(_message.Message):
    __slots__ = ("orders", "next_page_token")
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[OrderStanding]
    next_page_token: str
    def __init__(self, orders: _Optional[_Iterable[_Union[OrderStanding, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetOrderRequest(_message.Message):
    __slots__ = ("order", "asked_by")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    order: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, order: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class IssueOrderRequest(_message.Message):
    __slots__ = ("hall", "rule", "text", "reply_days", "case_hall", "case_number", "asked_by")
    HALL_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    CASE_HALL_FIELD_NUMBER: _ClassVar[int]
    CASE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    hall: str
    rule: str
    text: str
    reply_days: int
    case_hall: str
    case_number: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, hall: _Optional[str] = ..., rule: _Optional[str] = ..., text: _Optional[str] = ..., reply_days: _Optional[int] = ..., case_hall: _Optional[str] = ..., case_number: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class AnswerOrderRequest(_message.Message):
    __slots__ = ("order", "text", "asked_by")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    order: str
    text: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, order: _Optional[str] = ..., text: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ReturnOrderRequest(_message.Message):
    __slots__ = ("order", "ground", "reply_days", "asked_by")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    order: str
    ground: str
    reply_days: int
    asked_by: _scopes_pb2.Principal
    def __init__(self, order: _Optional[str] = ..., ground: _Optional[str] = ..., reply_days: _Optional[int] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class CloseOrderRequest(_message.Message):
    __slots__ = ("order", "ground", "asked_by")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    order: str
    ground: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, order: _Optional[str] = ..., ground: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class Rectification(_message.Message):
    __slots__ = ("rectification", "hall", "issuer", "cause", "grade", "rated_at", "reply_days", "opened_at")
    RECTIFICATION_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    GRADE_FIELD_NUMBER: _ClassVar[int]
    RATED_AT_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    rectification: str
    hall: str
    issuer: str
    cause: Cause
    grade: int
    rated_at: _timestamp_pb2.Timestamp
    reply_days: int
    opened_at: _timestamp_pb2.Timestamp
    def __init__(self, rectification: _Optional[str] = ..., hall: _Optional[str] = ..., issuer: _Optional[str] = ..., cause: _Optional[_Union[Cause, _Mapping]] = ..., grade: _Optional[int] = ..., rated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reply_days: _Optional[int] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RectificationEvent(_message.Message):
    __slots__ = ("rectification_id", "kind", "at", "rectification", "text", "contact", "reply_days", "escalation", "hall", "by")
    RECTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    RECTIFICATION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    rectification_id: str
    kind: str
    at: _timestamp_pb2.Timestamp
    rectification: Rectification
    text: str
    contact: str
    reply_days: int
    escalation: str
    hall: str
    by: _scopes_pb2.Principal
    def __init__(self, rectification_id: _Optional[str] = ..., kind: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rectification: _Optional[_Union[Rectification, _Mapping]] = ..., text: _Optional[str] = ..., contact: _Optional[str] = ..., reply_days: _Optional[int] = ..., escalation: _Optional[str] = ..., hall: _Optional[str] = ..., by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class RectificationState(_message.Message):
    __slots__ = ("rectification", "phase", "asked_at", "reply_days", "answered_at", "answer", "contact", "escalated_at", "escalation", "closed_at", "remark", "flags", "last_at", "events")
    RECTIFICATION_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    ESCALATED_AT_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    REMARK_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    LAST_AT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    rectification: Rectification
    phase: str
    asked_at: _timestamp_pb2.Timestamp
    reply_days: int
    answered_at: _timestamp_pb2.Timestamp
    answer: str
    contact: str
    escalated_at: _timestamp_pb2.Timestamp
    escalation: str
    closed_at: _timestamp_pb2.Timestamp
    remark: str
    flags: _containers.RepeatedScalarFieldContainer[str]
    last_at: _timestamp_pb2.Timestamp
    events: int
    def __init__(self, rectification: _Optional[_Union[Rectification, _Mapping]] = ..., phase: _Optional[str] = ..., asked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reply_days: _Optional[int] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer: _Optional[str] = ..., contact: _Optional[str] = ..., escalated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., escalation: _Optional[str] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., remark: _Optional[str] = ..., flags: _Optional[_Iterable[str]] = ..., last_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., events: _Optional[int] = ...) -> None: ...

class RectificationStanding(_message.Message):
    __slots__ = ("rectification", "answer", "answer_late")
    RECTIFICATION_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    ANSWER_LATE_FIELD_NUMBER: _ClassVar[int]
    rectification: RectificationState
    answer: Awaited
    answer_late: bool
    def __init__(self, rectification: _Optional[_Union[RectificationState, _Mapping]] = ..., answer: _Optional[_Union[Awaited, _Mapping]] = ..., answer_late: _Optional[bool] = ...) -> None: ...

class ListRectificationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "hall", "phase", "overdue", "asked_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    hall: str
    phase: str
    overdue: bool
    asked_by: _scopes_pb2.Principal
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., hall: _Optional[str] = ..., phase: _Optional[str] = ..., overdue: _Optional[bool] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListRectificationsResponse(_message.Message):
    __slots__ = ("rectifications", "next_page_token")
    RECTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    rectifications: _containers.RepeatedCompositeFieldContainer[RectificationStanding]
    next_page_token: str
    def __init__(self, rectifications: _Optional[_Iterable[_Union[RectificationStanding, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetRectificationRequest(_message.Message):
    __slots__ = ("rectification", "asked_by")
    RECTIFICATION_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    rectification: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, rectification: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class AnswerRectificationRequest(_message.Message):
    __slots__ = ("rectification", "text", "contact", "asked_by")
    RECTIFICATION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    rectification: str
    text: str
    contact: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, rectification: _Optional[str] = ..., text: _Optional[str] = ..., contact: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ReturnRectificationRequest(_message.Message):
    __slots__ = ("rectification", "ground", "reply_days", "asked_by")
    RECTIFICATION_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    rectification: str
    ground: str
    reply_days: int
    asked_by: _scopes_pb2.Principal
    def __init__(self, rectification: _Optional[str] = ..., ground: _Optional[str] = ..., reply_days: _Optional[int] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class CloseRectificationRequest(_message.Message):
    __slots__ = ("rectification", "ground", "asked_by")
    RECTIFICATION_FIELD_NUMBER: _ClassVar[int]
    GROUND_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    rectification: str
    ground: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, rectification: _Optional[str] = ..., ground: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListRemindersRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "hall", "asked_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HALL_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    hall: str
    asked_by: _scopes_pb2.Principal
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., hall: _Optional[str] = ..., asked_by: _Optional[_Union[_scopes_pb2.Principal, _Mapping]] = ...) -> None: ...

class ListRemindersResponse(_message.Message):
    __slots__ = ("reminders", "next_page_token")
    REMINDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    reminders: _containers.RepeatedCompositeFieldContainer[Reminder]
    next_page_token: str
    def __init__(self, reminders: _Optional[_Iterable[_Union[Reminder, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
