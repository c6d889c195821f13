"""A decision says what the rules say, and a list holds exactly the rows on which it would be yes."""

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from directory.catalogue.vocabulary import Manner
from directory.departments import Department
from directory.errors import RulesMalformed, UnknownColumn
from directory.hall_list import seed
from directory.halls import Hall, Province
from directory.scopes.decisions import Allowed, Denied, Nearest, Part, Why
from directory.scopes.explaining import explain
from directory.scopes.law import Law
from directory.scopes.meanings import ATTRIBUTES, LINES, ON_ACT, ON_OBJECT, REACHES
from directory.scopes.predicates import Never, columns, holds, settled
from directory.scopes.principal import Principal
from directory.scopes.reading import default_rules
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Condition, Line, Reach, Role
from directory.sharing.applications import Grant
from directory.validity import Period
from tests.directory.scopes.ground import DEPARTMENTS, TODAY, in_order
from tests.directory.scopes.worlds import World, naively, worlds

LAW = Law.compile(default_rules(), seed(), DEPARTMENTS, TODAY)
CLERK = Principal("yushu", Role.CLERK, "yushu-rs", "zhang")


def rule_of(name: str, version: int = 1) -> Allowed:
    return Allowed(name, version)


def denied(rule: str, part: Part, condition: Condition | None = None) -> Denied:
    return Denied(Why.NO_RULE, Nearest(rule, 1, part, condition))


@given(worlds())
def test_a_decision_is_what_reading_the_rules_one_by_one_gives(world: World) -> None:
    law = world.law
    for row in world.rows:
        allowed = isinstance(law.decide(world.principal, world.action, world.subject(row)), Allowed)
        event(f"allowed: {allowed}")
        assert allowed == naively(world, world.subject(row))


@given(worlds())
def test_a_list_holds_a_row_exactly_when_the_decision_on_it_is_yes(world: World) -> None:
    law = world.law
    predicate = law.predicate(world.principal, world.action, world.columns, world.given)
    assert columns(predicate) <= set(world.columns.values())
    for row in world.rows:
        assert holds(predicate, row) == isinstance(law.decide(world.principal, world.action, world.subject(row)), Allowed)


@given(worlds(), st.data())
def test_knowing_a_column_first_opens_the_same_rows(world: World, data: st.DataObject) -> None:
    predicate = world.law.predicate(world.principal, world.action, world.columns, world.given)
    for row in world.rows:
        known = {column: row[column] for column in data.draw(st.frozensets(st.sampled_from(sorted(row)))) if row} if row else {}
        left = settled(predicate, known)
        assert columns(left).isdisjoint(known)
        assert holds(left, row) == holds(predicate, row)


@given(worlds(), st.randoms(use_true_random=False))
def test_codes_may_be_dealt_out_anew_and_nothing_changes(world: World, chance: random.Random) -> None:
    codes = [hall.division_code for hall in world.province]
    chance.shuffle(codes)
    shuffled = replace(
        world,
        province=Province(
            Hall(hall.hall, hall.display_name, hall.tier, hall.superior, code) for hall, code in zip(world.province, codes, strict=True)
        ),
    )
    for row in world.rows:
        question = world.principal, world.action, world.subject(row)
        assert world.law.decide(*question) == shuffled.law.decide(*question)


def test_a_decision_names_the_version_of_the_rule() -> None:
    rules = default_rules()
    old = next(rule for rule in rules if rule.rule == "clerk-writes")
    others = [rule for rule in rules if rule is not old]
    change = date(2026, 6, 1)
    versions = [replace(old, period=Period(old.period.start, change)), replace(old, version=2, period=Period(change))]
    subject = Subject(hall="yushu", department="yushu-rs")
    for day, version in ((date(2026, 5, 31), 1), (change, 2)):
        law = Law.compile([*versions, *others], seed(), DEPARTMENTS, day)
        assert law.decide(CLERK, Action.CASE_WRITE, subject) == rule_of("clerk-writes", version)


@pytest.mark.parametrize(
    ("principal", "action", "subject", "decision"),
    [
        (CLERK, Action.CASE_READ, Subject(hall="yushu"), rule_of("clerk-reads-own-hall")),
        (CLERK, Action.CASE_READ, Subject(hall="dehui"), denied("clerk-reads-own-hall", Part.REACH)),
        (CLERK, Action.CASE_WRITE, Subject(hall="yushu", department="yushu-js"), denied("clerk-writes", Part.LINE)),
        (CLERK, Action.CASE_DECIDE, Subject(hall="yushu"), denied("reviewer-decides", Part.ROLE)),
        (Principal("jilin-sheng", Role.CLERK), Action.GUIDANCE_ASK, Subject(hall="changchun"), denied("clerk-asks", Part.TIER)),
        (
            Principal("yushu", Role.LICENCE_OFFICER, "", "zhang"),
            Action.LICENCE_END,
            Subject(hall="yushu", type_issued=True, second_person="zhang"),
            denied("licence-officer-ends", Part.CONDITION, Condition.SECOND_OFFICER),
        ),
        (replace(CLERK, role="emperor"), Action.CASE_READ, Subject(hall="yushu"), Denied(Why.UNKNOWN_ROLE)),
        (replace(CLERK, role=Role.GUIDE), Action.CASE_READ, Subject(hall="yushu"), Denied(Why.FOREIGN_ROLE)),
        (replace(CLERK, role=Role.OPERATOR), Action.BACKUP, Subject(hall="hub"), Denied(Why.FOREIGN_ROLE)),
        (Principal("hub", Role.CLERK), Action.CASE_READ, Subject(hall="hub"), Denied(Why.FOREIGN_ROLE)),
        (replace(CLERK, department="changchun-rs"), Action.CASE_READ, Subject(hall="yushu"), Denied(Why.FOREIGN_DEPARTMENT)),
        (replace(CLERK, hall="atlantis"), Action.CASE_READ, Subject(hall="yushu"), Denied(Why.UNKNOWN_HALL)),
        (CLERK, "case.drop", Subject(hall="yushu"), Denied(Why.NO_RULE)),
    ],
)
def test_a_refusal_says_why_and_which_rule_came_nearest(
    principal: Principal, action: str, subject: Subject, decision: Allowed | Denied
) -> None:
    assert LAW.decide(principal, action, subject) == decision


