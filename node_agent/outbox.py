"""Keep what waits to be sealed.

Laws: an event is put at most once per attempt; an envelope is serialised once, here; the order of `put` is the order
of the journal; of a source's runs only the newest unsealed one waits.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp

from certs import names
from certs.readers import ContentKey, encrypt
from node_agent import crash, db, known_events
from tongban.envelope.v1.envelope_pb2 import Actor as ActorMessage
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

ENVELOPE_VERSION = 1
SALT_BYTES = 16
DATA_CONTENT_TYPE = "application/protobuf"

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
    key: ContentKey | None = None
    """Encrypts the payload to its readers; without one it is in clear."""


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
        written = header.SerializeToString()
        if draft.key is None:
            return Envelope(header=written, payload=draft.payload).SerializeToString()
        sealed = encrypt(draft.payload, written, draft.key)
        return Envelope(header=written, encrypted=sealed.message()).SerializeToString()


def _timestamp(moment: datetime) -> Timestamp:
    microseconds = (moment - _EPOCH) // _MICROSECOND
    return Timestamp(seconds=microseconds // 1_000_000, nanos=microseconds % 1_000_000 * 1_000)


def put(connection: sa.Connection, drafts: Sequence[Draft], writer: EnvelopeWriter) -> int:
    """Enqueue the drafts that were never put before; return how many were new.

    A draft with a higher `attempt` than before follows the earlier one. Durable when the caller's transaction (`db.begin`) is;
    then the link wakes.
    """
    fresh = _fresh(connection, drafts)
    if fresh:
        known_events.note(connection, [(draft.event_id, draft.attempt) for draft in fresh])
        _insert(connection, fresh, writer, source_run=False)
    return len(fresh)


def envelope_of(connection: sa.Connection, event_id: str) -> bytes:
    """Return the envelope of an event that was put just now, as it will be sent."""
    return bytes(connection.exec_driver_sql(_ENVELOPE, (event_id,)).scalar_one())


def put_source_run(connection: sa.Connection, draft: Draft, writer: EnvelopeWriter) -> None:
    """Enqueue the run of a source in place of an earlier one that still waits."""
    connection.exec_driver_sql(_STRIKE_RUN, (draft.source,))
    _insert(connection, [draft], writer, source_run=True)


def waiting(connection: sa.Connection) -> tuple[int, int | None]:
    """Count what waits, and return since when the oldest does, Unix milliseconds."""
    count, oldest = connection.exec_driver_sql(_COUNT).one()
    return count, oldest


_SEALED = "(SELECT coalesce(max(last_row), 0) FROM journal_head)"
_COUNT = f"SELECT count(*), min(put_at) FROM outbox WHERE id > {_SEALED}"  # noqa: S608 - of constants
_STRIKE_RUN = f"DELETE FROM outbox WHERE source = ? AND source_run = 1 AND id > {_SEALED}"  # noqa: S608 - of constants
_ENVELOPE = "SELECT envelope FROM outbox WHERE event_id = ? ORDER BY id DESC LIMIT 1"
_STRIKE = f"DELETE FROM outbox WHERE event_id IN (SELECT value FROM json_each(?)) AND id > {_SEALED}"  # noqa: S608 - of constants


def strike_off(connection: sa.Connection, event_ids: Sequence[str]) -> None:
    """Take back what waits, because the hub has it already; one look at all that waits."""
    connection.exec_driver_sql(_STRIKE, (json.dumps(event_ids),))


def _fresh(connection: sa.Connection, drafts: Sequence[Draft]) -> list[Draft]:
    attempts = known_events.attempts(connection, [draft.event_id for draft in drafts])
    fresh = []
    for draft in drafts:
        if draft.attempt > attempts.get(draft.event_id, 0):
            attempts[draft.event_id] = draft.attempt
            fresh.append(draft)
    return fresh


_INSERT = "INSERT INTO outbox (event_id, attempt, source, source_run, recipients, size, envelope) VALUES (?, ?, ?, ?, ?, ?, ?)"


def _insert(connection: sa.Connection, drafts: Sequence[Draft], writer: EnvelopeWriter, *, source_run: bool) -> None:
    rows = [
        (draft.event_id, draft.attempt, draft.source, source_run, " ".join(sorted(set(draft.recipients))), len(envelope), envelope)
        for draft, envelope in zip(drafts, writer.write(drafts), strict=True)
    ]
    # The driver's own executemany: SQLAlchemy's compiled form costs twice as much a row.
    connection.exec_driver_sql(_INSERT, rows)
    db.wake_after(connection)
    crash.reached("outbox-put")
