"""An answer is awaited in working time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.calendar import BEIJING
from directory.calendar_file import official
from directory.errors import CalendarExceeded
from directory.guidance.hours import USUAL, Hours, HoursRule, awaited, hours_at, hours_fault, working_minutes
from directory.validity import Period

CALENDAR = official()


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BEIJING).astimezone(UTC)


@pytest.mark.parametrize(
    ("since", "due"),
    [
        (at(23, 9), at(23, 17)),  # Monday
        (at(23, 10), at(24, 10)),
        (at(23, 12, 30), at(24, 12)),  # at noon nobody works
        (at(23, 22), at(24, 17)),
        (at(27, 16), at(30, 16)),  # over a weekend
        (at(30, 15, month=9), at(9, 10, month=10) - timedelta(days=1) + timedelta(hours=5)),  # over the National Day
    ],
)
def test_an_answer_is_awaited_for_one_working_day(since: datetime, due: datetime) -> None:
    assert awaited(since, USUAL, CALENDAR).due == due


def test_a_year_without_its_notice_is_provisional() -> None:
    assert not awaited(at(30, 10, month=12), USUAL, CALENDAR).provisional
    assert awaited(at(31, 16, month=12), USUAL, CALENDAR).provisional


def test_the_rule_that_names_the_hall_goes_first() -> None:
    short, long = Hours(USUAL.spans, 60), Hours(USUAL.spans, 120)
    always = Period(date(2026, 1, 1))
    rules = [
        HoursRule(rule="all", version=1, period=always, hours=long, basis="b"),
        HoursRule(
            rule="one", version=1, period=Period(date(2026, 1, 1), date(2026, 6, 1)), hours=short, basis="b", halls=frozenset({"siping"})
        ),
    ]
    assert hours_at(rules, "siping", date(2026, 5, 31)) == short
    assert hours_at(rules, "siping", date(2026, 6, 1)) == long
    assert hours_at([], "siping", date(2026, 5, 31)) == USUAL


@given(st.integers(0, 60 * 24 * 20), st.integers(0, 60 * 24 * 5), st.integers(0, 60 * 24 * 5))
def test_working_time_adds_up(start: int, first: int, second: int) -> None:
    one = at(1, 0) + timedelta(minutes=start)
    two, three = one + timedelta(minutes=first), one + timedelta(minutes=first + second)
    parts = [working_minutes(*ends, USUAL, CALENDAR) for ends in ((one, two), (two, three), (one, three))]
    assert parts[0] + parts[1] == parts[2] <= first + second


@given(st.integers(0, 60 * 24 * 20))
def test_what_is_awaited_takes_the_working_time_that_is_given(start: int) -> None:
    since = at(1, 0) + timedelta(minutes=start)
    assert working_minutes(since, awaited(since, USUAL, CALENDAR).due, USUAL, CALENDAR) == USUAL.reply_minutes


def test_nothing_passes_backwards() -> None:
    assert working_minutes(at(24, 10), at(23, 10), USUAL, CALENDAR) == 0


@pytest.mark.parametrize(
    ("spans", "minutes"),
    [
        ((), 60),
        (((time(9), time(9)),), 60),
        (((time(9), time(12)), (time(12), time(17))), 60),
        (((time(13), time(17)), (time(9), time(12))), 60),
        (USUAL.spans, 0),
        (USUAL.spans, 144_001),
    ],
)
def test_hours_that_are_none_are_refused(spans: tuple[tuple[time, time], ...], minutes: int) -> None:
    assert hours_fault(spans, minutes)
    assert not hours_fault(USUAL.spans, USUAL.reply_minutes)


def test_a_time_that_never_comes_is_refused() -> None:
    with pytest.raises(CalendarExceeded):
        awaited(at(23, 9), Hours(((time(9), time(9, 1)),), 144_000), CALENDAR)
