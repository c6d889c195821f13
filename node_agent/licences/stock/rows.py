"""Read the rows of a stock page by page, from wherever the last page ended.

Laws: a page is short, so that neither the hall's database nor the agent's store is held for long; the place behind it is a text that the
store keeps. A row may be given twice after a crash, never left out. Files of a folder are read by name and left where they are.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from node_agent.sources import records
from node_agent.sources.config import FolderSourceConfig, SqlSourceConfig
from node_agent.sources.cursor import Cursor
from node_agent.sources.errors import RowRejected, SourceMisconfigured, SourceUnavailable
from node_agent.sources.folder import CSV, is_ours
from node_agent.sources.hall_database import HallDatabase
from node_agent.sources.records import Position, Record

PAGE: Final = 50
"""Rows of one transaction of the agent's store: others who write there wait for a fifth of a second."""
MOST_TIED: Final = 1_000
"""Rows of the last cursor value that a place names; more of them are read again after a crash, and found loaded."""
_DIGEST_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its values in the order of the columns, or why it has none; `where` is where a person finds it."""

    where: str
    values: Sequence[Any]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows with their columns, and the place behind them; `part` is how much of a file's or folder's bytes is read, 0 to 1."""

    columns: Sequence[str]
    rows: Sequence[Row]
    place: str
    part: float | None = None


class Rows(Protocol):
    """The rows of a stock."""

    def pages(self, place: str) -> Iterator[Page]:
        """Yield pages from a place on; empty is the beginning. Raises SourceError."""


def rows_of(config: SqlSourceConfig | FolderSourceConfig, salt: bytes) -> Rows:
    """Return the rows of a stock; `salt` hides what a place says of rows."""
    return SqlRows(config, salt) if isinstance(config, SqlSourceConfig) else FolderRows(config)


@dataclass(frozen=True, slots=True)
class SqlRows:
    """Rows of a query of the hall's database."""

    config: SqlSourceConfig
    salt: bytes

    def pages(self, place: str) -> Iterator[Page]:
        """Yield pages; each is a query of its own, that begins with the rows of the last cursor value again."""
        database = HallDatabase(self.config)
        cursor, number, tied = _placed(place)
        try:
            while True:
                # So many rows at least are new: a query makes progress even when many rows have one cursor value.
                limit = PAGE + len(tied)
                start = cursor.values if cursor is not None else self.config.first
                with database.ask(self.config.binds(start) | {"limit": limit}) as answer:
                    columns, found = answer.columns, [tuple(row) for row in answer.rows]
                at = self._at(columns)
                fresh = [row for row in found if self._digest(row) not in tied]
                if fresh:
                    last = fresh[-1]
                    if cursor is None or cursor.values[0] != last[at[0]]:
                        tied = set()
                    tied |= {self._digest(row) for row in fresh if row[at[0]] == last[at[0]]}
                    cursor = Cursor(tuple([last[index] for index in at]))
                    named = [Row(f"row {number + nth}", row) for nth, row in enumerate(fresh, start=1)]
                    number += len(fresh)
                    yield Page(columns, named, json.dumps([cursor.encode(), number, sorted(tied)[:MOST_TIED]]))
                if len(found) < limit:
                    return
        finally:
            database.close()

    def _digest(self, row: Sequence[Any]) -> str:
        return blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES, key=self.salt).hexdigest()

    def _at(self, columns: Sequence[str]) -> list[int]:
        missing = [name for name in self.config.cursor if name not in columns]
        if missing:
            raise SourceMisconfigured(f"source {self.config.name!r}: the query does not give the cursor column {missing[0]!r}")
        return [list(columns).index(name) for name in self.config.cursor]


@dataclass(frozen=True, slots=True)
class FolderRows:
    """Rows of the CSV and JSON lines files of a folder."""

    config: FolderSourceConfig

    def pages(self, place: str) -> Iterator[Page]:
        """Yield pages, file by file; one that was read to its end is not opened again. Raises SourceUnavailable."""
        name, offset, line = json.loads(place) if place else ("", 0, 0)
        try:
            paths = sorted(path for path in self.config.path.iterdir() if is_ours(path) and path.name >= name)
            total, passed = sum(path.stat().st_size for path in paths) or 1, 0
            for path in paths:
                start = Position(offset, line) if path.name == name else Position()
                for page, reached in self._of_file(path, start):
                    yield Page(*page, part=(passed + reached) / total)
                passed += path.stat().st_size
        except OSError as error:
            raise SourceUnavailable(f"source {self.config.name!r}: {error.strerror or error}") from error

    def _of_file(self, path: Path, start: Position) -> Iterator[tuple[tuple[Sequence[str], Sequence[Row], str], int]]:
        with path.open("rb") as stream:
            if start.offset == 0 and (fault := records.check(stream, self.config.encoding)):
                raise SourceMisconfigured(f"source {self.config.name!r}: {path.name}: {fault}")
            columns, found = self._records(path, stream, start)
            while page := list(itertools.islice(found, PAGE)):
                end = page[-1].end
                named = [Row(f"{path.name}:{one.line}", one.values, one.fault) for one in page]
                yield (columns, named, json.dumps([path.name, end.offset, end.line])), end.offset

    def _records(self, path: Path, stream: BinaryIO, start: Position) -> tuple[Sequence[str], Iterator[Record]]:
        if path.suffix.lower() != CSV:
            raise SourceMisconfigured(f"source {self.config.name!r}: a stock is loaded from CSV files, and {path.name} is none")
        try:
            columns, first = records.csv_header(stream, self.config.encoding, self.config.delimiter)
        except RowRejected as error:
            raise SourceMisconfigured(f"source {self.config.name!r}: {path.name}: {error}") from None
        at = max(start, first, key=lambda position: position.offset)
        return columns, records.csv_records(stream, self.config.encoding, self.config.delimiter, columns, at)


def _placed(place: str) -> tuple[Cursor | None, int, set[str]]:
    if not place:
        return None, 0, set()
    cursor, number, tied = json.loads(place)
    return Cursor.decode(cursor), number, set(tied)
