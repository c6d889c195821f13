"""Keep together an order as it was issued, what happened to it, and the words that were said of it.

Laws: the order itself never changes; a move that would be odd (directory.supervision.orders) is not made.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from directory.calendar import Calendar, Due, beijing_day
from directory.errors import MessageMalformed
from directory.refusal import Refused
from directory.supervision import orders
from directory.supervision.cause import Cause
from directory.supervision.orders import OrderEventKind, OrderPhase


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedOrder:
    """An order as it was issued; `text` says what is to be done, empty: to report. `person` is empty when the hub issued it."""

    order: str
    hall: str
    issuer: str
    cause: Cause
    text: str
    reply_days: int
    issued_at: datetime
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAct:
    """One thing that is done to an order. `order` is that of ISSUED; `text` the answer, or why it does not do, or why it is closed."""

    kind: str
    at: datetime
    text: str = ""
    reply_days: int = orders.REPLY_DAYS
    escalation: str = ""
    order: IssuedOrder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFile:
    """An order, where it stands, the last answer, why it went up, and the last remark on it by whoever supervises."""

    order: IssuedOrder
    state: orders.Order
    answer: str = ""
    escalation: str = ""
    remark: str = ""


_REMARKS: Final = frozenset({OrderEventKind.RETURNED, OrderEventKind.CLOSED})
_OPEN: Final = frozenset({OrderPhase.ISSUED, OrderPhase.ESCALATED})


def fold(file: OrderFile | None, act: OrderAct) -> OrderFile:
    """Return a file after one more act; raises MessageMalformed for an act on an order that was never issued."""
    if file is None:
        if act.order is None:
            raise MessageMalformed("an event of an order that nobody issued")
        file = OrderFile(order=act.order, state=orders.Order())
    state = orders.fold(file.state, orders.OrderEvent(act.kind, act.at, act.reply_days))
    after = replace(file, state=state)
    if state.phase is file.state.phase:  # what is odd changes no word
        return after
    if act.kind == OrderEventKind.ANSWERED:
        return replace(after, answer=act.text)
    if act.kind == OrderEventKind.ESCALATED:
        return replace(after, escalation=act.escalation)
    return replace(after, remark=act.text) if act.kind in _REMARKS else after


def awaited(file: OrderFile, calendar: Calendar) -> Due | None:
    """Return until when an answer is awaited, also of an order that has gone up; None when none is. Raises CalendarExceeded."""
    state = file.state
    if state.phase not in _OPEN or state.asked_at is None:
        return None
    return calendar.add_working_days(beijing_day(state.asked_at), state.reply_days)


def may_go_up(file: OrderFile) -> bool:
    """Tell whether an order goes up when its answer does not come: once."""
    return file.state.phase is OrderPhase.ISSUED and file.state.escalated_at is None


def done(file: OrderFile, act: OrderAct) -> OrderFile | Refused:
    """Do something to an order: the file after it, the same file when it is so already, or why it is not done."""
    if _is_so(file, act):
        return file
    after = fold(file, act)
    if new := after.state.flags - file.state.flags:
        return Refused(f"the order is {file.state.phase}: as it stands this is {', '.join(sorted(new))}")
    return after


def _is_so(file: OrderFile, act: OrderAct) -> bool:
    phase = file.state.phase
    if act.kind == OrderEventKind.ANSWERED:
        return phase is OrderPhase.ANSWERED and file.answer == act.text
    if act.kind == OrderEventKind.RETURNED:
        return phase is OrderPhase.ISSUED and file.state.answered_at is not None and file.remark == act.text
    return act.kind == OrderEventKind.CLOSED and phase is OrderPhase.CLOSED and file.remark == act.text
