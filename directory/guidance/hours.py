"""Count working time: the hours that a hall works on its working days.

Laws: hours are parameters, not law, given in rows that hold for a period [L]; a minute outside them counts for nothing, so a question that
is asked at night waits from the morning. The time awaited ends with the last minute that is counted. What touches a year whose days off
are not published is provisional.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from directory.calendar import BEIJING, Calendar
from directory.errors import CalendarExceeded
from directory.supervision.vocabulary import Light
from directory.validity import Period, at

MOST_MINUTES: Final = 60 * 24 * 100
"""No answer is waited for so long; what asks for more is a mistake."""
MOST_DAYS: Final = 1_000
"""Days that are walked through for a time awaited: with one hour on each working day they do for any that is allowed."""
SOON: Final = timedelta(hours=1)
"""How long before an answer is late its light is yellow."""
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)

Span = tuple[time, time]
"""From and to, of one day, in Beijing."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a hall works on a working day, in order, and within how many minutes of that it answers."""

    spans: tuple[Span, ...]
    reply_minutes: int


USUAL: Final = Hours(((time(9), time(12)), (time(13), time(17))), 7 * 60)
"""One working day, where no rule says anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRule:
    """One version of one rule; `halls` are the guiding halls for which it holds, empty for all; `basis` is for people."""

    rule: str
    version: int
    period: Period
    hours: Hours
    basis: str
    halls: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Awaited:
    """When an answer is late; `provisional`: a notice not yet published may move it."""

    due: datetime
    provisional: bool


def hours_at(rules: Iterable[HoursRule], hall: str, day: date) -> Hours:
    """Return the hours of a hall on a day: by the rule that names it, else by the one for all, else the usual ones."""
    given = list(rules)
    found = at((rule for rule in given if hall in rule.halls), day) or at((rule for rule in given if not rule.halls), day)
    return found.hours if found else USUAL


def awaited(since: datetime, hours: Hours, calendar: Calendar) -> Awaited:
    """Return when an answer to what was asked at a moment is late; raises CalendarExceeded for a time that never comes."""
    left = timedelta(minutes=hours.reply_minutes)
    first = since.astimezone(BEIJING).date()
    for start, end in _spans(since, hours, calendar):
        if end - start >= left:
            due = start + left
            return Awaited(due.astimezone(UTC), calendar.is_provisional(first, due.date()))
        left -= end - start
    raise CalendarExceeded(f"{hours.reply_minutes} minutes of working time do not pass within {MOST_DAYS} days")


def light(due: datetime, now: datetime) -> Light:
    """Return the light of an answer that is awaited until a moment."""
    if now > due:
        return Light.RED
    return Light.YELLOW if due - now <= SOON else Light.GREEN


def working_minutes(since: datetime, until: datetime, hours: Hours, calendar: Calendar) -> int:
    """Count the whole minutes of working time from one moment to another, at most those of MOST_DAYS days; 0 when the first is later."""
    passed = timedelta()
    for start, end in _spans(since, hours, calendar):
        if start >= until:
            break
        passed += min(end, until) - start
    return passed // _MINUTE


def _spans(since: datetime, hours: Hours, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans of working time behind a moment, in order; the first may begin in the middle of one."""
    local = since.astimezone(BEIJING)
    day = local.date()
    for _ in range(MOST_DAYS):
        if calendar.is_working_day(day):
            for opens, closes in hours.spans:
                start, end = datetime.combine(day, opens, BEIJING), datetime.combine(day, closes, BEIJING)
                if end > local:
                    yield max(start, local), end
        if day == date.max:
            return
        day += _DAY


def hours_fault(spans: Sequence[Span], reply_minutes: int) -> str:
    """Say what is wrong with hours; empty when nothing is."""
    if not spans:
        return "a working day has no hours"
    ends = [moment for span in spans for moment in span]
    if any(later <= earlier for earlier, later in pairwise(ends)):
        return "hours are in order, and do not touch"
    if not 0 < reply_minutes <= MOST_MINUTES:
        return f"an answer is awaited for 1 to {MOST_MINUTES} minutes"
    return ""
