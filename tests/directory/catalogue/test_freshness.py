"""A resource is fresh as long as its provider keeps the cycle that it promised."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.calendar import with_local_days
from directory.calendar_file import official
from directory.catalogue.freshness import freshness, next_update
from directory.catalogue.vocabulary import FreshnessState, UpdateCycle

CALENDAR = official()
DAYS = st.dates(date(2004, 2, 1), date(2026, 12, 31))
REGULAR = [cycle for cycle in UpdateCycle if cycle is not UpdateCycle.IRREGULAR]


@pytest.mark.parametrize(
    ("last", "cycle", "due", "why"),
    [
        ("2026-11-20", UpdateCycle.REAL_TIME, "2026-11-23", "the working day after a Friday"),
        ("2026-11-23", UpdateCycle.DAILY, "2026-11-24", "a plain day"),
        ("2026-09-30", UpdateCycle.DAILY, "2026-10-08", "National Day"),
        ("2026-11-23", UpdateCycle.WEEKLY, "2026-11-30", "a plain week"),
        ("2026-09-26", UpdateCycle.WEEKLY, "2026-10-08", "2026-10-03 is off"),
        ("2026-10-03", UpdateCycle.WEEKLY, "2026-10-10", "a working Saturday"),
        ("2026-01-31", UpdateCycle.MONTHLY, "2026-02-28", "the last of February, a working Saturday"),
        ("2024-01-31", UpdateCycle.MONTHLY, "2024-02-29", "a leap year"),
        ("2025-12-15", UpdateCycle.MONTHLY, "2026-01-15", "over the year"),
        ("2025-11-30", UpdateCycle.QUARTERLY, "2026-02-28", "three months on"),
        ("2026-03-31", UpdateCycle.HALF_YEARLY, "2026-09-30", "six months on"),
        ("2024-02-29", UpdateCycle.YEARLY, "2025-02-28", "no leap year follows"),
        ("2025-10-01", UpdateCycle.YEARLY, "2026-10-08", "National Day again"),
    ],
)
def test_the_next_update_is_due_a_cycle_later_on_a_working_day(last: str, cycle: UpdateCycle, due: str, why: str) -> None:
    found = next_update(date.fromisoformat(last), cycle, CALENDAR)
    assert found is not None
    assert found.day == date.fromisoformat(due), why


@pytest.mark.parametrize(
    ("today", "state", "late"),
    [
        (date(2026, 9, 30), FreshnessState.FRESH, 0),
        (date(2026, 10, 7), FreshnessState.FRESH, 0),
        (date(2026, 10, 8), FreshnessState.DUE, 0),
        (date(2026, 10, 9), FreshnessState.OVERDUE, 1),
        (date(2026, 10, 10), FreshnessState.OVERDUE, 2),
        (date(2026, 10, 11), FreshnessState.OVERDUE, 2),
        (date(2026, 10, 12), FreshnessState.OVERDUE, 3),
    ],
)
def test_what_is_late_is_late_by_working_days(today: date, state: FreshnessState, late: int) -> None:
    found = freshness(date(2026, 9, 30), UpdateCycle.DAILY, today, CALENDAR)
    assert (found.state, found.working_days_late) == (state, late)


def test_what_is_updated_irregularly_is_never_late() -> None:
    found = freshness(date(2004, 1, 1), UpdateCycle.IRREGULAR, date(2026, 1, 1), CALENDAR)
    assert (found.state, found.due, found.working_days_late) == (FreshnessState.FRESH, None, 0)


def test_an_update_dated_ahead_is_fresh() -> None:
    assert freshness(date(2026, 11, 25), UpdateCycle.DAILY, date(2026, 11, 23), CALENDAR).state is FreshnessState.FRESH


def test_what_is_due_in_a_year_not_published_is_provisional() -> None:
    due = next_update(date(2026, 12, 15), UpdateCycle.MONTHLY, CALENDAR)
    assert due is not None
    assert due.provisional


def test_a_day_off_of_the_halls_own_moves_the_due_day() -> None:
    yanbian = with_local_days(CALENDAR, "yanbian", 1, [date(2026, 9, 3)])
    found = [freshness(date(2026, 9, 2), UpdateCycle.DAILY, date(2026, 9, 3), calendar).state for calendar in (CALENDAR, yanbian)]
    assert found == [FreshnessState.DUE, FreshnessState.FRESH]


@given(DAYS, st.sampled_from(REGULAR))
def test_the_next_update_is_due_later_on_a_working_day(last: date, cycle: UpdateCycle) -> None:
    due = next_update(last, cycle, CALENDAR)
    assert due is not None
    assert due.day > last
    assert CALENDAR.is_working_day(due.day)


@given(DAYS, DAYS, st.sampled_from(REGULAR))
def test_a_later_update_is_never_due_earlier(one: date, other: date, cycle: UpdateCycle) -> None:
    first, second = next_update(min(one, other), cycle, CALENDAR), next_update(max(one, other), cycle, CALENDAR)
    assert first is not None
    assert second is not None
    assert first.day <= second.day


@given(DAYS, st.integers(0, 500), st.sampled_from(REGULAR))
def test_a_state_is_what_its_due_day_says(last: date, later: int, cycle: UpdateCycle) -> None:
    today = last + timedelta(days=later)
    found = freshness(last, cycle, today, CALENDAR)
    assert found.due is not None
    assert (found.state is FreshnessState.OVERDUE) == (today > found.due.day)
    assert (found.state is FreshnessState.DUE) == (today == found.due.day)
    assert (found.working_days_late > 0) <= (found.state is FreshnessState.OVERDUE)
