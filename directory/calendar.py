"""Count working days as the law counts them.

Laws: a working weekend (调休) counts, a holiday does not (行政许可法 Art 82); n working days are counted after the start,
which is not counted itself, and end at 24:00 Beijing time of the last one; 0 days end with the start. What touches a
year whose days off are not published is provisional, and computed on the plain week. Even the last days of a published
year may move with the next notice (2018-12-29 became a working day by the one for 2019), so whoever keeps a deadline
computes it again when the calendar has a new version.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Final, TypeVar

from directory.errors import CalendarExceeded, CalendarMalformed

_AHEAD: Final = timedelta(hours=8)
BEIJING: Final = timezone(_AHEAD, "Asia/Shanghai")
"""China has kept one time without summer time since 1992."""

MOST_WORKING_DAYS: Final = 5000
"""No limit of any law is longer (twenty years); what asks for more is a mistake, and would be a long loop."""

MOST_REMEMBERED: Final = 50_000
"""Answers that one calendar keeps: the same few days are asked for again and again."""

_SATURDAY: Final = 5
_DAY: Final = timedelta(days=1)

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a limit, and whether a notice not yet published may move it."""

    day: date
    provisional: bool

    @property
    def ends_at(self) -> datetime:
        """Return the moment at which the limit is over: 24:00 Beijing time of its last day, in UTC."""
        return midnight(self.day + _DAY)


@dataclass(frozen=True, slots=True)
class Span:
    """A number of working days, negative when counted backwards, and whether a notice not yet published may change it."""

    days: int
    provisional: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days off of one hall: the official ones of the `years` published, and its own (`local_off`).

    `version` grows whenever a day changes. Raises CalendarMalformed for days that contradict each other.
    """

    calendar: str
    version: int
    years: frozenset[int]
    off: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    local_off: frozenset[date] = frozenset()
    _lost: tuple[date, ...] = field(init=False, repr=False, compare=False)
    _won: tuple[date, ...] = field(init=False, repr=False, compare=False)
    _ends: dict[tuple[date, int], Due] = field(init=False, repr=False, compare=False, default_factory=dict)
    _spans: dict[tuple[date, date], Span] = field(init=False, repr=False, compare=False, default_factory=dict)
    _firsts: dict[tuple[date, int], date] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for fault in _contradictions(self):
            raise CalendarMalformed(fault)
        lost = sorted(day for day in self.off | self.local_off if day.weekday() < _SATURDAY)
        object.__setattr__(self, "_lost", tuple(lost))
        object.__setattr__(self, "_won", tuple(sorted(self.working)))

    def is_working_day(self, day: date) -> bool:
        """Say whether a hall works on a day; on the plain week where its year is not published."""
        if day in self.working:
            return True
        return day.weekday() < _SATURDAY and day not in self.off and day not in self.local_off

    def is_provisional(self, first: date, last: date) -> bool:
        """Say whether any year from one day to the other is not published."""
        return not self.years.issuperset(range(first.year, last.year + 1))

    def add_working_days(self, start: date, days: int) -> Due:
        """Return the last of so many working days after the start.

        Raises CalendarExceeded for a number below 0 or above MOST_WORKING_DAYS, and past the year 9999.
        """
        known = self._ends.get((start, days))
        return known if known is not None else _remembered(self._ends, (start, days), self._end(start, days))

    def _end(self, start: date, days: int) -> Due:
        if not 0 <= days <= MOST_WORKING_DAYS:
            raise CalendarExceeded(f"{days} working days are not from 0 to {MOST_WORKING_DAYS}")
        day = start
        for _ in range(days):
            day = self.next_working_day(day)
        if day == date.max:
            raise CalendarExceeded("9999-12-31 has no 24:00")
        return Due(day, self.is_provisional(start, day))

    def next_working_day(self, day: date) -> date:
        """Return the first working day after a day; raises CalendarExceeded past the year 9999."""
        while day < date.max:
            day += _DAY
            if self.is_working_day(day):
                return day
        raise CalendarExceeded("there is no day after 9999-12-31")

    def first_day_left(self, end: date, days: int) -> date:
        """Return the first day on which no more than so many working days are left up to an end, which is counted.

        Raises CalendarExceeded as `add_working_days` does.
        """
        known = self._firsts.get((end, days))
        return known if known is not None else _remembered(self._firsts, (end, days), self._first_left(end, days))

    def _first_left(self, end: date, days: int) -> date:
        if not 0 <= days <= MOST_WORKING_DAYS:
            raise CalendarExceeded(f"{days} working days are not from 0 to {MOST_WORKING_DAYS}")
        day = end
        while day > date.min:
            if self.is_working_day(day):
                if not days:
                    return day
                days -= 1
            day -= _DAY
        raise CalendarExceeded("there is no day before 0001-01-01")

    def working_days_between(self, start: date, end: date) -> Span:
        """Count the working days after the start up to the end, which is counted; backwards as a negative number."""
        known = self._spans.get((start, end))
        return known if known is not None else _remembered(self._spans, (start, end), self._span(start, end))

    def _span(self, start: date, end: date) -> Span:
        if end < start:
            back = self._span(end, start)
            return Span(-back.days, back.provisional)
        return Span(self._count(start, end), self.is_provisional(start, end))

    def _count(self, start: date, end: date) -> int:
        """Count by whole weeks, then correct by what differs from the week: a century costs no more than a day."""
        weeks, rest = divmod((end - start).days, 7)
        plain = 5 * weeks + sum((start + _DAY * n).weekday() < _SATURDAY for n in range(1, rest + 1))
        return plain - _inside(self._lost, start, end) + _inside(self._won, start, end)


def beijing_day(moment: datetime) -> date:
    """Return the date in Beijing at a moment; raises ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is no moment")
    # Nearly every moment is in UTC: adding is a third of converting. At the end of all years only converting says what is wrong.
    return (moment + _AHEAD).date() if moment.tzinfo is UTC and moment.year < MAXYEAR else moment.astimezone(BEIJING).date()


@lru_cache(maxsize=4_096)
def midnight(day: date) -> datetime:
    """Return the moment at which a day begins in Beijing, in UTC."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def with_local_days(official: Calendar, calendar: str, version: int, local_off: Iterable[date]) -> Calendar:
    """Return a hall's calendar: the official one and the days off of its own (民族自治地方); raises CalendarMalformed."""
    return Calendar(calendar, version, official.years, official.off, official.working, frozenset(local_off))


def _remembered(known: dict[_Asked, _Answer], asked: _Asked, answer: _Answer) -> _Answer:
    """Keep an answer, which never changes, for a calendar does not."""
    if len(known) >= MOST_REMEMBERED:
        known.clear()
    known[asked] = answer
    return answer


def _inside(days: tuple[date, ...], start: date, end: date) -> int:
    return bisect_right(days, end) - bisect_right(days, start)


def _contradictions(calendar: Calendar) -> Iterator[str]:
    if calendar.years and len(calendar.years) != max(calendar.years) - min(calendar.years) + 1:
        yield "there is a gap in the published years"
    for day in sorted(calendar.working):
        if day.weekday() < _SATURDAY:
            yield f"{day} is a working day anyway, not a working weekend"
        if day in calendar.off or day in calendar.local_off:
            yield f"{day} is both a day off and a working day"
