"""Write delivered entries into tables of the hall's database.

Laws: rows and the cursor behind them are one transaction; an event id of a hall is written once, however often it
comes; what cannot become a row is parked with its reason, and what follows it about the same subject waits behind it, so that order
within a subject holds; everything else goes on.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from certs.entries import LEDGER_KEY, LEDGER_MESSAGE
from certs.names import HUB
from directory.register.changes import TYPE as CHANGE
from node_agent import db, inbox
from node_agent.forwards import TYPE as FORWARD
from node_agent.inbox import Received
from node_agent.sinks import current_records
from node_agent.sinks.config import SqlSinkConfig
from node_agent.sinks.current_records import RecordState
from node_agent.sinks.errors import EntryUnusable, SinkError, SinkMisconfigured, SinkUnavailable
from node_agent.sinks.extracts import is_extract
from node_agent.sinks.insertion import passing_over
from node_agent.sinks.rows import Row, as_text, row_of
from node_agent.sinks.tables import sink_tables
from node_agent.sources.database_url import with_password


class Entries(Protocol):
    """Gives at most `limit` entries from an index of the inbox log on; with a `mark`, those of segments in which its bytes stand."""

    def __call__(self, first: int, limit: int, mark: bytes = b"") -> Sequence[Received]: ...  # noqa: D102 - said above


BUSY_TIMEOUT_SECONDS = 5.0
UNPROVED = "what the hub forwards does not prove itself"
WAITS = "waits behind a parked entry about the same subject"
_ENTRIES_A_SEGMENT = 256


@dataclass(frozen=True, slots=True)
class SinkReport:
    """What a run wrote; `position` is the inbox index up to which everything is written or parked."""

    written: int = 0
    duplicates: int = 0
    parked: int = 0
    position: int = 0


@dataclass(frozen=True, slots=True)
class ParkedEntry:
    """An entry that could not become a row; `subject` is None where it could not even be read."""

    position: int
    hall: str
    subject: str | None
    reason: str
    parked_at: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An entry, and its row or the reason why it has none; of an extract also how it leaves the record."""

    entry: Received
    row: Row | None
    reason: str = ""
    state: RecordState | None = None


