"""Each clock runs as its article says: a worked example for every row of the procedure of 行政许可法."""

from dataclasses import replace
from datetime import date

import pytest

from directory.clocks.facts import Facts, flag_names
from directory.clocks.folding import fold_facts
from directory.clocks.limits import JOINT, JOINT_EXTENSION_DAYS, NATIONAL, Limits, LocalRules, ProcedureLimit, StepLimit, limits_of
from directory.clocks.reading import Rules, accepted_at
from directory.clocks.vocabulary import Because, ClockKind, ClockState
from directory.items.service_items import Limit
from directory.items.vocabulary import Unit
from tests.directory.clocks.made import GRANTED, OFFICIAL, REFUSED, TEN, at, case, due, kinds, only, read
from tests.directory.items.made import ITEM, version

K, S = ClockKind, ClockState

VECTORS = [
    ("2026-09-18", 5, "2026-09-24"),
    ("2026-09-18", 20, "2026-10-22"),
    ("2026-02-10", 5, "2026-02-24"),
    ("2026-01-30", 20, "2026-03-05"),
    ("2026-11-23", 20, "2026-12-21"),
]
"""Accepted, working days, last day: the examples by which the calendar is checked too."""


@pytest.mark.parametrize(("accepted", "days", "last"), VECTORS)
def test_the_worked_examples_come_out_to_the_day(accepted: str, days: int, last: str) -> None:
    found = read(case(("applied", accepted), ("accepted", accepted)), accepted, Limits(statutory=Limit(days), promised=Limit(days)))
    assert due(only(found, K.CASE_STATUTORY)) == due(only(found, K.CASE_PROMISED)) == last
    assert only(found, K.CASE_STATUTORY).left == days


def test_art_29_a_declaration_online_and_its_review_start_no_clock() -> None:
    assert read(case(("pre_declared", "2026-09-01"), ("pre_reviewed", "2026-09-02")), "2026-11-01") == []


def test_art_32_1_what_needs_no_licence_is_told_and_no_case_clock_runs() -> None:
    found = read(case(("applied", "2026-09-18"), ("not_required", "2026-09-18")), "2026-11-02")
    assert kinds(found) == [K.SUPPLEMENT_NOTICE]
    assert found[0].state is S.MET


def test_art_32_2_a_refusal_to_accept_ends_the_intake_and_is_not_the_end_of_what_needs_no_licence() -> None:
    events = case(("applied", "2026-09-18"), ("acceptance_refused", "2026-09-18", {"ground": "Art 32(2): 公安局"}))
    assert [clock.state for clock in read(events, "2026-11-02")] == [S.MET]
    assert fold_facts(Facts(), events).acts == []
    assert [act.what for act in fold_facts(Facts(), case(("applied", "2026-09-18"), ("acceptance_refused", "2026-09-18"))).acts] == [0]


def test_art_32_4_a_notice_within_five_working_days_holds_the_case_at_the_applicant() -> None:
    found = read(case(("applied", "2026-09-18"), ("supplement_requested", "2026-09-24")), "2026-12-01")
    assert kinds(found) == [K.SUPPLEMENT_NOTICE]  # nothing runs while the applicant has it
    assert (found[0].state, due(found[0]), found[0].used) == (S.MET, "2026-09-24", 5)


def test_art_32_4_without_a_notice_in_time_the_case_is_accepted_from_the_day_the_materials_came() -> None:
    events = case(("applied", "2026-09-18"))
    assert kinds(read(events, "2026-09-24")) == [K.SUPPLEMENT_NOTICE]
    found = read(events, "2026-09-25")
    notice, statutory = found[0], only(found, K.CASE_STATUTORY)
    assert notice.state is S.DEEMED
    assert (statutory.started, due(statutory), statutory.used) == (notice.started, "2026-10-22", 5)
    assert statutory.why[0].because is Because.STARTED_DEEMED
    rules = Rules(TEN, NATIONAL, OFFICIAL)
    assert accepted_at(fold_facts(Facts(), events), rules, at("2026-09-25")) == (notice.started, True)


