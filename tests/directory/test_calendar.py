"""Working days are counted as the law counts them, and what is not published yet is said to be provisional."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.calendar import MOST_WORKING_DAYS, Calendar, Due, Span, beijing_day, with_local_days
from directory.calendar_file import official
from directory.errors import CalendarExceeded, CalendarMalformed

OFFICIAL = official()
PLAIN = Calendar("plain", 1, frozenset(range(2020, 2031)))
DAYS = st.dates(date(2003, 1, 1), date(2028, 12, 31))
PUBLISHED = st.dates(date(2004, 1, 1), date(2026, 6, 30))
NUMBERS = st.integers(0, 60)

WORKED_EXAMPLES = [
    ("2026-09-18", 5, "2026-09-24", "Sunday 2026-09-20 is a working Sunday"),
    ("2026-09-18", 20, "2026-10-22", "Mid-Autumn and National Day are off; Saturday 2026-10-10 works"),
    ("2026-02-10", 5, "2026-02-24", "Saturday 2026-02-14 works; 2026-02-15 to 23 is Spring Festival"),
    ("2026-01-30", 20, "2026-03-05", "Spring Festival; the Saturdays 2026-02-14 and 02-28 work"),
    ("2026-11-23", 20, "2026-12-21", "no holidays"),
]
"""Computed with PyPI chinesecalendar 1.11.0 and checked by hand."""


@pytest.mark.parametrize(("start", "days", "due", "why"), WORKED_EXAMPLES)
def test_the_worked_examples_come_out_to_the_day(start: str, days: int, due: str, why: str) -> None:
    assert OFFICIAL.add_working_days(date.fromisoformat(start), days) == Due(date.fromisoformat(due), provisional=False), why


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 18), True),
        (date(2026, 9, 19), False),
        (date(2026, 9, 20), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),
        (date(2015, 9, 3), False),
        (date(2018, 12, 29), True),
        (date(2018, 12, 31), False),
        (date(2027, 10, 1), True),
        (date(2027, 10, 2), False),
    ],
)
def test_a_holiday_is_off_and_a_working_weekend_works(day: date, *, works: bool) -> None:
    assert OFFICIAL.is_working_day(day) == works


def test_the_start_is_not_counted_even_when_nobody_works_on_it() -> None:
    friday, saturday, monday = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
    assert OFFICIAL.add_working_days(friday, 1).day == monday
    assert OFFICIAL.add_working_days(saturday, 1).day == monday
    assert OFFICIAL.add_working_days(monday, 1).day == date(2026, 11, 24)


def test_no_days_end_with_the_start() -> None:
    assert OFFICIAL.add_working_days(date(2026, 11, 21), 0) == Due(date(2026, 11, 21), provisional=False)


def test_a_limit_ends_at_midnight_in_beijing() -> None:
    assert Due(date(2026, 12, 21), provisional=False).ends_at == datetime(2026, 12, 21, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "days", "provisional"),
    [
        (date(2026, 12, 30), 1, False),
        (date(2026, 12, 31), 0, False),
        (date(2026, 12, 31), 1, True),
        (date(2026, 11, 23), 40, True),
        (date(2027, 3, 1), 0, True),
        (date(2003, 12, 31), 1, True),
    ],
)
def test_what_touches_a_year_that_is_not_published_is_provisional(start: date, days: int, *, provisional: bool) -> None:
    due = OFFICIAL.add_working_days(start, days)
    assert due.provisional == provisional
    assert OFFICIAL.working_days_between(start, due.day).provisional == provisional


def test_days_between_are_counted_backwards_as_a_negative_number() -> None:
    assert OFFICIAL.working_days_between(date(2026, 9, 18), date(2026, 9, 24)) == Span(5, provisional=False)
    assert OFFICIAL.working_days_between(date(2026, 9, 24), date(2026, 9, 18)) == Span(-5, provisional=False)


@given(DAYS, NUMBERS)
def test_counting_undoes_adding(start: date, days: int) -> None:
    due = OFFICIAL.add_working_days(start, days)
    assert OFFICIAL.working_days_between(start, due.day) == Span(days, due.provisional)
    assert days == 0 or OFFICIAL.is_working_day(due.day)


@given(DAYS, DAYS)
def test_adding_undoes_counting_on_working_days(start: date, end: date) -> None:
    start, end = min(start, end), max(start, end)
    span = OFFICIAL.working_days_between(start, end)
    if start < end and OFFICIAL.is_working_day(end) and span.days <= MOST_WORKING_DAYS:
        assert OFFICIAL.add_working_days(start, span.days).day == end


@given(DAYS, DAYS)
def test_the_count_is_the_count_of_the_days_one_by_one(start: date, end: date) -> None:
    start, end = min(start, end), max(start, end)
    end = min(end, start + timedelta(days=800))
    days = ((start + timedelta(days=n)) for n in range(1, (end - start).days + 1))
    assert OFFICIAL.working_days_between(start, end).days == sum(map(OFFICIAL.is_working_day, days))


@given(DAYS, DAYS, NUMBERS, NUMBERS)
def test_later_starts_and_more_days_never_end_earlier(one: date, other: date, few: int, more: int) -> None:
    one, other, few, more = min(one, other), max(one, other), min(few, more), max(few, more)
    assert (
        OFFICIAL.add_working_days(one, few).day <= OFFICIAL.add_working_days(other, few).day <= OFFICIAL.add_working_days(other, more).day
    )
    assert few == more or OFFICIAL.add_working_days(one, few).day < OFFICIAL.add_working_days(one, more).day


@given(DAYS, NUMBERS, NUMBERS)
def test_a_limit_in_two_parts_is_the_limit(start: date, first: int, second: int) -> None:
    between = OFFICIAL.add_working_days(start, first).day
    assert OFFICIAL.add_working_days(between, second).day == OFFICIAL.add_working_days(start, first + second).day


@given(PUBLISHED, NUMBERS)
def test_a_day_off_of_its_own_gives_a_hall_no_less_time(start: date, days: int) -> None:
    yanbian = with_local_days(OFFICIAL, "yanbian", 1, [date(year, 9, 3) for year in range(2004, 2027)])
    assert yanbian.add_working_days(start, days).day >= OFFICIAL.add_working_days(start, days).day


def test_a_day_off_of_its_own_is_off_in_that_hall_alone() -> None:
    yanbian = with_local_days(OFFICIAL, "yanbian", 3, [date(2026, 9, 3)])
    assert (yanbian.calendar, yanbian.version, yanbian.years) == ("yanbian", 3, OFFICIAL.years)
    assert not yanbian.is_working_day(date(2026, 9, 3))
    assert OFFICIAL.is_working_day(date(2026, 9, 3))
    assert yanbian.add_working_days(date(2026, 9, 2), 1).day == date(2026, 9, 4)


@pytest.mark.parametrize(
    ("years", "off", "working", "local", "fault"),
    [
        ({2024, 2026}, set(), set(), set(), "gap"),
        ({2026}, {date(2026, 9, 20)}, {date(2026, 9, 20)}, set(), "both a day off and a working day"),
        ({2026}, set(), {date(2026, 9, 20)}, {date(2026, 9, 20)}, "both a day off and a working day"),
        ({2026}, set(), {date(2026, 9, 21)}, set(), "working day anyway"),
    ],
)
def test_days_that_contradict_each_other_are_no_calendar(
    years: set[int], off: set[date], working: set[date], local: set[date], fault: str
) -> None:
    with pytest.raises(CalendarMalformed, match=fault):
        Calendar("bad", 1, frozenset(years), frozenset(off), frozenset(working), frozenset(local))


@pytest.mark.parametrize("days", [-1, MOST_WORKING_DAYS + 1, 10**12])
def test_a_count_that_no_limit_has_is_refused(days: int) -> None:
    with pytest.raises(CalendarExceeded):
        OFFICIAL.add_working_days(date(2026, 1, 1), days)


@pytest.mark.parametrize(("start", "days"), [(date.max, 0), (date.max, 1), (date.max - timedelta(days=3), 5)])
def test_the_end_of_all_dates_is_refused(start: date, days: int) -> None:
    with pytest.raises(CalendarExceeded):
        PLAIN.add_working_days(start, days)


def test_the_day_in_beijing_changes_at_sixteen_hours_utc() -> None:
    assert beijing_day(datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert beijing_day(datetime(2026, 11, 23, 16, tzinfo=UTC)) == date(2026, 11, 24)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        beijing_day(datetime(2026, 11, 23))  # noqa: DTZ001  the test is about it


def test_calendars_of_the_same_days_are_equal() -> None:
    assert official() == OFFICIAL
    assert hash(official()) == hash(OFFICIAL)


@given(st.lists(st.tuples(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 60)), min_size=1, max_size=12))
def test_what_a_calendar_has_answered_before_is_what_a_new_one_answers(asked: list[tuple[date, int]]) -> None:
    known = official()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("directory.calendar.MOST_REMEMBERED", 3)
        for day, days in asked * 2:
            fresh, end = with_local_days(known, "fresh", 1, ()), day + timedelta(days)
            assert known.add_working_days(day, days) == fresh.add_working_days(day, days)
            assert known.first_day_left(day, days) == fresh.first_day_left(day, days)
            assert known.working_days_between(day, end) == fresh.working_days_between(day, end)
            assert known.working_days_between(end, day) == fresh.working_days_between(end, day)
            assert max(len(known._ends), len(known._firsts), len(known._spans)) <= max(3, len(asked))
