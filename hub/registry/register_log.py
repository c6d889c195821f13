"""Keep the register as the ledger says it is, and where in the ledger its changes stand."""

from collections.abc import Sequence

import sqlalchemy as sa

from directory.register.changes import Change, Place, read_change
from directory.register.fold import Documents, Held, Register
from hub.bulk import upsert
from hub.exchange import segments
from hub.registry.tables import register_history
from hub.tables import register, register_segments
from tongban.envelope.v1.envelope_pb2 import Envelope
from tongban.exchange.v1.exchange_pb2 import Batch

_REMOVE = register.delete().where(
    register.c.kind == sa.bindparam("of_kind"), register.c.key == sa.bindparam("of_key"), register.c.version == sa.bindparam("of_version")
)


def load(connection: sa.Connection) -> Register:
    """Return the register as it is kept."""
    return Register((Place(row.kind, row.key, row.version), Held(row.ledger_index, row.document)) for row in _rows(connection))


def documents(connection: sa.Connection) -> Documents:
    """Return the register's documents."""
    return {Place(row.kind, row.key, row.version): row.document for row in _rows(connection)}


def _rows(connection: sa.Connection) -> sa.CursorResult[tuple[str, str, str, str, int]]:
    return connection.execute(sa.select(register).order_by(register.c.kind, register.c.key, register.c.version))


def refolded(connection: sa.Connection) -> Register:
    """Fold the register again from the bodies that the ledger's segments hold; raises ChangeMalformed or DecodeError."""
    found = Register()
    for first in connection.scalars(sa.select(register_segments.c.ledger_first).order_by(register_segments.c.ledger_first)).all():
        for segment in segments.at_ledger(connection, [first]):
            for at, data in enumerate(Batch.FromString(segment.batch).envelopes):
                found.apply(read_change(Envelope.FromString(data).payload), first + at)
    return found


def keep(connection: sa.Connection, changes: Sequence[Change], ledger_first: int) -> None:
    """Let the changes of one segment count, in the transaction that logs it."""
    last = {change.place: (at, change) for at, change in enumerate(changes)}.values()
    put = [(*_key(change.place), change.document, ledger_first + at) for at, change in last if change.document is not None]
    gone = [change.place for _, change in last if change.document is None]
    if put:
        upsert(connection, register, put)
    if gone:
        names = ("of_kind", "of_key", "of_version")
        connection.execute(_REMOVE, [dict(zip(names, _key(place), strict=True)) for place in gone])
    connection.execute(register_segments.insert(), {"ledger_first": ledger_first, "count": len(changes)})
    where = [(change.place, ledger_first + at) for at, change in enumerate(changes)]
    rows = [{"kind": place.kind, "key": place.key, "version": place.version, "ledger_index": index} for place, index in where]
    connection.execute(register_history.insert(), rows)


def _key(place: Place) -> tuple[str, str, str]:
    return place.kind, place.key, place.version
