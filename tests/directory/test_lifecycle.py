"""A case stands where its events put it; what the law does not foresee is flagged and kept."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.case_state import FLAGS, STATUSES, CaseState, flag_names, values
from directory.lifecycle import Event, advance, fold, fold_all
from tests.directory.real_logs import five_halls, receipt_log
from tongban.case.v1 import case_pb2 as wire

KINDS = {name.removeprefix("CASE_EVENT_KIND_").lower(): number for name, number in wire.CaseEventKind.items()}

EVENTS = st.builds(
    Event,
    kind=st.sampled_from([*KINDS.values(), 31, 99]),
    occurred_at_ms=st.integers(0, 50),
    outcome=st.sampled_from([0, 1, 2, 7]),
    item_code=st.sampled_from(["", "XK-1", "XK-2"]),
    ground=st.sampled_from(["", "Art 32(2)"]),
    extension_days=st.integers(0, 10),
    promised_by_ms=st.none() | st.integers(0, 99),
)
HISTORIES = st.lists(EVENTS, max_size=30)


def told(*kinds: str, ground: str = "Art 38", outcome: int = wire.OUTCOME_GRANTED, grade: int = 5) -> CaseState:
    """Fold one event of each kind, a second apart."""
    return fold_all(
        CaseState(), [Event(KINDS[kind], 1000 * at, outcome=outcome, ground=ground, grade=grade) for at, kind in enumerate(kinds)]
    )


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        ("", "reported"),
        ("step", "reported"),
        ("pre_declared", "pre_declared"),
        ("pre_declared pre_reviewed", "pre_reviewed"),
        ("pre_declared pre_reviewed applied", "applied"),
        ("applied supplement_requested", "supplement_requested"),
        ("applied supplement_requested supplement_received", "applied"),
        ("applied referred", "referred"),
        ("applied referred accepted", "accepted"),
        ("applied accepted", "accepted"),
        ("applied accepted step_started step_completed coordinated fee step", "accepted"),
        ("applied accepted extended", "accepted"),
        ("applied accepted suspended", "suspended"),
        ("applied accepted suspended resumed", "accepted"),
        ("applied accepted procedure_started", "in_procedure"),
        ("applied accepted procedure_started procedure_started procedure_ended", "in_procedure"),
        ("applied accepted procedure_started procedure_started procedure_ended procedure_ended", "accepted"),
        ("applied accepted procedure_started suspended", "suspended"),
        ("applied accepted referred_up", "referred_up"),
        ("applied accepted referred_up returned_down", "accepted"),
        ("applied accepted decided", "decided"),
        ("applied accepted decided document_issued", "document_issued"),
        ("applied accepted decided document_issued delivered", "delivered"),
        ("applied accepted decided document_issued delivered closed", "closed"),
        ("applied accepted decided closed rated", "closed"),
        ("applied accepted decided closed renewal_applied renewed", "closed"),
    ],
)
def test_a_lawful_case_has_no_flags_and_the_status_of_its_last_act(kinds: str, status: str) -> None:
    state = told(*kinds.split())
    assert (state.status, flag_names(state.flags)) == (status, [])


@pytest.mark.parametrize("end", ["not_required", "acceptance_refused", "withdrawn", "terminated", "closed"])
def test_the_ends_of_a_case_stay_distinct_and_outlast_its_closing(end: str) -> None:
    assert told("applied", end).status == end
    assert told("applied", end, "closed").status == end
    assert told("applied", end, "closed").closed_at_ms is not None
    assert told("applied", end, "closed", "accepted", "decided").status == end


@pytest.mark.parametrize(
    ("kinds", "flags"),
    [
        ("accepted", "not_applied"),
        ("applied decided", "not_accepted"),
        ("applied extended", "not_accepted"),
        ("applied referred_up", "not_accepted"),
        ("applied procedure_started", "not_accepted"),
        ("applied accepted delivered", "not_decided"),
        ("applied applied", "repeated"),
        ("applied accepted accepted", "repeated"),
        ("applied accepted decided decided", "repeated"),
        ("applied accepted decided closed closed", "repeated"),
        ("applied accepted decided closed rated rated", "repeated"),
        ("applied accepted rated decided", "rated_early"),
        ("applied accepted decided closed step_started", "after_end"),
        ("applied not_required accepted", "after_end"),
        ("applied resumed", "ended_without_start"),
        ("applied supplement_received", "ended_without_start"),
        ("applied accepted procedure_ended", "ended_without_start"),
        ("applied accepted returned_down", "ended_without_start"),
        ("applied accepted decided closed renewed", "ended_without_start"),
        ("applied accepted suspended suspended", "started_twice"),
        ("applied accepted procedure_started decided", "left_open"),
        ("applied accepted suspended closed", "left_open"),
        ("applied supplement_requested accepted", "left_open"),
        ("applied supplement_requested supplement_received supplement_requested", "supplement_twice"),
        ("applied accepted supplement_requested", "after_acceptance"),
        ("applied accepted not_required", "after_acceptance"),
        ("applied accepted extended extended", "extended_twice"),
        ("applied accepted decided suspended", "after_decision"),
        ("applied accepted decided withdrawn", "after_decision"),
        ("unspecified", "unknown_kind"),
    ],
)
def test_what_the_law_does_not_foresee_is_flagged(kinds: str, flags: str) -> None:
    state = told(*kinds.split())
    assert flag_names(state.flags) == [flags]
    assert state.events == len(kinds.split())


def test_a_refusal_without_a_ground_is_flagged() -> None:
    assert flag_names(told("applied", "accepted", "decided", ground="", outcome=wire.OUTCOME_REFUSED).flags) == ["without_ground"]
    assert flag_names(told("applied", "acceptance_refused", ground="").flags) == ["without_ground"]
    assert flag_names(told("applied", "accepted", "decided", outcome=wire.OUTCOME_UNSPECIFIED).flags) == ["without_outcome"]


def test_an_event_dated_before_the_one_in_front_of_it_is_flagged_and_counts() -> None:
    state = fold_all(CaseState(), [Event(KINDS["applied"], 5000), Event(KINDS["accepted"], 4000)])
    assert (state.status, flag_names(state.flags), state.last_event_at_ms) == ("accepted", ["back_in_time"], 5000)


def test_a_decision_settles_what_was_open_so_that_the_case_is_not_shown_as_held_up() -> None:
    state = told("applied", "accepted", "suspended", "procedure_started", "decided")
    assert (state.status, state.suspended_since_ms, state.procedures_open) == ("decided", None, 0)


def test_the_first_act_of_a_kind_dates_it() -> None:
    state = told("applied", "accepted", "applied", "accepted")
    assert (state.applied_at_ms, state.accepted_at_ms) == (0, 1000)


def test_a_case_is_listed_by_its_application_and_by_its_first_event_until_then() -> None:
    assert told("step", "pre_declared").listed_at_ms == 0
    assert told("step", "pre_declared", "applied").listed_at_ms == 2000


def test_every_kind_of_the_contract_is_known_to_the_fold() -> None:
    unknown = {kind for kind in KINDS if "unknown_kind" in flag_names(told(kind).flags)}
    assert unknown == {"unspecified"}


@given(HISTORIES, st.data())
def test_the_fold_does_not_depend_on_how_events_were_batched(history: list[Event], data: st.DataObject) -> None:
    at_once = fold_all(CaseState(), history)
    cut = data.draw(st.integers(0, len(history)))
    assert fold_all(fold_all(CaseState(), history[:cut]), history[cut:]) == at_once
    one_by_one = CaseState()
    for event in history:
        one_by_one = fold(one_by_one, event)
    assert one_by_one == at_once


@given(HISTORIES, EVENTS)
def test_a_fold_leaves_the_state_it_was_given_alone_and_drops_nothing(history: list[Event], event: Event) -> None:
    before = fold_all(CaseState(), history)
    held = values(before)
    after = fold(before, event)
    assert values(before) == held
    assert after.events == before.events + 1
    assert after.flags & before.flags == before.flags
    assert after.flags < 1 << len(FLAGS)
    assert after.status in STATUSES
    assert not before.end or after.end == before.end


@given(HISTORIES)
def test_an_event_owns_the_flags_it_raised(history: list[Event]) -> None:
    state, raised = CaseState(), 0
    for event in history:
        raised |= advance(state, event)
    assert raised == state.flags


def test_the_receipt_log_ends_as_its_files_say() -> None:
    states = {case: fold_all(CaseState(), events) for case, events in receipt_log().items()}
    kinds = {case: [event.kind for event in events] for case, events in receipt_log().items()}
    unlicensed = {case for case, seen in kinds.items() if KINDS["not_required"] in seen}
    ended = {case for case, seen in kinds.items() if KINDS["closed"] in seen}
    assert (len(states), sum(state.events for state in states.values()), len(ended)) == (1434, 9906, 1329)
    assert {case for case, state in states.items() if state.status == "not_required"} == unlicensed
    assert {case for case, state in states.items() if state.status == "closed"} == ended - unlicensed
    assert {case for case, state in states.items() if state.closed_at_ms is not None} == ended
    held = {case for case, seen in kinds.items() if seen.count(KINDS["suspended"]) > seen.count(KINDS["resumed"])} - ended - unlicensed
    assert {case for case, state in states.items() if state.status == "suspended"} == held
    assert sum(state.accepted_at_ms is not None for state in states.values()) == 1300
    # ended_at stands before the last step of 145 cases
    early = {case for case, events in receipt_log().items() if any(a.occurred_at_ms > b.occurred_at_ms for a, b in pairwise(events))}
    assert {case for case, state in states.items() if "back_in_time" in flag_names(state.flags)} == early
    assert len(early) == 145


def test_the_five_halls_logs_are_taken_in_whole_with_their_oddities_flagged() -> None:
    histories = list(five_halls())
    states = [fold_all(CaseState(), events) for events in histories]
    flags = Counter(flag for state in states for flag in flag_names(state.flags))
    assert (len(states), sum(state.events for state in states)) == (4348, 195_862 - 62_453)
    assert sum(state.accepted_at_ms is None for state in states) == 1549
    unaccepted = 0
    for events in histories:
        kinds = [event.kind for event in events]
        before = kinds[: kinds.index(KINDS["decided"])] if KINDS["decided"] in kinds else [KINDS["accepted"]]
        unaccepted += KINDS["accepted"] not in before
    assert unaccepted > 298
    assert flags["not_accepted"] >= unaccepted
    assert flags["back_in_time"] == 0  # the files are sorted by time
    assert "unknown_kind" not in flags


def test_a_case_is_at_the_department_that_was_named_last() -> None:
    named = [Event(KINDS["applied"], 1_000, department="a"), Event(KINDS["accepted"], 2_000), Event(KINDS["step"], 3_000, department="b")]
    assert [fold_all(CaseState(), named[:count]).department for count in range(4)] == ["", "a", "a", "b"]


def test_a_referred_case_is_with_the_hall_that_was_named_last_until_it_is_returned() -> None:
    history = [
        Event(KINDS["accepted"], 1_000),
        Event(KINDS["referred_up"], 2_000, referred_to="changchun"),
        Event(KINDS["referred"], 3_000),  # within the hall
        Event(KINDS["step"], 4_000, referred_to="dehui"),  # no referral
        Event(KINDS["referred_up"], 5_000, referred_to="jilin-sheng"),
        Event(KINDS["decided"], 6_000, outcome=wire.OUTCOME_GRANTED),
        Event(KINDS["returned_down"], 7_000),
        Event(KINDS["referred_up"], 8_000),
    ]
    held = [fold_all(CaseState(), history[:count]).referred_to for count in range(1, len(history) + 1)]
    assert held == ["", "changchun", "changchun", "changchun", "jilin-sheng", "jilin-sheng", "", ""]


@pytest.mark.parametrize("kind", ["not_required", "acceptance_refused", "withdrawn", "terminated", "closed"])
def test_a_case_is_open_until_an_act_ends_it(kind: str) -> None:
    history = [Event(KINDS["applied"], 1_000), Event(KINDS["accepted"], 2_000), Event(KINDS[kind], 3_000)]
    assert [fold_all(CaseState(), history[:count]).is_open for count in range(4)] == [True, True, True, False]