def test_art_32_4_a_written_acceptance_that_comes_late_does_not_start_the_clock_anew() -> None:
    found = read(case(("applied", "2026-09-18"), ("accepted", "2026-10-12")), "2026-10-12")
    assert (found[0].state, found[0].ended is not None) == (S.DEEMED, True)
    assert due(only(found, K.CASE_STATUTORY)) == "2026-10-22"


def test_art_32_4_a_second_notice_answers_nothing() -> None:
    events = case(
        ("applied", "2026-09-01"),
        ("supplement_requested", "2026-09-02"),
        ("supplement_received", "2026-09-07"),
        ("supplement_requested", "2026-09-08"),
    )
    found = read(events, "2026-09-15")
    assert [clock.state for clock in found[:2]] == [S.MET, S.DEEMED]
    assert only(found, K.CASE_STATUTORY).started == found[1].started


def test_art_32_4_is_the_law_of_licences_and_deems_nothing_else_accepted() -> None:
    found = read(case(("applied", "2026-09-18")), "2026-10-12", Limits(deems_accepted=False))
    assert [(clock.kind, clock.state) for clock in found] == [(K.SUPPLEMENT_NOTICE, S.OVERDUE)]


def test_art_32_5_the_clock_starts_with_acceptance_and_not_with_the_application() -> None:
    found = read(case(("applied", "2026-09-14"), ("accepted", "2026-09-18")), "2026-09-18")
    assert due(only(found, K.CASE_STATUTORY)) == "2026-10-22"
    assert only(found, K.CASE_STATUTORY).used == 0


def test_art_32_5_a_supplement_received_gives_the_hall_a_notice_clock_again() -> None:
    events = case(("applied", "2026-09-01"), ("supplement_requested", "2026-09-02"), ("supplement_received", "2026-09-18"))
    assert [due(clock) for clock in read(events, "2026-09-18")] == ["2026-09-08", "2026-09-24"]


def test_art_34_what_is_decided_on_the_spot_has_no_clock_left() -> None:
    found = read(case(("applied", "2026-09-18"), ("decided", "2026-09-18", {"outcome": GRANTED})), "2026-09-18")
    assert [(clock.kind, clock.state) for clock in found] == [(K.SUPPLEMENT_NOTICE, S.MET), (K.DELIVERY, S.RUNNING)]


def test_art_34_a_step_has_the_limit_of_the_item_or_of_its_own_event() -> None:
    limits = Limits(steps={"审查": StepLimit(Limit(3))})
    events = case(
        ("applied", "2026-09-18"),
        ("accepted", "2026-09-18"),
        ("step_started", "2026-09-18", {"step": "审查"}),
        ("step_started", "2026-09-18", {"step": "踏勘", "due_at_ms": 1_790_000_000_000}),
        ("step_started", "2026-09-18", {"step": "无时限"}),
        ("step_completed", "2026-09-24", {"step": "审查"}),
    )
    steps = [clock for clock in read(events, "2026-09-24", limits) if clock.kind is K.STEP]
    assert [(clock.of, due(clock), clock.state) for clock in steps] == [
        ("审查", "2026-09-22", S.MISSED),
        ("踏勘", "2026-09-21", S.OVERDUE),
    ]


def test_art_35_43_a_referral_is_two_clocks_in_one_case() -> None:
    events = case(
        ("applied", "2026-09-18", {"hall": "yushu"}),
        ("accepted", "2026-09-18", {"hall": "yushu"}),
        ("referred_up", "2026-09-24", {"hall": "yushu", "referred_to": "changchun"}),
    )
    found = read(events, "2026-11-02")
    lower, upper, statutory = (only(found, kind) for kind in (K.LOWER_REVIEW, K.UPPER_REVIEW, K.CASE_STATUTORY))
    assert (lower.state, due(lower), lower.used, lower.halls) == (S.MET, "2026-10-22", 5, ("yushu",))
    assert (upper.state, upper.halls) == (S.OVERDUE, ("yushu", "changchun"))
    assert due(upper) == OFFICIAL.add_working_days(date(2026, 9, 24), 20).day.isoformat()
    assert (statutory.state, statutory.used) == (S.STOPPED, 5)  # time at the upper organ is not the lower one's


