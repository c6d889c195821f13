"""An explanation says what the law decides, by which rule, and what would have to be different."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from directory.hall_list import seed
from directory.scopes.decisions import Allowed, Denied, Part
from directory.scopes.explaining import WANTED, explain
from directory.scopes.law import Law
from directory.scopes.principal import Principal
from directory.scopes.reading import default_rules
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Condition, Role
from tests.directory.scopes.ground import BEFORE_ALL_RULES, DEPARTMENTS, TODAY, in_order
from tests.directory.scopes.worlds import World, worlds

LAW = Law.compile(default_rules(), seed(), DEPARTMENTS, TODAY)
CLERK = Principal("yushu", Role.CLERK, "yushu-rs", "zhang")
OFFICER = Principal("yushu", Role.LICENCE_OFFICER, "", "zhang")


def told(principal: Principal, action: str, subject: Subject, law: Law = LAW) -> str:
    return "\n".join(explain(law, principal, action, subject).lines)


@given(worlds())
def test_an_explanation_agrees_with_the_decision_and_names_what_came_nearest(world: World) -> None:
    law = world.law
    for row in world.rows:
        subject = world.subject(row)
        explanation = explain(law, world.principal, world.action, subject)
        decision = law.decide(world.principal, world.action, subject)
        assert explanation.decision == decision
        assert json.loads(json.dumps(explanation.as_json()))["allowed"] == isinstance(decision, Allowed)
        if isinstance(decision, Allowed):
            assert (decision.rule, decision.version) in {(found.rule, found.version) for found in explanation.findings if not found.part}
        elif nearest := decision.nearest:
            first = explanation.findings[0]
            assert (first.part, all(found.part for found in explanation.findings)) == (nearest.part, True)
            found = next(found for found in explanation.findings if found.rule == nearest.rule)
            assert found.part == nearest.part


def test_a_yes_names_the_rule_its_version_and_its_basis() -> None:
    text = told(CLERK, Action.CASE_WRITE, Subject(hall="yushu", department="yushu-rs"))
    assert text.startswith(
        "yes: clerk zhang of yushu-rs at yushu may case.write, by version 1 of the rule 'clerk-writes'\n  Whoever handles"
    )


@pytest.mark.parametrize(
    ("principal", "action", "subject", "line"),
    [
        (CLERK, Action.CASE_READ, Subject(hall="dehui"), "clerk-reads-own-hall version 1: own-hall: hall must be 'yushu', and is 'dehui'"),
        (
            CLERK,
            Action.CASE_WRITE,
            Subject(hall="yushu"),
            "clerk-writes version 1: own-department: department must be 'yushu-rs', and is ''",
        ),
        (
            replace(CLERK, department=""),
            Action.CASE_WRITE,
            Subject(hall="yushu"),
            "clerk-writes version 1: own-department: nothing is there for this principal",
        ),
        (
            Principal("jilin-sheng", Role.SUPERVISOR),
            Action.CASE_READ,
            Subject(hall="atlantis"),
            "supervisor-reads version 1: own-subtree: hall must be antu or baicheng or baishan or changbai or changbaishan or changchun or",
        ),
        (OFFICER, Action.CASE_READ, Subject(hall="yushu"), "clerk-reads-own-hall version 1: the role must be clerk or reviewer, and is"),
        (
            Principal("jilin-sheng", Role.CLERK),
            Action.GUIDANCE_ASK,
            Subject(hall="changchun"),
            "clerk-asks version 1: the own hall must act at city or county, and 'jilin-sheng' acts at province",
        ),
        (
            OFFICER,
            Action.LICENCE_END,
            Subject(hall="yushu", type_issued=True),
            "licence-officer-ends version 1: second-officer: another officer must have confirmed it",
        ),
        (replace(CLERK, role="guide"), Action.CASE_READ, Subject(hall="yushu"), "may not assert the role 'guide', which exists at city or"),
        (replace(CLERK, role="emperor"), Action.CASE_READ, Subject(hall="yushu"), "'emperor' is no role: node, clerk, reviewer"),
        (
            replace(CLERK, department="changchun-rs"),
            Action.CASE_READ,
            Subject(hall="yushu"),
            "'changchun-rs' is no department of 'yushu' on 2026-11-23",
        ),
        (replace(CLERK, hall="atlantis"), Action.CASE_READ, Subject(hall="yushu"), "there is no hall 'atlantis'"),
        (CLERK, "case.drop", Subject(hall="yushu"), "no rule speaks of 'case.drop'"),
    ],
)
def test_a_no_says_what_would_have_to_be_different(principal: Principal, action: str, subject: Subject, line: str) -> None:
    assert told(principal, action, subject).startswith("no: ")
    assert f"\n  {line}" in told(principal, action, subject) or line in told(principal, action, subject).splitlines()[1]


def test_a_rule_that_is_not_in_force_says_when_it_is() -> None:
    law = Law.compile(default_rules(), seed(), DEPARTMENTS, BEFORE_ALL_RULES)
    text = told(CLERK, Action.CASE_READ, Subject(hall="yushu"), law)
    assert "clerk-reads-own-hall version 1: it is in force 2026-01-01/.., and not on 2025-12-31" in text


def test_what_came_nearest_is_told_first() -> None:
    guide = Principal("changchun", Role.GUIDE, "changchun-rs")
    explanation = explain(LAW, guide, Action.CASE_READ, Subject(hall="yushu", department="yushu-rs"))
    assert explanation.lines[1].startswith("  guide-reads version 1: thread-about-case: a guidance thread")
    assert isinstance(explanation.decision, Denied)
    assert [finding.part for finding in explanation.findings] == [Part.CONDITION, *[Part.ROLE] * (len(explanation.findings) - 1)]


def test_every_condition_has_its_words_and_json_holds_all_of_a_subject() -> None:
    assert set(WANTED) == set(Condition)
    explanation = explain(LAW, CLERK, Action.CASE_READ, in_order("yushu", "yushu", "yushu-rs"))
    shown = json.loads(json.dumps(explanation.as_json()))
    assert shown["allowed"] is True
    assert shown["decision"] == {"rule": "clerk-reads-own-hall", "version": 1}
    assert shown["subject"]["grant"]["period"] == {"start": "2026-01-01", "end": "2026-11-24"}
