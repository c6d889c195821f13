"""What a place rules about limits holds there, for its period, and nowhere else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.clocks.limits import NATIONAL, LocalRules
from directory.clocks.local_rules import LimitRule, compiled, faults, read_rules, tables
from directory.documents import write_json, write_toml
from directory.errors import RulesMalformed
from directory.validity import Period

DAY = date(2026, 9, 1)
RULE = LimitRule(rule="here", version=1, period=Period(date(2026, 1, 1)), basis="Because.", local=LocalRules(notice_days=2))
GOOD = '[[limit-rule]]\nrule = "here"\nversion = 1\nnotice_days = 2\nfrom = 2026-01-01\nbasis = "Because."\n'
RULES = st.builds(
    LimitRule,
    rule=st.sampled_from(["a", "b", "c"]),
    version=st.integers(1, 9),
    period=st.builds(
        lambda first, days: Period(DAY + timedelta(first), DAY + timedelta(first + days)), st.integers(0, 9), st.integers(1, 9)
    ),
    basis=st.just("Because."),
    local=st.builds(LocalRules, notice_days=st.integers(0, 5), silence_grants=st.booleans()),
    halls=st.frozensets(st.sampled_from(["yushu", "dehui"]), max_size=2),
    items=st.frozensets(st.sampled_from(["x", "y"]), max_size=2),
)


def told(*rules: LimitRule) -> list[str]:
    return [what for _, what in faults(rules)]


def test_a_rule_is_read_as_it_stands_and_what_it_does_not_say_is_the_laws() -> None:
    assert read_rules(GOOD.encode()).whole() == (RULE,)
    assert RULE.local.delivery_days == NATIONAL.delivery_days


@given(st.lists(RULES, max_size=4))
def test_what_is_written_is_read_again_in_both_syntaxes(rules: list[LimitRule]) -> None:
    for written in (write_toml(tables(rules)), write_json(tables(rules))):
        assert list(read_rules(written, judge=False).whole()) == rules


@given(st.lists(RULES, max_size=6), st.integers(0, 20))
def test_rules_without_faults_have_one_answer_whatever_their_order(rules: list[LimitRule], day: int) -> None:
    rules = [rule for place, rule in enumerate(rules) if not told(*rules[:place], rule)]
    if not told(*rules):
        answers = {compiled(order).local("yushu", "x", DAY + timedelta(day)) for order in (rules, list(reversed(rules)))}
        assert len(answers) == 1


def test_the_narrower_rule_goes_first_and_the_law_last() -> None:
    item = replace(RULE, rule="item", items=frozenset({"x"}), local=LocalRules(notice_days=3))
    hall = replace(RULE, rule="hall", halls=frozenset({"yushu"}), local=LocalRules(notice_days=4))
    book = compiled([RULE, item, hall])
    found = [book.local(*where, DAY).notice_days for where in (("yushu", "x"), ("dehui", "x"), ("yushu", "y"), ("dehui", "y"))]
    assert found == [3, 3, 4, 2]
    assert book.local("yushu", "x", date(2025, 12, 31)) == NATIONAL
    assert compiled([]).local("yushu", "x", DAY) == NATIONAL


def test_rules_of_equal_rank_and_versions_that_overlap_are_faults() -> None:
    other = replace(RULE, rule="other")
    assert told(RULE, other) == ["version 1 of 'other' (2026-01-01/..) overlaps version 1 of 'here' (2026-01-01/..) (all halls)"]
    moved = replace(RULE, version=2, halls=frozenset({"yushu"}), period=Period(date(2026, 5, 1)))
    assert told(RULE, moved) == ["version 2 of 'here' (2026-05-01/..) overlaps version 1 of 'here' (2026-01-01/..)"]
    with pytest.raises(RulesMalformed, match="overlaps"):
        compiled([RULE, other])


@pytest.mark.parametrize(
    ("line", "other", "what"),
    [
        ("notice_days = 2", "notice_days = -1", "is not a whole number from 0 to 250"),
        ("notice_days = 2", "notice_days = true", "is not a whole number"),
        ("notice_days = 2", "silence_grants = 1", "is neither true nor false"),
        ("notice_days = 2", "notice_hours = 2", "'notice_hours' is not a field here"),
        ("from = 2026-01-01", "", "is missing"),
    ],
)
def test_a_bad_rule_is_named_with_its_line(line: str, other: str, what: str) -> None:
    found = [str(fault) for fault in read_rules(GOOD.replace(line, other).encode()).faults]
    assert any(what in fault and fault.startswith("line 1") for fault in found), found
