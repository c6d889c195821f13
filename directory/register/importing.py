"""Turn files into changes of the register: all that they say, or nothing.

Laws: the kind of a file is told by what is in it; every bad row is named with its file and line, whatever else is wrong; rows are judged
together with what the register holds already. What a file does not name stays, unless the files are said to be whole.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from directory.differences import Difference, difference
from directory.documents import read_document
from directory.errors import Fault, ListMalformed
from directory.lookalikes import alike
from directory.register.admitting import misfits
from directory.register.changes import MAX_DOCUMENT, Change, Place
from directory.register.fold import Documents
from directory.register.kinds import FORMS, Form, Kind

_TOGETHER: Final = frozenset({Kind.ITEM, Kind.OFFER})
"""Kinds that one file may hold."""
_NAMED: Final = frozenset({Kind.HALL, Kind.DEPARTMENT, Kind.ITEM, Kind.RESOURCE, Kind.LICENCE_TYPE})
"""Kinds whose things people tell apart by their names."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be read: its name, for people, and what is in it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FileFault:
    """One thing that is wrong; without a file it is the register that would not hold any more."""

    file: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.file}: {self.fault}" if self.file else str(self.fault)


@dataclass(frozen=True, slots=True)
class Plan:
    """What files would change, in the order in which it has to be said; no changes where anything is wrong.

    `notes` are what nobody can judge but a person, such as names that look alike.
    """

    changes: tuple[Change, ...]
    faults: tuple[FileFault, ...]
    differences: Mapping[Kind, Difference]
    notes: tuple[FileFault, ...] = ()


@dataclass(slots=True)
class _Gathered:
    """What the files say, and where each of it stands."""

    things: dict[Place, Any] = field(default_factory=dict)
    origins: dict[Place, tuple[str, int]] = field(default_factory=dict)
    faults: list[FileFault] = field(default_factory=list)
    kinds: set[Kind] = field(default_factory=set)


def kinds_of(data: bytes) -> tuple[Kind, ...]:
    """Tell of which kinds a file is, of several only where one reader's files hold them; raises ListMalformed when it is of none."""
    columns = _columns(data)
    for form in FORMS.values():
        if form.columns and not form.columns.fault(columns):
            return (form.kind,)
    if len(columns) > 1 and not any(sign in columns[0] for sign in "[{=#"):
        told = "; ".join(f"{form.kind}: {', '.join(form.columns.required)}" for form in FORMS.values() if form.columns)
        raise ListMalformed([Fault(1, f"the columns are those of no list that there is ({told})")])
    arrays = {form.array: form.kind for form in FORMS.values() if form.array}
    tables = read_document(data).tables
    found = tuple(kind for name, kind in arrays.items() if name in tables)
    if len(found) == 1 or (found and _TOGETHER.issuperset(found)):
        return found
    raise ListMalformed([Fault(0, f"a file holds tables of one of: {', '.join(sorted(arrays))}; or it is a CSV")])


def _columns(data: bytes) -> Sequence[str]:
    """Return the cells of the first line."""
    text = data.removeprefix(codecs.BOM_UTF8).partition(b"\n")[0].decode(errors="replace")
    try:
        return next(csv.reader(io.StringIO(text.rstrip("\r"))), [])
    except csv.Error:
        return []


def plan(files: Iterable[File], documents: Documents, day: date, *, reason: str = "", whole: bool = False) -> Plan:
    """Say what files change in a register; `whole`: what they do not name, of the kinds that they are of, is removed.

    `day` is today in Asia/Shanghai.
    """
    gathered = _Gathered()
    for file in files:
        _gather(file, gathered)
    after = _after(gathered, documents, whole=whole)
    changes = tuple(changes_between(documents, after, reason))
    found = (*gathered.faults, *_too_long(changes, gathered), *_misfits(documents, changes, gathered, day))
    if found:
        return Plan((), _in_turn(found), {})
    return Plan(changes, (), _differences(documents, changes, gathered), _in_turn(_lookalikes(documents, changes, gathered)))


def _gather(file: File, gathered: _Gathered) -> None:
    try:
        kinds = kinds_of(file.data)
    except ListMalformed as error:
        gathered.faults += [FileFault(file.name, fault) for fault in error.faults]
        return
    for kind in kinds:
        gathered.kinds.add(kind)
        _gather_kind(file, FORMS[kind], gathered)


