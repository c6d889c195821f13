"""What counts is not rewritten: it ends, and its next version says something else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from directory.catalogue.catalogue_file import tables
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import State, UpdateCycle
from directory.documents import write_toml
from directory.register.importing import File
from directory.scopes.reading import default_rules, rules_as_toml
from directory.scopes.rules import Rule
from directory.scopes.vocabulary import Action
from directory.validity import Period
from tests.directory.catalogue.made import version
from tests.directory.register.made import DEPARTMENTS, HALLS, RULES, TODAY, planned, register, told

YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)
START = date(2026, 1, 1)
RULE = next(rule for rule in default_rules() if rule.rule == "clerk-reads-own-hall")
RESOURCE = version(1, start=START)
FIRST_DAY = [replace(RULE, rule="of-today", period=Period(TODAY))]

Thing = Rule | ResourceVersion


def file(*things: Thing) -> File:
    rules = [thing for thing in things if isinstance(thing, Rule)]
    return File(
        "new", rules_as_toml(rules) if rules else write_toml(tables(thing for thing in things if isinstance(thing, ResourceVersion)))
    )


def wrong(*things: Thing) -> list[str]:
    documents = register(HALLS, DEPARTMENTS, RULES, file(RESOURCE), file(*FIRST_DAY))
    return told(planned(file(*things), documents=documents))


def test_what_a_rule_opened_stays_what_its_version_opened() -> None:
    more = replace(RULE, actions=RULE.actions | {Action.CASE_DECIDE})
    (fault,) = wrong(more)
    assert fault.startswith("new: line 2: it counts since 2026-01-01 and is not rewritten")
    assert wrong(replace(RULE, period=Period(START, TOMORROW)), replace(more, version=2, period=Period(TOMORROW))) == []


@pytest.mark.parametrize("thing", [RULE, RESOURCE], ids=["rule", "resource"])
@pytest.mark.parametrize(
    ("period", "allowed"),
    [
        (Period(START, TODAY), True),
        (Period(START, TOMORROW), True),
        (Period(START, YESTERDAY), False),
        (Period(YESTERDAY), False),
        (Period(date(2025, 12, 31)), False),
    ],
    ids=str,
)
def test_what_counts_may_end_today_or_later_and_has_begun_when_it_began(thing: Thing, period: Period, allowed: bool) -> None:  # noqa: FBT001
    assert (wrong(replace(thing, period=period)) == []) is allowed


def test_why_there_is_a_rule_may_be_told_better() -> None:
    assert wrong(replace(RULE, basis="told better")) == []


def test_a_rule_of_today_may_still_be_mended() -> None:
    assert wrong(replace(FIRST_DAY[0], actions=frozenset({Action.CASE_READ}))) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, resource=replace(one.resource, update_cycle=UpdateCycle.YEARLY)),
        lambda one: replace(one, items=one.items[:-1], samples=()),
        lambda one: replace(one, state=State.DRAFT),
    ],
    ids=["description", "fields", "draft"],
)
def test_a_published_version_of_a_resource_is_never_edited(change: Callable[[ResourceVersion], ResourceVersion]) -> None:
    assert wrong(change(RESOURCE))


def test_a_published_version_of_a_resource_may_be_withdrawn() -> None:
    gone = replace(RESOURCE, state=State.WITHDRAWN, period=Period(START, TODAY), withdrawn_on=TODAY, ground="停用(示例)")
    assert wrong(gone) == []


def test_a_draft_may_be_edited() -> None:
    draft = version(1, start=START, resource="draft", code="307001/9", state=State.DRAFT)
    documents = register(HALLS, DEPARTMENTS, file(draft))
    edited = replace(draft, resource=replace(draft.resource, update_cycle=UpdateCycle.YEARLY))
    assert told(planned(file(edited), documents=documents)) == []
