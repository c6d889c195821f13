"""Find the actions of which a province's rules do not speak.

Law: what no rule speaks of is denied to everybody, so an action that a later release brings is closed until the province rules on it.
"""

from collections.abc import Iterable
from datetime import date

from directory.scopes.law import in_force
from directory.scopes.rules import Rule
from directory.scopes.vocabulary import Action


def unspoken(rules: Iterable[Rule], defaults: Iterable[Rule], day: date) -> list[Action]:
    """Return the actions of which the default rules speak at a day, and none of these rules does, in order."""
    return sorted(_spoken(defaults, day) - _spoken(rules, day))


def _spoken(rules: Iterable[Rule], day: date) -> frozenset[Action]:
    return frozenset(action for rule in rules if in_force(rule, day) for action in rule.actions)
