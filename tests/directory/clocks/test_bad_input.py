"""What cannot be right is flagged, takes the effect it can, and never makes a clock fail."""

import pytest

from directory.case_state import CaseState, flag_names
from directory.clocks import facts as kept
from directory.clocks.clock import Reason
from directory.clocks.facts import LATE_RECORDED, MOST_ACTS, MOST_RUNS, SKEWED, Facts
from directory.clocks.folding import fold_facts, prune
from directory.clocks.limits import UNKNOWN_ITEM, Limits, StepLimit, limits_of
from directory.clocks.vocabulary import Because, ClockKind, ClockState
from directory.clocks.wording import CLOCK_TITLES, Language, sentence, why
from directory.errors import CalendarExceeded
from directory.items.service_items import Limit
from directory.lifecycle import Event, fold_all
from tests.directory.clocks.made import GRANTED, KINDS, case, due, event, kinds, ms, only, read

ACCEPTED = [("applied", "2026-09-01"), ("accepted", "2026-09-01")]
YEAR_ONE, YEAR_9999 = -62_135_596_800_000, 253_402_300_799_000


def flags(events: list[Event]) -> list[str]:
    """Return what is odd about a case, by its lifecycle and by its clocks."""
    return sorted({*flag_names(fold_all(CaseState(), events).flags), *kept.flag_names(fold_facts(Facts(), events).flags)})


@pytest.mark.parametrize("when", [YEAR_ONE, 0, ms("2200-01-01"), YEAR_9999])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_impossible_time_starts_no_clock_and_breaks_none(kind: str, when: int) -> None:
    odd = Event(KINDS[kind], when, outcome=GRANTED, step="a", due_at_ms=when, valid_until_ms=when, promised_by_ms=when)
    for events in ([odd], case(*ACCEPTED, odd)):
        assert "impossible_time" in flags(events)
        for clock in read(events, "2026-09-02"):
            assert clock.started.at_ms != when


def test_a_decision_at_an_impossible_time_ends_the_clock_and_does_not_say_whether_in_time() -> None:
    clock = only(read(case(*ACCEPTED, Event(KINDS["decided"], YEAR_ONE, outcome=GRANTED)), "2026-12-01"), ClockKind.CASE_STATUTORY)
    assert clock.state is ClockState.UNCLEAR


@pytest.mark.parametrize(
    ("told", "flag"),
    [
        ([("decided", "2026-09-01", {"outcome": GRANTED})], "not_accepted"),
        ([*ACCEPTED, ("supplement_requested", "2026-09-02")], "after_acceptance"),
        ([*ACCEPTED, ("accepted", "2026-09-02")], "repeated"),
        ([*ACCEPTED, ("procedure_started", "2026-09-02"), ("decided", "2026-09-03", {"outcome": GRANTED})], "never_ended"),
        ([*ACCEPTED, ("procedure_started", "2026-09-02")], "procedure_not_named"),
        ([*ACCEPTED, ("procedure_ended", "2026-09-02")], "ended_without_start"),
        ([*ACCEPTED, ("suspended", "2026-09-04"), ("resumed", "2026-09-02")], "ended_before_start"),
        ([*ACCEPTED, ("suspended", "2026-09-04"), ("resumed", "2026-09-02")], "back_in_time"),
        ([*ACCEPTED, ("step_started", "2026-09-02", {"step": "a"}), ("step_started", "2026-09-02", {"step": "a"})], "step_started_twice"),
        ([*ACCEPTED, ("step_completed", "2026-09-02", {"step": "a"})], "step_ended_without_start"),
        ([*ACCEPTED, ("extended", "2026-09-02"), ("extended", "2026-09-02")], "extended_twice"),
        ([("renewal_applied", "2026-09-01")], "expiry_not_named"),
        ([*ACCEPTED, ("procedure_started", "2026-09-02", {"procedure": "x", "limit_days": 2**32 - 1})], "impossible_limit"),
    ],
)
def test_what_the_law_does_not_foresee_is_flagged(told: list, flag: str) -> None:  # type: ignore[type-arg]
    events = case(*told)
    assert flag in flags(events)
    read(events, "2026-12-01")


def test_a_case_of_an_unknown_item_has_the_laws_limit_and_says_that_it_was_assumed() -> None:
    assert limits_of(None) == UNKNOWN_ITEM
    (_, clock) = read(case(*ACCEPTED), "2026-09-02", UNKNOWN_ITEM)
    assert (clock.kind, due(clock)) == (ClockKind.CASE_STATUTORY, "2026-09-29")
    assert Because.LIMIT_ASSUMED in {reason.because for reason in clock.why}


