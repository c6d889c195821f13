"""Keep what the hub said of records that this hall sent and that do not hold.

Laws: only the hub's word counts, and it is taken in with the delivery that proves it; a message that this release cannot read says
nothing and stops nothing. What a record held is not repeated, neither by the hub nor here.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.names import HUB, LogName
from node_agent.tables import invalid_records
from tongban.directory.v1.records_pb2 import InvalidRecord
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

RESOURCE: Final = "invalid-record"
TYPE: Final = InvalidRecord.DESCRIPTOR.full_name
SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class SaidInvalid:
    """One such message, as it was delivered; `said_at_ms` is when the hub accepted it, Unix milliseconds."""

    ledger_index: int
    said_at_ms: int
    message: InvalidRecord


@dataclass(frozen=True, slots=True)
class Invalid:
    """A record that does not hold; `faults` are (field, what is wrong) each, the field empty for the whole record."""

    resource: str
    key: str
    version: int
    event_id: str
    journal: str
    journal_index: int
    ledger_index: int
    said_at: datetime
    faults: tuple[tuple[str, str], ...]


def said(author: LogName, accepted_at_ms: int, members: Iterable[tuple[int, int, bytes]]) -> Iterator[SaidInvalid]:
    """Yield what the envelopes of one author, given as (ledger index, journal index, envelope), say of records of this hall."""
    if author.hall != HUB:
        return
    for ledger_index, _, data in members:
        envelope = Envelope.FromString(data)
        header = Header.FromString(envelope.header)
        if header.resource == RESOURCE and header.type == TYPE and (message := _read(envelope.payload)) is not None:
            yield SaidInvalid(ledger_index, accepted_at_ms, message)


def _read(payload: bytes) -> InvalidRecord | None:
    """Return the message, None where it names no record that this release can find."""
    try:
        message = InvalidRecord.FromString(payload)
    except DecodeError:
        return None
    return message if message.resource and message.subject else None


_INSERT = (
    "INSERT OR IGNORE INTO invalid_records (said_index, said_at, resource, key, version, event_id, journal, journal_index, ledger_index,"
    " faults) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def store(connection: sa.Connection, found: Sequence[SaidInvalid]) -> None:
    """Take them in beside the delivery that brought them; one that was taken in before changes nothing."""
    if found:
        connection.exec_driver_sql(_INSERT, [_row(one) for one in found])


def _row(one: SaidInvalid) -> tuple[object, ...]:
    record = one.message
    faults = json.dumps([[fault.path, fault.what] for fault in record.faults], ensure_ascii=False)
    where = (record.journal, record.journal_index, record.ledger_index)
    return one.ledger_index, one.said_at_ms, record.resource, record.subject, record.version, record.event_id, *where, faults


def newest(connection: sa.Connection, resource: str = "", limit: int = SHOWN) -> list[Invalid]:
    """Return the records that do not hold, of one resource where it is given, those said last first."""
    query = sa.select(invalid_records).order_by(invalid_records.c.said_index.desc()).limit(limit)
    if resource:
        query = query.where(invalid_records.c.resource == resource)
    return [
        Invalid(
            r.resource,
            r.key,
            r.version,
            r.event_id,
            r.journal,
            r.journal_index,
            r.ledger_index,
            datetime.fromtimestamp(r.said_at / 1000, UTC),
            tuple((path, what) for path, what in json.loads(r.faults)),
        )
        for r in connection.execute(query)
    ]


def count(connection: sa.Connection) -> int:
    """Count them."""
    return connection.scalar(sa.select(sa.func.count()).select_from(invalid_records)) or 0


def forget(connection: sa.Connection, before_ms: int) -> int:
    """Delete what was said before a time, Unix milliseconds; return how much."""
    return connection.execute(sa.delete(invalid_records).where(invalid_records.c.said_at < before_ms)).rowcount
