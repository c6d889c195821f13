"""Say what a rule is, and when rules contradict each other.

Laws: a rule never changes: its next version does, from a later day on, and at any day at most one version of a rule is in
force. What no rule allows is denied, so a rule can only open; to close something its rule ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from directory.scopes.principal import may_have_role
from directory.scopes.vocabulary import Action, Condition, Line, Reach, Role, Seat
from directory.validity import Period, clashes, disorder

MAX_VERSION: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of one rule: these roles, at these tiers, may do these things to what is within reach and line.

    `basis` is for people: on what law, order or decision it rests.
    """

    rule: str
    version: int
    roles: frozenset[Role]
    tiers: frozenset[Seat]
    actions: frozenset[Action]
    reach: Reach
    line: Line
    conditions: frozenset[Condition]
    period: Period
    basis: str

    def conditions_in_turn(self) -> tuple[Condition, ...]:
        """Return its conditions in the order in which they are judged, which is that of the vocabulary."""
        return tuple(condition for condition in Condition if condition in self.conditions)


def faults(rules: Iterable[Rule]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for everything that keeps these rules from being a law."""
    given = tuple(rules)
    versions: dict[str, list[int]] = {}
    for position, rule in enumerate(given):
        versions.setdefault(rule.rule, []).append(position)
        yield from ((position, fault) for fault in _faults(rule))
    for positions in versions.values():
        yield from _contradictions(given, positions)


def _faults(rule: Rule) -> Iterator[str]:
    if not 1 <= rule.version <= MAX_VERSION:
        yield f"the version of {rule.rule!r} is {rule.version}; versions count from 1 to {MAX_VERSION}"
    for word, words in (("role", rule.roles), ("tier", rule.tiers), ("action", rule.actions)):
        if not words:
            yield f"the rule {rule.rule!r} names no {word}"
    if rule.roles and rule.tiers:
        yield from (f"no {role} exists at {_listed(rule.tiers)}" for role in sorted(rule.roles) if not _exists(role, rule.tiers))


def _exists(role: Role, tiers: Iterable[Seat]) -> bool:
    return any(may_have_role(seat, role) for seat in tiers)


def _listed(words: Iterable[str]) -> str:
    return " or ".join(sorted(words))


def _contradictions(rules: tuple[Rule, ...], positions: list[int]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong among the versions of one rule."""
    first: dict[int, int] = {}
    for position in positions:
        if first.setdefault(rules[position].version, position) != position:
            yield position, f"version {rules[position].version} of {rules[position].rule!r} is given twice"
    for later, earlier in clashes([rules[position].period for position in positions]):
        one, other = rules[positions[later]], rules[positions[earlier]]
        yield positions[later], f"{_named(one)} overlaps {_named(other)}"
    for later, earlier in disorder([(rules[position].version, rules[position].period) for position in positions]):
        one, other = rules[positions[later]], rules[positions[earlier]]
        if one.version < other.version:
            yield positions[later], f"{_named(one)} starts no earlier than {_named(other)}"


def _named(rule: Rule) -> str:
    return f"version {rule.version} of {rule.rule!r} ({rule.period})"