def test_an_event_that_is_told_twice_changes_no_clock() -> None:
    once = case(*ACCEPTED, ("suspended", "2026-09-02"), ("resumed", "2026-09-04"), ("decided", "2026-09-08", {"outcome": GRANTED}))
    twice = [told for event_told in once for told in (event_told, event_told)]
    assert read(twice, "2026-09-30") == read(once, "2026-09-30")


def test_a_stop_that_ends_before_it_begins_takes_no_day() -> None:
    clock = only(read(case(*ACCEPTED, ("suspended", "2026-09-04"), ("resumed", "2026-09-02")), "2026-09-08"), ClockKind.CASE_PROMISED)
    assert (clock.state, due(clock), clock.stops[0].days) == (ClockState.RUNNING, "2026-09-15", 0)


def test_a_procedure_that_never_ends_stops_the_case_and_is_overdue_itself() -> None:
    found = read(case(*ACCEPTED, ("procedure_started", "2026-09-02", {"procedure": "testing", "limit_days": 5})), "2026-11-30")
    assert only(found, ClockKind.CASE_STATUTORY).state is ClockState.STOPPED
    assert only(found, ClockKind.PROCEDURE).state is ClockState.OVERDUE


def test_what_stops_after_the_limit_is_over_revives_nothing() -> None:
    clock = only(read(case(*ACCEPTED, ("suspended", "2026-09-16", {"basis": "x"})), "2026-09-30"), ClockKind.CASE_PROMISED)
    assert (clock.state, due(clock)) == (ClockState.OVERDUE, "2026-09-15")
    assert Because.STOP_AFTER_EXPIRY in {reason.because for reason in clock.why}


def test_two_stops_at_once_count_once() -> None:
    one = [("procedure_started", "2026-09-02", {"procedure": "hearing"}), ("procedure_ended", "2026-09-08", {"procedure": "hearing"})]
    other = [("suspended", "2026-09-03", {"basis": "x"}), ("resumed", "2026-09-10")]
    clock = only(read(case(*ACCEPTED, one[0], other[0], one[1], other[1]), "2026-09-10"), ClockKind.CASE_STATUTORY)
    assert [stop.days for stop in clock.stops] == [4, 2]
    assert due(clock) == "2026-10-13"  # 2026-09-29 and six


def test_a_procedure_is_ended_by_its_name_and_the_oldest_by_none() -> None:
    started = [("procedure_started", "2026-09-02", {"procedure": name}) for name in ("hearing", "testing", "")]
    for ended, still in (("testing", {"hearing", ""}), ("", {"testing", ""}), ("auction", {"hearing", "testing"})):
        found = fold_facts(Facts(), case(*ACCEPTED, *started, ("procedure_ended", "2026-09-03", {"procedure": ended})))
        assert {run.of for run in found.runs if run.what == kept.PROCEDURE and run.end is None} == still


def test_a_hall_that_sends_without_end_is_bounded() -> None:
    steps = [event("step_started", "2026-09-02", step=str(number)) for number in range(MOST_RUNS + 50)]
    fees = [event("fee", "2026-09-02", fee_project=str(number)) for number in range(MOST_ACTS + 5)]
    found = fold_facts(Facts(), [*case(*ACCEPTED), *steps, *fees])
    assert (len(found.runs), len(found.acts)) == (MOST_RUNS, MOST_ACTS)
    assert "too_many" in kept.flag_names(found.flags)
    in_time = [
        event(kind, "2026-09-02", step=str(number)) for number in range(2 * MOST_RUNS) for kind in ("step_started", "step_completed")
    ]
    many = fold_facts(Facts(), [*case(*ACCEPTED), *in_time])
    prune(many)
    assert (len(many.runs), many.flags) == (1, 0)


def test_a_limit_that_no_law_has_is_refused_and_not_waited_for() -> None:
    with pytest.raises(CalendarExceeded):
        read(case(*ACCEPTED), "2026-09-02", Limits(statutory=Limit(10**9)))


