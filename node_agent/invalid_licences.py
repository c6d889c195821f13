"""Keep what the hub said of acts on licences that this hall sent and that do not count.

Laws: only the hub's word counts, and it is taken in with the delivery that proves it; a message that this release cannot read says
nothing and stops nothing. It names the act, never what the act says.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.names import HUB, LogName
from node_agent.tables import invalid_licences
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.licence.v1.licence_pb2 import InvalidLicence

RESOURCE: Final = "invalid-licence"
TYPE: Final = InvalidLicence.DESCRIPTOR.full_name
SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class SaidInvalidLicence:
    """One such message, as it was delivered; `said_at_ms` is when the hub accepted it, Unix milliseconds."""

    ledger_index: int
    said_at_ms: int
    message: InvalidLicence


@dataclass(frozen=True, slots=True)
class InvalidAct:
    """An act that does not count: which, why, and where it stands."""

    root: str
    event_id: str
    fault: str
    what: str
    journal: str
    journal_index: int
    ledger_index: int
    said_at: datetime


def said(author: LogName, accepted_at_ms: int, members: Iterable[tuple[int, int, bytes]]) -> Iterator[SaidInvalidLicence]:
    """Yield what the envelopes of one author, given as (ledger index, journal index, envelope), say of this hall's acts."""
    if author.hall != HUB:
        return
    for ledger_index, _, data in members:
        envelope = Envelope.FromString(data)
        header = Header.FromString(envelope.header)
        if header.resource == RESOURCE and header.type == TYPE and (message := _read(envelope.payload)) is not None:
            yield SaidInvalidLicence(ledger_index, accepted_at_ms, message)


def _read(payload: bytes) -> InvalidLicence | None:
    """Return the message, None where it names no act."""
    try:
        message = InvalidLicence.FromString(payload)
    except DecodeError:
        return None
    return message if message.licence_root and message.event_id and message.fault else None


_INSERT = (
    "INSERT OR IGNORE INTO invalid_licences (said_index, said_at, root, event_id, fault, what, journal, journal_index, ledger_index)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def store(connection: sa.Connection, found: Sequence[SaidInvalidLicence]) -> None:
    """Take them in beside the delivery that brought them; one that was taken in before changes nothing."""
    if found:
        connection.exec_driver_sql(_INSERT, [_row(one) for one in found])


def _row(one: SaidInvalidLicence) -> tuple[object, ...]:
    said_of = one.message
    where = (said_of.journal, said_of.journal_index, said_of.ledger_index)
    return one.ledger_index, one.said_at_ms, said_of.licence_root, said_of.event_id, said_of.fault, said_of.what, *where


def faults(connection: sa.Connection, event_ids: Sequence[str]) -> dict[str, str]:
    """Return why these acts do not count, by the ids of their events; those that are not named do, as far as the hub said."""
    table = invalid_licences.c
    rows = connection.execute(sa.select(table.event_id, table.fault).where(table.event_id.in_(event_ids)))
    return {row.event_id: row.fault for row in rows}


def newest(connection: sa.Connection, root: str = "", limit: int = SHOWN) -> list[InvalidAct]:
    """Return the acts that do not count, of one licence where it is given, those said last first."""
    query = sa.select(invalid_licences).order_by(invalid_licences.c.said_index.desc()).limit(limit)
    if root:
        query = query.where(invalid_licences.c.root == root)
    return [
        InvalidAct(
            r.root,
            r.event_id,
            r.fault,
            r.what,
            r.journal,
            r.journal_index,
            r.ledger_index,
            datetime.fromtimestamp(r.said_at / 1000, UTC),
        )
        for r in connection.execute(query)
    ]


def count(connection: sa.Connection) -> int:
    """Count them."""
    return connection.scalar(sa.select(sa.func.count()).select_from(invalid_licences)) or 0


def of_event(connection: sa.Connection, event_id: str) -> tuple[str, str] | None:
    """Return why an act does not count, as a word and as a text; None when it does, as far as the hub said."""
    table = invalid_licences.c
    row = connection.execute(sa.select(table.fault, table.what).where(table.event_id == event_id).limit(1)).one_or_none()
    return None if row is None else (row.fault, row.what)
