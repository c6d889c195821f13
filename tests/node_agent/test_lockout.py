"""Failed sign-ins cost more and more time, and never for good."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from node_agent.accounts.lockout import FIRST_DELAY, FORGOTTEN_AFTER, LONGEST_DELAY, Failures, counted, is_closed, opens_at

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
counts = st.integers(min_value=0, max_value=10_000)
free = st.integers(min_value=1, max_value=50)


def test_nobody_who_never_failed_waits() -> None:
    assert opens_at(None, 5) is None
    assert not is_closed(None, 5, NOW)


@given(counts, free)
def test_the_first_failures_cost_nothing_and_the_next_one_does(count: int, free: int) -> None:
    assert (opens_at(Failures(count, NOW), free) is None) == (count < free)


@given(counts, free)
def test_the_delay_never_shrinks_and_never_passes_its_bound(count: int, free: int) -> None:
    one, more = opens_at(Failures(count, NOW), free), opens_at(Failures(count + 1, NOW), free)
    if one is not None:
        assert more is not None
        assert FIRST_DELAY <= one - NOW <= more - NOW <= LONGEST_DELAY


@given(counts, free)
def test_it_is_open_again_when_the_delay_is_over(count: int, free: int) -> None:
    assert not is_closed(Failures(count, NOW), free, NOW + LONGEST_DELAY)


@given(counts, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)))
def test_failures_add_up_until_they_are_forgotten(count: int, later: timedelta) -> None:
    after = counted(Failures(count, NOW), NOW + later)
    assert after == Failures(count + 1 if later < FORGOTTEN_AFTER else 1, NOW + later)
