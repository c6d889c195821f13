"""Find the rule of supervision that holds for a case at a day.

Laws: compiled once from rules without faults; a rule that names the item goes before one that names the hall, that before one for
all; a rule that switches off is found like any other, and brings nothing about.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from directory.errors import RulesMalformed
from directory.supervision.rules import Key, SupervisionRule, faults, keys
from directory.supervision.vocabulary import Effect, Trigger
from directory.validity import at


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is handled, and of which item it is, by base code; an item that nobody knows is empty."""

    hall: str
    item: str = ""


MOST_REMEMBERED: Final = 50_000
"""Answers that one book keeps: the same few are asked for again and again."""

_Asked = tuple[Effect, str, str, str, date]
"""Effect, subject, hall and item, the latter two as far as any rule names them, and the day."""


@dataclass(frozen=True, slots=True)
class Book:
    """Rules by what they are about. Made by `compiled`."""

    rules: Mapping[Key, Sequence[SupervisionRule]]
    _named: frozenset[str] = field(init=False, repr=False, compare=False)
    _found: dict[_Asked, SupervisionRule | None] = field(init=False, repr=False, compare=False, default_factory=dict)
    _turns: dict[_Asked, date | None] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_named", frozenset(name for _, _, hall, item in self.rules for name in (hall, item)))

    def rule(self, effect: Effect, subject: str, place: Place, day: date) -> SupervisionRule | None:
        """Return the rule that says at a day when something brings an effect about; None when none does, or it is switched off."""
        asked = self._asked(effect, subject, place, day)
        try:
            return self._found[asked]
        except KeyError:
            return _remembered(self._found, asked, self._rule(asked))

    def _rule(self, asked: _Asked) -> SupervisionRule | None:
        for versions in self._of(asked):
            found = at(versions, asked[-1])
            if found is not None:
                return None if found.trigger is Trigger.NEVER else found
        return None

    def version(self, rule: str, day: date) -> int | None:
        """Return which version of a rule is in force on a day, one that switches off too; None when none is."""
        versions = (one for held in self.rules.values() for one in held if one.rule == rule and day in one.period)
        return next((one.version for one in versions), None)

    def turns_after(self, effect: Effect, subject: str, place: Place, day: date) -> date | None:
        """Return the first day behind a day on which another rule may hold; None when none is foreseen."""
        asked = self._asked(effect, subject, place, day)
        try:
            return self._turns[asked]
        except KeyError:
            turns = (turn for versions in self._of(asked) for rule in versions for turn in (rule.period.start, rule.period.end))
            return _remembered(self._turns, asked, min((turn for turn in turns if turn is not None and turn > day), default=None))

    def _asked(self, effect: Effect, subject: str, place: Place, day: date) -> _Asked:
        # Halls and items that no rule names have the rules of all.
        named = self._named
        return effect, subject, place.hall if place.hall in named else "", place.item if place.item in named else "", day

    def _of(self, asked: _Asked) -> Iterator[Sequence[SupervisionRule]]:
        """Yield the rules for a case, those that go before others first."""
        effect, subject, hall, item, _ = asked
        for whose in dict.fromkeys(((hall, item), ("", item), (hall, ""), ("", ""))):
            if found := self.rules.get((effect, subject, *whose)):
                yield found


def compiled(rules: Iterable[SupervisionRule]) -> Book:
    """Compile rules; raises RulesMalformed with the first thing that is wrong with them."""
    given = tuple(rules)
    for _, fault in faults(given):
        raise RulesMalformed(fault)
    found: dict[Key, list[SupervisionRule]] = {}
    for rule in given:
        for key in keys(rule):
            found.setdefault(key, []).append(rule)
    return Book(found)


_Kept = TypeVar("_Kept")


def _remembered(known: dict[_Asked, _Kept], asked: _Asked, answer: _Kept) -> _Kept:
    if len(known) >= MOST_REMEMBERED:
        known.clear()
    known[asked] = answer
    return answer