def test_of_several_rules_the_one_that_held_longest_is_nearest() -> None:
    guide = Principal("changchun", Role.GUIDE, "changchun-rs")
    subject = Subject(hall="yushu", department="yushu-rs")
    assert LAW.decide(guide, Action.CASE_READ, subject) == denied("guide-reads", Part.CONDITION, Condition.THREAD_ABOUT_CASE)


def test_an_answer_is_remembered_for_a_hall_and_role_and_never_for_a_person() -> None:
    officer = Principal("yushu", Role.LICENCE_OFFICER, "", "zhang")
    subject = Subject(hall="yushu", type_issued=True, second_person="zhang")
    for person, allowed in (("zhang", False), ("wang", True), ("zhang", False), ("", False)):
        assert isinstance(LAW.decide(replace(officer, person=person), Action.LICENCE_END, subject), Allowed) == allowed


def test_what_is_remembered_is_bounded() -> None:
    law = Law.compile((), seed(), (), TODAY)
    for number in range(20_000):
        law.decide(Principal("yushu", Role.CLERK, f"made-up-{number}"), Action.CASE_READ, Subject(hall="yushu"))
    assert law._judged.cache_info().currsize <= 16_384


def test_a_law_is_not_made_of_rules_that_contradict_each_other() -> None:
    rules = default_rules()
    with pytest.raises(RulesMalformed, match=r"version 2 of 'node-exchanges' .* overlaps version 1"):
        Law.compile((*rules, replace(rules[0], version=2)), seed(), (), TODAY)


def test_a_list_over_a_column_that_no_rule_looks_at_is_refused() -> None:
    for column in ("purpose", "grant", "fields", "name"):
        with pytest.raises(UnknownColumn, match=column):
            LAW.predicate(CLERK, Action.CASE_LIST, {"hall": "hall", column: "x"})


def test_what_neither_list_nor_request_tells_opens_nothing() -> None:
    assert LAW.predicate(CLERK, Action.CASE_LIST, {"department": "department"}) == Never()
    assert LAW.predicate(Principal("yushu", Role.GUIDE), Action.CASE_LIST, {"hall": "hall"}) == Never()


def test_every_word_has_a_meaning_and_looks_at_nothing_else() -> None:
    assert (set(REACHES), set(LINES)) == (set(Reach), set(Line))
    assert set(ON_OBJECT).isdisjoint(ON_ACT)
    assert [*ON_OBJECT, *ON_ACT] == list(Condition)  # a law judges them in this order
    standing = LAW.standing(Principal("changchun", Role.SUPERVISOR, "changchun-rs"), next(iter(default_rules()[0].tiers)))
    seen = [meaning(standing) for words in (REACHES, LINES, ON_OBJECT) for meaning in words.values()]
    assert frozenset().union(*map(columns, seen)) == ATTRIBUTES


def test_the_law_reads_the_departments_and_grants_that_the_directory_keeps() -> None:
    reader = Principal("yushu", Role.LICENCE_READER, "yushu-rs", "zhang")
    grant = Grant(
        grant="g",
        application="a",
        hall="yushu",
        department="yushu-rs",
        resource="licence-of-food",
        version=1,
        fields=frozenset({"number"}),
        purpose="renewal",
        basis="synthetic",
        period=Period(date(2026, 1, 1)),
        manner=Manner.QUERY,
        approver="wang",
        granted_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    department = Department("yushu-rs", "", "榆树市人社局", "yushu", "", Period(date(2020, 1, 1)))
    law = Law.compile(default_rules(), seed(), [department], TODAY)
    subject = replace(in_order("yushu", "huinan", ""), grant=grant)
    ended = replace(subject, grant=replace(grant, ended_at=datetime(2026, 6, 1, tzinfo=UTC)))
    assert law.decide(reader, Action.LICENCE_QUERY, subject) == rule_of("licence-reader-queries")
    assert law.decide(reader, Action.LICENCE_QUERY, ended) == denied(
        "licence-reader-queries", Part.CONDITION, Condition.GRANT_COVERS_FIELDS
    )
    json.dumps(explain(law, reader, Action.LICENCE_QUERY, subject).as_json())
