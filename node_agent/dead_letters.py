"""Show the messages that the hub did not route, and send one again.

Laws: what is sealed stays as it is; sent again it is a new envelope of the same event, one attempt on, so that no recipient takes it in
twice; what the hub holds comes out by itself when the hall is released, and is not sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import sqlalchemy as sa

from certs.entries import HELD, REFUSED
from node_agent import outbox
from node_agent.outbox import Actor, Draft, EnvelopeWriter
from node_agent.tables import batches, recent_events, refusals, sent_events
from node_agent.tables import outbox as outbox_table
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1.errors_pb2 import Reason
from tongban.exchange.v1.exchange_pb2 import Batch


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that the hub did not route; `subject` and `resource` are empty where its body is not kept any more."""

    journal_index: int
    event_id: str
    held: bool
    reason: str
    refused_ms: int
    subject: str
    resource: str
    sent_again: bool


def listed(connection: sa.Connection, before: int | None, limit: int) -> list[DeadLetter]:
    """Return dead letters in front of a place in the journal, the newest first."""
    query = sa.select(refusals).order_by(refusals.c.journal_index.desc()).limit(limit)
    rows: Sequence[Any] = connection.execute(query if before is None else query.where(refusals.c.journal_index < before)).all()
    attempts = _attempts(connection, [row.event_id for row in rows])
    return [_letter(connection, row, attempts) for row in rows]


def unsettled(connection: sa.Connection) -> int:
    """Count the events that were refused as often as they were sent: those for which nobody has done anything yet."""
    each = sa.select(refusals.c.event_id, sa.func.count().label("times")).where(refusals.c.disposition == REFUSED)
    refused = each.group_by(refusals.c.event_id).subquery()
    known = (sent_events, recent_events)
    later = [sa.exists().where(one.c.event_id == refused.c.event_id, one.c.attempt > refused.c.times) for one in known]
    return connection.scalar(sa.select(sa.func.count()).select_from(refused).where(~sa.or_(*later))) or 0


def send_again(connection: sa.Connection, journal_index: int, writer: EnvelopeWriter) -> bool:
    """Put a refused message into the outbox once more; return whether it could be, and was not already."""
    row = connection.execute(sa.select(refusals).where(refusals.c.journal_index == journal_index)).one_or_none()
    envelope = _envelope(connection, journal_index) if row is not None and row.disposition != HELD else None
    if row is None or envelope is None:
        return False
    header = Header.FromString(envelope.header)
    # Where a later attempt is known already, nothing is put.
    return outbox.put(connection, [_draft(header, envelope.payload)], writer) == 1


def _draft(header: Header, payload: bytes) -> Draft:
    return Draft(
        event_id=header.id,
        source=header.source.rpartition("/")[2],
        type=header.type,
        subject=header.subject,
        occurred_at=header.time.ToDatetime(UTC),
        recorded_at=header.recorded_at.ToDatetime(UTC),
        resource=header.resource,
        recipients=tuple(header.recipients),
        payload=payload,
        actor=Actor(header.actor.person, header.actor.role, header.actor.department),
        attempt=header.attempt + 1,
        dataschema=header.dataschema,
    )


def _letter(connection: sa.Connection, row: Any, attempts: dict[str, int]) -> DeadLetter:  # noqa: ANN401 - a row of refusals
    envelope = _envelope(connection, row.journal_index)
    header = Header.FromString(envelope.header) if envelope else Header()
    reason = Reason.Name(row.reason) if row.reason in Reason.values() else str(row.reason)
    again = attempts.get(row.event_id, 0) > header.attempt if envelope else True
    return DeadLetter(
        row.journal_index, row.event_id, row.disposition == HELD, reason, row.receipted_at, header.subject, header.resource, again
    )


def _attempts(connection: sa.Connection, event_ids: Sequence[str]) -> dict[str, int]:
    """Return the highest attempt of each event; read from the tables, for node_agent.known_events keeps what only writers may touch."""
    found: dict[str, int] = {}
    for table in (sent_events, recent_events):
        for event_id, attempt in connection.execute(sa.select(table.c.event_id, table.c.attempt).where(table.c.event_id.in_(event_ids))):
            found[event_id] = max(attempt, found.get(event_id, 0))
    return found


def _envelope(connection: sa.Connection, journal_index: int) -> Envelope | None:
    """Return our own message at a place of the journal; None where it is not kept."""
    query = sa.select(batches).where(batches.c.first <= journal_index).order_by(batches.c.first.desc()).limit(1)
    batch: Any = connection.execute(query).one_or_none()
    if batch is None or journal_index >= batch.first + batch[1]:
        return None
    if batch.body is not None:
        found = Batch.FromString(batch.body)
        at = journal_index - batch.first
        return None if at in set(found.hash_only) else Envelope.FromString(found.envelopes[at])
    within = outbox_table.c.id.between(batch.first_row, batch.last_row)
    rows = sa.select(outbox_table.c.envelope).where(within).order_by(outbox_table.c.id).offset(journal_index - batch.first).limit(1)
    data = connection.scalar(rows)
    return Envelope.FromString(data) if data is not None else None
