"""Read the records of a dropped file one by one, and know where each ends.

Laws: a record that cannot be read is a fault with its line, and the next record is read all the same; reading may go on behind any
record, after a restart too.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from node_agent.sources.errors import RowRejected

LINE_BYTES = 1 << 20
"""A longer line is no record."""

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two records: bytes and lines before it."""

    offset: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `values` in the order of the columns, or `fault`; `raw` is its text, `end` where the next one begins."""

    line: int
    end: Position
    raw: str
    values: Sequence[object] = ()
    fault: str = ""


class _Lines:
    """Give the lines of a stream as text, and remember what was given since the last `mark`."""

    def __init__(self, stream: BinaryIO, encoding: str, start: Position) -> None:
        self._stream, self._encoding = stream, encoding
        self.seek(start)

    def seek(self, position: Position) -> None:
        """Go on from a position."""
        self._stream.seek(position.offset)
        self.at = position
        self.given: list[str] = []
        self.after_first = position

    def mark(self) -> Position:
        """Begin a record here."""
        self.given = []
        return self.at

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        data = self._stream.readline()
        if not data:
            raise StopIteration
        text = data.decode(self._encoding)
        if self.at.offset == 0:
            text = text.removeprefix(_BOM)
        self.at = Position(self.at.offset + len(data), self.at.line + 1)
        if not self.given:
            self.after_first = self.at
        self.given.append(text)
        return text


def check(stream: BinaryIO, encoding: str) -> str:
    """Read a whole file, and say what makes it unreadable; nothing if it can be read."""
    number = 0
    while data := stream.readline(LINE_BYTES + 1):
        number += 1
        if len(data) > LINE_BYTES:
            return f"line {number} is longer than {LINE_BYTES} bytes"
        try:
            data.decode(encoding)
        except UnicodeDecodeError as error:
            return f"line {number} is not {encoding}: {error.reason}"
    return ""


def csv_header(stream: BinaryIO, encoding: str, delimiter: str) -> tuple[list[str], Position]:
    """Return the columns of a CSV file and where its rows begin. Raises RowRejected."""
    lines = _Lines(stream, encoding, Position())
    try:
        columns = [name.strip() for name in next(csv.reader(lines, delimiter=delimiter, strict=True), [])]
    except csv.Error as error:
        raise RowRejected(f"the header cannot be read: {error}") from error
    if not any(columns):
        raise RowRejected("there is no header")
    if len(set(columns)) != len(columns):
        raise RowRejected("the header names a column twice")
    return columns, lines.at


def csv_records(stream: BinaryIO, encoding: str, delimiter: str, columns: Sequence[str], start: Position) -> Iterator[Record]:
    """Give the records of a CSV file from a position on; a record may go over several lines."""
    lines = _Lines(stream, encoding, start)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        before = lines.mark()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # An unclosed quote swallows the lines behind it: only the first is given up.
            bad = lines.given[0]
            lines.seek(lines.after_first)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            yield Record(before.line + 1, lines.at, bad, fault=f"not CSV: {error}")
            continue
        if not values:
            continue
        fault = "" if len(values) == len(columns) else f"{len(values)} columns, the header has {len(columns)}"
        yield Record(before.line + 1, lines.at, "".join(lines.given), values, fault)


def json_records(stream: BinaryIO, encoding: str, columns: Sequence[str], start: Position) -> Iterator[Record]:
    """Give the records of a JSON lines file from a position on: an object a line."""
    lines = _Lines(stream, encoding, start)
    for text in lines:
        number = lines.at.line
        lines.mark()
        if not text.strip():
            continue
        try:
            found = _object(text)
            yield Record(number, lines.at, text, [found.get(name) for name in columns])
        except (ValueError, RecursionError) as error:
            yield Record(number, lines.at, text, fault=f"not JSON: {error}")


def _object(text: str) -> dict[str, object]:
    found = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON value")
