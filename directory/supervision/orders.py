"""Fold what happened to a supervision order (督办), and say which orders go up because nobody answered.

Laws: an order has a reply limit in working days of the hall that answers. When it is over the order goes up to the superior, which
is told whether the hall did not answer or was not heard of: an answer on its way is not held against it. No event makes the fold fail;
what should not have happened is flagged.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from directory.calendar import Calendar, Due, beijing_day

GRACE: Final = timedelta(hours=1)
"""How long after the end of the reply limit a hall must have gone on reporting before its order goes up."""
REPLY_DAYS: Final = 5
"""Working days, where an order says nothing else."""


class OrderEventKind(StrEnum):
    """What can happen to an order."""

    ISSUED = "issued"
    ANSWERED = "answered"
    RETURNED = "returned"
    """The answer does not do; the hall answers again within the limit anew."""
    ESCALATED = "escalated"
    CLOSED = "closed"


class OrderPhase(StrEnum):
    """Where an order stands."""

    UNKNOWN = "unknown"
    ISSUED = "issued"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Escalation(StrEnum):
    """Why an order goes up."""

    UNANSWERED = "unanswered"
    """The hall has gone on reporting, and has not answered."""
    SILENT = "silent"
    """The hall has not reported up to the end of the limit: whether it answered is not known, and it is not held against it."""


class OrderFlag(StrEnum):
    """What is odd about what happened to an order."""

    UNKNOWN_KIND = "unknown-kind"
    NOT_ISSUED = "not-issued"
    NOT_ANSWERED = "not-answered"
    REPEATED = "repeated"
    AFTER_END = "after-end"
    BACK_IN_TIME = "back-in-time"


ORDER_PHASE_TITLES: Final[Mapping[OrderPhase, str]] = {
    OrderPhase.UNKNOWN: "未知",
    OrderPhase.ISSUED: "待回复",
    OrderPhase.ANSWERED: "已回复",
    OrderPhase.ESCALATED: "已上报",
    OrderPhase.CLOSED: "已办结",
}


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One thing that happened to an order; `at` is aware, `reply_days` that of an ISSUED or RETURNED.

    Raises ValueError for a moment without a time zone.
    """

    kind: str
    at: datetime
    reply_days: int = REPLY_DAYS

    def __post_init__(self) -> None:
        beijing_day(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Where an order stands; `asked_at` is when the answer that is awaited was asked for."""

    phase: OrderPhase = OrderPhase.UNKNOWN
    issued_at: datetime | None = None
    asked_at: datetime | None = None
    reply_days: int = REPLY_DAYS
    answered_at: datetime | None = None
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    flags: frozenset[OrderFlag] = frozenset()
    last_at: datetime | None = None
    events: int = 0


def fold(order: Order, event: OrderEvent) -> Order:
    """Return where an order stands after one more event."""
    after, flags = _STEPS.get(event.kind, _unknown)(order, event)
    if order.last_at is not None and event.at < order.last_at:
        flags |= {OrderFlag.BACK_IN_TIME}
    last = event.at if order.last_at is None else max(order.last_at, event.at)
    return replace(after, flags=order.flags | flags, last_at=last, events=order.events + 1)


def fold_all(events: Iterable[OrderEvent]) -> Order:
    """Return where an order stands after these events, in this order."""
    order = Order()
    for event in events:
        order = fold(order, event)
    return order


def answer_due(order: Order, calendar: Calendar) -> Due | None:
    """Return until when an answer is awaited; None when none is. Raises CalendarExceeded."""
    if order.phase is not OrderPhase.ISSUED or order.asked_at is None:
        return None
    return calendar.add_working_days(beijing_day(order.asked_at), order.reply_days)


def goes_up(order: Order, calendar: Calendar, reported: datetime | None, now: datetime) -> Escalation | None:
    """Say why an order goes up to the superior now, None while it does not; `reported` is up to when the hall has reported."""
    due = answer_due(order, calendar)
    if due is None or due.provisional or now < due.ends_at + GRACE:
        return None
    return Escalation.UNANSWERED if reported is not None and reported >= due.ends_at + GRACE else Escalation.SILENT


_Step = tuple[Order, frozenset[OrderFlag]]
_FINE: Final[frozenset[OrderFlag]] = frozenset()


def _flagged(order: Order, *flags: OrderFlag) -> _Step:
    return order, frozenset(flags)


def _unknown(order: Order, _event: OrderEvent) -> _Step:
    return _flagged(order, OrderFlag.UNKNOWN_KIND)


def _issued(order: Order, event: OrderEvent) -> _Step:
    if order.issued_at is not None:
        return _flagged(order, OrderFlag.REPEATED)
    asked = replace(order, issued_at=event.at, asked_at=event.at, reply_days=event.reply_days)
    # An answer that was taken in first stands.
    return (replace(asked, phase=OrderPhase.ISSUED) if order.phase is OrderPhase.UNKNOWN else asked), _FINE


def _not_open(order: Order) -> frozenset[OrderFlag]:
    if order.phase is OrderPhase.CLOSED:
        return frozenset({OrderFlag.AFTER_END})
    return frozenset({OrderFlag.NOT_ISSUED}) if order.issued_at is None else _FINE


def _answered(order: Order, event: OrderEvent) -> _Step:
    flags = _not_open(order)
    if order.phase is OrderPhase.CLOSED:
        return order, flags
    if order.phase is OrderPhase.ANSWERED:
        return order, flags | {OrderFlag.REPEATED}
    return replace(order, phase=OrderPhase.ANSWERED, answered_at=order.answered_at or event.at), flags


def _returned(order: Order, event: OrderEvent) -> _Step:
    flags = _not_open(order)
    if order.phase is not OrderPhase.ANSWERED:
        return order, flags | {OrderFlag.NOT_ANSWERED}
    return replace(order, phase=OrderPhase.ISSUED, asked_at=event.at, reply_days=event.reply_days), flags


def _escalated(order: Order, event: OrderEvent) -> _Step:
    flags = _not_open(order)
    if flags or order.escalated_at is not None:
        return order, flags or frozenset({OrderFlag.REPEATED})
    return replace(order, phase=OrderPhase.ESCALATED, escalated_at=event.at), _FINE


def _closed(order: Order, event: OrderEvent) -> _Step:
    if order.phase is OrderPhase.CLOSED:
        return _flagged(order, OrderFlag.REPEATED)
    return replace(order, phase=OrderPhase.CLOSED, closed_at=event.at), _not_open(order)


_STEPS: Final[Mapping[str, Callable[[Order, OrderEvent], _Step]]] = {
    OrderEventKind.ISSUED: _issued,
    OrderEventKind.ANSWERED: _answered,
    OrderEventKind.RETURNED: _returned,
    OrderEventKind.ESCALATED: _escalated,
    OrderEventKind.CLOSED: _closed,
}
