"""Fold the ratings of a handling (好差评) and what a bad one opens: a rectification with a limit of its own.

Laws: a handling is rated once, in five grades, of which the two lowest are bad; a rating that comes again, or has no such grade, is
flagged and changes nothing. A bad one is answered by the hall, which says what was done and whether the applicant is content, and closed
after that was looked at (回访), or returned; a good one opens nothing. The limit is a parameter, in working days, counted from the day of
the rating, or from the later one on which the hall was asked, that day not counted. When it is over the rectification goes up once, as an
order does (directory.supervision.orders). One whose rating does not count after all is withdrawn, unless it was closed before.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from directory.calendar import Calendar, Due, beijing_day
from directory.case_state import GRADES
from directory.supervision.orders import GRACE, Escalation

WITHIN: Final = 15
"""Working days from a bad rating to its answer, where a place rules nothing else."""
BAD: Final = 2
"""The best of the bad grades (directory.case_state.GRADES)."""


class RatingEventKind(StrEnum):
    """What can happen about a rating."""

    RATED = "rated"
    ANSWERED = "answered"
    RETURNED = "returned"
    """The answer does not do; the hall answers again within the limit anew."""
    ESCALATED = "escalated"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    """The rating does not count after all."""


class Contact(StrEnum):
    """What came of asking the applicant again (回访)."""

    CONTENT = "content"
    NOT_CONTENT = "not-content"
    NOT_REACHED = "not-reached"


class RectificationPhase(StrEnum):
    """Where a rectification stands."""

    NONE = "none"
    """Nothing to rectify."""
    OPEN = "open"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class RatingFlag(StrEnum):
    """What is odd about a rating or what followed."""

    UNKNOWN_KIND = "unknown-kind"
    NO_SUCH_GRADE = "no-such-grade"
    REPEATED = "repeated"
    NOTHING_TO_RECTIFY = "nothing-to-rectify"
    NOT_ANSWERED = "not-answered"
    """Closed though the hall never answered, or returned though it has not."""
    AFTER_END = "after-end"
    BACK_IN_TIME = "back-in-time"


RECTIFICATION_TITLES: Final[Mapping[RectificationPhase, str]] = {
    RectificationPhase.NONE: "无须整改",
    RectificationPhase.OPEN: "待整改",
    RectificationPhase.ANSWERED: "已整改",
    RectificationPhase.ESCALATED: "已上报",
    RectificationPhase.CLOSED: "已回访",
    RectificationPhase.WITHDRAWN: "已撤销",
}
CONTACT_TITLES: Final[Mapping[Contact, str]] = {Contact.CONTENT: "满意", Contact.NOT_CONTENT: "不满意", Contact.NOT_REACHED: "未联系上"}
_WAITING: Final = frozenset({RectificationPhase.OPEN, RectificationPhase.ESCALATED})
_OVER: Final = frozenset({RectificationPhase.CLOSED, RectificationPhase.WITHDRAWN})


def is_bad(grade: int) -> bool:
    """Tell whether a grade is one of the five, and bad."""
    return grade in GRADES and grade <= BAD


@dataclass(frozen=True, slots=True)
class RatingEvent:
    """One thing that happened; `at` is aware, `grade` that of a RATED. Raises ValueError for a moment without a time zone.

    Of a RATED `asked_at` is when the hall was asked to rectify, None with the rating; of it and a RETURNED `within` is the limit.
    """

    kind: str
    at: datetime
    grade: int = 0
    asked_at: datetime | None = None
    within: int = WITHIN

    def __post_init__(self) -> None:
        beijing_day(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectification:
    """How a handling was rated, and where its rectification stands; `asked_at` is when the answer that is awaited was asked for."""

    phase: RectificationPhase = RectificationPhase.NONE
    grade: int | None = None
    rated_at: datetime | None = None
    asked_at: datetime | None = None
    within: int = WITHIN
    answered_at: datetime | None = None
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    """Or withdrawn."""
    flags: frozenset[RatingFlag] = frozenset()
    last_at: datetime | None = None
    events: int = 0


def fold(state: Rectification, event: RatingEvent) -> Rectification:
    """Return where a rectification stands after one more event."""
    after, flags = _STEPS.get(event.kind, _unknown)(state, event)
    if state.last_at is not None and event.at < state.last_at:
        flags |= {RatingFlag.BACK_IN_TIME}
    last = event.at if state.last_at is None else max(state.last_at, event.at)
    return replace(after, flags=state.flags | flags, last_at=last, events=state.events + 1)


def fold_all(events: Iterable[RatingEvent]) -> Rectification:
    """Return where a rectification stands after these events, in this order."""
    state = Rectification()
    for event in events:
        state = fold(state, event)
    return state


def rectification_due(state: Rectification, calendar: Calendar) -> Due | None:
    """Return until when an answer is awaited, also of what has gone up; None when none is. Raises CalendarExceeded."""
    if state.phase not in _WAITING or state.asked_at is None:
        return None
    return calendar.add_working_days(beijing_day(state.asked_at), state.within)


def is_overdue(state: Rectification, calendar: Calendar, today: date) -> bool:
    """Tell whether an answer is overdue on a day in Beijing."""
    due = rectification_due(state, calendar)
    return due is not None and today > due.day


def answered_late(state: Rectification, calendar: Calendar) -> bool:
    """Tell whether the last answer came after the last day of its limit. Raises CalendarExceeded."""
    if state.answered_at is None or state.asked_at is None or state.phase in _WAITING:
        return False
    return beijing_day(state.answered_at) > calendar.add_working_days(beijing_day(state.asked_at), state.within).day


def may_go_up(state: Rectification) -> bool:
    """Tell whether a rectification goes up when its answer does not come: once."""
    return state.phase is RectificationPhase.OPEN and state.escalated_at is None


def goes_up(state: Rectification, calendar: Calendar, reported: datetime | None, now: datetime) -> Escalation | None:
    """Say why a rectification goes up now, None while it does not; `reported` is up to when the hall has reported."""
    due = rectification_due(state, calendar) if may_go_up(state) else None
    if due is None or due.provisional or now < due.ends_at + GRACE:
        return None
    return Escalation.UNANSWERED if reported is not None and reported >= due.ends_at + GRACE else Escalation.SILENT


_Step = tuple[Rectification, frozenset[RatingFlag]]
_FINE: Final[frozenset[RatingFlag]] = frozenset()


def _flagged(state: Rectification, *flags: RatingFlag) -> _Step:
    return state, frozenset(flags)


def _unknown(state: Rectification, _event: RatingEvent) -> _Step:
    return _flagged(state, RatingFlag.UNKNOWN_KIND)


def _rated(state: Rectification, event: RatingEvent) -> _Step:
    if event.grade not in GRADES:
        return _flagged(state, RatingFlag.NO_SUCH_GRADE)
    if state.grade is not None:
        return _flagged(state, RatingFlag.REPEATED)
    phase = RectificationPhase.OPEN if is_bad(event.grade) else RectificationPhase.NONE
    asked_at = max(event.at, event.asked_at or event.at)
    return replace(state, phase=phase, grade=event.grade, rated_at=event.at, asked_at=asked_at, within=event.within), _FINE


def _out_of_turn(state: Rectification) -> frozenset[RatingFlag]:
    if state.phase is RectificationPhase.NONE:
        return frozenset({RatingFlag.NOTHING_TO_RECTIFY})
    return frozenset({RatingFlag.AFTER_END}) if state.phase in _OVER else _FINE


def _answered(state: Rectification, event: RatingEvent) -> _Step:
    if flags := _out_of_turn(state):
        return state, flags
    if state.phase is RectificationPhase.ANSWERED:
        return _flagged(state, RatingFlag.REPEATED)
    return replace(state, phase=RectificationPhase.ANSWERED, answered_at=event.at), _FINE


def _returned(state: Rectification, event: RatingEvent) -> _Step:
    if flags := _out_of_turn(state):
        return state, flags
    if state.phase is not RectificationPhase.ANSWERED:
        return _flagged(state, RatingFlag.NOT_ANSWERED)
    return replace(state, phase=RectificationPhase.OPEN, asked_at=event.at, within=event.within), _FINE


def _escalated(state: Rectification, event: RatingEvent) -> _Step:
    if flags := _out_of_turn(state):
        return state, flags
    if not may_go_up(state):
        return _flagged(state, RatingFlag.REPEATED)
    return replace(state, phase=RectificationPhase.ESCALATED, escalated_at=event.at), _FINE


def _closed(state: Rectification, event: RatingEvent) -> _Step:
    if state.phase is RectificationPhase.CLOSED:
        return _flagged(state, RatingFlag.REPEATED)
    if flags := _out_of_turn(state):
        return state, flags
    flags = frozenset({RatingFlag.NOT_ANSWERED}) if state.phase in _WAITING else _FINE
    return replace(state, phase=RectificationPhase.CLOSED, closed_at=event.at), flags


def _withdrawn(state: Rectification, event: RatingEvent) -> _Step:
    if state.phase is RectificationPhase.WITHDRAWN:
        return _flagged(state, RatingFlag.REPEATED)
    if flags := _out_of_turn(state):
        return state, flags
    return replace(state, phase=RectificationPhase.WITHDRAWN, closed_at=event.at), _FINE


_STEPS: Final[Mapping[str, Callable[[Rectification, RatingEvent], _Step]]] = {
    RatingEventKind.RATED: _rated,
    RatingEventKind.ANSWERED: _answered,
    RatingEventKind.RETURNED: _returned,
    RatingEventKind.ESCALATED: _escalated,
    RatingEventKind.CLOSED: _closed,
    RatingEventKind.WITHDRAWN: _withdrawn,
}
