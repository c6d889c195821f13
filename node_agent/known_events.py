"""Know which events were put into the outbox, so that reading a source again repeats nothing.

Laws: event ids are hashes, so each one put into an index touches a page of its own; therefore new ones are only appended, kept in
memory while they are few, and merged into the index by the ten thousand, sorted. The table says what is known: the memory is a
copy of its newest part, compared with it inside each transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from node_agent.tables import recent_events, sent_events

MERGED_TOGETHER = 65_536
"""How many recent events are merged at a time; some ten megabytes of memory."""

_IDS_A_QUERY = 500


@dataclass(slots=True)
class _Recent:
    """The recent events in memory: attempts by event id, and the ids of the first and last row they are from."""

    attempts: dict[str, int] = field(default_factory=dict)
    first: int = 0
    last: int = 0


_recent: WeakKeyDictionary[sa.Engine, _Recent] = WeakKeyDictionary()

# Two questions: SQLite answers one of them from the end of the table, and both together by reading all of it.
_ENDS = "SELECT coalesce((SELECT min(id) FROM recent_events), 0), coalesce((SELECT max(id) FROM recent_events), 0)"
_BEHIND = "SELECT event_id, attempt FROM recent_events WHERE id > ? ORDER BY id"
_NOTE = "INSERT INTO recent_events (event_id, attempt) VALUES (?, ?)"
_MERGE = (
    "INSERT INTO sent_events (event_id, attempt, sealed_at) SELECT event_id, attempt, put_at FROM recent_events WHERE true"
    " ORDER BY event_id, attempt ON CONFLICT (event_id) DO UPDATE SET attempt = max(attempt, excluded.attempt)"
)


def attempts(connection: sa.Connection, event_ids: Sequence[str]) -> dict[str, int]:
    """Return the highest attempt of each of these events that was put."""
    recent = _caught_up(connection)
    found = {event_id: recent[event_id] for event_id in event_ids if event_id in recent}
    for start in range(0, len(event_ids), _IDS_A_QUERY):
        some = event_ids[start : start + _IDS_A_QUERY]
        rows = connection.execute(sa.select(sent_events.c.event_id, sent_events.c.attempt).where(sent_events.c.event_id.in_(some)))
        for event_id, attempt in rows:
            found[event_id] = max(attempt, found.get(event_id, 0))
    return found


def note(connection: sa.Connection, events: Sequence[tuple[str, int]]) -> None:
    """Remember events, (event id, attempt) each; `connection` is in a write transaction."""
    _caught_up(connection)  # before row ids are used again that a transaction rolled back may have shown to the memory
    connection.exec_driver_sql(_NOTE, list(events))
    first, last = connection.exec_driver_sql(_ENDS).one()
    if last - first + 1 >= MERGED_TOGETHER:
        connection.exec_driver_sql(_MERGE)
        connection.execute(sa.delete(recent_events))


def forget(connection: sa.Connection, event_ids: Sequence[str]) -> None:
    """Let these events be put again: they were lost on the way."""
    for table in (recent_events, sent_events):
        connection.execute(sa.delete(table).where(table.c.event_id.in_(event_ids)))
    _recent.pop(connection.engine, None)


def _caught_up(connection: sa.Connection) -> dict[str, int]:
    """Return the recent events, as the transaction sees them."""
    recent = _recent.setdefault(connection.engine, _Recent())
    first, last = connection.exec_driver_sql(_ENDS).one()
    if first != recent.first or last < recent.last:  # merged, forgotten or rolled back
        recent.attempts.clear()
        recent.first, recent.last = first, 0
    if last > recent.last:
        for event_id, attempt in connection.exec_driver_sql(_BEHIND, (recent.last,)).fetchall():
            recent.attempts[event_id] = max(attempt, recent.attempts.get(event_id, 0))
        recent.last = last
    return recent.attempts
