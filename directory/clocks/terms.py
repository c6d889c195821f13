"""Count a limit in its own unit: working days, days or months.

Laws: the day on which a limit starts is not counted; a limit in days or months counts every day, one in working days those of
the hall's calendar (行政许可法 Art 82). Days are dates in Beijing.
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from directory.calendar import MOST_WORKING_DAYS, Calendar, Due, Span
from directory.errors import CalendarExceeded
from directory.items.service_items import Limit
from directory.items.vocabulary import Unit

OFFSET_MS: Final = 8 * 3600 * 1000
"""Beijing before UTC."""
DAY_MS: Final = 24 * 3600 * 1000
_EPOCH: Final = date(1970, 1, 1).toordinal()
_LAST: Final = date.max.toordinal()
_MONTHS: Final = 12


def day_of(at_ms: int) -> date:
    """Return the day in Beijing at a time in Unix milliseconds; the first or last of all days where it lies beyond them."""
    return date.fromordinal(min(max(_EPOCH + (at_ms + OFFSET_MS) // DAY_MS, 1), _LAST))


def add(start: date, limit: Limit, calendar: Calendar) -> Due:
    """Return the last day of a limit that starts on a day; raises CalendarExceeded for one that no law has."""
    if limit.unit is Unit.WORKING_DAY:
        return calendar.add_working_days(start, limit.amount)
    try:
        return Due(_months_later(start, limit.amount) if limit.unit is Unit.MONTH else start + timedelta(limit.amount), provisional=False)
    except (OverflowError, ValueError):
        raise CalendarExceeded(f"{limit.amount} {limit.unit}s after {start} there is no day") from None


def count(start: date, end: date, unit: Unit, calendar: Calendar) -> Span:
    """Count the days after the start up to the end, backwards as a negative number: working days, or all days."""
    if unit is Unit.WORKING_DAY:
        return calendar.working_days_between(start, end)
    return Span((end - start).days, provisional=False)


def later(due: Due, days: Span, unit: Unit, calendar: Calendar) -> Due:
    """Return the last day of a limit that was stopped for some days; raises CalendarExceeded."""
    moved = Due(due.day, due.provisional or days.provisional)
    counted = Unit.WORKING_DAY if unit is Unit.WORKING_DAY else Unit.DAY
    left = days.days
    while left > 0:  # a stop may be longer than any limit
        part = add(moved.day, Limit(min(left, MOST_WORKING_DAYS), counted), calendar)
        moved = Due(part.day, moved.provisional or part.provisional)
        left -= MOST_WORKING_DAYS
    return moved


def _months_later(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, _MONTHS)
    year = start.year + years
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
