"""Read the days off of calendars from a CSV file.

Laws: the country's days are those of the calendar `cn`; any other calendar is the country's and days off of its own (民族自治地方).
A year counts as published when its days stand in the file, so years follow each other without a gap, and each holds 1 January and
1 October, which are off in every year (全国年节及纪念日放假办法 Art 2): a year half typed in would make deadlines wrong and call
them final. Holidays are listed on weekends too.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from directory.calendar import Calendar, with_local_days
from directory.reading import Cells, Columns, Read, read_csv, write_csv
from directory.texts import id_fault, name_fault

COUNTRY: Final = "cn"
"""The calendar of every hall that has no days off of its own."""
COLUMNS: Final = Columns(("date", "kind", "name"), ("calendar",))
_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ALWAYS_OFF: Final = ((1, 1), (10, 1))
_SATURDAY: Final = 5


class DayKind(StrEnum):
    """How a day differs from the week."""

    OFF = "off"
    WORK = "work"
    LOCAL_OFF = "local_off"


KIND_TITLES: Final = {DayKind.OFF: "放假", DayKind.WORK: "调休上班", DayKind.LOCAL_OFF: "地方放假"}


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day that differs from the week, the holiday on whose account it does, and in which calendar."""

    day: date
    kind: DayKind
    name: str
    calendar: str = COUNTRY


def official(*, calendar: str = COUNTRY, version: int = 1) -> Calendar:
    """Return the official days of 2004 to 2026; the year after has not been published."""
    return build(calendar, version, _packaged())


@cache
def _packaged() -> tuple[CalendarDay, ...]:
    return read_days((files("directory") / "data" / "calendar_cn.csv").read_bytes()).whole()


def calendars(days: Iterable[CalendarDay], version: int) -> Mapping[str, Calendar]:
    """Return every calendar that days make, by its name, the country's always among them; raises CalendarMalformed.

    A year of the country of which no day is given is as it comes with this release; one of which any is given is as given.
    """
    own: defaultdict[str, list[CalendarDay]] = defaultdict(list)
    for day in days:
        own[day.calendar].append(day)
    given = own.pop(COUNTRY, [])
    country = build(COUNTRY, version, [*(day for day in _packaged() if day.day.year not in _years(given)), *given])
    others = {
        name: with_local_days(country, name, version, country.local_off | {day.day for day in found}) for name, found in sorted(own.items())
    }
    return {COUNTRY: country, **others}


def _years(days: Iterable[CalendarDay]) -> frozenset[int]:
    return frozenset(day.day.year for day in days if day.kind is not DayKind.LOCAL_OFF)


def build(calendar: str, version: int, days: Iterable[CalendarDay]) -> Calendar:
    """Make a calendar of official days and, where there are any, the hall's own; raises CalendarMalformed."""
    given = tuple(days)
    by_kind = {kind: frozenset(day.day for day in given if day.kind is kind) for kind in DayKind}
    years = frozenset(day.year for day in by_kind[DayKind.OFF] | by_kind[DayKind.WORK])
    plain = Calendar(calendar, version, years, by_kind[DayKind.OFF], by_kind[DayKind.WORK])
    return with_local_days(plain, calendar, version, by_kind[DayKind.LOCAL_OFF])


def read_days(data: bytes, *, judge: bool = True) -> Read[CalendarDay]:
    """Read official days, which may be followed by a hall's own; every fault is reported with its line.

    How the days stand to each other is not judged when `judge` is false.
    """
    read = read_csv(data, COLUMNS, _day)
    return read.judged(faults(read.rows)) if judge else read


def write_days(days: Iterable[CalendarDay]) -> bytes:
    """Write days as CSV, as `read_days` reads them."""
    rows = ({"date": day.day.isoformat(), "kind": day.kind, "name": day.name, "calendar": day.calendar} for day in days)
    return write_csv(COLUMNS, rows)


