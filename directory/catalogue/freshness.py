"""Say whether a resource was updated as often as its provider promised.

Laws: the next update is due one cycle after the last one, or after the release while there is none; a due day on which
nobody works moves to the next working day. What follows events (实时) is expected once a working day. What is updated
irregularly is never late.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from directory.calendar import Calendar, Due
from directory.catalogue.vocabulary import FreshnessState, UpdateCycle

_WORKING_DAYS: Final[Mapping[UpdateCycle, int]] = {UpdateCycle.REAL_TIME: 1, UpdateCycle.DAILY: 1}
_MONTHS: Final[Mapping[UpdateCycle, int]] = {
    UpdateCycle.MONTHLY: 1,
    UpdateCycle.QUARTERLY: 3,
    UpdateCycle.HALF_YEARLY: 6,
    UpdateCycle.YEARLY: 12,
}
_WEEK: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Whether a resource is up to date, when its next update is due, and by how many working days that is past.

    `due` is None for what is updated irregularly. It is DUE on the due day itself, OVERDUE after it.
    """

    state: FreshnessState
    due: Due | None = None
    working_days_late: int = 0


def freshness(last_update: date, cycle: UpdateCycle, today: date, calendar: Calendar) -> Freshness:
    """Judge at a day (of Beijing) a resource last updated, or else released, at another."""
    due = next_update(last_update, cycle, calendar)
    if due is None or today < due.day:
        return Freshness(FreshnessState.FRESH, due)
    if today == due.day:
        return Freshness(FreshnessState.DUE, due)
    return Freshness(FreshnessState.OVERDUE, due, calendar.working_days_between(due.day, today).days)


def next_update(last_update: date, cycle: UpdateCycle, calendar: Calendar) -> Due | None:
    """Return the day on which the next update is due, None for what is updated irregularly; raises CalendarExceeded."""
    if cycle is UpdateCycle.IRREGULAR:
        return None
    if cycle in _WORKING_DAYS:
        return calendar.add_working_days(last_update, _WORKING_DAYS[cycle])
    day = last_update + _WEEK if cycle is UpdateCycle.WEEKLY else _months_later(last_update, _MONTHS[cycle])
    # The first working day from this one on.
    due = calendar.add_working_days(day - _DAY, 1)
    return Due(due.day, calendar.is_provisional(last_update, due.day))


def _months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of that month: 31 January is followed by 28 February."""
    years, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))
