"""Read files that are dropped in a folder into the outbox.

Laws: a file is read once it was left alone for a while, or says it is whole by a `.done` file beside it; its events and the place
reached in it commit together, a page at a time; a read file moves to the archive, a row that cannot be read to a file in the
quarantine, an unreadable file there whole. The same file dropped again gives the same event ids, so it has no effect.
"""

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

import sqlalchemy as sa
from google.protobuf.message import Message

from node_agent import db, outbox
from node_agent.outbox import EnvelopeWriter
from node_agent.sources import progress, quarantine, records, settled
from node_agent.sources.config import FolderSourceConfig
from node_agent.sources.errors import RowRejected, SourceMisconfigured, SourceUnavailable
from node_agent.sources.mapped import Mapped, RowMapper, draft
from node_agent.sources.meaning import Meaning, meaning_of
from node_agent.sources.records import Position, Record
from node_agent.sources.source_run import EndedRun, SourceReport, SourceRunWriter, Tally, close_run
from node_agent.sources.tables import source_files

CSV = ".csv"
JSON_LINES = frozenset({".jsonl", ".ndjson"})
DONE = ".done"


@dataclass(frozen=True, slots=True)
class _File:
    """A dropped file and the place reached in it; `identity` tells it from another file under its name."""

    path: Path
    identity: str
    at: Position
    rejected_name: str
    rejected_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: where its events go, what it counted until now."""

    engine: sa.Engine
    writer: EnvelopeWriter
    now: datetime
    tally: Tally


@dataclass(frozen=True, slots=True)
class _Taken:
    """A record, and its message or the reason why it has none."""

    record: Record
    mapped: Mapped[Message] | None
    reason: str


class FolderSource:
    """A folder of the hall's configuration, looked into again and again; `hall` is our own id."""

    def __init__(self, config: FolderSourceConfig, hall: str) -> None:
        self.config = config
        self._hall = hall
        self._archive = config.path / config.archive
        self._quarantine = config.path / config.quarantine

    def run(self, engine: sa.Engine, writer: EnvelopeWriter, now: datetime) -> SourceReport:
        """Read the files that are ready, by name, at most `files_a_run`; put the events, then a SourceRun.

        `engine` is the agent's store. Raises SourceUnavailable when the folder cannot be read or written, ResourceNotSendable, or
        StoreError: what was put until then stays, and the next run goes on in the middle of the file.
        """
        run = _Run(engine, writer, now, Tally())
        self._meaning(run)
        try:
            ready = self.ready(now)
            for path in ready[: self.config.files_a_run]:
                self._take(run, path)
            told_up_to = settled.of_folder(self.config, now) if self._is_empty() else None
        except OSError as error:
            raise SourceUnavailable(f"source {self.config.name!r}: {error}") from error
        at_end = close_run(engine, SourceRunWriter(self.config, self._hall, writer), EndedRun(run.tally, now, told_up_to))
        return run.tally.report(at_end, dry=len(ready) <= self.config.files_a_run)

    def reread(self, engine: sa.Engine, writer: EnvelopeWriter, now: datetime) -> SourceReport:
        """Do the same as `run`: what was read is in the archive, and is not the source's any more."""
        return self.run(engine, writer, now)

    def close(self) -> None:
        """Hold nothing open between runs."""

    def ready(self, now: datetime) -> list[Path]:
        """Return the files that may be read now, by name. Raises OSError."""
        return sorted(path for path in self.config.path.iterdir() if is_ours(path) and self._is_whole(path, now))

    def _is_empty(self) -> bool:
        """Tell whether no file waits: none that is still being written either, nor one that grew while it was read."""
        return not any(is_ours(path) for path in self.config.path.iterdir())

    def _is_whole(self, path: Path, now: datetime) -> bool:
        if path.with_name(path.name + DONE).exists():
            return True
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return abs(now - written) >= self.config.settle  # a date in the future is a clock that was set back: no reason to wait

    def _take(self, run: _Run, path: Path) -> None:
        meaning = self._meaning(run)  # before the file is touched: it waits where it is for a catalogue to come
        with path.open("rb") as stream:
            file = self._resumed(run, path, _identity(os.fstat(stream.fileno())))
            fault = records.check(stream, self.config.encoding) if file.at.offset == 0 else ""
            if not fault:
                fault = self._read(run, file, stream, meaning)
        if fault:
            quarantine.refuse(path, self._quarantine, fault)
            self._refused(run, path, fault)
        elif _identity(path.stat()) == file.identity:
            quarantine.move(path, self._archive)
        else:
            return  # it grew while it was read: the next run reads it from its beginning
        path.with_name(path.name + DONE).unlink(missing_ok=True)
        with db.begin(run.engine) as connection:
            connection.execute(sa.delete(source_files).where(*self._row_of(path)))

    def _meaning(self, run: _Run) -> Meaning:
        with db.reading(run.engine) as connection:
            return meaning_of(self.config, self._hall, connection, run.now)

    def _read(self, run: _Run, file: _File, stream: BinaryIO, meaning: Meaning) -> str:
        """Read a file to its end; return what makes it unreadable as a whole."""
        try:
            header, columns, start = self._shape(file.path, stream, meaning)
            mapper = meaning.mapper(columns)
        except (RowRejected, SourceMisconfigured) as error:
            return str(error)
        at = max(file.at, start, key=lambda position: position.offset)
        if header:
            found = records.csv_records(stream, self.config.encoding, self.config.delimiter, columns, at)
        else:
            found = records.json_records(stream, self.config.encoding, columns, at)
        for page in _pages(found, self.config.page):
            file = self._store(run, file, header, [_taken(mapper, record) for record in page])
        return ""

    def _shape(self, path: Path, stream: BinaryIO, meaning: Meaning) -> tuple[list[str], Sequence[str], Position]:
        """Return the CSV header (none for JSON lines), the columns, and where the records begin."""
        if path.suffix.lower() != CSV:
            return [], meaning.columns, Position()
        header, start = records.csv_header(stream, self.config.encoding, self.config.delimiter)
        return header, header, start

    def _store(self, run: _Run, file: _File, header: Sequence[str], page: Sequence[_Taken]) -> _File:
        name = self.config.name
        bad = [(taken.record, taken.reason) for taken in page if taken.reason]
        mapped = [taken.mapped for taken in page if taken.mapped is not None]
        length = file.rejected_bytes
        if bad:
            length = quarantine.append_rejected(self._quarantine / file.rejected_name, file.rejected_bytes, header, bad)
        reached = replace(file, at=page[-1].record.end, rejected_bytes=length)
        with db.begin(run.engine) as connection:
            new = outbox.put(connection, [draft(self.config, self._hall, event) for event in mapped], run.writer)
            self._remember(connection, reached)
            progress.advance(connection, name, None, self._read_up_to(mapped, run.now))
            progress.count(connection, name, len(page), len(mapped), len(bad))
        run.tally.add(len(page), len(mapped), new, [(f"{file.path.name}:{record.line}", reason) for record, reason in bad])
        return reached

    def _read_up_to(self, mapped: Sequence[Mapped[Message]], now: datetime) -> datetime | None:
        if not mapped:
            return None
        newest = max(event.recorded_at for event in mapped)
        return settled.bounded(self.config, newest - timedelta(seconds=self.config.overlap), now)

    def _refused(self, run: _Run, path: Path, fault: str) -> None:
        with db.begin(run.engine) as connection:
            progress.count(connection, self.config.name, 0, 0, 1)
        run.tally.add(0, 0, 0, [(path.name, fault)])

    def _resumed(self, run: _Run, path: Path, identity: str) -> _File:
        with db.reading(run.engine) as connection:
            row = connection.execute(sa.select(source_files).where(*self._row_of(path))).one_or_none()
        if row is not None and row.identity == identity:
            return _File(path, identity, Position(row.position, row.line), row.rejected_name, row.rejected_bytes)
        file = _File(path, identity, Position(), quarantine.rejected_name(self._quarantine, path.name))
        with db.begin(run.engine) as connection:  # the name is kept before it is used: a crash behind it must not find it taken
            self._remember(connection, file)
        return file

    def _remember(self, connection: sa.Connection, file: _File) -> None:
        values = (self.config.name, file.path.name, file.identity, file.at.offset, file.at.line, file.rejected_name, file.rejected_bytes)
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO source_files (source, name, identity, position, line, rejected_name, rejected_bytes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            values,
        )

    def _row_of(self, path: Path) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
        return source_files.c.source == self.config.name, source_files.c.name == path.name


def is_ours(path: Path) -> bool:
    """Tell whether a path is a regular file of CSV or JSON lines, by its ending."""
    wanted = path.suffix.lower() == CSV or path.suffix.lower() in JSON_LINES
    return wanted and not path.name.startswith(".") and S_ISREG(path.lstat().st_mode)


def _identity(found: os.stat_result) -> str:
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"


def _pages(found: Iterator[Record], length: int) -> Iterator[list[Record]]:
    while page := list(itertools.islice(found, length)):
        yield page


def _taken(mapper: RowMapper, record: Record) -> _Taken:
    if record.fault:
        return _Taken(record, None, record.fault)
    try:
        return _Taken(record, mapper.map(record.values), "")
    except RowRejected as rejected:
        return _Taken(record, None, str(rejected))
