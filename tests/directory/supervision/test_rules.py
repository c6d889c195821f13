"""Rules of supervision are read whole or not at all, and none of equal rank contradicts another."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.clocks.vocabulary import ClockKind
from directory.documents import write_json, write_toml
from directory.errors import RulesMalformed
from directory.supervision.book import Place, compiled
from directory.supervision.reading import default_rules, read_rules, tables
from directory.supervision.rules import SupervisionRule, faults
from directory.supervision.vocabulary import EFFECT_TITLES, TRIGGER_TITLES, Effect, Trigger
from directory.validity import Period

GOOD = """[[supervision-rule]]
rule = "late"
version = 1
effect = "yellow-card"
trigger = "after-due"
clocks = ["case-promised"]
from = 2026-01-01
basis = "Because."
"""
RULE = SupervisionRule(
    rule="late",
    version=1,
    effect=Effect.YELLOW_CARD,
    trigger=Trigger.AFTER_DUE,
    clocks=frozenset({ClockKind.CASE_PROMISED}),
    period=Period(date(2026, 1, 1)),
    basis="Because.",
)
DAY = date(2026, 9, 1)


def told(*rules: SupervisionRule) -> list[str]:
    return [what for _, what in faults(rules)]


def test_a_rule_is_read_as_it_stands() -> None:
    assert read_rules(GOOD.encode()).whole() == (RULE,)


def test_the_default_rules_hold_together_and_each_has_a_basis() -> None:
    rules = default_rules()
    compiled(rules)
    assert {rule.effect for rule in rules} == set(Effect)
    assert all(rule.basis.endswith(".") and rule.version == 1 for rule in rules)


RULES = st.builds(
    SupervisionRule,
    rule=st.sampled_from(["a", "b", "c"]),
    version=st.integers(1, 9),
    effect=st.sampled_from(Effect),
    trigger=st.sampled_from(Trigger),
    clocks=st.frozensets(st.sampled_from(ClockKind), max_size=2),
    period=st.builds(
        lambda first, days: Period(DAY + timedelta(first), days and DAY + timedelta(first + days)),
        st.integers(0, 9),
        st.none() | st.integers(1, 9),
    ),
    basis=st.just("Because."),
    act=st.none() | st.sampled_from(Trigger),
    halls=st.frozensets(st.sampled_from(["yushu", "dehui"]), max_size=2),
    items=st.frozensets(st.sampled_from(["x", "y"]), max_size=2),
    days=st.integers(0, 9),
    percent=st.integers(0, 100),
)


@given(st.lists(RULES, max_size=4))
def test_what_is_written_is_read_again_in_both_syntaxes(rules: list[SupervisionRule]) -> None:
    for written in (write_toml(tables(rules)), write_json(tables(rules))):
        assert list(read_rules(written, judge=False).whole()) == rules


@given(st.lists(RULES, max_size=6), st.integers(0, 20))
def test_rules_without_faults_have_one_answer_whatever_their_order(rules: list[SupervisionRule], day: int) -> None:
    rules = [rule for place, rule in enumerate(rules) if not list(faults([*rules[:place], rule]))]
    if list(faults(rules)):
        return
    for effect in Effect:
        for subject in (*ClockKind, *Trigger):
            found = {
                compiled(order).rule(effect, subject, Place("yushu", "x"), DAY + timedelta(day)) for order in (rules, list(reversed(rules)))
            }
            assert len(found) == 1


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"effect": Effect.REMINDER}, "a reminder never comes of after-due"),
        ({"trigger": Trigger.FOLLOW_UP_MISSED}, "a yellow-card never comes of follow-up-missed"),
        ({"clocks": frozenset()}, "a rule about time names its clocks, and no other does"),
        ({"trigger": Trigger.FEE_NOT_IN_ITEM}, "a rule about time names its clocks, and no other does"),
        ({"act": Trigger.FEE_NOT_IN_ITEM}, "only a rule that switches off names an act, and only an act"),
        ({"percent": 5}, "only lights turn by a share of the limit"),
    ],
)
def test_a_rule_that_makes_no_sense_is_named(changed: dict[str, object], what: str) -> None:
    assert told(replace(RULE, **changed)) == [what]  # type: ignore[arg-type]
    with pytest.raises(RulesMalformed, match=what):
        compiled([replace(RULE, **changed)])  # type: ignore[arg-type]


def test_two_rules_of_equal_rank_for_one_thing_are_a_fault_and_of_unequal_rank_none() -> None:
    other = replace(RULE, rule="other", days=3)
    assert told(RULE, other) == [
        (
            "version 1 of 'other' (2026-01-01/..) and version 1 of 'late' (2026-01-01/..) both say "
            "when case-promised gives a yellow-card (all halls)"
        )
    ]
    assert told(RULE, replace(other, halls=frozenset({"yushu"})), replace(other, rule="third", items=frozenset({"x"}))) == []
    assert told(RULE, replace(other, effect=Effect.RED_CARD)) == []
    assert told(RULE, replace(other, clocks=frozenset({ClockKind.STEP}))) == []


def test_versions_that_overlap_are_a_fault() -> None:
    assert told(RULE, replace(RULE, version=2, period=Period(date(2026, 5, 1)))) == [
        "version 2 of 'late' (2026-05-01/..) overlaps version 1 of 'late' (2026-01-01/..)"
    ]
    assert (
        told(replace(RULE, period=Period(date(2026, 1, 1), date(2026, 5, 1))), replace(RULE, version=2, period=Period(date(2026, 5, 1))))
        == []
    )


def test_the_narrower_rule_goes_first_and_the_item_before_the_hall() -> None:
    here = replace(RULE, rule="here", halls=frozenset({"yushu"}))
    this = replace(RULE, rule="this", items=frozenset({"x"}))
    both = replace(RULE, rule="both", halls=frozenset({"yushu"}), items=frozenset({"x"}))

    def found(hall: str, item: str, *rules: SupervisionRule) -> str | None:
        rule = compiled(rules).rule(Effect.YELLOW_CARD, ClockKind.CASE_PROMISED, Place(hall, item), DAY)
        return rule.rule if rule else None

    assert found("yushu", "x", RULE, here, this, both) == "both"
    assert found("yushu", "x", RULE, here, this) == "this"
    assert found("yushu", "", RULE, here, this, both) == found("yushu", "y", RULE, here, this) == "here"
    assert found("dehui", "y", RULE, here, this) == "late"
    assert found("dehui", "y", replace(RULE, trigger=Trigger.NEVER)) is None
    assert found("yushu", "x", RULE, replace(here, trigger=Trigger.NEVER)) is None


def test_an_act_is_switched_off_by_its_name() -> None:
    fee = replace(RULE, rule="fee", trigger=Trigger.FEE_NOT_IN_ITEM, clocks=frozenset())
    off = replace(fee, rule="off", trigger=Trigger.NEVER, act=Trigger.FEE_NOT_IN_ITEM, halls=frozenset({"yushu"}))
    book = compiled([fee, off])
    assert book.rule(Effect.YELLOW_CARD, Trigger.FEE_NOT_IN_ITEM, Place("dehui"), DAY) == fee
    assert book.rule(Effect.YELLOW_CARD, Trigger.FEE_NOT_IN_ITEM, Place("yushu"), DAY) is None


@pytest.mark.parametrize(
    ("line", "other", "what"),
    [
        ('effect = "yellow-card"', 'effect = "blue-card"', "'blue-card' is not one of"),
        ('clocks = ["case-promised"]', 'clocks = ["case"]', "'case' is not one of"),
        ('rule = "late"', 'rule = "Late"', "'Late' is not a permanent id"),
        ("from = 2026-01-01", "", "line 1 from: is missing"),
        ('basis = "Because."', 'basis = "Because."\nhalls = ["hub"]', "reserved"),
        ('basis = "Because."', 'basis = "Because."\ndays = 9999', "is not a whole number from 0 to 250"),
        ('basis = "Because."', 'basis = "Because."\nday = 1', "'day' is not a field here"),
    ],
)
def test_a_bad_rule_is_named_with_its_line(line: str, other: str, what: str) -> None:
    found = [str(fault) for fault in read_rules(GOOD.replace(line, other).encode()).faults]
    assert any(what in fault and fault.startswith("line 1") for fault in found), found


@pytest.mark.parametrize("data", [b"\xff", b"rule = 1", b"[[rule]]\n", b'{"supervision-rule": 3}', b"x = ["])
def test_what_holds_no_rules_is_refused(data: bytes) -> None:
    assert read_rules(data).faults


def test_every_word_has_its_title() -> None:
    assert set(EFFECT_TITLES) == set(Effect)
    assert set(TRIGGER_TITLES) == set(Trigger)


def test_a_book_keeps_its_answers_apart_by_hall_item_and_day_and_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("directory.supervision.book.MOST_REMEMBERED", 3)
    usual = next(rule for rule in default_rules() if rule.effect is Effect.YELLOW_LIGHT)
    own = replace(usual, rule="own", halls=frozenset({"yushu"}), days=7)
    of_item = replace(usual, rule="of-item", items=frozenset({"220115001000"}), days=9)
    found = compiled((usual, own, of_item))
    day, kind = usual.period.start, ClockKind.STEP

    def days(hall: str, item: str = "", later: int = 0) -> int | None:
        rule = found.rule(Effect.YELLOW_LIGHT, kind, Place(hall, item), day + timedelta(later))
        return None if rule is None else rule.days

    for _ in range(2):
        assert [days("yushu"), days("dehui"), days("nongan")] == [7, usual.days, usual.days]
        assert [days("yushu", "220115001000"), days("yushu", "other"), days("dehui", "", -1)] == [9, 7, None]
    assert len(found._found) <= 3
