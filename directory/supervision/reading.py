"""Read rules of supervision from TOML or JSON, and write them.

Laws: every bad rule is reported with its line and everything that is wrong with it; a word that is in no list of the vocabulary is
a fault that names the list. `whole()` of what is read gives all rules or none.
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any, Final

from directory.clocks.vocabulary import ClockKind
from directory.differences import plain
from directory.documents import Table, read_document
from directory.errors import Fault, ListMalformed
from directory.fields import Fields
from directory.reading import Read, ordered
from directory.supervision.rules import MAX_DAYS, MAX_GRACE_HOURS, MAX_VERSION, SupervisionRule, faults
from directory.supervision.vocabulary import Effect, Trigger
from directory.texts import hall_id_fault, id_fault, name_fault, text_fault

ARRAY: Final = "supervision-rule"
"""The name under which a document lists rules: `[[supervision-rule]]`."""
MAX_RULES: Final = 10_000


def default_rules() -> tuple[SupervisionRule, ...]:
    """Return the rules that a province starts with; an administrator edits them."""
    return read_rules((files("directory.supervision") / "default_rules.toml").read_bytes()).whole()


def read_rules(data: bytes, *, judge: bool = True) -> Read[SupervisionRule]:
    """Read rules of TOML or JSON in UTF-8, all versions of each; how they stand to each other is not judged when `judge` is false."""
    try:
        document = read_document(data)
    except ListMalformed as error:
        return Read((), error.faults)
    rows = document.tables.get(ARRAY, [])
    found = [Fault(0, f"{name!a} is nothing here: rules stand under {ARRAY!r}") for name in document.tables if name != ARRAY]
    if not isinstance(rows, list) or len(rows) > MAX_RULES:
        return Read((), ordered((*found, Fault(0, f"{ARRAY!r} must be a list of at most {MAX_RULES} rules"))))
    rules: list[SupervisionRule] = []
    lines: list[int] = []
    for place, table in enumerate(rows):
        fields = Fields(table, document.line(ARRAY, place))
        rule = _rule(fields)
        found += fields.faults
        if not fields.failed:
            rules.append(rule)
            lines.append(document.line(ARRAY, place))
    read = Read(tuple(rules), ordered(found), tuple(lines))
    return read.judged(faults(rules)) if judge else read


def tables(rules: Iterable[SupervisionRule]) -> Table:
    """Return the tables that `read_rules` reads as these rules."""
    return {ARRAY: [_row(rule) for rule in rules]}


def key(rule: SupervisionRule) -> tuple[str, str]:
    """Return what tells one version of a rule from every other."""
    return rule.rule, str(rule.version)


def _rule(fields: Fields) -> SupervisionRule:
    rule = SupervisionRule(
        rule=fields.text("rule", id_fault),
        version=fields.number("version", 1, MAX_VERSION),
        effect=fields.choice("effect", Effect),
        trigger=fields.choice("trigger", Trigger),
        clocks=frozenset(fields.choices("clocks", ClockKind, ())),
        act=fields.choice("act", Trigger) if fields.has("act") else None,
        halls=frozenset(fields.texts("halls", hall_id_fault, ())),
        items=frozenset(fields.texts("items", name_fault, ())),
        days=fields.number("days", 0, MAX_DAYS, 0),
        percent=fields.number("percent", 0, 100, 0),
        grace_hours=fields.number("grace_hours", 0, MAX_GRACE_HOURS, 1),
        reply_days=fields.number("reply_days", 1, MAX_DAYS, 5),
        period=fields.period(),
        basis=fields.text("basis", text_fault),
    )
    fields.end()
    return rule


def _row(rule: SupervisionRule) -> dict[str, Any]:
    row: dict[str, Any] = plain(rule)
    del row["period"], row["basis"]
    return row | {"from": rule.period.start, "to": rule.period.end, "basis": rule.basis}
