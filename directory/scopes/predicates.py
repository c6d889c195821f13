"""Say which rows a list may hold, as a tree that Python and a database can both evaluate.

Laws: there is no "not" in it, so that what a row does not say (None) never opens the row, in three-valued logic either.
Trees are built by `any_of` and `all_of`, which keep them small and in an order that depends on nothing but their parts.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from directory.errors import UnknownColumn


@dataclass(frozen=True, slots=True)
class Always:
    """Every row."""


@dataclass(frozen=True, slots=True)
class Never:
    """No row."""


@dataclass(frozen=True, slots=True)
class Equals:
    """The rows whose column holds this value."""

    column: str
    value: str


@dataclass(frozen=True, slots=True)
class In:
    """The rows whose column holds one of these values."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Has:
    """The rows whose column, which holds many values, holds this one among them."""

    column: str
    value: str


@dataclass(frozen=True, slots=True)
class IsTrue:
    """The rows whose column is true."""

    column: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The rows that any of two or more parts holds."""

    parts: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """The rows that all of two or more parts hold."""

    parts: tuple["Predicate", ...]


Leaf = Equals | In | Has | IsTrue
Predicate = Always | Never | Leaf | AnyOf | AllOf


def one_of(column: str, values: Iterable[str]) -> Predicate:
    """Return the rows whose column holds one of these values; an empty value is nothing that a row could hold."""
    wanted = frozenset(values)  # which is the same object where it was one: laws remember many of them
    if "" in wanted:
        wanted -= {""}
    if len(wanted) > 1:
        return In(column, wanted)
    return Equals(column, next(iter(wanted))) if wanted else Never()


def any_of(parts: Iterable[Predicate]) -> Predicate:
    """Return what any part holds: nothing for no parts; values of one column stand in one list."""
    given = _flat(parts, AnyOf)
    if Always() in given:
        return Always()
    wanted: dict[str, set[str]] = {}
    for part in given:
        if isinstance(part, Equals | In):
            wanted.setdefault(part.column, set()).update(_values(part))
    lists = [one_of(column, values) for column, values in wanted.items()]
    kept = [*lists, *(part for part in given if not isinstance(part, Equals | In | Never))]
    return AnyOf(tuple(kept)) if len(kept) > 1 else kept[0] if kept else Never()


def all_of(parts: Iterable[Predicate]) -> Predicate:
    """Return what all parts hold: everything for no parts."""
    given = _flat(parts, AllOf)
    if Never() in given:
        return Never()
    kept = [part for part in given if not isinstance(part, Always)]
    return AllOf(tuple(kept)) if len(kept) > 1 else kept[0] if kept else Always()


def _flat(parts: Iterable[Predicate], kind: type[AnyOf | AllOf]) -> list[Predicate]:
    """Take nested parts of one kind apart; each once, in the order given."""
    found: dict[Predicate, None] = {}
    for part in parts:
        found.update(dict.fromkeys(part.parts if isinstance(part, AnyOf | AllOf) and isinstance(part, kind) else (part,)))
    return list(found)


def _values(part: Equals | In) -> Collection[str]:
    return part.values if isinstance(part, In) else (part.value,)


def columns(predicate: Predicate) -> frozenset[str]:
    """Return the columns that a predicate looks at."""
    if isinstance(predicate, AnyOf | AllOf):
        return frozenset().union(*map(columns, predicate.parts))
    return frozenset() if isinstance(predicate, Always | Never) else frozenset({predicate.column})


def holds(predicate: Predicate, row: Mapping[str, object]) -> bool:
    """Evaluate a predicate on a row; a column for `Has` holds a collection. Raises UnknownColumn for one that the row has not."""
    if isinstance(predicate, AnyOf):
        return any(holds(part, row) for part in predicate.parts)
    if isinstance(predicate, AllOf):
        return all(holds(part, row) for part in predicate.parts)
    if isinstance(predicate, Always | Never):
        return isinstance(predicate, Always)
    if predicate.column not in row:
        raise UnknownColumn(predicate.column)
    return _leaf_holds(predicate, row[predicate.column])


def _leaf_holds(leaf: Leaf, value: Any) -> bool:  # noqa: ANN401 - a cell holds what it holds
    if isinstance(leaf, IsTrue):
        return value is True
    if isinstance(leaf, Has):
        return value is not None and leaf.value in value
    return value in _values(leaf)


def settled(predicate: Predicate, known: Mapping[str, object]) -> Predicate:
    """Return what is left of a predicate when some columns are known: `Never` where no row with these values is held.

    So a list that goes hall by hall, to walk an index, asks once a hall whether and under what conditions.
    """
    return _mapped(predicate, lambda leaf: _settled_leaf(leaf, known))


def _settled_leaf(leaf: Leaf, known: Mapping[str, object]) -> Predicate:
    if leaf.column not in known:
        return leaf
    return Always() if _leaf_holds(leaf, known[leaf.column]) else Never()


def renamed(predicate: Predicate, names: Mapping[str, str]) -> Predicate:
    """Return a predicate over other columns; raises UnknownColumn for one without a new name."""
    return _mapped(predicate, lambda leaf: _renamed_leaf(leaf, names))


def _renamed_leaf(leaf: Leaf, names: Mapping[str, str]) -> Leaf:
    if leaf.column not in names:
        raise UnknownColumn(leaf.column)
    column = names[leaf.column]
    if isinstance(leaf, In):
        return In(column, leaf.values)
    return IsTrue(column) if isinstance(leaf, IsTrue) else type(leaf)(column, leaf.value)


def _mapped(predicate: Predicate, change: Callable[[Leaf], Predicate]) -> Predicate:
    if isinstance(predicate, AnyOf):
        return any_of(_mapped(part, change) for part in predicate.parts)
    if isinstance(predicate, AllOf):
        return all_of(_mapped(part, change) for part in predicate.parts)
    return predicate if isinstance(predicate, Always | Never) else change(predicate)


def evaluator(predicate: Predicate) -> Callable[[object], bool]:
    """Return a function that evaluates a predicate on objects whose attributes are the columns, in a tenth of a microsecond a leaf."""
    if isinstance(predicate, AnyOf):
        some = [evaluator(part) for part in predicate.parts]
        return lambda thing: any(test(thing) for test in some)
    if isinstance(predicate, AllOf):
        every = [evaluator(part) for part in predicate.parts]
        return lambda thing: all(test(thing) for test in every)
    if isinstance(predicate, Always | Never):
        return _yes if isinstance(predicate, Always) else _no
    return _leaf_evaluator(predicate)


def _yes(_: object) -> bool:
    return True


def _no(_: object) -> bool:
    return False


def _leaf_evaluator(leaf: Leaf) -> Callable[[object], bool]:
    look = attrgetter(leaf.column)
    if isinstance(leaf, IsTrue):
        return lambda thing: look(thing) is True
    if isinstance(leaf, In):
        values = leaf.values
        return lambda thing: look(thing) in values
    value = leaf.value
    if isinstance(leaf, Has):
        return lambda thing: value in look(thing)
    return lambda thing: bool(look(thing) == value)
