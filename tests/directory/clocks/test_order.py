"""A case that two halls tell of is folded in one order, whoever was heard first."""

import random

from hypothesis import given
from hypothesis import strategies as st

from directory.case_state import CaseState
from directory.clocks.facts import Facts
from directory.clocks.folding import fold_facts
from directory.clocks.order import comes_last, in_fold_order, told_up_to
from directory.clocks.vocabulary import ClockKind, ClockState
from directory.lifecycle import Event, fold_all
from tests.directory.clocks.made import GRANTED, case, only, read

TOLD = st.lists(st.tuples(st.sampled_from(["yushu", "changchun", "jilin-sheng"]), st.integers(0, 20)), max_size=15)


def events_of(told: list[tuple[str, int]]) -> list[Event]:
    """Make events in the order of the ledger."""
    return [Event(30, at_ms, hall=hall, ref=ref) for ref, (hall, at_ms) in enumerate(told)]


@given(TOLD, st.randoms(use_true_random=False))
def test_the_order_is_that_of_each_journal_and_of_time_between_halls(told: list[tuple[str, int]], chance: random.Random) -> None:
    events = events_of(told)
    ordered = in_fold_order(events)
    shuffled = list(events)
    chance.shuffle(shuffled)
    assert in_fold_order(shuffled) == ordered
    for hall in {event.hall for event in events}:
        assert [event for event in ordered if event.hall == hall] == [event for event in events if event.hall == hall]
    if all(sorted(times) == times for times in _times(events)):
        assert ordered == sorted(events, key=lambda event: (event.occurred_at_ms, event.ref))


def _times(events: list[Event]) -> list[list[int]]:
    return [[event.occurred_at_ms for event in events if event.hall == hall] for hall in {event.hall for event in events}]


@given(TOLD)
def test_a_state_is_moved_on_exactly_where_the_newest_event_comes_last(told: list[tuple[str, int]]) -> None:
    events = events_of(told)
    latest: dict[str, int] = {}
    for count, event in enumerate(events):
        last = in_fold_order(events[: count + 1])[-1] == event
        assert comes_last(latest, event) == last
        latest = told_up_to(latest, event)


def test_an_opinion_that_arrives_after_the_decision_above_is_folded_before_it() -> None:
    heard = case(
        ("applied", "2026-09-01", {"hall": "yushu"}),
        ("accepted", "2026-09-01", {"hall": "yushu"}),
        ("decided", "2026-09-10", {"hall": "changchun", "outcome": GRANTED}),
        ("referred_up", "2026-09-04", {"hall": "yushu", "referred_to": "changchun"}),
    )
    assert [event.ref for event in in_fold_order(heard)] == [0, 1, 3, 2]
    upper = only(read(in_fold_order(heard), "2026-09-30"), ClockKind.UPPER_REVIEW)
    assert (upper.state, upper.used) == (ClockState.MET, 4)
    assert fold_all(CaseState(), in_fold_order(heard)).status == "decided"
    assert fold_facts(Facts(), heard) != fold_facts(Facts(), in_fold_order(heard))
