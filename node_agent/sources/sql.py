"""Read new rows of a hall's database into the outbox.

Laws: rows commit late, so every query starts `overlap` behind the cursor, and rows seen there are passed over. One query
sees one state of the database: when it shows a row, no row more than `overlap` behind it is still to come, and the next query starts
no later than that. Events, seen rows and cursor commit together, a page at a time. A row dated after `now` is read but does not move
the cursor: a clock that jumped ahead must not drag the cursor past rows to come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from google.protobuf.message import Message

from node_agent import db, outbox
from node_agent.outbox import EnvelopeWriter
from node_agent.sources import progress, settled
from node_agent.sources.config import SqlSourceConfig
from node_agent.sources.cursor import Cursor, earlier, is_time, rank
from node_agent.sources.errors import RowRejected, SourceMisconfigured
from node_agent.sources.hall_database import Answer, HallDatabase
from node_agent.sources.mapped import Mapped, RowMapper, draft
from node_agent.sources.meaning import Meaning, meaning_of
from node_agent.sources.progress import Progress, SeenRow
from node_agent.sources.source_run import EndedRun, SourceReport, SourceRunWriter, Tally, close_run
from node_agent.sources.times import TimeReader, milliseconds, moment_of

ROW_HASH_BYTES = 16
GROWTH_PAGES = 10
"""With many seen rows behind the cursor a query takes more new ones at once, at most so many pages, so that their re-reading pays."""
REREAD_OVERLAPS = 10


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that was not seen before, and what the mapping made of it: a message, nothing, or a reason."""

    row_hash: bytes
    cursor: Cursor
    rank: float
    mapped: Mapped[Message] | None
    name: str
    reason: str
    retried: bool


