"""Remember, in the agent's store, how far each source was read.

Laws: what is remembered commits with the events it is about; a cursor and a watermark never go back; rows behind the overlap are
forgotten.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node_agent.sources.cursor import Cursor, rank
from node_agent.sources.tables import source_progress, source_rejects, source_seen
from node_agent.sources.times import milliseconds, moment_of


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one source was read; the counts are since the store began."""

    source: str
    cursor: Cursor | None = None
    read_up_to: datetime | None = None
    reported_at: datetime | None = None
    rows_read: int = 0
    events: int = 0
    rows_rejected: int = 0


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not become an event."""

    source: str
    row_key: str
    reason: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A row within the overlap; `recorded_at` in Unix milliseconds where it became an event."""

    row_hash: bytes
    rank: float
    recorded_at: int | None
    rejected: bool


def load(connection: sa.Connection, source: str) -> Progress:
    """Return the progress of a source; an empty one if it was never read."""
    row = connection.execute(sa.select(source_progress).where(source_progress.c.source == source)).one_or_none()
    return Progress(source) if row is None else _progress(row)


def overview(connection: sa.Connection) -> list[Progress]:
    """Return the progress of every source that was ever read, for `status`."""
    return [_progress(row) for row in connection.execute(sa.select(source_progress).order_by(source_progress.c.source))]


def advance(connection: sa.Connection, source: str, cursor: Cursor | None, read_up_to: datetime | None) -> None:
    """Move cursor and watermark forward; what would go back stays."""
    before = load(connection, source)
    if cursor is not None and (before.cursor is None or rank(cursor.values[0]) >= rank(before.cursor.values[0])):
        _set(connection, source, cursor=cursor.encode())
    if read_up_to is not None and (before.read_up_to is None or read_up_to > before.read_up_to):
        _set(connection, source, read_up_to=milliseconds(read_up_to))


def count(connection: sa.Connection, source: str, rows_read: int, events: int, rejected: int) -> None:
    """Add to the counts of a source."""
    table = source_progress.c
    _set(
        connection,
        source,
        rows_read=sa.func.coalesce(table.rows_read, 0) + rows_read,
        events=sa.func.coalesce(table.events, 0) + events,
        rows_rejected=sa.func.coalesce(table.rows_rejected, 0) + rejected,
    )


def reported(connection: sa.Connection, source: str, now: datetime) -> None:
    """Remember when a SourceRun was put last."""
    _set(connection, source, reported_at=milliseconds(now))


def adopt(connection: sa.Connection, source: str, cursor: str) -> None:
    """Take over the cursor of a SourceRun that the hub gave back, unless the store is further. Raises ValueError."""
    advance(connection, source, Cursor.decode(cursor), None)


def seen(connection: sa.Connection, source: str, floor: float) -> dict[bytes, bool]:
    """Return the hashes of the rows read at or after `floor`, and whether each was rejected."""
    rows = connection.exec_driver_sql('SELECT row_hash, rejected FROM source_seen WHERE source = ? AND "rank" >= ?', (source, floor))
    return {row_hash: bool(rejected) for row_hash, rejected in rows}


def remember(connection: sa.Connection, source: str, rows: Iterable[SeenRow]) -> None:
    """Remember rows as read."""
    values = [(source, row.row_hash, row.rank, row.recorded_at, row.rejected) for row in rows]
    if values:
        statement = 'INSERT OR REPLACE INTO source_seen (source, row_hash, "rank", recorded_at, rejected) VALUES (?, ?, ?, ?, ?)'
        connection.exec_driver_sql(statement, values)


def forget_behind(connection: sa.Connection, source: str, floor: float) -> int | None:
    """Forget the rows behind `floor`; return the latest time at which one of them was recorded, in Unix milliseconds."""
    behind = sa.and_(source_seen.c.source == source, source_seen.c.rank < floor)
    latest: int | None = connection.execute(sa.select(sa.func.max(source_seen.c.recorded_at)).where(behind)).scalar()
    connection.execute(sa.delete(source_seen).where(behind))
    return latest


def reject(connection: sa.Connection, source: str, rows: Sequence[tuple[str, str]], now: datetime) -> None:
    """Set rows aside: (row key, reason) each."""
    statement = (
        "INSERT INTO source_rejects (source, row_key, reason, first_seen) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (source, row_key) DO UPDATE SET reason = excluded.reason"
    )
    if rows:
        connection.exec_driver_sql(statement, [(source, row_key, reason, milliseconds(now)) for row_key, reason in rows])


def mended(connection: sa.Connection, source: str, row_keys: Sequence[str]) -> None:
    """Strike rows off the list of rejects: they became events after all."""
    any_rejected = sa.select(sa.exists().where(source_rejects.c.source == source))
    if row_keys and connection.execute(any_rejected).scalar():
        statement = "DELETE FROM source_rejects WHERE source = ? AND row_key = ?"
        connection.exec_driver_sql(statement, [(source, row_key) for row_key in row_keys])


def rejects(connection: sa.Connection, source: str | None = None, limit: int = 100) -> list[Reject]:
    """Return the rows set aside, the oldest first, for `status`."""
    query = sa.select(source_rejects).order_by(source_rejects.c.first_seen, source_rejects.c.row_key).limit(limit)
    if source is not None:
        query = query.where(source_rejects.c.source == source)
    return [Reject(row.source, row.row_key, row.reason, moment_of(row.first_seen)) for row in connection.execute(query)]


def rejected(connection: sa.Connection) -> dict[str, int]:
    """Count the rows set aside, by source."""
    query = sa.select(source_rejects.c.source, sa.func.count().label("number")).group_by(source_rejects.c.source)
    return {row.source: row.number for row in connection.execute(query)}


def _set(connection: sa.Connection, source: str, **values: object) -> None:
    statement = sa.update(source_progress).where(source_progress.c.source == source).values(values)
    if connection.execute(statement).rowcount == 0:
        connection.execute(sa.insert(source_progress).values(source=source))
        connection.execute(statement)


def _progress(row: sa.Row[tuple[object, ...]]) -> Progress:
    cursor = None if row.cursor is None else Cursor.decode(row.cursor)
    read_up_to, reported_at = (None if value is None else moment_of(value) for value in (row.read_up_to, row.reported_at))
    return Progress(row.source, cursor, read_up_to, reported_at, row.rows_read, row.events, row.rows_rejected)