def test_art_43_the_lower_organ_that_is_late_with_its_opinion_missed_its_own_clock() -> None:
    events = case(("applied", "2026-09-18"), ("accepted", "2026-09-18"), ("referred_up", "2026-10-23"))
    assert only(read(events, "2026-10-23"), K.LOWER_REVIEW).state is S.MISSED
    waiting = read(events[:2], "2026-10-23", Limits(lower_review=Limit(20)))
    assert only(waiting, K.LOWER_REVIEW).state is S.OVERDUE


def test_art_35_a_case_that_is_returned_runs_on_below() -> None:
    events = case(("applied", "2026-09-18"), ("accepted", "2026-09-18"), ("referred_up", "2026-09-24"), ("returned_down", "2026-10-12"))
    found = read(events, "2026-10-12")
    moved = OFFICIAL.working_days_between(date(2026, 9, 24), date(2026, 10, 12)).days
    assert due(only(found, K.CASE_STATUTORY)) == OFFICIAL.add_working_days(date(2026, 9, 18), 20 + moved).day.isoformat()
    assert only(found, K.UPPER_REVIEW).state is S.MET


def test_art_38_a_refusal_without_a_ground_is_kept_as_an_act() -> None:
    events = case(("applied", "2026-09-18"), ("accepted", "2026-09-18"), ("decided", "2026-09-21", {"outcome": REFUSED}))
    assert [act.at.ref for act in fold_facts(Facts(), events).acts] == [2]


@pytest.mark.parametrize(("decided", "state"), [("2026-10-22", S.MET), ("2026-10-23", S.MISSED)])
def test_art_42_a_decision_on_the_last_day_is_in_time(decided: str, state: ClockState) -> None:
    events = case(("applied", "2026-09-18"), ("accepted", "2026-09-18"), ("decided", decided, {"outcome": GRANTED}))
    assert only(read(events, "2026-11-02"), K.CASE_STATUTORY).state is state


def test_art_42_the_limit_is_put_off_once_by_ten_working_days() -> None:
    start = [("applied", "2026-09-18"), ("accepted", "2026-09-18")]
    once = read(case(*start, ("extended", "2026-10-20", {"extension_days": 10})), "2026-10-20")
    twice = read(
        case(*start, ("extended", "2026-10-20", {"extension_days": 10}), ("extended", "2026-10-30", {"extension_days": 10})), "2026-10-30"
    )
    assert due(only(once, K.CASE_STATUTORY)) == due(only(twice, K.CASE_STATUTORY)) == "2026-11-05"
    assert Because.EXTENDED_AGAIN in {reason.because for reason in only(twice, K.CASE_STATUTORY).why}


@pytest.mark.parametrize(
    ("day", "days", "last", "because"),
    [
        ("2026-10-20", 42, "2026-11-05", Because.EXTENDED_TOO_LONG),
        ("2026-10-20", 0, "2026-11-05", Because.EXTENDED),
        ("2026-10-20", 3, "2026-10-27", Because.EXTENDED),
        ("2026-10-23", 10, "2026-10-22", Because.EXTENDED_AFTER_EXPIRY),
    ],
)
def test_art_42_an_extension_has_its_bounds(day: str, days: int, last: str, because: Because) -> None:
    events = case(("applied", "2026-09-18"), ("accepted", "2026-09-18"), ("extended", day, {"extension_days": days}))
    clock = only(read(events, "2026-10-23"), K.CASE_STATUTORY)
    assert due(clock) == last
    assert because in {reason.because for reason in clock.why}


def test_art_42_joint_handling_has_45_working_days_and_15_more() -> None:
    joint = Limits(statutory=JOINT, extension_days=JOINT_EXTENSION_DAYS)
    events = case(("applied", "2026-03-02"), ("accepted", "2026-03-02"), ("extended", "2026-04-01", {"extension_days": 15}))
    assert due(only(read(events, "2026-04-01", joint), K.CASE_STATUTORY)) == OFFICIAL.add_working_days(date(2026, 3, 2), 60).day.isoformat()