@dataclass(frozen=True, slots=True)
class _Query:
    """What one query asks for at most, what its rows mean, and which of them were seen."""

    limit: int
    meaning: Meaning
    seen: dict[bytes, bool]
    now: datetime


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one query brought; `ahead` counts the rows dated after now."""

    rows: Sequence[_Row]
    ahead: int
    dry: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """One run: where its events go, how far behind the cursor it reads, what it counted until now."""

    engine: sa.Engine
    writer: EnvelopeWriter
    now: datetime
    behind: float
    tally: Tally


class SqlSource:
    """A query of the hall's configuration, run again and again; `hall` is our own id."""

    def __init__(self, config: SqlSourceConfig, hall: str) -> None:
        self.config = config
        self._hall = hall
        self._database = HallDatabase(config)
        self._times = TimeReader(config.timezone, config.time_formats)

    def run(self, engine: sa.Engine, writer: EnvelopeWriter, now: datetime) -> SourceReport:
        """Read until nothing is new, or `pages_a_run` pages; put the events, then a SourceRun.

        `engine` is the agent's store. Raises SourceUnavailable, ResourceNotSendable, SourceMisconfigured or StoreError: what was put
        until then stays, and the next run goes on from there.
        """
        return self._run(_Run(engine, writer, now, self.config.overlap, Tally()))

    def reread(self, engine: sa.Engine, writer: EnvelopeWriter, now: datetime) -> SourceReport:
        """Do the same from further behind (`reread` of the configuration): `new` of the report counts what runs had missed."""
        behind = self.config.overlap * REREAD_OVERLAPS if self.config.reread is None else self.config.reread
        return self._run(_Run(engine, writer, now, max(self.config.overlap, behind), Tally()))

    def close(self) -> None:
        """Give the hall's database back."""
        self._database.close()

    def _run(self, run: _Run) -> SourceReport:
        dry, ahead = False, 0
        shown = self._database.shows_up_to(run.now)  # before the first query: what appears while the run lasts is the next one's
        for _ in range(self.config.pages_a_run):
            reading = self._read(run)
            for at in range(0, len(reading.rows), self.config.page):
                self._store(run, reading.rows[at : at + self.config.page])
            dry, ahead = reading.dry, reading.ahead
            if dry:
                break
        ended = EndedRun(run.tally, run.now, self._told_up_to(run, shown) if dry else None)
        at_end = close_run(run.engine, SourceRunWriter(self.config, self._hall, run.writer), ended)
        return run.tally.report(at_end, dry=dry, ahead=ahead)

    def _told_up_to(self, run: _Run, shown: datetime | None) -> datetime | None:
        """Return up to when a run that reached the end showed that all is told."""
        if shown is None:
            return None
        with db.reading(run.engine) as connection:
            cursor = progress.load(connection, self.config.name).cursor
        newest = self.config.first[0] if cursor is None else cursor.values[0]
        return settled.of_query(self.config, shown, newest, self._times)

    def _read(self, run: _Run) -> _Reading:
        with db.reading(run.engine) as connection:
            meaning = meaning_of(self.config, self._hall, connection, run.now)
            start = self._starting_at(progress.load(connection, self.config.name).cursor, run.behind)
            seen = progress.seen(connection, self.config.name, rank(start[0]))
        # So many rows at least are new, whatever was seen: the query makes progress even when a page of rows has one cursor value.
        limit = len(seen) + self.config.page + min(len(seen), GROWTH_PAGES * self.config.page)
        with self._database.ask(self.config.binds(start) | {"limit": limit}) as answer:
            return self._taken(answer, _Query(limit, meaning, seen, run.now))

    def _starting_at(self, cursor: Cursor | None, behind: float) -> Sequence[object]:
        if cursor is None:
            return self.config.first
        if not behind:
            return cursor.values
        return (earlier(cursor.values[0], behind, self._times), *self.config.first[1:])

    def _taken(self, answer: Answer, query: _Query) -> _Reading:
        mapper = query.meaning.mapper(answer.columns)
        at = [answer.columns.index(name) for name in self.config.cursor if name in answer.columns]
        if len(at) != len(self.config.cursor):
            raise SourceMisconfigured(f"source {self.config.name!r}: the query does not give every cursor column")
        rows: list[_Row] = []
        fetched, ahead, last = 0, 0, float("-inf")
        for fetched, values in enumerate(answer.rows, start=1):  # noqa: B007 - counts
            cursor = Cursor(tuple([values[index] for index in at]))
            here = rank(cursor.values[0])
            if here < last:
                raise SourceMisconfigured(f"source {self.config.name!r}: the query is not ordered by {self.config.cursor[0]!r}")
            last = here
            ahead += self._is_ahead(cursor, query.now)
            row_hash = sha256(repr(tuple(values)).encode("utf-8", "surrogatepass")).digest()[:ROW_HASH_BYTES]
            was_rejected = query.seen.get(row_hash)
            if was_rejected is not False:
                rows.append(_Row(row_hash, cursor, here, *_mapped(mapper, values), was_rejected is not None))
        dry = fetched < query.limit
        if not dry and all(row.retried for row in rows):
            raise SourceMisconfigured(f"source {self.config.name!r}: nothing new in {fetched} rows: does the query give rows twice?")
        return _Reading(rows, ahead, dry)

    def _is_ahead(self, cursor: Cursor, now: datetime) -> bool:
        value = cursor.values[0]
        return is_time(value) and self._times.read(value) > now

    def _store(self, run: _Run, rows: Sequence[_Row]) -> None:
        name, config = self.config.name, self.config
        drafts = [draft(config, self._hall, row.mapped) for row in rows if row.mapped is not None]
        # A row that was rejected before and still is has been told of.
        bad = [(row.name, row.reason) for row in rows if row.reason and not row.retried]
        read = sum(not row.retried or not row.reason for row in rows)
        with db.begin(run.engine) as connection:
            new = outbox.put(connection, drafts, run.writer)
            progress.mended(connection, name, [row.name for row in rows if not row.reason])
            progress.reject(connection, name, bad, run.now)
            self._advance(connection, run, rows)
            progress.count(connection, name, read, len(drafts), len(bad))
        run.tally.add(read, len(drafts), new, bad)

    def _advance(self, connection: sa.Connection, run: _Run, rows: Sequence[_Row]) -> None:
        name = self.config.name
        passed = [row.cursor for row in rows if not self._is_ahead(row.cursor, run.now)]
        if passed:
            progress.advance(connection, name, passed[-1], None)  # the rows are in the order of the cursor
        progress.remember(connection, name, [_seen(row) for row in rows])
        at = progress.load(connection, name)
        if at.cursor is not None:
            latest = progress.forget_behind(connection, name, rank(self._starting_at(at.cursor, run.behind)[0]))
            progress.advance(connection, name, None, self._read_up_to(at, latest, run.now))

    def _read_up_to(self, at: Progress, latest: int | None, now: datetime) -> datetime | None:
        """Return the time up to which all is reported: of the cursor less the overlap, or of the rows that left the overlap."""
        if at.cursor is not None and is_time(at.cursor.values[0]):
            return settled.bounded(self.config, self._times.read(earlier(at.cursor.values[0], self.config.overlap, self._times)), now)
        return None if latest is None else settled.bounded(self.config, moment_of(latest), now)


def _mapped(mapper: RowMapper, values: Sequence[object]) -> tuple[Mapped[Message] | None, str, str]:
    """Return the message of a row, or the row's name and why it is rejected."""
    try:
        mapped = mapper.map(values)
    except RowRejected as rejected:
        return None, mapper.row_name(values), str(rejected)
    return mapped, mapper.row_name(values) if mapped is None else mapped.row_name, ""


def _seen(row: _Row) -> SeenRow:
    recorded_at = None if row.mapped is None else milliseconds(row.mapped.recorded_at)
    return SeenRow(row.row_hash, row.rank, recorded_at, bool(row.reason))