def entries_of(store: sa.Engine) -> Entries:
    """Read entries from the agent's store."""

    def read(first: int, limit: int, mark: bytes = b"") -> Sequence[Received]:
        with db.reading(store) as connection:
            return list(islice(inbox.received(connection, first, limit // _ENTRIES_A_SEGMENT + 2, mark), limit))

    return read


class SqlSink:
    """A sink of the hall's configuration."""

    def __init__(self, config: SqlSinkConfig) -> None:
        self.config = config
        self._tables = sink_tables(config.table, config.records)
        self._engine = _engine(config)
        self._insert = passing_over(self._engine.dialect.name, self._tables.deliveries)
        self._driver_insert = _driver_insert(self._engine, self._insert)
        self._created = False

    def deliver(self, entries: Entries, now: datetime) -> SinkReport:
        """Write all that waits. Raises SinkUnavailable or SinkMisconfigured: what was written until then stays."""
        total = SinkReport(position=self.position())
        while found := entries(total.position, self.config.page):
            prepared = [one for entry in found if _is_for_hall(entry) and not _is_of_register(one := _prepared(entry))]
            with self._named_errors(), self._engine.begin() as connection:
                if self._position(connection) != total.position:
                    raise SinkUnavailable(f"sink {self.config.name!r}: another process writes it")
                page = self._write(connection, prepared, now)
                self._move(connection, found[-1].index + 1)
            total = SinkReport(
                total.written + page.written, total.duplicates + page.duplicates, total.parked + page.parked, found[-1].index + 1
            )
        return total

    def position(self) -> int:
        """Return the inbox index of the next entry to write."""
        with self._named_errors():
            if not self._created:
                self._tables.metadata.create_all(self._engine)
                self._created = True
            with self._engine.begin() as connection:
                return self._position(connection)

    def parked(self, limit: int = 100) -> list[ParkedEntry]:
        """Return the parked entries, the oldest first, for `status`."""
        self.position()
        with self._named_errors(), self._engine.begin() as connection:
            query = sa.select(self._tables.parked).where(self._tables.parked.c.sink == self.config.name)
            rows = connection.execute(query.order_by(self._tables.parked.c.inbox_position).limit(limit))
            return [ParkedEntry(row.inbox_position, row.hall, row.subject, row.reason, row.parked_at) for row in rows]

    def parked_count(self) -> int:
        """Count the parked entries. Raises SinkUnavailable or SinkMisconfigured."""
        with self._named_errors(), self._engine.begin() as connection:
            query = sa.select(sa.func.count()).select_from(self._tables.parked).where(self._tables.parked.c.sink == self.config.name)
            return int(connection.execute(query).scalar_one())

    def retry_parked(self, now: datetime) -> SinkReport:
        """Try the parked entries again, in their order."""
        position = self.position()
        table = self._tables.parked
        with self._named_errors(), self._engine.begin() as connection:
            query = sa.select(table).where(table.c.sink == self.config.name).order_by(table.c.inbox_position)
            waiting = [_received(row) for row in connection.execute(query)]
            connection.execute(sa.delete(table).where(table.c.sink == self.config.name))
            report = self._write(connection, [_prepared(entry) for entry in waiting], now)
        return SinkReport(report.written, report.duplicates, report.parked, position)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _write(self, connection: sa.Connection, prepared: Sequence[_Prepared], now: datetime) -> SinkReport:
        blocked = self._blocked(connection)
        if not blocked and all(one.row for one in prepared):
            try:
                return self._all_at_once(connection, prepared)
            except DBAPIError as error:
                if not _is_the_rows(error):
                    raise
        return self._one_by_one(connection, prepared, blocked, now)

    def _all_at_once(self, connection: sa.Connection, prepared: Sequence[_Prepared]) -> SinkReport:
        if not prepared:
            return SinkReport()
        with connection.begin_nested():
            written = self._taken_in(connection, prepared)
        return SinkReport(written, len(prepared) - written)

    def _taken_in(self, connection: sa.Connection, prepared: Sequence[_Prepared]) -> int:
        """Insert the rows that are not there, and bring the records up to date; return how many rows."""
        if self._tables.records is not None:
            current_records.apply(connection, self._tables.records, [one.state for one in prepared if one.state])
        return self._inserted(connection, [one.row for one in prepared if one.row])

    def _one_by_one(
        self, connection: sa.Connection, prepared: Sequence[_Prepared], blocked: set[tuple[str, str]], now: datetime
    ) -> SinkReport:
        written = parked = 0
        for one in prepared:
            reason = one.reason
            if one.row and (one.row.hall, one.row.subject) in blocked:
                reason = WAITS
            elif one.row:
                try:
                    with connection.begin_nested():
                        written += self._taken_in(connection, [one])
                except DBAPIError as error:
                    if not _is_the_rows(error):
                        raise
                    reason = str(error.orig)
            if reason:
                parked += 1
                self._park(connection, one, reason, now)
                blocked |= {(one.row.hall, one.row.subject)} if one.row else set()
        return SinkReport(written, len(prepared) - written - parked, parked)

    def _inserted(self, connection: sa.Connection, rows: Sequence[Row]) -> int:
        """Insert the rows that are not there; return how many."""
        if self._driver_insert:
            return connection.exec_driver_sql(self._driver_insert, list(rows)).rowcount
        if self._insert is not None:
            found = connection.execute(self._insert, [row._asdict() for row in rows], execution_options={"preserve_rowcount": True})
            return found.rowcount if found.rowcount >= 0 else len(rows)
        fresh = self._fresh(connection, rows)
        if fresh:
            connection.execute(sa.insert(self._tables.deliveries), fresh)
        return len(fresh)

    def _fresh(self, connection: sa.Connection, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Leave out what is there already, for databases that cannot pass over a conflict."""
        table = self._tables.deliveries
        fresh = {(row.hall, row.event_id): row._asdict() for row in reversed(rows)}
        for event_id in sorted({row.event_id for row in rows}):
            for hall in connection.scalars(sa.select(table.c.hall).where(table.c.event_id == event_id)):
                fresh.pop((hall, event_id), None)
        return list(reversed(fresh.values()))

    def _blocked(self, connection: sa.Connection) -> set[tuple[str, str]]:
        table = self._tables.parked
        query = sa.select(table.c.hall, table.c.subject).where(table.c.sink == self.config.name, table.c.subject.is_not(None))
        return {(row.hall, row.subject) for row in connection.execute(query.distinct())}

    def _park(self, connection: sa.Connection, one: _Prepared, reason: str, now: datetime) -> None:
        entry = one.entry
        values = {
            "sink": self.config.name,
            "inbox_position": entry.index,
            "ledger_index": entry.ledger_index,
            "hall": entry.author,
            "journal_epoch": entry.epoch,
            "journal_index": entry.journal_index,
            "subject": one.row.subject.replace("\0", "") if one.row else None,
            "reason": reason.replace("\0", ""),
            "parked_at": as_text(now),
            "envelope": entry.envelope,
        }
        connection.execute(sa.insert(self._tables.parked), values)

    def _position(self, connection: sa.Connection) -> int:
        table = self._tables.cursor
        found = connection.execute(sa.select(table.c.inbox_position).where(table.c.sink == self.config.name).with_for_update()).scalar()
        return int(found or 0)

    def _move(self, connection: sa.Connection, position: int) -> None:
        table = self._tables.cursor
        moved = connection.execute(sa.update(table).where(table.c.sink == self.config.name).values(inbox_position=position))
        if moved.rowcount == 0:
            connection.execute(sa.insert(table).values(sink=self.config.name, inbox_position=position))

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._named(error) from None  # the chain would carry rows into logs
        except SQLAlchemyError as error:
            raise SinkMisconfigured(f"sink {self.config.name!r}: {error}") from None

    def _named(self, error: DBAPIError) -> SinkError:
        text = f"sink {self.config.name!r}: {error.orig}"
        return SinkUnavailable(text) if _waiting_helps(error) else SinkMisconfigured(text)


def _is_for_hall(entry: Received) -> bool:
    """Tell whether an entry holds a message at all: not a key entry, and its body came."""
    return entry.kind != LEDGER_KEY and not entry.is_withheld


def _is_of_register(one: _Prepared) -> bool:
    """Tell whether an entry is a change of the province's register, which the agent keeps itself (node_agent.directory_replica)."""
    return one.row is not None and one.entry.author == HUB and one.row.type == CHANGE


def _prepared(entry: Received) -> _Prepared:
    if entry.fault:
        return _Prepared(entry, None, f"{UNPROVED}: {entry.fault}")
    try:
        row = row_of(entry)
        # What proves itself is given as its author's (node_agent.inbox).
        if entry.author == HUB and row.type == FORWARD:
            return _Prepared(entry, None, UNPROVED)
        return _Prepared(entry, row, state=current_records.state_of(entry) if is_extract(entry.author, row.type) else None)
    except EntryUnusable as error:
        return _Prepared(entry, None, str(error))


def _received(row: Any) -> Received:  # noqa: ANN401 - a row of sink_parked
    where = (row.inbox_position, row.ledger_index, row.hall, row.journal_epoch, row.journal_index)
    return Received(*where, accepted_at_ms=0, disposition=0, kind=LEDGER_MESSAGE, envelope=row.envelope)


def _is_the_rows(error: DBAPIError) -> bool:
    """Tell a row that this database will never take from a database, or a table, that takes none."""
    # A plain DatabaseError is what PostgreSQL's RAISE EXCEPTION in a trigger of the hall becomes.
    return isinstance(error, sa.exc.DataError | sa.exc.IntegrityError) or type(error) is sa.exc.DatabaseError


def _waiting_helps(error: DBAPIError) -> bool:
    """Tell a database that is locked, full or away from one whose tables do not fit."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return "no such" not in str(error.orig) and "no column" not in str(error.orig)
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or error.connection_invalidated


def _driver_insert(engine: sa.Engine, insert: sa.Insert | None) -> str:
    """Return the insert in the driver's own words where it takes a row as it is; a third of SQLAlchemy's cost a row."""
    if insert is None or engine.dialect.paramstyle != "qmark":
        return ""
    compiled = insert.compile(engine, column_keys=Row._fields)
    return str(compiled) if compiled.positiontup == list(Row._fields) else ""


def _engine(config: SqlSinkConfig) -> sa.Engine:
    url = with_password(config.url, config.password_file)
    try:
        if url.get_backend_name() != "sqlite":
            return sa.create_engine(url, pool_size=1, pool_pre_ping=True)
        engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
    except (SQLAlchemyError, ImportError) as error:
        raise SinkMisconfigured(f"sink {config.name!r}: {error}") from None
    sa.event.listen(engine, "connect", _connected)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _connected(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own
    connection.execute("PRAGMA synchronous=FULL")
