"""A card falls due for what a hall did, never for what a slow link or a wrong clock did to it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.clocks.counted import as_counted
from directory.clocks.facts import IMPOSSIBLE, LATE_RECORDED, SKEWED, Facts, marks
from directory.clocks.folding import fold_facts, prune
from directory.clocks.limits import NATIONAL, UNKNOWN_ITEM, Limits, StepLimit
from directory.clocks.reading import Rules, clocks
from directory.clocks.vocabulary import ClockState
from directory.items.service_items import Limit
from directory.supervision.book import Place, compiled
from directory.supervision.cards import Card, due_cards, silent_halls
from directory.supervision.lights import lights
from directory.supervision.next_change import next_change
from directory.supervision.reading import default_rules
from directory.supervision.vocabulary import Effect, Trigger
from directory.validity import Period
from tests.directory.clocks.made import GRANTED, OFFICIAL, REFUSED, TEN, at, case, ms
from tests.directory.clocks.test_properties import HISTORIES, LIMITS, START
from tests.directory.supervision.made import BOOK, HALL, cards, named, sight, supervised

ACCEPTED = [("applied", "2026-09-01"), ("accepted", "2026-09-01")]
"""Promised until 2026-09-15, by law until 2026-09-29."""
BROKEN = [("promise-broken", "yellow-card")]


def test_a_broken_promise_gives_a_yellow_card_that_cites_its_rule_and_events() -> None:
    (card,) = cards(case(*ACCEPTED), at("2026-09-16", 2))
    assert (card.effect, card.rule, card.version, card.trigger) == (Effect.YELLOW_CARD, "promise-broken", 1, Trigger.AFTER_DUE)
    assert (card.hall, card.case_number, card.subject, card.due) == (HALL, "1", "case-promised", date(2026, 9, 15))
    assert (card.events, card.since, card.late_recorded) == ((1,), datetime(2026, 9, 15, 16, tzinfo=UTC), False)


def test_an_hour_of_grace_passes_before_a_card_and_nobody_is_carded_on_the_last_day() -> None:
    assert cards(case(*ACCEPTED), at("2026-09-15", 23)) == []
    assert cards(case(*ACCEPTED), at("2026-09-16", 0)) == []
    assert named(cards(case(*ACCEPTED), at("2026-09-16", 1))) == BROKEN


def test_a_hall_that_was_cut_off_before_the_deadline_gets_no_card_but_is_told_to_report() -> None:
    now, cut_off = at("2026-09-21"), at("2026-09-15", 20)
    judged = due_cards(supervised(case(*ACCEPTED), now), sight(now, cut_off))
    assert judged.cards == ()
    assert [(waiting.rule, waiting.needs) for waiting in judged.waiting] == [("promise-broken", at("2026-09-16", 1))]
    assert silent_halls([HALL, "dehui"], sight(now, {HALL: cut_off, "dehui": now})) == (HALL,)
    assert silent_halls([HALL], sight(now, {})) == (HALL,)


def test_what_a_hall_did_in_time_while_it_was_cut_off_never_gives_a_card() -> None:
    in_time = case(*ACCEPTED, ("decided", "2026-09-15", {"outcome": GRANTED, "hall": HALL}))
    late = case(*ACCEPTED, ("decided", "2026-09-16", {"outcome": GRANTED}))
    assert named(cards(in_time, at("2026-09-25"))) == []
    assert named(cards(late, at("2026-09-25"))) == BROKEN


def test_a_case_that_another_hall_has_waits_for_both_halls() -> None:
    events = case(*ACCEPTED, ("referred", "2026-09-02", {"referred_to": "dehui"}))
    now = at("2026-09-20")
    assert cards(events, now, reported={HALL: now}) == []
    assert cards(events, now, reported={HALL: now, "dehui": at("2026-09-15")}) == []
    (card,) = cards(events, now, reported={HALL: now, "dehui": now})
    assert card.hall == "dehui"


def test_whoever_had_the_case_when_its_limit_was_over_gets_the_card_and_hands_it_to_nobody() -> None:
    now = at("2026-09-30")
    reported = {HALL: now, "dehui": now, "nongan": now}

    def answerable(*told: tuple[str, str, dict[str, Any]]) -> list[str]:
        return [card.hall for card in cards(case(*ACCEPTED, *told), now, reported=reported) if card.rule == "promise-broken"]

    on_time: tuple[str, str, dict[str, Any]] = ("referred", "2026-09-14", {"referred_to": "dehui"})
    afterwards: tuple[str, str, dict[str, Any]] = ("referred", "2026-09-16", {"referred_to": "dehui"})
    assert answerable(on_time) == ["dehui"]
    assert answerable(afterwards) == [HALL]
    assert answerable(on_time, ("referred", "2026-09-16", {"referred_to": "nongan"})) == ["dehui"]
    assert answerable(on_time, ("returned_down", "2026-09-15", {})) == [HALL]
    assert answerable(("referred", "2026-09-14", {"referred_to": "dehui", "marks": LATE_RECORDED, "reported_ms": ms("2026-09-17")})) == [
        HALL
    ]


def test_whoever_had_the_case_when_it_was_refused_without_a_ground_gets_the_card() -> None:
    refused = ("decided", "2026-09-04", {"outcome": REFUSED})
    now = at("2026-09-07")
    for day, hall in (("2026-09-02", "dehui"), ("2026-09-05", HALL)):
        events = case(*ACCEPTED, *sorted([("referred", day, {"referred_to": "dehui"}), refused], key=lambda told: told[1]))
        assert [card.hall for card in cards(events, now, reported={HALL: now, "dehui": now})] == [hall]
    events = case(*ACCEPTED, ("referred", "2026-09-02", {"referred_to": "dehui"}), refused)
    assert cards(events, now, reported={HALL: now, "dehui": at("2026-09-04")}) == [], "the ground may be on its way"


@pytest.mark.parametrize(("reported", "expected"), [("2026-09-17", BROKEN), ("2026-09-14", [])])
def test_a_decision_that_was_recorded_afterwards_clears_nothing_that_was_known_to_be_over(
    reported: str, expected: list[tuple[str, str]]
) -> None:
    backdated = {"outcome": GRANTED, "marks": LATE_RECORDED, "reported_ms": ms(reported)}
    found = cards(case(*ACCEPTED, ("decided", "2026-09-10", backdated)), at("2026-09-21"))
    assert named(found) == expected
    assert all(card.late_recorded and 2 in card.events for card in found)


def test_a_stop_or_an_extension_that_was_recorded_afterwards_clears_nothing_either() -> None:
    late = {"marks": LATE_RECORDED, "reported_ms": ms("2026-09-17")}
    for kind in ("suspended", "extended"):
        assert named(cards(case(*ACCEPTED, (kind, "2026-09-10", {"basis": "x"})), at("2026-09-21"))) == []
        assert named(cards(case(*ACCEPTED, (kind, "2026-09-10", {"basis": "x", **late})), at("2026-09-21"))) == BROKEN


@given(HISTORIES)
def test_only_what_was_recorded_late_is_counted_otherwise(history: list) -> None:  # type: ignore[type-arg]
    facts = fold_facts(Facts(), [told._replace(marks=0) for told in history])
    assert as_counted(facts) == facts


@pytest.mark.parametrize(("mark", "place"), [(SKEWED, 1), (SKEWED, 2), (SKEWED, 3), (IMPOSSIBLE, 1), (IMPOSSIBLE, 3)])
def test_a_time_told_by_a_wrong_clock_gives_no_card(mark: int, place: int) -> None:
    events = case(*ACCEPTED, ("suspended", "2026-09-02"), ("resumed", "2026-09-02"))
    assert named(cards(events, at("2026-09-20"))) == BROKEN
    events[place] = events[place]._replace(marks=mark)
    assert cards(events, at("2026-09-20")) == []


def test_times_are_marked_by_what_the_hub_knew() -> None:
    accepted, minute = ms("2026-09-10"), 60_000
    assert marks(accepted - minute, accepted, None) == 0
    assert marks(accepted - minute, accepted, accepted - 2 * minute) == 0
    assert marks(accepted - 3 * minute, accepted, accepted - 2 * minute) == LATE_RECORDED
    assert marks(accepted + 5 * minute, accepted, None) == 0
    assert marks(accepted + 6 * minute, accepted, None) == SKEWED


def test_a_history_that_is_replayed_gives_no_card_and_no_reminder() -> None:
    for day in ("2026-09-15", "2026-09-20"):
        judged = due_cards(supervised(case(*ACCEPTED), at(day), replayed=True), sight(at(day)))
        assert (judged.cards, judged.reminders, judged.waiting) == ((), (), ())


def test_one_thing_gives_one_card_whatever_became_of_it() -> None:
    (card,) = cards(case(*ACCEPTED), at("2026-09-16"))
    again = supervised(case(*ACCEPTED), at("2026-09-17"), issued={card.key: at("2026-09-16")})
    assert due_cards(again, sight(at("2026-09-17"))).cards == ()


def test_a_red_card_follows_when_the_yellow_one_changed_nothing() -> None:
    (yellow,) = cards(case(*ACCEPTED), at("2026-09-16"))
    issued = {yellow.key: at("2026-09-16")}  # five working days: until 2026-09-22
    for day, hour, expected in (("2026-09-22", 23, []), ("2026-09-23", 1, [("promise-broken-still", "red-card")])):
        now = at(day, hour)
        assert named(due_cards(supervised(case(*ACCEPTED), now, issued=issued), sight(now)).cards) == expected


def test_past_the_laws_own_limit_the_card_is_red() -> None:
    assert ("law-broken", "red-card") in named(cards(case(*ACCEPTED), at("2026-10-12")))


def test_a_late_step_gives_a_card_though_the_case_is_in_time_and_none_beside_the_cases_own() -> None:
    limits = Limits(promised=Limit(10), steps={"审查": StepLimit(Limit(2))})
    events = case(*ACCEPTED, ("step_started", "2026-09-02", {"step": "审查"}))
    (card,) = cards(events, at("2026-09-07"), limits)
    assert (card.rule, card.subject, card.of, card.due) == ("step-late", "step", "审查", date(2026, 9, 4))
    done = [*events, *case(("step_completed", "2026-09-07", {"step": "审查"}))]
    assert named(cards(done, at("2026-09-08"), limits)) == [("step-late", "yellow-card")]  # late, though done
    assert named(cards(events, at("2026-09-16"), limits)) == BROKEN


def test_the_lower_organ_that_is_late_with_its_opinion_gets_a_card() -> None:
    events = case(*ACCEPTED, ("referred_up", "2026-10-08", {"referred_to": "changchun"}))
    now = at("2026-10-12")
    found = cards(events, now, Limits(), {HALL: now, "changchun": now})
    assert ("opinion-late", "yellow-card", HALL) in [(card.rule, card.effect.value, card.hall) for card in found]


def test_a_refusal_without_a_ground_a_fee_not_in_the_list_and_a_case_outside_the_system_give_cards() -> None:
    limits = Limits(fees=frozenset({"工本费"}))
    events = case(
        *ACCEPTED,
        ("fee", "2026-09-02", {"fee_project": "工本费"}),
        ("fee", "2026-09-02", {"fee_project": "服务费"}),
        ("decided", "2026-09-03", {"outcome": REFUSED}),
    )
    assert [(card.rule, card.of, card.events) for card in cards(events, at("2026-09-04"), limits)] == [
        ("fee-not-in-item", "服务费", (3,)),
        ("refusal-without-ground", "", (4,)),
    ]
    assert cards(events[:4], at("2026-09-04"), replace(limits, known=False)) == []  # nobody knows the list of an unknown item
    outside = case(("decided", "2026-09-03", {"outcome": GRANTED}))
    assert named(cards(outside, at("2026-09-04"), limits)) == [("outside-the-system", "yellow-card")]
    assert cards(outside, at("2026-09-04"), limits, at("2026-09-03", 10)) == []  # what came before may be on its way


def test_a_limit_that_was_only_assumed_gives_no_card() -> None:
    assert cards(case(*ACCEPTED), at("2026-10-12"), UNKNOWN_ITEM) == []


def test_a_day_that_is_not_published_yet_gives_no_card() -> None:
    assert cards(case(("applied", "2026-12-25"), ("accepted", "2026-12-25")), at("2027-03-01")) == []


def test_a_case_is_reminded_of_one_working_day_before_and_once() -> None:
    def reminded(day: str) -> list[tuple[str, str]]:
        return named(due_cards(supervised(case(*ACCEPTED), at(day)), sight(at(day), at("2026-09-01"))).reminders)

    assert reminded("2026-09-13") == []
    assert reminded("2026-09-14") == reminded("2026-09-15") == [("reminder", "reminder")]
    assert reminded("2026-09-16") == []


def test_a_place_has_thresholds_of_its_own_and_may_switch_a_rule_off() -> None:
    (general,) = (rule for rule in default_rules() if rule.rule == "promise-broken")
    early = replace(general, rule="here-early", halls=frozenset({HALL}), trigger=Trigger.BEFORE_DUE, days=2)
    never = replace(general, rule="item-never", items=frozenset({"item"}), trigger=Trigger.NEVER)
    for rules, day, expected in (
        ([early], "2026-09-11", [("here-early", "yellow-card")]),
        ([early], "2026-09-10", []),
        ([early, never], "2026-09-20", []),
    ):
        now = at(day)
        book = compiled([*default_rules(), *rules])
        assert named(due_cards(supervised(case(*ACCEPTED), now), sight(now, book=book)).cards) == expected
    elsewhere = replace(supervised(case(*ACCEPTED), at("2026-09-11")), place=Place("dehui", "other"))
    assert due_cards(elsewhere, sight(at("2026-09-11"), {"dehui": at("2026-09-11")}, compiled([*default_rules(), early]))).cards == ()


def test_a_card_rests_on_the_version_that_held_when_the_limit_was_over() -> None:
    (first,) = (rule for rule in default_rules() if rule.rule == "promise-broken")
    others = [rule for rule in default_rules() if rule != first]
    change = date(2026, 9, 18)
    versions = [
        replace(first, period=Period(date(2026, 1, 1), change)),
        replace(first, version=2, period=Period(change)),
    ]
    now = at("2026-09-21")
    (card,) = due_cards(supervised(case(*ACCEPTED), now), sight(now, book=compiled([*others, *versions]))).cards
    assert card.version == 1


PLACE = Place(HALL, "item")
INSTANTS = st.integers(0, 120 * 24)


@given(HISTORIES, INSTANTS, INSTANTS)
def test_between_two_looks_at_the_foreseen_moments_nothing_changes(history: list, one: int, other: int) -> None:  # type: ignore[type-arg]
    first, second = (datetime.fromtimestamp(START / 1000, UTC) + timedelta(hours=hours) for hours in sorted((one, other)))
    told = [event for event in history if event.occurred_at_ms <= first.timestamp() * 1000]
    before = supervised(told, first, LIMITS)
    foreseen = next_change(before, BOOK, OFFICIAL, first)
    if foreseen is None or foreseen > second:
        everywhere = {HALL: second + timedelta(days=400), "changchun": second + timedelta(days=400)}
        looks = [due_cards(supervised(told, now, LIMITS), sight(now, everywhere)) for now in (first, second)]
        shown = [lights(supervised(told, now, LIMITS).clocks, PLACE, sight(now, everywhere)) for now in (first, second)]
        assert shown[0] == shown[1]
        assert [_shown(look.cards) for look in looks] == [_shown(looks[0].cards)] * 2
        assert [_shown(look.reminders) for look in looks] == [_shown(looks[0].reminders)] * 2


def _shown(found: tuple[Card, ...]) -> list[tuple[object, ...]]:
    return [card.key for card in found]


def test_the_next_change_of_a_running_case_is_its_yellow_light_then_its_reminder_then_its_end() -> None:
    seen, now = [], at("2026-09-01")
    for _ in range(5):
        moment = next_change(supervised(case(*ACCEPTED), now), BOOK, OFFICIAL, now)
        assert moment is not None
        seen.append((moment + timedelta(hours=8)).strftime("%m-%d %H"))
        now = moment
    assert seen == ["09-11 00", "09-14 00", "09-16 00", "09-22 00", "09-28 00"]
    assert TEN.promised == Limit(10)


def test_a_step_whose_end_was_recorded_late_is_not_forgotten_before_it_is_judged() -> None:
    late = {"step": "审查", "marks": LATE_RECORDED, "reported_ms": ms("2026-09-07")}
    events = case(
        *ACCEPTED, ("step_started", "2026-09-02", {"step": "审查", "due_at_ms": ms("2026-09-04")}), ("step_completed", "2026-09-03", late)
    )
    facts = fold_facts(Facts(), events)
    prune(facts)
    assert [clock.state for clock in clocks(as_counted(facts), Rules(TEN, NATIONAL, OFFICIAL), at("2026-09-08")) if clock.of] == [
        ClockState.MISSED
    ]
    assert named(cards(events, at("2026-09-08"))) == [("step-late", "yellow-card")]


def test_the_next_change_of_an_overdue_case_is_the_day_on_which_a_red_card_falls_due() -> None:
    now = at("2026-09-16")
    (yellow,) = cards(case(*ACCEPTED), now)
    warned = supervised(case(*ACCEPTED), at("2026-09-20"), issued={yellow.key: now})
    # The statutory limit turns yellow on the 22nd; the follow-up ends with that day.
    first = next_change(warned, BOOK, OFFICIAL, at("2026-09-22", 0))
    assert first == at("2026-09-23", 0)
    assert next_change(supervised(case(*ACCEPTED), at("2026-09-20")), BOOK, OFFICIAL, at("2026-09-22", 0)) == at("2026-09-28", 0)


def test_the_day_on_which_another_rule_holds_is_foreseen() -> None:
    (first,) = (rule for rule in default_rules() if rule.rule == "yellow-light")
    change = date(2026, 9, 7)
    earlier = replace(first, version=2, percent=90, period=Period(change))
    others = [rule for rule in default_rules() if rule != first]
    book = compiled([*others, replace(first, period=Period(date(2026, 1, 1), change)), earlier])
    assert next_change(supervised(case(*ACCEPTED), at("2026-09-02")), book, OFFICIAL, at("2026-09-02")) == at("2026-09-07", 0)
