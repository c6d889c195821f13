"""The law in force is that of today's rules, halls and departments."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from directory.errors import RulesMalformed
from directory.hall_list import seed
from directory.scopes.decisions import Allowed, Denied, Why
from directory.scopes.principal import Principal
from directory.scopes.reading import default_rules
from directory.scopes.subject import Subject
from directory.validity import Period
from hub.registry.laws import InForce, Laws, Sources
from tests.directory.scopes.ground import Department

PROVINCE = seed()
RULES = default_rules()
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)
"""In Asia/Shanghai, before 2026-11-23."""
CLERK = Principal("yushu", "clerk", "", "7")


@dataclass(slots=True)
class Ground:
    """What a law is made of, and the time."""

    sources: Sources = field(default_factory=lambda: Sources(RULES, PROVINCE, ()))
    now: datetime = MIDNIGHT

    def laws(self) -> Laws:
        return Laws(lambda: self.sources, lambda: self.now)


def reads(in_force: InForce, principal: Principal = CLERK) -> Allowed | Denied:
    return in_force.law.decide(principal, "case.read", Subject(hall="yushu"))


def test_a_law_stays_the_same_while_nothing_changes() -> None:
    ground = Ground()
    laws = ground.laws()
    first = laws.in_force()
    ground.now += timedelta(hours=23, minutes=59)
    ground.sources = Sources(*ground.sources)
    assert laws.in_force() is first
    assert first.law.day == date(2026, 11, 23)


def test_a_rule_ends_with_its_last_day_in_asia_shanghai() -> None:
    last = Period(date(2026, 1, 1), date(2026, 11, 24))
    rules = tuple(replace(rule, period=last) if rule.rule == "clerk-reads-own-hall" else rule for rule in RULES)
    ground = Ground(Sources(rules, PROVINCE, ()))
    laws = ground.laws()
    assert isinstance(reads(before := laws.in_force()), Allowed)
    ground.now = MIDNIGHT + timedelta(days=1) - timedelta(seconds=1)
    assert isinstance(reads(laws.in_force()), Allowed)
    ground.now = MIDNIGHT + timedelta(days=1)
    after = laws.in_force()
    assert isinstance(reads(after), Denied)
    assert after.rules_digest != before.rules_digest


def test_another_list_of_halls_or_departments_counts_at_the_next_question() -> None:
    ground = Ground()
    laws = ground.laws()
    before = laws.in_force()
    stranger = replace(CLERK, department="许可科")
    assert isinstance(reads(before, stranger), Allowed)
    ground.sources = Sources(RULES, PROVINCE, (Department("yushu-rs", "yushu"),))
    assert reads(laws.in_force(), stranger) == Denied(Why.FOREIGN_DEPARTMENT)
    ground.sources = Sources(RULES, type(PROVINCE)(hall for hall in PROVINCE if hall.hall != "yushu"), ())
    assert reads(laws.in_force()) == Denied(Why.UNKNOWN_HALL)
    assert laws.in_force().rules_digest == before.rules_digest


def test_the_digest_is_of_the_rules_in_force_in_whatever_order_they_come() -> None:
    old = Period(date(2025, 1, 1), date(2026, 1, 1))
    over = replace(RULES[0], rule="long-over", period=old)
    digests = [
        Ground(Sources(rules, PROVINCE, ())).laws().in_force().rules_digest for rules in (RULES, RULES[::-1], (*RULES, over), RULES[1:])
    ]
    assert digests[0] == digests[1] == digests[2] != digests[3]
    assert len(digests[0]) == 64


def test_rules_that_contradict_each_other_are_no_law() -> None:
    ground = Ground()
    laws = ground.laws()
    ground.sources = Sources((*RULES, RULES[0]), PROVINCE, ())
    with pytest.raises(RulesMalformed):
        laws.in_force()
    with pytest.raises(RulesMalformed):
        ground.laws()
