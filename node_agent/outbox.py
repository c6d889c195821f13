"""Keep what waits to be sealed.

Laws: an event waits or was sealed at most once per attempt; an envelope is serialised once, here; the order of `put` is the order
of the journal; of a source's runs only the newest unsealed one waits (DESIGN §3).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp

from certs import names
from node_agent import crash, db
from node_agent.tables import outbox, sent_events
from tongban.envelope.v1.envelope_pb2 import Actor as ActorMessage
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

ENVELOPE_VERSION = 1
SALT_BYTES = 16
DATA_CONTENT_TYPE = "application/protobuf"

_IDS_A_QUERY = 500
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who in the hall did it: a staff number, never a name."""

    person: str
    role: str
    department: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One event that is to be sent; times are aware, `source` is the bare name of the hall's source."""

    event_id: str
    source: str
    type: str
    subject: str
    occurred_at: datetime
    recorded_at: datetime
    resource: str
    recipients: tuple[str, ...]
    payload: bytes
    actor: Actor
    attempt: int = 1
    dataschema: str = ""


class EnvelopeWriter:
    """Serialise drafts as envelopes of one journal."""

    def __init__(self, trust_domain: str, hall: str, epoch: int) -> None:
        """Write for the journal of `hall` in `epoch`."""
        self._trust_domain = trust_domain
        self._hall = hall
        self._journal = names.journal_origin(trust_domain, hall, epoch)

    def write(self, drafts: Sequence[Draft]) -> list[bytes]:
        """Return one serialised Envelope per draft."""
        salts = os.urandom(SALT_BYTES * len(drafts))  # one call: a call each would cost more than the hash
        return [self._serialise(draft, salts[at * SALT_BYTES : (at + 1) * SALT_BYTES]) for at, draft in enumerate(drafts)]

    def _serialise(self, draft: Draft, salt: bytes) -> bytes:
        actor = draft.actor
        header = Header(
            version=ENVELOPE_VERSION,
            id=draft.event_id,
            source=names.source_uri(self._trust_domain, self._hall, draft.source),
            type=draft.type,
            subject=draft.subject,
            datacontenttype=DATA_CONTENT_TYPE,
            dataschema=draft.dataschema,
            time=_timestamp(draft.occurred_at),
            recorded_at=_timestamp(draft.recorded_at),
            attempt=draft.attempt,
            salt=salt,
            resource=draft.resource,
            recipients=sorted(set(draft.recipients)),
            actor=ActorMessage(person=actor.person, role=actor.role, department=actor.department),
            journal=self._journal,
        )
        return Envelope(header=header.SerializeToString(), payload=draft.payload).SerializeToString()


def _timestamp(moment: datetime) -> Timestamp:
    microseconds = (moment - _EPOCH) // _MICROSECOND
    return Timestamp(seconds=microseconds // 1_000_000, nanos=microseconds % 1_000_000 * 1_000)


def put(connection: sa.Connection, drafts: Sequence[Draft], writer: EnvelopeWriter) -> int:
    """Enqueue the drafts that neither wait nor were sealed; return how many were new.

    A draft with a higher `attempt` than the one that waits replaces it; than the one that was sealed, follows it.
    Durable when the caller's transaction (`db.begin`) is; then the link wakes.
    """
    fresh = _fresh(connection, drafts)
    if fresh:
        _insert(connection, fresh, writer, source_run=False)
    return len(fresh)


def put_source_run(connection: sa.Connection, draft: Draft, writer: EnvelopeWriter) -> None:
    """Enqueue the run of a source in place of an earlier one that still waits."""
    connection.execute(sa.delete(outbox).where(outbox.c.source == draft.source, outbox.c.source_run))
    _insert(connection, [draft], writer, source_run=True)


def waiting(connection: sa.Connection) -> int:
    """Count what waits."""
    return connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()


def known(connection: sa.Connection, event_ids: Sequence[str]) -> dict[str, int]:
    """Return the highest attempt of each of these events that waits or was sealed."""
    attempts: dict[str, int] = {}
    for start in range(0, len(event_ids), _IDS_A_QUERY):
        some = event_ids[start : start + _IDS_A_QUERY]
        for table in (sent_events, outbox):
            rows = connection.execute(sa.select(table.c.event_id, table.c.attempt).where(table.c.event_id.in_(some)))
            for event_id, attempt in rows:
                attempts[event_id] = max(attempt, attempts.get(event_id, 0))
    return attempts


def _fresh(connection: sa.Connection, drafts: Sequence[Draft]) -> list[Draft]:
    attempts = known(connection, [draft.event_id for draft in drafts])
    fresh = []
    for draft in drafts:
        if draft.attempt > attempts.get(draft.event_id, 0):
            attempts[draft.event_id] = draft.attempt
            fresh.append(draft)
    return fresh


_INSERT = (
    "INSERT INTO outbox (event_id, attempt, source, source_run, recipients, envelope, size) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (event_id) DO UPDATE SET attempt = excluded.attempt, envelope = excluded.envelope, size = excluded.size,"
    " recipients = excluded.recipients"
)


def _insert(connection: sa.Connection, drafts: Sequence[Draft], writer: EnvelopeWriter, *, source_run: bool) -> None:
    rows = [
        (draft.event_id, draft.attempt, draft.source, source_run, " ".join(sorted(set(draft.recipients))), envelope, len(envelope))
        for draft, envelope in zip(drafts, writer.write(drafts), strict=True)
    ]
    # The driver's own executemany: SQLAlchemy's compiled form costs twice as much a row.
    connection.exec_driver_sql(_INSERT, rows)
    db.wake_after(connection)
    crash.reached("outbox-put")