def test_art_44_what_was_granted_is_delivered_within_ten_working_days() -> None:
    events = case(
        ("applied", "2026-09-18"), ("accepted", "2026-09-18"), ("decided", "2026-09-18", {"outcome": GRANTED}), ("closed", "2026-09-18")
    )
    clock = only(read(events, "2026-10-13"), K.DELIVERY)
    assert (due(clock), clock.state) == (OFFICIAL.add_working_days(date(2026, 9, 18), 10).day.isoformat(), S.OVERDUE)
    assert only(read([*events, *case(("delivered", "2026-09-30"))], "2026-10-13"), K.DELIVERY).state is S.MET


def test_art_44_nothing_is_delivered_of_a_refusal_or_of_an_item_without_a_result() -> None:
    start = [("applied", "2026-09-18"), ("accepted", "2026-09-18")]
    refused = case(*start, ("decided", "2026-09-21", {"outcome": REFUSED, "ground": "Art 38"}))
    granted = case(*start, ("decided", "2026-09-21", {"outcome": GRANTED}))
    assert K.DELIVERY not in kinds(read(refused, "2026-10-30"))
    assert K.DELIVERY not in kinds(read(granted, "2026-10-30", Limits(delivers=False)))


def test_art_45_the_time_of_a_hearing_is_not_counted_and_is_a_clock_itself() -> None:
    events = case(
        ("applied", "2026-09-18"),
        ("accepted", "2026-09-18"),
        ("procedure_started", "2026-09-21", {"procedure": "hearing", "limit_days": 20}),
    )
    found = read(events, "2026-09-28")
    assert {clock.kind: clock.state for clock in found[1:]} == {
        K.CASE_STATUTORY: S.STOPPED,
        K.CASE_PROMISED: S.STOPPED,
        K.PROCEDURE: S.RUNNING,
    }
    assert due(only(found, K.PROCEDURE)) == OFFICIAL.add_working_days(date(2026, 9, 21), 20).day.isoformat()
    after = only(read([*events, *case(("procedure_ended", "2026-09-30", {"procedure": "hearing"}))], "2026-10-12"), K.CASE_STATUTORY)
    moved = OFFICIAL.working_days_between(date(2026, 9, 21), date(2026, 9, 30)).days
    assert due(after) == OFFICIAL.add_working_days(date(2026, 9, 18), 20 + moved).day.isoformat()
    assert after.stops[0].days == moved


def test_art_45_a_site_survey_is_not_in_it_and_stops_nothing_unless_the_item_says_so() -> None:
    events = case(("applied", "2026-09-18"), ("accepted", "2026-09-18"), ("procedure_started", "2026-09-21", {"procedure": "site_survey"}))
    assert {clock.state for clock in read(events, "2026-09-28") if clock.kind in {K.CASE_STATUTORY, K.CASE_PROMISED}} == {S.RUNNING}
    of_item = Limits(promised=Limit(10), procedures={"现场踏勘": ProcedureLimit(Limit(5), stops_statutory=False, stops_promised=True)})
    events = case(("applied", "2026-09-18"), ("accepted", "2026-09-18"), ("procedure_started", "2026-09-21", {"procedure": "现场踏勘"}))
    found = read(events, "2026-09-28", of_item)
    assert (only(found, K.CASE_STATUTORY).state, only(found, K.CASE_PROMISED).state) == (S.RUNNING, S.STOPPED)
    assert due(only(found, K.PROCEDURE)) == OFFICIAL.add_working_days(date(2026, 9, 21), 5).day.isoformat()
    assert Because.STOP_NOT_BY_LAW in {reason.because for reason in only(found, K.CASE_STATUTORY).why}


def test_that_the_promised_clock_runs_again_past_a_procedures_limit_is_a_local_rule() -> None:
    events = case(
        ("applied", "2026-09-01"),
        ("accepted", "2026-09-01"),
        ("procedure_started", "2026-09-02", {"procedure": "hearing", "limit_days": 3}),  # until 2026-09-07
    )
    local = LocalRules(promised_resumes_past_limit=True)
    by_law, by_place = (only(read(events, "2026-09-10", local=rules), K.CASE_PROMISED) for rules in (NATIONAL, local))
    assert (by_law.state, by_law.used) == (S.STOPPED, 1)
    assert (by_place.state, by_place.used) == (S.RUNNING, 1 + 3)
    assert only(read(events, "2026-09-10", local=local), K.CASE_STATUTORY).state is S.STOPPED


