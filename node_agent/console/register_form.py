"""Make the form of a row of the register from the fields of its kind, and write what was typed as a file that an import reads.

Laws: nothing is judged here: what is typed goes to the hub as it is, and the hub says what is wrong; a form shows what its person may not
change, and sends it along unchanged.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from directory.calendar_file import DayKind
from directory.halls import Tier
from directory.reading import Columns, write_csv
from directory.register.editing import LOCAL
from directory.register.kinds import FORMS, Format, Kind
from directory.scopes.vocabulary import Action, Condition, Line, Reach, Role, Seat

PREFIX: Final = "field."
"""Of the names of inputs, before the names of fields."""
SOURCE: Final = "source"
"""The one input of a kind whose rows are too deep for a form: the row as a file has it."""
NEXT: Final = "next"
HOW, SINCE = "how", "since"
"""Inputs: whether the row itself is corrected or the next version begins, and on which day."""

_DAYS: Final = frozenset({"from", "to", "date"})
_LONG: Final = frozenset({"basis", "consultation", "complaint", "place", "hours"})
_NOT_WRITTEN: Final = frozenset({"kind", "basis"})
"""Columns of a list of halls that no document has."""
_CHOICES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    (Kind.HALL, "tier"): tuple(Tier),
    (Kind.CALENDAR_DAY, "kind"): tuple(DayKind),
    (Kind.RULE, "reach"): tuple(Reach),
    (Kind.RULE, "line"): tuple(Line),
}
_SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "roles": tuple(Role),
    "tiers": tuple(Seat),
    "actions": tuple(sorted(Action)),
    "conditions": tuple(Condition),
}
_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    Kind.RULE: ("rule", "version", "roles", "tiers", "actions", "reach", "line", "conditions", "from", "to", "basis"),
    Kind.OFFER: ("items", "handling", "hall", "township", "department", "place", "hours", "consultation", "complaint", "from", "to"),
}
"""The fields of kinds that are no CSV."""
_LISTS: Final = frozenset({*_SETS, "items"})
_NUMBERS: Final = frozenset({"version"})
_NAMING: Final[Mapping[str, frozenset[str]]] = {
    Kind.HALL: frozenset({"hall"}),
    Kind.DEPARTMENT: frozenset({"department"}),
    Kind.ITEM: frozenset(),
    Kind.OFFER: frozenset({"items", "handling", "hall", "township", "department"}),
    Kind.CALENDAR_DAY: frozenset({"date", "kind", "calendar"}),
    Kind.RULE: frozenset({"rule", "version"}),
}
"""The fields by which a row is another one."""
_OPERATORS: Final[Mapping[str, frozenset[str]]] = {Kind.HALL: frozenset({"linked"})}
VERSIONED: Final = frozenset({Kind.HALL, Kind.DEPARTMENT, Kind.OFFER, Kind.RULE})
"""Kinds of which a next version begins on a day."""
ADDED: Final = (Kind.DEPARTMENT, Kind.OFFER, Kind.CALENDAR_DAY, Kind.RULE)
"""Kinds of which a form may begin empty."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a field: how it is drawn, what may be chosen, what stands in it, and whether it is only shown."""

    field: str
    shape: str
    value: str
    chosen: frozenset[str] = frozenset()
    choices: tuple[str, ...] = ()
    is_locked: bool = False

    @property
    def name(self) -> str:
        """Return the input's name."""
        return PREFIX + self.field


def inputs(kind: Kind, typed: Mapping[str, str], locked: Collection[str]) -> list[Input]:
    """Return the form; `typed` are inputs as they were sent, or as `shown` makes them of a document."""
    if kind == Kind.ITEM:
        return [Input(SOURCE, SOURCE, typed.get(PREFIX + SOURCE, ""))]
    return [_input(kind, field, typed, is_locked=field in locked) for field in fields(kind)]


def locked(kind: Kind, document: str, *, in_province: bool) -> frozenset[str]:
    """Return the fields that are only shown: what names the row that stands there, and what is the province's."""
    local = None if in_province else LOCAL.get(kind)
    reserved = frozenset(fields(kind)) - local if local is not None else frozenset()
    return reserved | _OPERATORS.get(kind, frozenset()) | (_NAMING[kind] if document else frozenset())


def fields(kind: Kind) -> tuple[str, ...]:
    """Return the fields of a kind's rows, in the order of its files."""
    columns = FORMS[kind].columns
    if columns is None:
        return _TABLES[kind]
    return tuple(name for name in (*columns.required, *columns.optional) if kind != Kind.HALL or name not in _NOT_WRITTEN)


def _input(kind: Kind, field: str, typed: Mapping[str, str], *, is_locked: bool) -> Input:
    name = PREFIX + field
    if field in _SETS and kind == Kind.RULE:
        chosen = frozenset(one for one in _SETS[field] if f"{name}.{one}" in typed)
        return Input(field, "set", "", chosen, _SETS[field])
    choices = _CHOICES.get((kind, field), ())
    shape = "choice" if choices else "date" if field in _DAYS else "long" if field in _LONG else "text"
    return Input(field, shape, typed.get(name, ""), choices=choices, is_locked=is_locked)


def shown(kind: Kind, document: str) -> dict[str, str]:
    """Return what a form of a document holds."""
    if kind == Kind.ITEM:
        form = FORMS[kind]
        return {PREFIX + SOURCE: form.write(form.things([document]).whole(), Format.TOML).decode()}
    found: dict[str, str] = {}
    for field, value in json.loads(document).items():
        if field in _SETS and kind == Kind.RULE:
            found |= {f"{PREFIX}{field}.{one}": "1" for one in value}
        else:
            found[PREFIX + field] = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return found


def written(kind: Kind, typed: Mapping[str, str], before: str) -> bytes:
    """Return what was typed as a file: of a next version with the row that it ends, `before`."""
    if kind == Kind.ITEM:
        return typed.get(PREFIX + SOURCE, "").encode()
    row = _row(kind, typed)
    if typed.get(HOW) != NEXT or not before or kind not in VERSIONED:
        return _file(kind, [row])
    since, old = typed.get(SINCE, ""), json.loads(before)
    following = row | {"from": since} | ({"version": int(old["version"]) + 1} if "version" in old else {})
    return _file(kind, [old | {"to": since}, following])


def _row(kind: Kind, typed: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field in fields(kind):
        text = typed.get(PREFIX + field, "").strip()
        if field in _SETS and kind == Kind.RULE:
            row[field] = [one for one in _SETS[field] if f"{PREFIX}{field}.{one}" in typed]
        elif field in _LISTS:
            row[field] = text.split()
        elif field in _NUMBERS and text.isascii() and text.isdecimal():
            row[field] = int(text)
        else:
            row[field] = text
    return row


def _file(kind: Kind, rows: Sequence[Mapping[str, Any]]) -> bytes:
    form = FORMS[kind]
    if form.columns is not None:
        return write_csv(Columns(fields(kind)), [{name: str(row.get(name, "")) for name in fields(kind)} for row in rows])
    tables = [{name: value for name, value in row.items() if value not in ("", [])} for row in rows]
    return json.dumps({form.array: tables}, ensure_ascii=False).encode()
