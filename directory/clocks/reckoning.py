"""Reckon how one limit runs: when it is over, what stopped it, how much is left.

Laws: a stop of n working days moves the end by exactly n: the days after its first up to its last do not count, two stops at once
count once. What begins after the limit is over moves nothing any more: an expired limit is not revived. An act of the day on which
a limit ends is in time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from directory.calendar import Calendar, Due
from directory.clocks.clock import Reason, Stop
from directory.clocks.facts import IMPOSSIBLE, LATE_RECORDED, Extension, Moment
from directory.clocks.terms import add, count, day_of, later
from directory.clocks.vocabulary import ART_42, EVENT, Because, ClockState, StopCause
from directory.items.service_items import Limit
from directory.items.vocabulary import Unit


class Pause(NamedTuple):
    """Something that may stop a limit; `cap` is the last day for which it does, where there is one."""

    cause: StopCause
    of: str
    start: Moment
    end: Moment | None
    basis: str
    rule: str
    cap: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A limit that runs: `limit` from the day of `start`, or until `by`, the day that `stated` gave; with neither it has no end.

    `rule` is where the limit comes from. `most_extension` is the most days by which an extension puts it off, 0 for not at all.
    """

    start: Moment
    end: Moment | None
    rule: str
    limit: Limit | None = None
    by: date | None = None
    stated: Moment | None = None
    pauses: Sequence[Pause] = ()
    extensions: Sequence[Extension] = ()
    most_extension: int = 0

    @property
    def unit(self) -> Unit:
        """Return in what it is counted."""
        return Unit.WORKING_DAY if self.limit is None or self.limit.unit is Unit.WORKING_DAY else Unit.DAY


@dataclass(slots=True)
class Reckoned:
    """How a limit runs; the fields are those of a Clock."""

    due: Due | None = None
    state: ClockState = ClockState.RUNNING
    used: int = 0
    left: int | None = None
    extra_days: int = 0
    stops: list[Stop] = field(default_factory=list)
    why: list[Reason] = field(default_factory=list)
    stopped: bool = False
    covered: date | None = None
    """The last day that a stop has taken out."""
    stopped_days: int = 0


def reckon(term: Term, calendar: Calendar, today: date) -> Reckoned:
    """Reckon a limit as of a day in Beijing; raises CalendarExceeded for a limit that no law has."""
    ended = term.end is not None and not term.end.marks & IMPOSSIBLE
    until = max(day_of(term.end.at_ms) if term.end and ended else today, day_of(term.start.at_ms))
    found = Reckoned(due=_first_due(term, calendar))
    found.why += _of_limit(term, found.due)
    _move(term, found, calendar, until)
    _conclude(term, found, calendar, until)
    return found


def _first_due(term: Term, calendar: Calendar) -> Due | None:
    if term.by is not None:
        return Due(term.by, provisional=False)
    return add(day_of(term.start.at_ms), term.limit, calendar) if term.limit else None


def _of_limit(term: Term, due: Due | None) -> list[Reason]:
    if term.by is not None:
        return [Reason(Because.LIMIT_STATED, term.rule, term.stated or term.start, day=term.by)]
    if term.limit is None:
        return [Reason(Because.NO_LIMIT, term.rule)]
    return [Reason(Because.LIMIT, term.rule, days=term.limit.amount, day=due.day if due else None, of=term.limit.unit.value)]


def _move(term: Term, found: Reckoned, calendar: Calendar, until: date) -> None:
    """Let what happened move the end, in the order of time."""
    acts: list[Pause | Extension] = [*_relevant(term), *term.extensions]
    for act in sorted(acts, key=_when):
        if isinstance(act, Pause):
            _pause(term, found, act, calendar, until)
        elif term.most_extension:
            _extend(term, found, act, calendar)


def _when(act: Pause | Extension) -> tuple[int, int, int]:
    moment = act.start if isinstance(act, Pause) else act.at
    return moment.at_ms, moment.ref, isinstance(act, Extension)


