"""Fold the ratings of a handling (好差评) and what a bad one opens: a rectification with a limit of its own.

Laws: a handling is rated once, in five grades, of which the two lowest are bad; a rating that comes again, or has no such grade, is
flagged and changes nothing. A bad one is answered by the hall and closed after the applicant was asked again (回访); a good one opens
nothing. The limit is a parameter, in working days, the day of the rating not counted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from directory.calendar import Calendar, Due, beijing_day

WITHIN: Final = 15
"""Working days from a bad rating to its answer, where a place rules nothing else."""
BEST: Final = 5
WORST: Final = 1
BAD: Final = 2
"""The best of the bad grades: 非常满意 5, 满意 4, 基本满意 3, 不满意 2, 非常不满意 1."""


class RatingEventKind(StrEnum):
    """What can happen about a rating."""

    RATED = "rated"
    ANSWERED = "answered"
    CLOSED = "closed"


class RectificationPhase(StrEnum):
    """Where a rectification stands."""

    NONE = "none"
    """Nothing to rectify."""
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class RatingFlag(StrEnum):
    """What is odd about a rating or what followed."""

    UNKNOWN_KIND = "unknown-kind"
    NO_SUCH_GRADE = "no-such-grade"
    REPEATED = "repeated"
    NOTHING_TO_RECTIFY = "nothing-to-rectify"
    NOT_ANSWERED = "not-answered"
    """Closed though the hall never answered."""
    BACK_IN_TIME = "back-in-time"


RECTIFICATION_TITLES: Final[Mapping[RectificationPhase, str]] = {
    RectificationPhase.NONE: "无须整改",
    RectificationPhase.OPEN: "待整改",
    RectificationPhase.ANSWERED: "已整改",
    RectificationPhase.CLOSED: "已回访",
}


@dataclass(frozen=True, slots=True)
class RatingEvent:
    """One thing that happened; `at` is aware, `grade` that of a RATED. Raises ValueError for a moment without a time zone."""

    kind: str
    at: datetime
    grade: int = 0

    def __post_init__(self) -> None:
        beijing_day(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectification:
    """How a handling was rated, and where its rectification stands."""

    phase: RectificationPhase = RectificationPhase.NONE
    grade: int | None = None
    rated_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
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


def rectification_due(state: Rectification, calendar: Calendar, within: int = WITHIN) -> Due | None:
    """Return until when a bad rating is to be answered; None when nothing is. Raises CalendarExceeded."""
    if state.phase is not RectificationPhase.OPEN or state.rated_at is None:
        return None
    return calendar.add_working_days(beijing_day(state.rated_at), within)


def is_overdue(state: Rectification, calendar: Calendar, today: date, within: int = WITHIN) -> bool:
    """Tell whether an answer is overdue on a day in Beijing."""
    due = rectification_due(state, calendar, within)
    return due is not None and today > due.day


_Step = tuple[Rectification, frozenset[RatingFlag]]
_FINE: Final[frozenset[RatingFlag]] = frozenset()


def _flagged(state: Rectification, *flags: RatingFlag) -> _Step:
    return state, frozenset(flags)


def _unknown(state: Rectification, _event: RatingEvent) -> _Step:
    return _flagged(state, RatingFlag.UNKNOWN_KIND)


def _rated(state: Rectification, event: RatingEvent) -> _Step:
    if not WORST <= event.grade <= BEST:
        return _flagged(state, RatingFlag.NO_SUCH_GRADE)
    if state.grade is not None:
        return _flagged(state, RatingFlag.REPEATED)
    phase = RectificationPhase.OPEN if event.grade <= BAD else RectificationPhase.NONE
    return replace(state, phase=phase, grade=event.grade, rated_at=event.at), _FINE


def _answered(state: Rectification, event: RatingEvent) -> _Step:
    if state.phase is RectificationPhase.NONE:
        return _flagged(state, RatingFlag.NOTHING_TO_RECTIFY)
    if state.phase is not RectificationPhase.OPEN:
        return _flagged(state, RatingFlag.REPEATED)
    return replace(state, phase=RectificationPhase.ANSWERED, answered_at=event.at), _FINE


def _closed(state: Rectification, event: RatingEvent) -> _Step:
    if state.phase is RectificationPhase.NONE:
        return _flagged(state, RatingFlag.NOTHING_TO_RECTIFY)
    if state.phase is RectificationPhase.CLOSED:
        return _flagged(state, RatingFlag.REPEATED)
    flags = frozenset({RatingFlag.NOT_ANSWERED}) if state.phase is RectificationPhase.OPEN else _FINE
    return replace(state, phase=RectificationPhase.CLOSED, closed_at=event.at), flags


_STEPS: Final[Mapping[str, Callable[[Rectification, RatingEvent], _Step]]] = {
    RatingEventKind.RATED: _rated,
    RatingEventKind.ANSWERED: _answered,
    RatingEventKind.CLOSED: _closed,
}
