"""Read the rules of working hours from TOML or JSON, and write them.

Laws: every bad row is reported with its line; a rule never changes: its next version does, from a later day on. At any day no two rules
name one hall, nor do two hold for all.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import time
from typing import Any, Final

from directory.documents import Table, read_document
from directory.errors import Fault, ListMalformed
from directory.fields import Fields
from directory.guidance.hours import MOST_MINUTES, USUAL, Hours, HoursRule, Span, hours_fault
from directory.reading import Read, ordered
from directory.texts import hall_id_fault, id_fault, text_fault
from directory.validity import clashes

ARRAY: Final = "guidance-rule"
"""The name under which a document lists rules: `[[guidance-rule]]`."""
MAX_VERSION: Final = 1_000_000
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def read_rules(data: bytes, *, judge: bool = True) -> Read[HoursRule]:
    """Read rules; how they stand to each other is not judged when `judge` is false."""
    try:
        document = read_document(data)
    except ListMalformed as error:
        return Read((), error.faults)
    rows = document.tables.get(ARRAY, [])
    found = [Fault(0, f"{name!a} is nothing here: rules stand under {ARRAY!r}") for name in document.tables if name != ARRAY]
    if not isinstance(rows, list):
        return Read((), ordered((*found, Fault(0, f"{ARRAY!r} must be a list"))))
    rules: list[HoursRule] = []
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


def faults(rules: Iterable[HoursRule]) -> Iterator[tuple[int, str]]:
    """Yield (position, what is wrong) for everything that keeps these rules from having one answer."""
    given = tuple(rules)
    holding: dict[str, list[int]] = {}
    for position, rule in enumerate(given):
        for hall in sorted(rule.halls) or [""]:
            holding.setdefault(hall, []).append(position)
    for hall, positions in holding.items():
        for later, earlier in clashes([given[position].period for position in positions]):
            one, other = given[positions[later]], given[positions[earlier]]
            yield positions[later], f"{one.rule!r} ({one.period}) overlaps {other.rule!r} ({other.period}) ({hall or 'all halls'})"


def tables(rules: Iterable[HoursRule]) -> Table:
    """Return the tables that `read_rules` reads as these rules."""
    return {ARRAY: [_row(rule) for rule in rules]}


def key(rule: HoursRule) -> tuple[str, str]:
    """Return what tells one version of a rule from every other."""
    return rule.rule, str(rule.version)


def _rule(given: Fields) -> HoursRule:
    rule = HoursRule(
        rule=given.text("rule", id_fault),
        version=given.number("version", 1, MAX_VERSION),
        halls=frozenset(given.texts("halls", hall_id_fault, ())),
        hours=_hours(given),
        period=given.period(),
        basis=given.text("basis", text_fault),
    )
    given.end()
    return rule


def _hours(given: Fields) -> Hours:
    words = given.texts("hours", _span_fault)
    minutes = given.number("reply_minutes", 1, MOST_MINUTES)
    if given.failed:
        return USUAL
    spans = tuple(map(_span, words))
    if wrong := hours_fault(spans, minutes):
        given.refuse("hours", wrong)
    return Hours(spans, minutes)


def _span_fault(word: str) -> str:
    return "" if _HOURS.fullmatch(word) else f"{word[:40]!a} are no hours, such as 09:00-12:00"


def _span(word: str) -> Span:
    first, last = word.split("-")
    return time.fromisoformat(first), time.fromisoformat(last)


def _row(rule: HoursRule) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "version": rule.version,
        "halls": sorted(rule.halls),
        "hours": [f"{start:%H:%M}-{end:%H:%M}" for start, end in rule.hours.spans],
        "reply_minutes": rule.hours.reply_minutes,
        "from": rule.period.start,
        "to": rule.period.end,
        "basis": rule.basis,
    }
