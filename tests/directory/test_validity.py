"""A period is half-open, and of one thing at most one version holds at any day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import PeriodMalformed
from directory.validity import Period, at, clashes, disorder, gaps

NEW_YEAR = date(2026, 1, 1)
DAYS = [NEW_YEAR + timedelta(days=n) for n in range(40)]


def days(start: int, end: int | None = None) -> Period:
    return Period(DAYS[start], None if end is None else DAYS[end])


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(st.integers(0, 30))
    return days(start, draw(st.none() | st.integers(start + 1, 35)))


@dataclass(frozen=True, slots=True)
class Version:
    period: Period


def members(period: Period) -> set[date]:
    return {day for day in DAYS if day in period}


def test_the_end_is_the_first_day_on_which_it_is_over() -> None:
    assert members(days(3, 5)) == {DAYS[3], DAYS[4]}
    assert DAYS[-1] in days(3)
    assert DAYS[2] not in days(3)
    assert str(days(0)) == "2026-01-01/.."


@pytest.mark.parametrize("end", [NEW_YEAR, NEW_YEAR - timedelta(days=1)])
def test_a_period_without_a_day_is_refused(end: date) -> None:
    with pytest.raises(PeriodMalformed, match="there is no day"):
        Period(NEW_YEAR, end)


def test_a_moment_is_no_day() -> None:
    with pytest.raises(PeriodMalformed):
        Period(datetime(2026, 1, 1))  # noqa: DTZ001 - it is refused whatever its zone
    with pytest.raises(PeriodMalformed):
        Period(NEW_YEAR, datetime(2026, 2, 1))  # noqa: DTZ001


@given(periods(), periods())
def test_periods_overlap_exactly_when_they_share_a_day(one: Period, other: Period) -> None:
    assert one.overlaps(other) == bool(members(one) & members(other)) == other.overlaps(one)


@given(periods(), periods())
def test_a_period_encloses_another_exactly_when_it_has_all_its_days(one: Period, other: Period) -> None:
    assert one.encloses(other) == (members(other) <= members(one))


@given(st.lists(periods(), max_size=6))
def test_nothing_clashes_exactly_when_at_most_one_version_holds_at_any_day(given_periods: list[Period]) -> None:
    most = max((sum(day in period for period in given_periods) for day in DAYS), default=0)
    assert (not list(clashes(given_periods))) == (most <= 1)


@given(st.lists(periods(), max_size=6))
def test_every_period_that_shares_a_day_with_an_earlier_one_is_named(given_periods: list[Period]) -> None:
    named = {position for position, _ in clashes(given_periods)}
    rest = [period for position, period in enumerate(given_periods) if position not in named]
    assert not list(clashes(rest))
    assert all(given_periods[position].overlaps(given_periods[other]) for position, other in clashes(given_periods))


@given(st.lists(periods(), max_size=6), st.sampled_from(DAYS))
def test_the_version_at_a_day_is_one_that_holds_then(given_periods: list[Period], day: date) -> None:
    found = at(map(Version, given_periods), day)
    assert (found is None) == (not any(day in period for period in given_periods))
    assert found is None or day in found.period


@given(st.lists(periods(), max_size=6), periods())
def test_gaps_are_the_days_that_nothing_covers(given_periods: list[Period], whole: Period) -> None:
    covered = {day for period in given_periods for day in members(period)}
    found = list(gaps(given_periods, whole))
    assert {day for gap in found for day in members(gap)} == members(whole) - covered
    assert not list(clashes(found))


def test_a_later_version_needs_a_higher_number() -> None:
    assert list(disorder([(1, days(0, 2)), (2, days(2, 4)), (3, days(4))])) == []
    assert list(disorder([(3, days(4)), (1, days(0, 2)), (2, days(2, 4))])) == []
    assert list(disorder([(2, days(0, 2)), (1, days(2))])) == [(1, 0)]
    assert list(disorder([(1, days(0, 2)), (1, days(2))])) == [(1, 0)]
