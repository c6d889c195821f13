"""Find the rule of supervision that holds for a case at a day.

Laws: compiled once from rules without faults; a rule that names the item goes before one that names the hall, that before one for
all; a rule that switches off is found like any other, and brings nothing about.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from directory.errors import RulesMalformed
from directory.supervision.rules import Key, SupervisionRule, faults, keys
from directory.supervision.vocabulary import Effect, Trigger
from directory.validity import at


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is handled, and of which item it is, by base code; an item that nobody knows is empty."""

    hall: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """Rules by what they are about. Made by `compiled`."""

    rules: Mapping[Key, Sequence[SupervisionRule]]

    def rule(self, effect: Effect, subject: str, place: Place, day: date) -> SupervisionRule | None:
        """Return the rule that says at a day when something brings an effect about; None when none does, or it is switched off."""
        for versions in self._of(effect, subject, place):
            found = at(versions, day)
            if found is not None:
                return None if found.trigger is Trigger.NEVER else found
        return None

    def version(self, rule: str, day: date) -> int | None:
        """Return which version of a rule is in force on a day, one that switches off too; None when none is."""
        versions = (one for held in self.rules.values() for one in held if one.rule == rule and day in one.period)
        return next((one.version for one in versions), None)

    def turns_after(self, effect: Effect, subject: str, place: Place, day: date) -> date | None:
        """Return the first day behind a day on which another rule may hold; None when none is foreseen."""
        turns = (
            turn for versions in self._of(effect, subject, place) for rule in versions for turn in (rule.period.start, rule.period.end)
        )
        return min((turn for turn in turns if turn is not None and turn > day), default=None)

    def _of(self, effect: Effect, subject: str, place: Place) -> Iterator[Sequence[SupervisionRule]]:
        """Yield the rules for a case, those that go before others first."""
        for hall, item in dict.fromkeys(((place.hall, place.item), ("", place.item), (place.hall, ""), ("", ""))):
            if found := self.rules.get((effect, subject, hall, item)):
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
