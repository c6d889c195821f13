"""Read the administrative divisions of a province, with their changes.

Laws: every bad row is reported with its line; a change is known by its year alone and counts from 1 January of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files

from directory.divisions import BEGINNING, DIVISION_DIGITS, Division, Divisions, faults
from directory.documents import read_document
from directory.errors import Fault, ListMalformed
from directory.fields import Fields
from directory.hall_list import tier
from directory.halls import Tier
from directory.identifiers import area_code_fault, division_code_fault
from directory.reading import Cells, Columns, Read, ordered, period_cells, read_csv, write_csv
from directory.texts import name_fault
from directory.validity import Period

COLUMNS = Columns(("code", "name", "tier", "parent_code"), ("from", "to", "successors"))
FIRST_YEAR, LAST_YEAR = 1949, 2999
DIRECT, NOTHING = "9000", "0000"
"""GB/T 2260 lists what a province governs directly under its own two digits and 9000; there is no such division."""
_LEVELS = {1: Tier.PROVINCE, 2: Tier.CITY, 3: Tier.COUNTY}
_SWAPPED = "码位改派"


@dataclass(frozen=True, slots=True)
class Named:
    """A division as a change names it; `parent` is empty where the change only refers to it."""

    code: str
    name: str
    parent: str


@dataclass(frozen=True, slots=True)
class DivisionChange:
    """One change of a code, name or parent in a year; without `old` something begins, without `new` it ends."""

    year: int
    kind: str
    tier: Tier
    old: Named | None
    new: Named | None


def seed() -> Divisions:
    """Return the divisions of Jilin with their changes since 1988, and the local codes that GB/T 2260 does not know."""
    data = files("directory") / "data"
    changes = read_division_changes((data / "division_changes.json").read_bytes()).whole()
    local = read_divisions((data / "divisions_local.csv").read_bytes(), judge=False).whole()
    today = read_divisions((data / "divisions.csv").read_bytes()).whole()
    return Divisions((*with_changes(today, changes), *local))


def read_divisions(data: bytes, *, judge: bool = True) -> Read[Division]:
    """Read divisions from CSV; `from` is the first day, `to` the first day no more, `successors` codes divided by blanks.

    What refers to rows elsewhere is not judged when `judge` is false.
    """
    read = read_csv(data, COLUMNS, _division)
    return read if read.faults or not judge else read.judged(faults(read.rows))


def write_divisions(divisions: Iterable[Division]) -> bytes:
    """Write divisions as CSV, as `read_divisions` reads them."""
    return write_csv(COLUMNS, map(_row, divisions))


def read_division_changes(data: bytes) -> Read[DivisionChange]:
    """Read changes from a JSON array of objects with `year`, `type`, `level`, `old` and `new`."""
    try:
        document = read_document(b'{"change":' + data + b"}")
    except ListMalformed as error:
        return Read((), error.faults)
    changes: list[DivisionChange] = []
    wrong: list[Fault] = []
    rows = document.tables["change"]
    for place, row in enumerate(rows if isinstance(rows, list) and len(document.tables) == 1 else [None]):
        fields = Fields(row, document.line("change", place))
        change = _change(fields)
        wrong += fields.faults
        if not fields.failed:
            changes.append(change)
    return Read(tuple(changes), ordered(wrong))


def with_changes(today: Iterable[Division], changes: Sequence[DivisionChange]) -> tuple[Division, ...]:
    """Return today's divisions and what their codes named before, as far back as the changes go."""
    present = {division.code: division for division in today}
    events: dict[str, list[_Event]] = {code: [] for code in present}
    for event in sorted(_events(changes), key=lambda event: (event.year, event.begins)):
        events.setdefault(event.named.code, []).append(event)
    return tuple(version for code, of_code in events.items() for version in _versions(of_code, present.get(code)))


@dataclass(frozen=True, slots=True)
class _Event:
    """A code begins or ceases to name something, on 1 January of a year."""

    year: int
    begins: bool
    named: Named
    tier: Tier
    successors: tuple[str, ...] = ()


def _events(changes: Sequence[DivisionChange]) -> Iterator[_Event]:
    # Where two codes swap their names, a division's successor is the code that bears its name, not its own code.
    swapped = {(change.year, change.new.name): change.new.code for change in changes if change.kind == _SWAPPED and change.new}
    for change in changes:
        if change.old:
            code = swapped.get((change.year, change.old.name), change.new.code if change.new else "")
            yield _Event(change.year, begins=False, named=change.old, tier=change.tier, successors=(code,) if code else ())
        if change.new and change.new.parent:
            yield _Event(change.year, begins=True, named=change.new, tier=change.tier)


def _versions(events: Sequence[_Event], present: Division | None) -> Iterator[Division]:
    """Yield what one code named, in order; what is open at the end is today's row."""
    start = BEGINNING
    for event in events:
        day = date(event.year, 1, 1)
        if not event.begins:
            named = event.named
            yield Division(named.code, named.name, event.tier, named.parent, Period(start, day), event.successors)
        start = day
    if present:
        yield replace(present, period=Period(start))


def _division(cells: Cells) -> Division:
    period = cells.period(BEGINNING)
    division = Division(
        code=cells.text("code", division_code_fault),
        name=cells.text("name", name_fault),
        tier=cells.value("tier", tier, Tier.COUNTY),
        parent=cells.optional("parent_code", division_code_fault),
        period=period,
        successors=cells.value("successors", _successors, ()),
    )
    cells.check()
    return division


def _successors(text: str) -> tuple[str, ...]:
    codes = tuple(text.split(" ")) if text else ()
    for fault in filter(None, map(division_code_fault, codes)):
        raise ValueError(fault)
    return codes


def _row(division: Division) -> dict[str, str]:
    return {
        "code": division.code,
        "name": division.name,
        "tier": division.tier,
        "parent_code": division.parent,
        **period_cells(division.period),
        "successors": " ".join(division.successors),
    }


def _change(fields: Fields) -> DivisionChange:
    return DivisionChange(
        year=fields.number("year", FIRST_YEAR, LAST_YEAR),
        kind=fields.text("type"),
        tier=_LEVELS[fields.number("level", 1, 3)],
        old=_named(fields, "old"),
        new=_named(fields, "new"),
    )


def _named(fields: Fields, name: str) -> Named | None:
    inner = fields.table(name)
    # What begins or ends has nulls on its other side.
    if not inner.failed and inner.raw("code") is None and inner.raw("name") is None:
        return None
    parent = inner.text("parent_code", area_code_fault, default="") if inner.raw("parent_code") is not None else ""
    code = inner.text("code", area_code_fault)
    return Named(code[:DIVISION_DIGITS], inner.text("name"), _parent(parent[:DIVISION_DIGITS]))


def _parent(code: str) -> str:
    return code[: -len(DIRECT)] + NOTHING if code.endswith(DIRECT) else code
