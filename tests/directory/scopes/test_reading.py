"""Rules are read whole or not at all, and every bad one is reported with its line and all that is wrong with it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.differences import difference
from directory.errors import Fault, ListMalformed
from directory.scopes.reading import default_rules, key, read_rules, rules_as_json, rules_as_toml
from directory.scopes.rules import Rule, faults
from directory.scopes.vocabulary import Action, Condition, Line, Reach, Role, Seat
from directory.validity import Period

GOOD = """[[rule]]
rule = "clerk-reads"
version = 1
roles = ["clerk"]
tiers = ["county"]
actions = ["case.read"]
reach = "own-hall"
line = "any"
from = 2026-01-01
basis = "Clerks read."
"""
RULE = Rule(
    rule="clerk-reads",
    version=1,
    roles=frozenset({Role.CLERK}),
    tiers=frozenset({Seat.COUNTY}),
    actions=frozenset({Action.CASE_READ}),
    reach=Reach.OWN_HALL,
    line=Line.ANY,
    conditions=frozenset(),
    period=Period(date(2026, 1, 1)),
    basis="Clerks read.",
)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
many_rules = st.lists(
    st.builds(
        Rule,
        rule=st.just("r"),
        version=st.integers(1, 1_000_000),
        roles=st.frozensets(st.sampled_from([role for role in Role if role is not Role.OPERATOR]), min_size=1),
        tiers=st.just(frozenset({Seat.PROVINCE, Seat.HUB})),
        actions=st.frozensets(st.sampled_from(Action), min_size=1),
        reach=st.sampled_from(Reach),
        line=st.sampled_from(Line),
        conditions=st.frozensets(st.sampled_from(Condition)),
        period=st.builds(lambda day, span: Period(day, span and day + span), days, st.none() | st.timedeltas(timedelta(1), timedelta(999))),
        basis=st.sampled_from(("Because.", "行政许可法 Art 60: “上级”\n第二行 \\ # [[rule]]", "[[rule]]\n[[rule]]")),
    ),
    max_size=5,
).map(lambda rules: tuple(replace(rule, rule=f"r{number}") for number, rule in enumerate(rules)))


def whats(data: bytes) -> list[str]:
    return [str(fault) for fault in read_rules(data).faults]


@given(many_rules)
def test_what_is_written_is_read_again_in_both_syntaxes(rules: tuple[Rule, ...]) -> None:
    assert read_rules(rules_as_toml(rules)).whole() == rules
    assert read_rules(rules_as_json(rules)).whole() == rules


def test_a_rule_is_read_as_it_stands() -> None:
    assert read_rules(GOOD.encode()).whole() == (RULE,)


def test_the_default_rules_each_have_a_basis_and_none_ends() -> None:
    rules = default_rules()
    assert len({rule.rule for rule in rules}) == len(rules)
    assert all(rule.basis.endswith(".") and rule.version == 1 and rule.period == Period(date(2026, 1, 1)) for rule in rules)


@pytest.mark.parametrize(
    ("line", "other", "what"),
    [
        ('roles = ["clerk"]', 'roles = ["clerk", "emperor"]', f"roles: 'emperor' is not one of: {', '.join(Role)}"),
        ('tiers = ["county"]', 'tiers = ["village"]', "tiers: 'village' is not one of: province, city, county, hub"),
        ('actions = ["case.read"]', 'actions = ["case.*"]', f"actions: 'case.*' is not one of: {', '.join(Action)}"),
        ('reach = "own-hall"', 'reach = "everything"', f"reach: 'everything' is not one of: {', '.join(Reach)}"),
        ('line = "any"', 'line = "all"', "line: 'all' is not one of: any, own-department, own-department-line"),
        ('line = "any"', 'line = "any"\nconditions = ["sunny"]', f"conditions: 'sunny' is not one of: {', '.join(Condition)}"),
        ('roles = ["clerk"]', 'roles = ["сlerk"]', f"roles: '\\u0441lerk' is not one of: {', '.join(Role)}"),
        ('roles = ["clerk"]', "roles = [1]", f"roles: '1' is not one of: {', '.join(Role)}"),
        ('roles = ["clerk"]', 'roles = "clerk"', "roles: is not a list"),
        ('roles = ["clerk"]', 'roles = ["clerk", "clerk"]', "roles: names something twice"),
        ('roles = ["clerk"]', "roles = []", "the rule 'clerk-reads' names no role"),
        ('tiers = ["county"]', "tiers = []", "the rule 'clerk-reads' names no tier"),
        ('actions = ["case.read"]', "actions = []", "the rule 'clerk-reads' names no action"),
        ('roles = ["clerk"]', 'roles = ["clerk", "guide"]', "no guide exists at county"),
        ('tiers = ["county"]', 'tiers = ["hub"]', "no clerk exists at hub"),
        ("version = 1", "version = 0", "version: is not a whole number from 1 to 1000000"),
        ("version = 1", "version = true", "version: is not a whole number from 1 to 1000000"),
        ('reach = "own-hall"', "", "reach: is missing"),
        ("from = 2026-01-01", "", "from: is missing"),
        ("from = 2026-01-01", 'from = "2026-02-30"', "from: '2026-02-30' is not a day: 2026-01-31"),
        ("from = 2026-01-01", "from = 2026-01-01T00:00:00Z", "from: is not a day: 2026-01-31"),
        ("from = 2026-01-01", "from = 2026-01-01\nto = 2026-01-01", "line 12 to: "),
        ('basis = "Clerks read."', 'basis = ""', "line 12 basis: "),
        ('basis = "Clerks read."', 'basis = "Clerks\u202eread."', "\\u202eread"),
        ('basis = "Clerks read."', 'basis = "Clerks read."\nallow = true', "'allow' is not a field here"),
    ],
)
def test_a_rule_that_does_not_hold_is_reported_with_its_line(line: str, other: str, what: str) -> None:
    assert line in GOOD
    bad = GOOD.replace("clerk-reads", "good") + "\n" + GOOD.replace(line, other)
    assert [fault.startswith("line 12") and what in fault for fault in whats(bad.encode())] == [True], whats(bad.encode())
    with pytest.raises(ListMalformed):
        read_rules(bad.encode()).whole()


def test_an_id_that_looks_like_another_is_refused() -> None:
    assert "CYRILLIC SMALL LETTER ES" in whats(GOOD.replace("clerk-reads", "сlerk-reads").encode())[0]
    assert "is not a id" not in " ".join(whats(GOOD.encode()))


def test_every_bad_rule_of_many_is_found_and_none_of_the_good_ones() -> None:
    rules = [replace(RULE, rule=f"rule-{number}") for number in range(10_000)]
    text = rules_as_json(rules).decode().replace('"rule": "rule-7"', '"rule": "Rule 7"').replace('"rule": "rule-9999"', '"rule": "?"')
    read = read_rules(text.encode())
    lines = text.splitlines()
    assert [lines[fault.line - 1 + 1].strip() for fault in read.faults] == ['"rule": "Rule 7",', '"rule": "?",']
    assert len(read.rows) == 9_998


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\xff", "not UTF-8"),
        (b"[[rule]", "line 1: not TOML"),
        (b'{"rule": [', "line 1: not JSON"),
        (b'{"rule": {}}', "must be a list of at most 10000 rules"),
        (b'rule = "all"', "must be a list of at most 10000 rules"),
        (b"[[role]]\n", "'role' is nothing here: rules stand under 'rule'"),
        (b'{"rule": [1]}', "is not a table"),
        (b'{"rule": [' + b",".join([b"{}"] * 10_001) + b"]}", "must be a list of at most 10000 rules"),
    ],
)
def test_a_file_of_another_shape_is_refused(data: bytes, what: str) -> None:
    assert what in whats(data)[0]


def version_of(version: int, start: date, end: date | None = None) -> Rule:
    return replace(RULE, version=version, period=Period(start, end))


SPRING, SUMMER, AUTUMN = date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        ([version_of(1, SPRING), version_of(2, SUMMER)], "version 2 of 'clerk-reads' (2026-06-01/..) overlaps version 1 of 'clerk-reads'"),
        ([version_of(1, SPRING, AUTUMN), version_of(2, SUMMER)], "overlaps version 1"),
        ([version_of(1, SPRING, SUMMER), version_of(1, SUMMER)], "version 1 of 'clerk-reads' is given twice"),
        (
            [version_of(2, SPRING, SUMMER), version_of(1, SUMMER)],
            "version 1 of 'clerk-reads' (2026-06-01/..) starts no earlier",
        ),
        ([version_of(0, SPRING)], "versions count from 1"),
    ],
)
def test_versions_of_one_rule_that_contradict_each_other_are_faults(rules: list[Rule], what: str) -> None:
    assert [what in fault for _, fault in faults(rules)] == [True]
    if rules[0].version:
        assert read_rules(rules_as_toml(rules)).faults == (
            Fault(read_rules(rules_as_toml(rules)).lines[1], next(fault for _, fault in faults(rules))),
        )


def test_versions_that_follow_each_other_and_different_rules_are_fine() -> None:
    rules = [version_of(1, SPRING, SUMMER), version_of(2, SUMMER), replace(RULE, rule="other")]
    assert list(faults(rules)) == []


def test_a_dry_run_shows_what_would_change() -> None:
    before = [RULE]
    after = [replace(RULE, period=Period(RULE.period.start, SUMMER)), replace(RULE, version=2, period=Period(SUMMER))]
    told = difference(before, after, key)
    assert [added for added, _ in told.added] == [("clerk-reads", "2")]
    assert [[field.path for field in change.fields] for change in told.changed] == [["period.end"]]