def _gather_kind(file: File, form: Form[Any], gathered: _Gathered) -> None:
    read = form.read(file.data)
    known = set(gathered.faults)  # two kinds of one file share what is wrong with it as a whole
    gathered.faults += [one for fault in read.faults if (one := FileFault(file.name, fault)) not in known]
    for thing, line in zip(read.rows, read.lines, strict=True):
        place = form.place(thing)
        if place in gathered.things:
            name, other = gathered.origins[place]
            gathered.faults.append(FileFault(file.name, Fault(line, f"{place} is given twice: {name}, line {other}")))
        gathered.things[place] = thing
        gathered.origins.setdefault(place, (file.name, line))


def _after(gathered: _Gathered, documents: Documents, *, whole: bool) -> Documents:
    after = {place: document for place, document in documents.items() if not (whole and place.kind in gathered.kinds)}
    for kind in gathered.kinds:
        places = [place for place in gathered.things if place.kind == kind]
        after |= zip(places, FORMS[kind].documents([gathered.things[place] for place in places]), strict=True)
    return after


def changes_between(before: Documents, after: Documents, reason: str = "") -> Iterator[Change]:
    """Yield what makes one register of another: first what is put, in an order in which it may be referred to, then what goes."""
    order = {kind: rank for rank, kind in enumerate(Kind)}

    def turn(place: Place) -> tuple[int, Place]:
        return order.get(Kind(place.kind), 0) if place.kind in FORMS else len(order), place

    put = [place for place, document in after.items() if before.get(place) != document]
    yield from (Change(place, after[place], reason) for place in sorted(put, key=turn))
    yield from (Change(place, None, reason) for place in sorted(before.keys() - after.keys(), key=turn, reverse=True))


def _too_long(changes: Iterable[Change], gathered: _Gathered) -> Iterator[FileFault]:
    for change in changes:
        if change.document is not None and len(change.document.encode()) > MAX_DOCUMENT:
            name, line = gathered.origins[change.place]
            yield FileFault(name, Fault(line, f"{change.place} is larger than {MAX_DOCUMENT} bytes"))


def _in_turn(found: Iterable[FileFault]) -> tuple[FileFault, ...]:
    """Order faults as people look for them, each once: file by file and line by line, then what is wrong with the register."""
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.file == "", one.file, one.fault.line == 0, one.fault.line)))


def _misfits(documents: Documents, changes: Sequence[Change], gathered: _Gathered, day: date) -> list[FileFault]:
    found = []
    for misfit in misfits(documents, changes, day):
        name, line = gathered.origins.get(misfit.place, ("", 0)) if misfit.place else ("", 0)
        if name or not gathered.faults:  # what is wrong elsewhere may be so for want of a row that could not be read
            found.append(FileFault(name, Fault(line, misfit.what if name else str(misfit))))
    return found


def _lookalikes(before: Documents, changes: Sequence[Change], gathered: _Gathered) -> Iterator[FileFault]:
    """Yield which new names look like others of their kind."""
    put = [(change.place, change.document) for change in changes if change.document is not None]
    new = {place for place, _ in put}
    for kind in sorted({place.kind for place in new} & _NAMED):
        kept = [(place, document) for place, document in before.items() if place.kind == kind and place not in new]
        named = ((place, json.loads(document)["name"]) for place, document in [*kept, *(row for row in put if row[0].kind == kind)])
        for place, name, other, known in alike(named):
            if place in new:
                what = f"the name {name!r} looks like {known!r} ({name!a}, {known!a}) of {other}"
                yield FileFault(gathered.origins[place][0], Fault(gathered.origins[place][1], what))


def _differences(before: Documents, changes: Sequence[Change], gathered: _Gathered) -> dict[Kind, Difference]:
    return {
        kind: _difference(before, [change.place for change in changes if change.place.kind == kind], gathered, FORMS[kind])
        for kind in Kind
        if kind in gathered.kinds
    }


def _difference(before: Documents, places: Iterable[Place], gathered: _Gathered, form: Form[Any]) -> Difference:
    """Compare what changes alone: to read a document again costs more than all else."""
    changed = sorted(places)
    old = form.things([before[place] for place in changed if place in before]).whole()
    return difference(old, [gathered.things[place] for place in changed if place in gathered.things], form.name)
