"""Read rules from TOML or JSON, and write them.

Laws: every bad rule is reported with its line and everything that is wrong with it; a word that is in no list of the
vocabulary is a fault that names the list. `whole()` of what is read gives all rules or none.
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any, Final

from directory.differences import plain
from directory.documents import Document, read_document, write_json, write_toml
from directory.errors import Fault, ListMalformed
from directory.fields import Fields
from directory.reading import Read, ordered
from directory.scopes.rules import MAX_VERSION, Rule, faults
from directory.scopes.vocabulary import Action, Condition, Line, Reach, Role, Seat
from directory.texts import id_fault, text_fault

ARRAY: Final = "rule"
"""The name under which a document lists rules: `[[rule]]`, or `{"rule": [{…}]}`."""
MAX_RULES: Final = 10_000


def default_rules() -> tuple[Rule, ...]:
    """Return the rules that a province starts with; an administrator edits them."""
    return read_rules((files("directory.scopes") / "default_rules.toml").read_bytes()).whole()


def read_rules(data: bytes) -> Read[Rule]:
    """Read rules of TOML or JSON in UTF-8, all versions of each; two versions of one rule that share a day are a fault of the later."""
    try:
        document = read_document(data)
    except ListMalformed as error:
        return Read((), error.faults)
    rows = document.tables.get(ARRAY, [])
    others = [Fault(0, f"{name!a} is nothing here: rules stand under {ARRAY!r}") for name in document.tables if name != ARRAY]
    if not isinstance(rows, list) or len(rows) > MAX_RULES:
        return Read((), ordered((*others, Fault(0, f"{ARRAY!r} must be a list of at most {MAX_RULES} rules"))))
    return _read(document, rows, others)


def rules_as_toml(rules: Iterable[Rule]) -> bytes:
    """Write rules as TOML that `read_rules` reads."""
    return write_toml({ARRAY: [_row(rule) for rule in rules]})


def rules_as_json(rules: Iterable[Rule]) -> bytes:
    """Write rules as JSON that `read_rules` reads."""
    return write_json({ARRAY: [_row(rule) for rule in rules]})


def key(rule: Rule) -> tuple[str, ...]:
    """Return what tells one version of a rule from every other, for comparing two lists."""
    return rule.rule, str(rule.version)


def _read(document: Document, rows: Iterable[object], others: Iterable[Fault]) -> Read[Rule]:
    rules: list[Rule] = []
    lines: list[int] = []
    found = list(others)
    for place, table in enumerate(rows):
        fields = Fields(table, document.line(ARRAY, place))
        rule = _rule(fields)
        found += fields.faults
        if not fields.failed:
            rules.append(rule)
            lines.append(document.line(ARRAY, place))
    return Read(tuple(rules), ordered(found), tuple(lines)).judged(faults(rules))


def _rule(fields: Fields) -> Rule:
    rule = Rule(
        rule=fields.text("rule", id_fault),
        version=fields.number("version", 1, MAX_VERSION),
        roles=frozenset(fields.choices("roles", Role)),
        tiers=frozenset(fields.choices("tiers", Seat)),
        actions=frozenset(fields.choices("actions", Action)),
        reach=fields.choice("reach", Reach),
        line=fields.choice("line", Line),
        conditions=frozenset(fields.choices("conditions", Condition, ())),
        period=fields.period(),
        basis=fields.text("basis", text_fault),
    )
    fields.end()
    return rule


def _row(rule: Rule) -> dict[str, Any]:
    row: dict[str, Any] = plain(rule)
    del row["period"], row["basis"]
    return row | {"from": rule.period.start, "to": rule.period.end, "basis": rule.basis}