def faults(days: Sequence[CalendarDay]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for everything that keeps these days from being calendars."""
    return _faults(days, ())


def added_faults(days: Sequence[CalendarDay]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for everything that keeps these days from being added to those of this release."""
    years = _years(day for day in days if day.calendar == COUNTRY)
    return _faults(days, [day for day in _packaged() if day.day.year not in years])


def _faults(days: Sequence[CalendarDay], known: Sequence[CalendarDay]) -> Iterator[tuple[int, str]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for position, day in enumerate(days):
        places[day.calendar].append(position)
    country = [days[position] for position in places[COUNTRY]]
    working = {day.day for day in (*country, *known) if day.kind is DayKind.WORK}
    for name, positions in places.items():
        found = [days[position] for position in positions]
        local = _not_local(found, working) if name != COUNTRY else _unfinished(found, _years(known))
        yield from ((positions[place] if place >= 0 else place, what) for place, what in (*_contradictions(found), *local))


def read_local_days(data: bytes, official_days: Calendar) -> Read[CalendarDay]:
    """Read the days off of a hall's own, to be added to the official ones by `with_local_days`."""
    read = read_csv(data, COLUMNS, _day)
    return read.judged([*_contradictions(read.rows), *_not_local(read.rows, official_days.working)])


def _day(cells: Cells) -> CalendarDay:
    for column in ("date", "kind"):
        cells.refuse("" if cells.text(column, _anything) else f"the {column} is empty")
    day = CalendarDay(
        day=cells.value("date", _iso_day, date.min),
        kind=cells.value("kind", _kind, DayKind.OFF),
        name=cells.text("name", name_fault),
        calendar=cells.text("calendar", id_fault, COUNTRY),
    )
    cells.check()
    return day


def _anything(_text: str) -> str:
    return ""


def _iso_day(text: str) -> date:
    try:
        if _ISO_DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"{text!a} is not a date: YYYY-MM-DD")


def _kind(text: str) -> DayKind:
    try:
        return DayKind(text)
    except ValueError:
        raise ValueError(f"{text!a} is not a kind of day: {', '.join(DayKind)}") from None


def _contradictions(days: Sequence[CalendarDay]) -> Iterator[tuple[int, str]]:
    kinds: dict[date, set[DayKind]] = {}
    for position, day in enumerate(days):
        before = kinds.setdefault(day.day, set())
        if day.kind in before:
            yield position, f"{day.day} is given twice"
        elif before and DayKind.WORK in {*before, day.kind}:
            yield position, f"{day.day} is both a day off and a working day"
        if day.kind is DayKind.WORK and day.day.weekday() < _SATURDAY:
            yield position, f"{day.day} is no weekend: it is a working day anyway"
        before.add(day.kind)


def _unfinished(days: Sequence[CalendarDay], published: frozenset[int]) -> Iterator[tuple[int, str]]:
    """Find years that are missing between others, or that lack a day that is always off."""
    first = {day.day.year: position for position, day in reversed(list(enumerate(days))) if day.kind is not DayKind.LOCAL_OFF}
    off = {day.day for day in days if day.kind is DayKind.OFF}
    for year, position in sorted(first.items()):
        if year - 1 not in first.keys() | published and year != min(first.keys() | published):
            yield position, f"there is a gap in front of {year}: {year - 1} is not in the file"
        for month, day in _ALWAYS_OFF:
            if date(year, month, day) not in off:
                yield position, f"{year} is not complete: {date(year, month, day)} is not off"
    if not first and not published:
        yield -1, "there is no official day in the file"


def _not_local(days: Sequence[CalendarDay], working: Collection[date]) -> Iterator[tuple[int, str]]:
    for position, day in enumerate(days):
        if day.kind is not DayKind.LOCAL_OFF:
            yield position, f"{day.day} is {day.kind}, and a hall sets only days off of its own: {DayKind.LOCAL_OFF}"
        elif day.day in working:
            yield position, f"{day.day} is both a day off and a working day"
