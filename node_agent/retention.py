"""Forget what has been kept long enough.

Laws: nothing unreceipted or unacknowledged is ever forgotten; keys, evidence of contradictions and the heads of the logs never are.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node_agent import invalid_records
from node_agent.config import KeepSection
from node_agent.outbox import waiting
from node_agent.tables import batches, inbox_head, inbox_segments, outbox, refusals, sent_events


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows went."""

    batches: int
    sent_events: int
    segments: int


def forget(connection: sa.Connection, keep: KeepSection, now: datetime) -> Forgotten:
    """Delete what is older than the configuration keeps; `connection` is in a write transaction."""
    sealed_before = int((now - keep.sealed).timestamp() * 1000)
    received_before = int((now - keep.received).timestamp() * 1000)
    acknowledged = connection.scalar(sa.select(inbox_head.c.acknowledged_size)) or 0
    old_batches = batches.c.receipted_at < sealed_before
    last_row = connection.scalar(sa.select(sa.func.max(batches.c.last_row)).where(old_batches))
    if last_row is not None:
        connection.execute(sa.delete(outbox).where(outbox.c.id <= last_row))
    gone = connection.execute(sa.delete(batches).where(old_batches)).rowcount
    # What waits for longer than that must stay known.
    _, oldest = waiting(connection)
    known_before = sealed_before if oldest is None else min(sealed_before, oldest)
    events = connection.execute(sa.delete(sent_events).where(sent_events.c.sealed_at < known_before)).rowcount
    connection.execute(sa.delete(refusals).where(refusals.c.receipted_at < sealed_before))
    invalid_records.forget(connection, received_before)
    old_segments = sa.and_(inbox_segments.c.received_at < received_before, inbox_segments.c.first + inbox_segments.c.count <= acknowledged)
    return Forgotten(gone, events, connection.execute(sa.delete(inbox_segments).where(old_segments)).rowcount)