def test_a_suspension_stops_the_statutory_clock_only_with_a_cited_basis() -> None:
    start = [("applied", "2026-09-01"), ("accepted", "2026-09-01")]
    bare, cited = (read(case(*start, ("suspended", "2026-09-02", said)), "2026-09-10") for said in ({}, {"basis": "某法 Art 9"}))
    assert (only(bare, K.CASE_STATUTORY).state, only(bare, K.CASE_PROMISED).state) == (S.RUNNING, S.STOPPED)
    assert (only(cited, K.CASE_STATUTORY).state, only(cited, K.CASE_PROMISED).state) == (S.STOPPED, S.STOPPED)
    assert only(cited, K.CASE_STATUTORY).stops[0].basis == "某法 Art 9"
    assert flag_names(fold_facts(Facts(), case(*start, ("suspended", "2026-09-02"))).flags) == ["stopped_without_basis"]


def test_art_50_a_renewal_that_is_not_decided_before_the_expiry_is_renewed_by_law() -> None:
    def renewal(applied: str, *more: tuple[str, str]) -> list[tuple[object, ...]]:
        return [("renewal_applied", applied, {"valid_until_ms": 1_790_000_000_000}), *more]  # 2026-09-21

    assert only(read(case(*renewal("2026-08-01")), "2026-09-21"), K.RENEWAL).state is S.RUNNING
    assert only(read(case(*renewal("2026-08-01")), "2026-09-22"), K.RENEWAL).state is S.DEEMED
    assert only(read(case(*renewal("2026-08-01", ("renewed", "2026-09-21"))), "2026-09-22"), K.RENEWAL).state is S.MET
    late = only(read(case(*renewal("2026-09-01")), "2026-09-22"), K.RENEWAL)  # not 30 days before
    assert late.state is S.OVERDUE
    assert Because.RENEWAL_TOO_LATE in {reason.because for reason in late.why}


def test_what_is_decided_at_once_is_promised_in_no_days_and_due_on_the_day_itself() -> None:
    at_once = Limits(promised=Limit(0))
    events = case(("applied", "2026-09-18"), ("accepted", "2026-09-18"))
    assert due(only(read(events, "2026-09-18", at_once), K.CASE_PROMISED)) == "2026-09-18"
    assert only(read(events, "2026-09-21", at_once), K.CASE_PROMISED).state is S.OVERDUE


def test_silence_grants_nothing_unless_a_local_rule_says_so() -> None:
    events = case(("applied", "2026-09-01"), ("accepted", "2026-09-01"))
    assert only(read(events, "2026-09-30"), K.CASE_PROMISED).state is S.OVERDUE
    assert only(read(events, "2026-09-30", local=LocalRules(silence_grants=True)), K.CASE_PROMISED).state is S.DEEMED


def test_a_promise_that_an_event_states_goes_before_the_items_and_moves_with_what_stops_later() -> None:
    events = case(
        ("applied", "2026-09-01"),
        ("accepted", "2026-09-01", {"promised_by_ms": 1_790_000_000_000}),
        ("suspended", "2026-09-02"),
        ("resumed", "2026-09-04"),
    )
    clock = only(read(events, "2026-09-04"), K.CASE_PROMISED)
    assert due(clock) == "2026-09-23"  # 2026-09-21 and two working days
    restated = [*events, *case(("step", "2026-09-07", {"promised_by_ms": 1_790_100_000_000}))]
    assert due(only(read(restated, "2026-09-07"), K.CASE_PROMISED)) == "2026-09-23"  # that day was stated with the stop known


