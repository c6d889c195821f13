"""Find what a place rules about limits (地方规定), by rows that hold for a period.

Laws: a rule never changes: its next version does, from a later day on. The rule that names the item goes before the one that names
the hall, and both before one for all; it holds whole, so that what it does not say is as the law has it. At any day no two of equal
rank hold.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from directory.clocks.limits import NATIONAL, LocalRules
from directory.documents import Table, read_document
from directory.errors import Fault, ListMalformed, RulesMalformed
from directory.fields import Fields
from directory.reading import Read, ordered
from directory.texts import hall_id_fault, id_fault, name_fault, text_fault
from directory.validity import Period, at, clashes, disorder

ARRAY: Final = "limit-rule"
"""The name under which a document lists rules: `[[limit-rule]]`."""
MAX_RULES: Final = 10_000
MAX_VERSION: Final = 1_000_000
MOST_DAYS: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule:
    """One version of one rule. `halls` and `items` (base codes) are those for which it holds, empty for all; `basis` is for people."""

    rule: str
    version: int
    period: Period
    basis: str
    local: LocalRules
    halls: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()


Key = tuple[str, str]
"""Hall and item, empty for all."""


@dataclass(frozen=True, slots=True)
class LocalBook:
    """Rules by where they hold. Made by `compiled`."""

    rules: Mapping[Key, Sequence[LimitRule]]

    def local(self, hall: str, item: str, day: date) -> LocalRules:
        """Return what holds for an item at a hall on a day: the one on which its case came in, so that no limit changes while it runs."""
        if not self.rules:
            return NATIONAL
        for key in ((hall, item), ("", item), (hall, ""), ("", "")):
            if found := at(self.rules.get(key, ()), day):
                return found.local
        return NATIONAL


def compiled(rules: Iterable[LimitRule]) -> LocalBook:
    """Compile rules; raises RulesMalformed with the first thing that is wrong with them."""
    given = tuple(rules)
    for _, fault in faults(given):
        raise RulesMalformed(fault)
    found: dict[Key, list[LimitRule]] = {}
    for rule in given:
        for key in _keys(rule):
            found.setdefault(key, []).append(rule)
    return LocalBook(found)


def faults(rules: Iterable[LimitRule]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for everything that keeps these rules from having one answer."""
    given = tuple(rules)
    versions: dict[str, list[int]] = {}
    holding: dict[Key, list[int]] = {}
    for position, rule in enumerate(given):
        versions.setdefault(rule.rule, []).append(position)
        for key in _keys(rule):
            holding.setdefault(key, []).append(position)
    for positions in versions.values():
        yield from _disorder(given, positions)
    for (hall, item), positions in holding.items():
        for later, earlier in clashes([given[position].period for position in positions]):
            one, other = given[positions[later]], given[positions[earlier]]
            where = " ".join(word for word in (hall, item) if word) or "all halls"
            yield positions[later], f"{_named(one)} overlaps {_named(other)} ({where})"


def _disorder(rules: Sequence[LimitRule], positions: list[int]) -> Iterator[tuple[int, str]]:
    for later, earlier in clashes([rules[position].period for position in positions]):
        one, other = rules[positions[later]], rules[positions[earlier]]
        if not set(_keys(one)).intersection(_keys(other)):
            yield positions[later], f"{_named(one)} overlaps {_named(other)}"
    for later, earlier in disorder([(rules[position].version, rules[position].period) for position in positions]):
        one, other = rules[positions[later]], rules[positions[earlier]]
        yield positions[later], f"{_named(one)} starts no earlier than {_named(other)}"


def _keys(rule: LimitRule) -> Iterator[Key]:
    return ((hall, item) for hall in sorted(rule.halls) or [""] for item in sorted(rule.items) or [""])


def _named(rule: LimitRule) -> str:
    return f"version {rule.version} of {rule.rule!r} ({rule.period})"


def read_rules(data: bytes, *, judge: bool = True) -> Read[LimitRule]:
    """Read rules of TOML or JSON in UTF-8; how they stand to each other is not judged when `judge` is false."""
    try:
        document = read_document(data)
    except ListMalformed as error:
        return Read((), error.faults)
    rows = document.tables.get(ARRAY, [])
    found = [Fault(0, f"{name!a} is nothing here: rules stand under {ARRAY!r}") for name in document.tables if name != ARRAY]
    if not isinstance(rows, list) or len(rows) > MAX_RULES:
        return Read((), ordered((*found, Fault(0, f"{ARRAY!r} must be a list of at most {MAX_RULES} rules"))))
    rules: list[LimitRule] = []
    lines: list[int] = []
    for place, table in enumerate(rows):
        given = Fields(table, document.line(ARRAY, place))
        rule = _rule(given)
        found += given.faults
        if not given.failed:
            rules.append(rule)
            lines.append(document.line(ARRAY, place))
    read = Read(tuple(rules), ordered(found), tuple(lines))
    return read.judged(faults(rules)) if judge else read


def tables(rules: Iterable[LimitRule]) -> Table:
    """Return the tables that `read_rules` reads as these rules."""
    return {ARRAY: [_row(rule) for rule in rules]}


def key(rule: LimitRule) -> tuple[str, str]:
    """Return what tells one version of a rule from every other."""
    return rule.rule, str(rule.version)


def _rule(given: Fields) -> LimitRule:
    rule = LimitRule(
        rule=given.text("rule", id_fault),
        version=given.number("version", 1, MAX_VERSION),
        halls=frozenset(given.texts("halls", hall_id_fault, ())),
        items=frozenset(given.texts("items", name_fault, ())),
        local=LocalRules(**{field.name: _parameter(given, field.name) for field in fields(LocalRules)}),
        period=given.period(),
        basis=given.text("basis", text_fault),
    )
    given.end()
    return rule


def _parameter(given: Fields, name: str) -> Any:  # noqa: ANN401 - a number or a truth value, as the law's own is
    usual = getattr(NATIONAL, name)
    if isinstance(usual, bool):
        return given.flag(name, default=usual)
    return given.number(name, 0, MOST_DAYS, usual)


def _row(rule: LimitRule) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "version": rule.version,
        "halls": sorted(rule.halls),
        "items": sorted(rule.items),
        **{field.name: getattr(rule.local, field.name) for field in fields(LocalRules)},
        "from": rule.period.start,
        "to": rule.period.end,
        "basis": rule.basis,
    }
