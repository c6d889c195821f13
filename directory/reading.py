"""Read rows from a file of CSV, so that every bad row is reported with its line.

Laws: what does not hold is refused, never repaired; one bad row hides no other; `whole()` gives all rows or none.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from directory.encoding import utf8
from directory.errors import Fault, ListMalformed, PeriodMalformed
from directory.validity import Period

_T = TypeVar("_T")

Row = Mapping[str, str]
MAX_FAULTS = 10_000
"""How many faults are reported of one file; a file of another kind has as many as lines, and nobody reads on."""


@dataclass(frozen=True, slots=True)
class Read(Generic[_T]):
    """What a file says: the rows that hold, the line of each, and everything that is wrong with the others."""

    rows: tuple[_T, ...]
    faults: tuple[Fault, ...] = ()
    lines: tuple[int, ...] = field(default=(), compare=False)

    def whole(self) -> tuple[_T, ...]:
        """Return all rows; raises ListMalformed with every fault when there is one."""
        if self.faults:
            raise ListMalformed(self.faults)
        return self.rows

    def judged(self, faults: Iterable[tuple[int, str]]) -> "Read[_T]":
        """Return the same with (position of a row, what is wrong) added, in the order of lines; position -1 is the whole file."""
        found = tuple(Fault(self.lines[position] if position >= 0 else 0, what) for position, what in faults)
        return Read(self.rows, ordered((*self.faults, *found)), self.lines)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a file must have, and those it may have; in the order in which they are written."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    def fault(self, given: Sequence[str]) -> str:
        """Say what is wrong with a file's first line; empty when nothing is."""
        allowed = (*self.required, *self.optional)
        if set(self.required) <= set(given) <= set(allowed) and len(set(given)) == len(given):
            return ""
        may = f" and may be {', '.join(sorted(self.optional))}" if self.optional else ""
        return f"the columns must be {', '.join(self.required)}{may}, each once"


class RowRefused(Exception):
    """A row that does not hold; `whats` says everything that is wrong with it."""

    def __init__(self, *whats: str) -> None:
        super().__init__("; ".join(whats))
        self.whats = whats


class Cells:
    """Take a row apart, gathering what is wrong with its cells instead of stopping at the first."""

    __slots__ = ("_row", "faults")

    def __init__(self, row: Row) -> None:
        self._row = row
        self.faults: list[str] = []

    def text(self, column: str, fault: Callable[[str], str], default: str = "") -> str:
        """Return a cell that `fault` finds nothing wrong with; an absent column is the default."""
        text = self._row.get(column, default)
        if what := fault(text):
            self.faults.append(what)
        return text

    def optional(self, column: str, fault: Callable[[str], str]) -> str:
        """Return a cell that may be empty."""
        return self.text(column, fault) if self._row.get(column) else ""

    def value(self, column: str, parse: Callable[[str], _T], default: _T) -> _T:
        """Return a cell as `parse` reads it; a ValueError's text is the fault. An absent column is the default, an empty cell is not."""
        if column not in self._row:
            return default
        try:
            return parse(self._row[column])
        except ValueError as error:
            self.faults.append(str(error))
            return default

    def period(self, beginning: date) -> Period:
        """Return the period of the columns `from` and `to`, the first day on which it is over; empty cells are the beginning and no end."""
        start, end = self.value("from", _day, None), self.value("to", _day, None)
        try:
            return Period(start or beginning, end)
        except PeriodMalformed as error:
            self.faults.append(str(error))
            return Period(beginning)

    def refuse(self, what: str) -> None:
        """Add something that is wrong with the row; an empty text is nothing."""
        if what:
            self.faults.append(what)

    def check(self) -> None:
        """Raise RowRefused when anything was wrong."""
        if self.faults:
            raise RowRefused(*self.faults)


def read_csv(data: bytes, columns: Columns, row: Callable[[Cells], _T]) -> Read[_T]:
    """Read CSV in UTF-8; `row` makes a thing of a row's cells, or raises RowRefused.

    A file whose first line or encoding is wrong, or that is no CSV from some line on, yields that one fault and what was before.
    """
    rows: list[_T] = []
    lines: list[int] = []
    faults: list[Fault] = []
    try:
        for line, cells in _rows(utf8(data), columns):
            try:
                if isinstance(cells, str):
                    raise RowRefused(cells)
                rows.append(row(Cells(cells)))
                lines.append(line)
            except RowRefused as refused:
                faults += [Fault(line, what) for what in refused.whats]
    except ListMalformed as error:
        faults += error.faults
    return Read(tuple(rows), ordered(faults), tuple(lines))


def write_csv(columns: Columns, rows: Iterable[Row]) -> bytes:
    """Write rows as CSV in UTF-8, every column, one line feed a row."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [*columns.required, *columns.optional], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def ordered(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return the faults by line, each once, those of no line last, the first MAX_FAULTS of them."""
    return tuple(sorted(dict.fromkeys(faults), key=lambda fault: (fault.line == 0, fault.line))[:MAX_FAULTS])


def period_cells(period: Period) -> dict[str, str]:
    """Return the cells that `Cells.period` reads as this period."""
    return {"from": period.start.isoformat(), "to": period.end.isoformat() if period.end else ""}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"{text[:40]!a} is not a day: 2026-01-31") from None


def _rows(text: str, columns: Columns) -> Iterator[tuple[int, Row | str]]:
    """Yield each row with the line on which it begins; a text says why it is none."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        given = next(reader, [])
        if fault := columns.fault(given):
            raise ListMalformed([Fault(1, fault)])
        line = reader.line_num + 1
        for cells in reader:
            short = len(cells) != len(given)
            yield line, f"{len(cells)} fields where there are {len(given)} columns" if short else dict(zip(given, cells, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ListMalformed([Fault(reader.line_num, f"not CSV: {error}")]) from None
