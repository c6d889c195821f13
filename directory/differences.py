"""Say what a list would change: which things are added, which removed, and which fields of the others change.

Laws: pure and generic over frozen dataclasses; things are the same when their keys are. What is shown is plain: texts, numbers,
truth values, lists and mappings, so that it can be written as JSON.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any, TypeVar

_T = TypeVar("_T")

Key = tuple[str, ...]
ABSENT = None
"""Stands for a field on the side on which it is not there."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs: its path inside the thing, and its plain values."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is on both sides and differs."""

    key: Key
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two lists, each part sorted by key; added and removed things are plain."""

    added: tuple[tuple[Key, Mapping[str, Any]], ...]
    changed: tuple[Change, ...]
    removed: tuple[tuple[Key, Mapping[str, Any]], ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def lines(self) -> Iterator[str]:
        """Yield it for a person: `+` added, `~` changed with one line a field, `-` removed, and the count last."""
        for key, thing in self.added:
            yield f"+ {_named(key)}  {_shown(thing)}"
        for change in self.changed:
            yield f"~ {_named(change.key)}"
            yield from (f"    {field.path}: {_shown(field.before)} -> {_shown(field.after)}" for field in change.fields)
        for key, thing in self.removed:
            yield f"- {_named(key)}  {_shown(thing)}"
        yield f"{len(self.added)} added, {len(self.changed)} changed, {len(self.removed)} removed"

    def as_json(self) -> dict[str, Any]:
        """Return it as values that JSON can hold."""
        return {
            "added": [{"key": list(key), "value": thing} for key, thing in self.added],
            "changed": [{"key": list(change.key), "fields": [plain(field) for field in change.fields]} for change in self.changed],
            "removed": [{"key": list(key), "value": thing} for key, thing in self.removed],
        }


def difference(before: Iterable[_T], after: Iterable[_T], key: Callable[[_T], Key]) -> Difference:
    """Compare two lists of dataclasses by key, in linear time but for the sorting; raises ValueError for a key given twice on a side."""
    old, new = _keyed(before, key), _keyed(after, key)
    changes = (
        Change(at, tuple(_changes(plain(old[at]), plain(new[at]), ""))) for at in sorted(old.keys() & new.keys()) if old[at] != new[at]
    )
    return Difference(
        added=tuple((at, plain(new[at])) for at in sorted(new.keys() - old.keys())),
        changed=tuple(change for change in changes if change.fields),
        removed=tuple((at, plain(old[at])) for at in sorted(old.keys() - new.keys())),
    )


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever a dataclass may hold
    """Return a value as JSON can hold it: dataclasses as mappings, days and moments as ISO 8601, enums as their values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(inner) for inner in value]
    if isinstance(value, frozenset | set):
        return sorted((plain(inner) for inner in value), key=repr)
    return value


def _keyed(things: Iterable[_T], key: Callable[[_T], Key]) -> dict[Key, _T]:
    keyed: dict[Key, _T] = {}
    for thing in things:
        if keyed.setdefault(key(thing), thing) is not thing:
            raise ValueError(f"the key {_named(key(thing))} is given twice")
    return keyed


def _changes(before: Any, after: Any, path: str) -> Iterator[FieldChange]:  # noqa: ANN401 - plain values
    """Yield the leaves that differ; lists are compared place by place."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from _changes(before.get(name, ABSENT), after.get(name, ABSENT), f"{path}.{name}" if path else name)
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            yield from _changes(_place(before, place), _place(after, place), f"{path}[{place}]")
    elif before != after:
        yield FieldChange(path, before, after)


def _place(values: list[Any], place: int) -> Any:  # noqa: ANN401 - plain values
    return values[place] if place < len(values) else ABSENT


def _named(key: Key) -> str:
    return " ".join(key)


def _shown(value: Any) -> str:  # noqa: ANN401 - plain values
    return json.dumps(value, ensure_ascii=False)
