"""A register is looked up for resources, their providers and the days on which the province works."""

from datetime import date
from typing import Any

from directory.calendar_file import CalendarDay, DayKind, official
from directory.catalogue.catalogue import Catalogue
from directory.catalogue.vocabulary import State
from directory.departments import Department
from directory.register.changes import Place
from directory.register.judging import Whole
from directory.register.kinds import FORMS, Kind
from directory.register.lookup import UNKNOWN, Lookup, Provider
from directory.seats import NOWHERE, Seats
from directory.validity import Period
from tests.directory.catalogue.made import USCC, version

TODAY = date(2026, 11, 23)
FIRST = version(1, period=Period(date(2026, 1, 1), date(2026, 6, 1)))
SECOND = version(2, period=Period(date(2026, 6, 1)))
WITHDRAWN = version(
    2, state=State.WITHDRAWN, period=Period(date(2026, 6, 1), date(2026, 7, 1)), withdrawn_on=date(2026, 7, 1), ground="停用"
)


def department(hall: str, start: date, end: date | None = None) -> Department:
    return Department("market-regulation", USCC, "市场监管（示例）", hall, "", Period(start, end))


def test_the_version_that_holds_is_found_and_else_the_last_one_that_did() -> None:
    catalogue = Catalogue([SECOND, FIRST])
    days = {date(2025, 12, 31): None, date(2026, 1, 1): 1, date(2026, 5, 31): 1, date(2026, 6, 1): 2, TODAY: 2}
    for day, number in days.items():
        for found in (catalogue.in_force("enterprise-register", day), catalogue.newest("enterprise-register", day)):
            assert (found.version if found else None) == number
    gone = Catalogue([FIRST, WITHDRAWN])
    assert gone.in_force("enterprise-register", TODAY) is None
    assert gone.newest("enterprise-register", TODAY) == WITHDRAWN
    assert (gone.version("enterprise-register", 1), gone.version("enterprise-register", 3)) == (FIRST, None)
    assert (gone.released_on("enterprise-register"), gone.released_on("nothing")) == (date(2026, 1, 1), None)


def test_drafts_are_not_in_the_catalogue() -> None:
    catalogue = Catalogue([version(state=State.DRAFT), version(resource="another", code="307001/2")])
    assert (catalogue.resources, len(catalogue)) == (("another",), 1)
    assert catalogue.newest("enterprise-register", TODAY) is None


def test_a_department_sits_where_it_does_that_day_or_last_did() -> None:
    seats = Seats([department("dehui", date(2026, 3, 1), date(2026, 9, 1)), department("yushu", date(2026, 1, 1), date(2026, 3, 1))])
    halls = {date(2025, 1, 1): "yushu", date(2026, 2, 28): "yushu", date(2026, 3, 1): "dehui", TODAY: "dehui"}
    assert {day: seats.hall("market-regulation", day) for day in halls} == halls
    assert seats.hall("nothing", TODAY) == NOWHERE


def test_a_register_without_days_off_counts_by_the_official_ones_and_else_by_its_own() -> None:
    assert Lookup().calendar == official()
    days = [CalendarDay(date(2026, 1, 1), DayKind.OFF, "元旦"), CalendarDay(date(2026, 10, 1), DayKind.OFF, "国庆节")]
    form = FORMS[Kind.CALENDAR_DAY]
    documents = {form.place(day): document for day, document in zip(days, form.documents(days), strict=True)}
    lookup = Lookup.of(Whole(documents, TODAY))
    assert not lookup.calendar.is_working_day(date(2026, 1, 1))
    assert lookup.calendar.is_working_day(date(2026, 10, 2))
    assert not official().is_working_day(date(2026, 10, 2))
    assert not lookup.calendar.is_working_day(date(2025, 10, 2))  # a year that it does not have is as it was published


def test_the_days_off_of_one_halls_calendar_are_not_the_provinces() -> None:
    day = CalendarDay(date(2026, 9, 3), DayKind.LOCAL_OFF, "自治州成立纪念日", "yanbian")
    form = FORMS[Kind.CALENDAR_DAY]
    lookup = Lookup.of(Whole({form.place(day): form.documents([day])[0]}, TODAY))
    assert lookup.calendar.is_working_day(day.day)
    assert lookup.calendar == official()


def test_a_provider_is_the_department_of_the_newest_version_in_its_hall() -> None:
    things: dict[Kind, list[Any]] = {Kind.RESOURCE: [FIRST, SECOND], Kind.DEPARTMENT: [department("yushu", date(2026, 1, 1))]}
    documents: dict[Place, str] = {}
    for kind, found in things.items():
        form = FORMS[kind]
        documents |= {form.place(thing): document for thing, document in zip(found, form.documents(found), strict=True)}
    lookup = Lookup.of(Whole(documents, TODAY))
    assert lookup.provider("enterprise-register", TODAY) == Provider("market-regulation", "yushu")
    assert lookup.provider("nothing", TODAY) == UNKNOWN
