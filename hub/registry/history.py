"""Find in the ledger what was said of a thing of the register, when and by whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from directory.register.changes import Change, Place, read_change
from hub.exchange import segments
from hub.registry.tables import register_history
from tongban.envelope.v1.envelope_pb2 import Envelope
from tongban.exchange.v1.exchange_pb2 import Batch

SHOWN = 100
"""The last changes of one thing."""


@dataclass(frozen=True, slots=True)
class Said:
    """A change, where the ledger holds it, and when it was accepted there."""

    ledger_index: int
    said_at: datetime
    change: Change


def size(connection: sa.Connection) -> int:
    """Return the size of the ledger up to the newest change of the register; 0 before any."""
    newest = connection.scalar(sa.select(sa.func.max(register_history.c.ledger_index)))
    return 0 if newest is None else int(newest) + 1


def changed_since(connection: sa.Connection, places: Iterable[Place], position: int) -> dict[Place, int]:
    """Return of these places the newest ledger index at which each was changed, where that is no part of a ledger of this size."""
    wanted = frozenset(places)
    table = register_history.c
    query = sa.select(table.kind, table.key, table.version, sa.func.max(table.ledger_index)).where(table.ledger_index >= position)
    rows = connection.execute(query.group_by(table.kind, table.key, table.version))
    found = {Place(kind, key, version): int(index) for kind, key, version, index in rows}
    return {place: index for place, index in found.items() if place in wanted}


def of(connection: sa.Connection, kind: str, key: str) -> list[Said]:
    """Return the last changes of one thing, of all its versions, the newest first."""
    table = register_history.c
    query = sa.select(table.ledger_index).where(table.kind == kind, table.key == key).order_by(table.ledger_index.desc()).limit(SHOWN)
    return at(connection, connection.scalars(query).all())


def at(connection: sa.Connection, indices: Sequence[int]) -> list[Said]:
    """Return the changes at these ledger indices, in this order."""
    found = []
    for index in indices:
        segment = segments.covering(connection, index)
        if segment is not None:
            envelope = Batch.FromString(segment.batch).envelopes[index - segment.ledger_first]
            said_at = datetime.fromtimestamp(segment.accepted_at_ms / 1000, UTC)
            found.append(Said(index, said_at, read_change(Envelope.FromString(envelope).payload)))
    return found