def test_a_promise_may_run_to_the_closing_of_the_file() -> None:
    events = case(("applied", "2026-09-01"), ("accepted", "2026-09-01"), ("decided", "2026-09-02", {"outcome": GRANTED}))
    to_the_end = LocalRules(promised_until_closed=True)
    assert only(read(events, "2026-09-30"), K.CASE_PROMISED).state is S.MET
    assert only(read(events, "2026-09-30", local=to_the_end), K.CASE_PROMISED).state is S.OVERDUE
    withdrawn = case(("applied", "2026-09-01"), ("accepted", "2026-09-01"), ("withdrawn", "2026-09-02"))
    assert only(read(withdrawn, "2026-09-30", local=to_the_end), K.CASE_PROMISED).state is S.MET


def test_a_transferred_case_keeps_its_clock_and_either_hall_may_end_it() -> None:
    events = case(
        ("applied", "2026-09-18", {"hall": "yushu"}),
        ("accepted", "2026-09-18", {"hall": "yushu"}),
        ("referred", "2026-09-21", {"hall": "yushu", "referred_to": "dehui"}),
        ("decided", "2026-10-22", {"hall": "dehui", "outcome": GRANTED}),
    )
    clock = only(read(events, "2026-10-22"), K.CASE_STATUTORY)
    assert (clock.halls, clock.state, due(clock)) == (("yushu", "dehui"), S.MET, "2026-10-22")


def test_a_limit_of_months_or_days_counts_every_day() -> None:
    events = case(("applied", "2026-01-31"), ("accepted", "2026-01-31"))
    limits = Limits(statutory=Limit(1, Unit.MONTH), promised=Limit(10, Unit.DAY))
    found = read(events, "2026-02-01", limits)
    assert (due(only(found, K.CASE_STATUTORY)), due(only(found, K.CASE_PROMISED))) == ("2026-02-28", "2026-02-10")


def test_a_deadline_beyond_the_last_published_year_is_provisional_until_the_calendar_comes() -> None:
    events = case(("applied", "2026-12-21"), ("accepted", "2026-12-21"))
    clock = only(read(events, "2026-12-21"), K.CASE_STATUTORY)
    assert clock.due is not None
    assert clock.due.provisional
    assert clock.why[-1].because is Because.PROVISIONAL


def test_a_promise_that_is_told_again_is_not_stated_anew() -> None:
    promised = {"promised_by_ms": 1_790_000_000_000}
    events = case(
        ("applied", "2026-09-01", promised),
        ("accepted", "2026-09-01", promised),
        ("suspended", "2026-09-02"),
        ("resumed", "2026-09-04"),
        ("step", "2026-09-07", promised),
    )
    assert due(only(read(events, "2026-09-07"), K.CASE_PROMISED)) == "2026-09-23"


def test_that_time_at_the_upper_organ_is_outside_the_promise_is_a_local_rule() -> None:
    events = case(("applied", "2026-09-01"), ("accepted", "2026-09-01"), ("referred_up", "2026-09-02"))
    assert only(read(events, "2026-09-08"), K.CASE_PROMISED).state is S.STOPPED
    assert only(read(events, "2026-09-08", local=LocalRules(referral_stops_promised=False)), K.CASE_PROMISED).state is S.RUNNING


def test_that_an_extension_moves_the_promise_is_a_local_rule() -> None:
    events = case(("applied", "2026-09-01"), ("accepted", "2026-09-01"), ("extended", "2026-09-02", {"extension_days": 10}))
    by_law, by_place = (
        only(read(events, "2026-09-08", local=local), K.CASE_PROMISED) for local in (NATIONAL, LocalRules(extension_moves_promised=False))
    )
    assert (by_law.extra_days, by_place.extra_days, due(by_place)) == (10, 0, "2026-09-15")


def test_art_43_what_an_item_says_of_the_lower_organ_is_its_limit_before_anything_goes_up() -> None:
    limits = limits_of(version(replace(ITEM, lower_review=Limit(10))))
    taken = case(("applied", "2026-09-18"), ("accepted", "2026-09-18"))
    lower = only(read(taken, "2026-09-21", limits), K.LOWER_REVIEW)
    assert (lower.state, due(lower)) == (S.RUNNING, OFFICIAL.add_working_days(date(2026, 9, 18), 10).day.isoformat())
    assert K.LOWER_REVIEW not in {clock.kind for clock in read(taken, "2026-09-21", limits_of(version(ITEM)))}
