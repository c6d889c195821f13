"""No law may cut the agents of a tier off without being noticed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from directory.hall_list import seed
from directory.halls import Tier
from directory.scopes.lifelines import cut_off
from directory.scopes.reading import default_rules
from directory.scopes.rules import Rule
from directory.scopes.vocabulary import Action, Condition, Line, Reach, Role, Seat
from directory.validity import Period

TODAY = date(2026, 11, 23)
LATER = date(2027, 3, 1)
PROVINCE = seed()
EVERY_TIER = {Tier.PROVINCE, Tier.CITY, Tier.COUNTY}
NODES = [rule for rule in default_rules() if rule.roles == {Role.NODE}]


def cut(rules: Iterable[Rule]) -> dict[Tier, tuple[date, tuple[Action, ...]]]:
    return {tier: (day, actions) for day, tier, actions in cut_off(rules, PROVINCE, TODAY)}


def changed(name: str, **changes: object) -> list[Rule]:
    """Give the default rules with one of them changed."""
    return [replace(rule, **changes) if rule.rule == name else rule for rule in default_rules()]  # type: ignore[arg-type]


def test_by_the_default_rules_and_by_those_of_nodes_alone_nobody_is_cut_off() -> None:
    assert cut(default_rules()) == cut(NODES) == {}


def test_without_rules_of_nodes_everybody_is_cut_off_from_everything() -> None:
    found = cut(rule for rule in default_rules() if rule not in NODES)
    assert set(found) == EVERY_TIER
    wanted = {Action.EXCHANGE_SUBMIT, Action.EXCHANGE_RECEIVE, Action.JOURNAL_READ, Action.HALL_RENEW, Action.LEDGER_READ}
    assert all(day == TODAY and set(actions) == wanted for day, actions in found.values())


def test_each_tier_is_named_once_with_the_day_from_which_on_it_is_cut_off() -> None:
    ended = changed("node-exchanges", period=Period(date(2026, 1, 1), LATER))
    (proves,) = (rule for rule in ended if rule.rule == "node-proves")
    more = replace(proves, rule="until-summer", period=Period(date(2026, 1, 1), date(2027, 7, 1)))
    assert [day for day, *_ in cut_off([*ended, more], PROVINCE, TODAY)] == [LATER] * 3


def test_a_tier_that_a_rule_leaves_out_is_named() -> None:
    found = cut(changed("node-proves", tiers=frozenset({Seat.PROVINCE, Seat.COUNTY})))
    assert found == {Tier.CITY: (TODAY, (Action.JOURNAL_READ,))}


def test_a_rule_that_ends_without_a_next_version_cuts_off_from_that_day_on() -> None:
    found = cut(changed("node-exchanges", period=Period(date(2026, 1, 1), LATER)))
    assert {tier: day for tier, (day, _) in found.items()} == dict.fromkeys(EVERY_TIER, LATER)


def test_a_rule_that_a_next_version_follows_cuts_nobody_off() -> None:
    (exchanges,) = (rule for rule in NODES if rule.rule == "node-exchanges")
    following = replace(exchanges, version=2, period=Period(LATER))
    assert cut([*changed("node-exchanges", period=Period(date(2026, 1, 1), LATER)), following]) == {}


def test_what_opens_something_else_to_nodes_opens_nothing_to_them_here() -> None:
    assert set(cut(changed("node-exchanges", reach=Reach.SIBLINGS))) == EVERY_TIER
    assert set(cut(changed("node-exchanges", line=Line.OWN_DEPARTMENT))) == EVERY_TIER
    assert set(cut(changed("node-exchanges", conditions=frozenset({Condition.PURPOSE_STATED})))) == EVERY_TIER
    assert cut(changed("node-exchanges", reach=Reach.OWN_SUBTREE)) == {}
