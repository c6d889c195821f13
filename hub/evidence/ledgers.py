"""Gather what all evidence of one ledger size shares: charter, checkpoint, cosignatures and every key entry.

Laws: all key entries below the size are in it, none left out; only cosignatures that count at that size are handed out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from certs.checkpoints import add_lines
from certs.errors import UnknownKey
from certs.evidence import KeyRecord, ProvincePart
from certs.evidence_province import runs_of
from certs.key_entries import open_entry
from certs.keyring import Keyring
from certs.merkle import Node, range_proof
from certs.notes import parse_line
from certs.tiles import node_reader
from hub.errors import HubError
from hub.evidence import positions
from hub.evidence.kept import Kept
from hub.exchange import ledger, segments
from hub.rooms import Rooms
from hub.tables import cosignatures, key_entries

LEDGERS_KEPT = 8
TILES_KEPT = 256
ROWS_AT_ONCE = 500
"""SQLite takes no endless lists."""


@dataclass(frozen=True, slots=True)
class LedgerAt:
    """The ledger of one size, with the keys as of it."""

    size: int
    root: bytes
    keyring: Keyring
    keys: tuple[KeyRecord, ...]
    head: bytes
    proof: tuple[bytes, ...]
    _tiles: Kept[tuple[int, int], bytes] = field(default_factory=lambda: Kept(TILES_KEPT))

    def nodes(self, connection: sa.Connection) -> Node:
        """Return a reader of the tree's nodes that shares tiles with the other exports of this size."""
        return node_reader(_shared(connection, self._tiles))

    def part(self, rooms: Rooms, connection: sa.Connection) -> ProvincePart:
        """Return the part of the file that these make, with the cosignatures of this moment."""
        note = cosigned_note(connection, rooms, self, self.size, self.root)
        return ProvincePart(rooms.registry.charter_note, note, self.keys, self.head, self.proof)


_kept: Kept[tuple[str, int, bytes], LedgerAt] = Kept(LEDGERS_KEPT)


def holding(connection: sa.Connection, rooms: Rooms, ledger_index: int) -> LedgerAt:
    """Return the ledger at the newest cosigned checkpoint that holds an entry; at the newest of all when none does."""
    column = cosignatures.c.ledger_size
    size = connection.scalar(sa.select(sa.func.max(column)).where(column > ledger_index))
    size = size or ledger.newest_commit(connection)[0]
    root = _root(connection, size)
    key = (rooms.registry.charter_note, size, root)
    return _kept.get(key) or _kept.keep(key, _read(connection, rooms, size, root))


def _root(connection: sa.Connection, size: int) -> bytes:
    root = ledger.root_at(connection, size)
    if root is None:
        msg = f"the tree head of size {size} is missing; restore the database from a backup"
        raise HubError(msg)
    return root


def _read(connection: sa.Connection, rooms: Rooms, size: int, root: bytes) -> LedgerAt:
    query = sa.select(key_entries).where(key_entries.c.ledger_index < size).order_by(key_entries.c.count)
    rows = connection.execute(query).all()
    keyring = Keyring(rooms.keyring.charter)
    for row in rows:
        keyring.apply(row.ledger_index, row.leaf, open_entry(row.note, keyring.charter.registry_verifier))
    indices = [row.ledger_index for row in rows]
    keys = tuple(_records(connection, indices))
    head = b"" if indices and indices[-1] == size - 1 else _head(connection, size)
    tiles: Kept[tuple[int, int], bytes] = Kept(TILES_KEPT)
    runs = runs_of([*indices, size - 1] if head else indices)
    proof = tuple(range_proof(size, runs, node_reader(_shared(connection, tiles))))
    return LedgerAt(size, root, keyring, keys, head, proof, tiles)


def _records(connection: sa.Connection, indices: Sequence[int]) -> Iterable[KeyRecord]:
    for at in range(0, len(indices), ROWS_AT_ONCE):
        for segment in segments.at_ledger(connection, indices[at : at + ROWS_AT_ONCE]):
            stored = positions.read(segment, 0)
            yield KeyRecord(stored.ledger_index, stored.ledger_entry, stored.envelope)


def _head(connection: sa.Connection, size: int) -> bytes:
    segment = segments.covering(connection, size - 1)
    if segment is None:
        msg = f"the ledger entry {size - 1} is missing; restore the database from a backup"
        raise HubError(msg)
    return positions.read(segment, size - 1 - segment.ledger_first).ledger_entry


def _shared(connection: sa.Connection, kept: Kept[tuple[int, int], bytes]) -> Callable[[int, int], bytes]:
    read = ledger.tile_reader(connection)
    return lambda level, index: kept.get((level, index)) or kept.keep((level, index), read(level, index))


def cosigned_note(connection: sa.Connection, rooms: Rooms, known: LedgerAt, size: int, root: bytes) -> str:
    """Return the ledger's checkpoint of a size with every cosignature that counts, in the order of the halls' ids."""
    rows = connection.execute(sa.select(cosignatures.c.hall, cosignatures.c.line).where(cosignatures.c.ledger_size == size))
    # Not sorted by the database: its collation is not the order of bytes.
    lines = [line for hall, line in sorted(map(tuple, rows)) if counts(known.keyring, hall, line, size)]
    return add_lines(rooms.signer.note(size, root), lines)


def counts(keyring: Keyring, hall: str, line: str, size: int) -> bool:
    """Tell whether a hall's cosignature line is by its key in force at a ledger size."""
    try:
        key = keyring.cosigning_key(hall, size)
    except UnknownKey:
        return False
    parsed = parse_line(line)
    return (parsed.name, parsed.key_id) == (key.name, key.key_id)


def earlier(connection: sa.Connection, known: LedgerAt, author: str, ledger_index: int) -> tuple[int, bytes] | None:
    """Return (size, root) of the first checkpoint that holds an entry and that another hall than its author cosigned.

    It bounds the time of acceptance most closely. None when there is none below the known size.
    """
    column = cosignatures.c.ledger_size
    query = sa.select(column, cosignatures.c.hall, cosignatures.c.line).where(column > ledger_index, column < known.size)
    rows = connection.execute(query.where(cosignatures.c.hall != author).order_by(column).limit(ROWS_AT_ONCE))
    for size, hall, line in rows:
        if counts(known.keyring, hall, line, size):
            return size, _root(connection, size)
    return None