def test_a_step_that_is_a_procedure_itself_is_not_stopped_by_it() -> None:
    limits = Limits(steps={"听证": StepLimit(Limit(3), "听证会"), "审查": StepLimit(Limit(3))})
    told = [("step_started", "2026-09-02", {"step": name}) for name in ("听证", "审查")]
    events = case(*ACCEPTED, *told, ("procedure_started", "2026-09-02", {"procedure": "听证会"}))
    states = {clock.of: clock.state for clock in read(events, "2026-09-30", limits) if clock.kind is ClockKind.STEP}
    assert states == {"听证": ClockState.OVERDUE, "审查": ClockState.STOPPED}


def test_a_step_of_which_only_the_doing_is_told_was_late_when_it_says_by_when_it_was_due() -> None:
    def done(when: str) -> list[ClockState]:
        events = case(*ACCEPTED, ("step", when, {"step": "核查", "due_at_ms": ms("2026-09-04")}), ("step", when, {"step": "其他"}))
        return [clock.state for clock in read(events, "2026-09-30") if clock.kind is ClockKind.STEP]

    assert done("2026-09-04") == [ClockState.MET]
    assert done("2026-09-07") == [ClockState.MISSED]


def test_a_clock_tells_in_both_languages_why_it_stands_as_it_does() -> None:
    events = case(
        *ACCEPTED,
        ("suspended", "2026-09-02", {"basis": "某法第九条"}),
        ("resumed", "2026-09-04"),
        ("extended", "2026-09-07", {"extension_days": 10}),
        ("decided", "2026-09-08", {"outcome": GRANTED}),
    )
    clock = only(read(events, "2026-09-30"), ClockKind.CASE_STATUTORY)
    assert why(clock, Language.EN) == (
        "Runs from accepted 2026-09-01 #1, a day that is not counted (Administrative Licensing Law Art 42).",
        "The limit is 20 working days, until 2026-09-29 (the item's guide).",
        "Stopped from suspended 2026-09-02 #2 to resumed 2026-09-04 #3 (suspension, 某法第九条): 2 days are not counted.",
        "Extended by 10 days by extended 2026-09-07 #4, until 2026-10-21 (Administrative Licensing Law Art 42).",
        "Over on 2026-10-21 at 24:00.",
        "Ended by decided 2026-09-08 #5 after 3 days.",
    )
    assert why(clock, Language.ZH)[0] == "自受理 2026-09-01 #1起算，当日不计（行政许可法第四十二条）"
    assert why(clock, Language.ZH)[1].endswith("（办事指南）")
    assert why(clock, Language.ZH)[2].startswith("中止 2026-09-02 #2至恢复 2026-09-04 #3期间不计（中止，某法第九条）")
    assert set(CLOCK_TITLES) == set(ClockKind)
    case_clocks = [ClockKind.CASE_STATUTORY, ClockKind.CASE_PROMISED]
    assert kinds(read(events, "2026-09-30")) == [ClockKind.SUPPLEMENT_NOTICE, *case_clocks, ClockKind.DELIVERY]


@pytest.mark.parametrize(
    ("rule", "chinese"),
    [
        ("行政许可法 Art 32(4)", "行政许可法第三十二条第四项"),
        ("行政许可法 Art 50", "行政许可法第五十条"),
        ("某法 Art 10", "某法第十条"),
        ("某法 Art 11(12)", "某法第十一条第十二项"),
        ("某法 Art 7", "某法第七条"),
        ("某法第九条", "某法第九条"),
    ],
)
def test_a_rule_is_cited_in_chinese_as_its_law_counts_its_articles(rule: str, chinese: str) -> None:
    assert chinese in sentence(Reason(Because.NO_LIMIT, rule), Language.ZH)


def test_a_step_that_ended_before_it_began_after_it_was_due_is_not_forgotten() -> None:
    due_at_ms = ms("2026-09-02")
    told = [("step_started", "2026-09-08", {"step": "a", "due_at_ms": due_at_ms}), ("step_completed", "2026-09-01", {"step": "a"})]
    found = fold_facts(Facts(), case(*ACCEPTED, *told))
    prune(found)
    assert [run.of for run in found.runs if run.what == kept.STEP] == ["a"]


def test_a_time_told_by_a_clock_that_is_ahead_is_flagged_for_no_clock_that_rests_on_it_gives_a_card() -> None:
    assert "told_ahead" in kept.flag_names(fold_facts(Facts(), case(("accepted", "2026-09-01", {"marks": SKEWED}))).flags)
    assert "told_ahead" not in kept.flag_names(fold_facts(Facts(), case(("accepted", "2026-09-01", {"marks": LATE_RECORDED}))).flags)