def _relevant(term: Term) -> list[Pause]:
    """Leave out what was over before the limit began, or before its end was stated."""
    first = max(term.start.at_ms, term.stated.at_ms if term.stated else term.start.at_ms)
    return [pause for pause in term.pauses if pause.end is None or pause.end.at_ms >= first]


def _pause(term: Term, found: Reckoned, pause: Pause, calendar: Calendar, until: date) -> None:
    began = day_of(max(pause.start.at_ms, term.start.at_ms))
    if term.end is not None and pause.start.at_ms > term.end.at_ms:
        return
    if found.due is not None and began > found.due.day:
        found.why.append(Reason(Because.STOP_AFTER_EXPIRY, pause.rule, pause.start, pause.end, of=pause.of))
        return
    last = _last(pause, until)
    first = began if found.covered is None else max(began, found.covered)
    days = count(first, last, term.unit, calendar) if last > first else None
    taken = days.days if days else 0
    if days and found.due is not None:
        found.due = later(found.due, days, term.unit, calendar)
    found.stopped_days += taken
    found.covered = max(first, last)
    stands_still = pause.end is None and term.end is None and (pause.cap is None or until <= pause.cap)
    found.stopped = found.stopped or stands_still
    found.stops.append(Stop(pause.cause, pause.of, pause.start, pause.end, pause.basis, taken))
    because = Because.STOPPED_STILL if stands_still else Because.STOPPED
    found.why.append(Reason(because, pause.rule, pause.start, pause.end, taken, of=pause.of or pause.cause.value))
    if pause.cap is not None and pause.cap < _last(pause._replace(cap=None), until):
        found.why.append(Reason(Because.STOP_CAPPED, pause.rule, day=pause.cap, of=pause.of))


def _last(pause: Pause, until: date) -> date:
    ended = min(day_of(pause.end.at_ms), until) if pause.end else until
    return ended if pause.cap is None else min(ended, pause.cap)


def _extend(term: Term, found: Reckoned, extension: Extension, calendar: Calendar) -> None:
    """Put the end off, once, by no more than the law allows; an extension that names no days is taken for all of them."""
    if extension.at.marks & IMPOSSIBLE:
        return
    if found.extra_days:
        found.why.append(Reason(Because.EXTENDED_AGAIN, ART_42, extension.at, days=extension.days))
        return
    if found.due is None or day_of(extension.at.at_ms) > found.due.day:
        found.why.append(Reason(Because.EXTENDED_AFTER_EXPIRY, ART_42, extension.at, days=extension.days))
        return
    found.extra_days = min(extension.days or term.most_extension, term.most_extension)
    if extension.days > term.most_extension:
        found.why.append(Reason(Because.EXTENDED_TOO_LONG, ART_42, extension.at, days=extension.days))
    moved = add(found.due.day, Limit(found.extra_days), calendar)
    found.due = Due(moved.day, found.due.provisional or moved.provisional)
    found.why.append(Reason(Because.EXTENDED, ART_42, extension.at, days=found.extra_days, day=moved.day))


def _conclude(term: Term, found: Reckoned, calendar: Calendar, until: date) -> None:
    found.used = max(count(day_of(term.start.at_ms), until, term.unit, calendar).days - found.stopped_days, 0)
    if found.due is not None:
        found.left = count(until, found.due.day, term.unit, calendar).days
        found.why.append(Reason(Because.PROVISIONAL if found.due.provisional else Because.DUE, day=found.due.day))
    found.state = _state(term, found, until)
    if term.end is not None:
        late = term.end.marks & LATE_RECORDED
        found.why.append(Reason(Because.ENDED_LATE_RECORDED if late else Because.ENDED, EVENT, term.end, days=found.used))


def _state(term: Term, found: Reckoned, until: date) -> ClockState:
    past = found.due is not None and until > found.due.day
    if term.end is None:
        if found.stopped:
            return ClockState.STOPPED
        return ClockState.OVERDUE if past else ClockState.RUNNING
    if term.end.marks & IMPOSSIBLE:
        return ClockState.UNCLEAR
    return ClockState.MISSED if past else ClockState.MET
