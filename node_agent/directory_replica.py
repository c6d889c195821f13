"""Keep the hall's replica of the province's register (directory.register).

Laws: it is folded from deliveries that prove what they say, in the transaction that stores them, so it is what the hub said to every
hall, in order, and is there offline; a change that this release cannot read is kept as it is and stops nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from certs.names import HUB, LogName
from directory.errors import ChangeMalformed
from directory.register.changes import RESOURCE, TYPE, Change, Place, read_change
from directory.register.fold import Held, Register, digest
from node_agent.tables import directory, unread_changes
from tongban.envelope.v1.envelope_pb2 import Envelope, Header


@dataclass(frozen=True, slots=True)
class SaidChange:
    """A change as it was delivered, and where it stands; `change` is None where this release cannot read it, and `why` says so."""

    ledger_index: int
    journal_epoch: int
    journal_index: int
    payload: bytes
    change: Change | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One document of the replica."""

    place: Place
    document: str
    reason: str
    ledger_index: int
    journal_epoch: int
    journal_index: int


def is_change(author: str, header: Header) -> bool:
    """Tell whether a message is a change of the register: only the hub says one."""
    return author == HUB and header.resource == RESOURCE and header.type == TYPE


def said(author: LogName, members: Iterable[tuple[int, int, bytes]]) -> Iterator[SaidChange]:
    """Yield the changes among the envelopes of one author, given as (ledger index, journal index, envelope); raises DecodeError."""
    if author.hall != HUB:
        return
    for ledger_index, journal_index, data in members:
        envelope = Envelope.FromString(data)
        if is_change(author.hall, Header.FromString(envelope.header)):
            yield _read(ledger_index, author.epoch, journal_index, envelope.payload)


def _read(ledger_index: int, epoch: int, journal_index: int, payload: bytes) -> SaidChange:
    try:
        return SaidChange(ledger_index, epoch, journal_index, payload, read_change(payload))
    except ChangeMalformed as error:
        return SaidChange(ledger_index, epoch, journal_index, payload, None, str(error))


_PUT = (
    "INSERT INTO directory (kind, key, version, document, reason, ledger_index, journal_epoch, journal_index)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, key, version) DO UPDATE SET document = excluded.document,"
    " reason = excluded.reason, ledger_index = excluded.ledger_index, journal_epoch = excluded.journal_epoch,"
    " journal_index = excluded.journal_index WHERE excluded.ledger_index > directory.ledger_index"
)
_SET_ASIDE = "INSERT OR IGNORE INTO unread_changes (ledger_index, why, payload) VALUES (?, ?, ?)"


def store(connection: sa.Connection, changes: Sequence[SaidChange]) -> None:
    """Take changes in beside the delivery that brought them; one that was taken in before changes nothing."""
    put = [(*_key(one.change.place), one.change.document, one.change.reason, *_where(one)) for one in changes if one.change]
    unread = [(one.ledger_index, one.why, one.payload) for one in changes if one.change is None]
    if put:
        connection.exec_driver_sql(_PUT, put)
    if unread:
        connection.exec_driver_sql(_SET_ASIDE, unread)


def _key(place: Place) -> tuple[str, str, str]:
    return place.kind, place.key, place.version


def _where(one: SaidChange) -> tuple[int, int, int]:
    return one.ledger_index, one.journal_epoch, one.journal_index


def documents(connection: sa.Connection, kind: str, key: str = "") -> list[Kept]:
    """Return the documents of a kind, of one key where it is given, in the order of key and version."""
    table = directory.c
    query = sa.select(directory).where(table.kind == kind, table.document.is_not(None)).order_by(table.key, table.version)
    if key:
        query = query.where(table.key == key)
    return [
        Kept(Place(r.kind, r.key, r.version), r.document, r.reason, r.ledger_index, r.journal_epoch, r.journal_index)
        for r in connection.execute(query)
    ]


def fold(register: Register, changes: Iterable[SaidChange]) -> None:
    """Take into a register what of these changes can be read."""
    for one in changes:
        if one.change is not None:
            register.apply(one.change, one.ledger_index)


def load(connection: sa.Connection) -> Register:
    """Return the whole replica."""
    rows = connection.execute(sa.select(directory))
    return Register((Place(row.kind, row.key, row.version), Held(row.ledger_index, row.document)) for row in rows)


def position(connection: sa.Connection) -> int:
    """Return the size of the ledger up to which the replica knows the register; 0 before anything was heard."""
    newest = connection.scalar(sa.select(sa.func.max(directory.c.ledger_index)))
    return 0 if newest is None else int(newest) + 1


def standing(connection: sa.Connection) -> dict[str, Any]:
    """Say how the replica stands: how many documents of each kind, up to which ledger index, and their digest."""
    table = directory.c
    kinds = sa.select(table.kind, sa.func.count()).where(table.document.is_not(None)).group_by(table.kind).order_by(table.kind)
    counted = {kind: int(count) for kind, count in connection.execute(kinds)}
    unread, newest_unread = connection.execute(sa.select(sa.func.count(), sa.func.max(unread_changes.c.ledger_index))).one()
    newest = connection.scalar(sa.select(sa.func.max(table.ledger_index)))
    return {
        "documents": sum(counted.values()),
        "kinds": counted,
        "ledger_index": max((index for index in (newest, newest_unread) if index is not None), default=None),
        "digest": digest(_sorted(connection)),
        "unread": int(unread),
    }


def _sorted(connection: sa.Connection) -> Iterator[tuple[Place, str]]:
    table = directory.c
    query = sa.select(table.kind, table.key, table.version, table.document).where(table.document.is_not(None))
    rows = connection.execute(query.order_by(table.kind, table.key, table.version), execution_options={"yield_per": 500})
    return ((Place(row.kind, row.key, row.version), row.document) for row in rows)


def unread(connection: sa.Connection) -> list[tuple[int, str]]:
    """Return (ledger index, why) of every change that could not be read."""
    query = sa.select(unread_changes.c.ledger_index, unread_changes.c.why).order_by(unread_changes.c.ledger_index)
    return [(row.ledger_index, row.why) for row in connection.execute(query)]
