"""Say what a rule of supervision is, and when rules contradict each other.

Laws: a rule never changes: its next version does, from a later day on, so that a card can cite the version it rests on. For one
effect on one clock, or of one act, the rule that names the item goes before the one that names the hall, and both before one that
names neither; at any day no two of equal rank hold.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from directory.clocks.vocabulary import ClockKind
from directory.supervision.vocabulary import ACTS, TIMED, WRONGS, Effect, Trigger
from directory.validity import Period, clashes, disorder

MAX_VERSION: Final = 1_000_000
MAX_DAYS: Final = 250
MAX_GRACE_HOURS: Final = 240

_MAY_LOOK_AT: Final = {
    Effect.YELLOW_LIGHT: {Trigger.BEFORE_DUE},
    Effect.REMINDER: {Trigger.BEFORE_DUE},
    Effect.YELLOW_CARD: (TIMED | WRONGS) - {Trigger.FOLLOW_UP_MISSED},
    Effect.RED_CARD: TIMED | WRONGS,
    Effect.ORDER_TO_REPORT: {Trigger.SILENCE},
    Effect.RECTIFICATION: {Trigger.BADLY_RATED},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionRule:
    """One version of one rule. `clocks` are those it is about; of a rule about an act, `act` says which.

    `halls` and `items` (base codes) are those for which it holds, empty for all. `days` are working days; `percent` of the limit is
    the least that a light turns yellow for. `grace_hours` is how long after the moment a hall must have gone on reporting before a
    card may be issued; `reply_days` are the working days within which the hall replies. `basis` is for people.
    """

    rule: str
    version: int
    effect: Effect
    trigger: Trigger
    clocks: frozenset[ClockKind]
    period: Period
    basis: str
    act: Trigger | None = None
    halls: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    days: int = 0
    percent: int = 0
    grace_hours: int = 1
    reply_days: int = 5

    @property
    def subjects(self) -> frozenset[str]:
        """Name what it is about: clocks, or an act, or the hall's silence."""
        if self.clocks:
            return frozenset(self.clocks)
        return frozenset({self.act or (Trigger.SILENCE if self.effect is Effect.ORDER_TO_REPORT else self.trigger)})


Key = tuple[Effect, str, str, str]
"""Effect, what it is about, hall and item; empty for all."""


def keys(rule: SupervisionRule) -> Iterator[Key]:
    """Yield everything for which a rule is the one that holds."""
    for subject in sorted(rule.subjects):
        for hall in sorted(rule.halls) or [""]:
            for item in sorted(rule.items) or [""]:
                yield rule.effect, subject, hall, item


def faults(rules: Iterable[SupervisionRule]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for everything that keeps these rules from being a book of rules."""
    given = tuple(rules)
    versions: dict[str, list[int]] = {}
    holding: dict[Key, list[int]] = {}
    for position, rule in enumerate(given):
        versions.setdefault(rule.rule, []).append(position)
        for key in keys(rule):
            holding.setdefault(key, []).append(position)
        yield from ((position, fault) for fault in _faults(rule))
    for positions in versions.values():
        yield from _versions(given, positions)
    yield from _contradictions(given, holding)


def _faults(rule: SupervisionRule) -> Iterator[str]:
    if rule.trigger not in {*_MAY_LOOK_AT[rule.effect], Trigger.NEVER}:
        yield f"a {rule.effect} never comes of {rule.trigger}"
    about_clocks = rule.trigger in TIMED or (
        rule.trigger is Trigger.NEVER and rule.act is None and rule.effect is not Effect.ORDER_TO_REPORT
    )
    if about_clocks != bool(rule.clocks):
        yield "a rule about time names its clocks, and no other does"
    if rule.act is not None and (rule.trigger is not Trigger.NEVER or rule.act not in ACTS):
        yield "only a rule that switches off names an act, and only an act"
    if rule.percent and rule.effect is not Effect.YELLOW_LIGHT:
        yield "only lights turn by a share of the limit"
    if rule.effect is Effect.ORDER_TO_REPORT and rule.items:
        yield "a hall's silence is about no item"


def _versions(rules: Sequence[SupervisionRule], positions: list[int]) -> Iterator[tuple[int, str]]:
    for later, earlier in clashes([rules[position].period for position in positions]):
        one, other = rules[positions[later]], rules[positions[earlier]]
        yield positions[later], f"{_named(one)} overlaps {_named(other)}"
    for later, earlier in disorder([(rules[position].version, rules[position].period) for position in positions]):
        one, other = rules[positions[later]], rules[positions[earlier]]
        if one.version < other.version:
            yield positions[later], f"{_named(one)} starts no earlier than {_named(other)}"


def _contradictions(rules: Sequence[SupervisionRule], holding: dict[Key, list[int]]) -> Iterator[tuple[int, str]]:
    told: set[tuple[int, int]] = set()
    for (effect, subject, hall, item), positions in holding.items():
        for later, earlier in clashes([rules[position].period for position in positions]):
            pair = positions[later], positions[earlier]
            if rules[pair[0]].rule == rules[pair[1]].rule or pair in told:
                continue  # said of its versions, or of another clock
            told.add(pair)
            where = " ".join(word for word in (hall, item) if word) or "all halls"
            yield pair[0], f"{_named(rules[pair[0]])} and {_named(rules[pair[1]])} both say when {subject} gives a {effect} ({where})"


def _named(rule: SupervisionRule) -> str:
    return f"version {rule.version} of {rule.rule!r} ({rule.period})"
