"""Keep the province's log: its head, its checkpoints and its tiles."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

import certs.tiles
from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.merkle import EMPTY_ROOT, Frontier, Node
from certs.names import ledger_origin
from certs.notes import Signer
from certs.tiles import Tile, node_reader
from hub.bulk import upsert
from hub.errors import Fenced, Outrun
from hub.tables import commits, head, tiles

LONGEST = (1 << 63) - 1
"""No log is longer: a database holds no larger number."""


# Built once: SQLAlchemy takes longer to build a statement than to run it.
_LOCK = sa.select(head.c.term, head.c.ledger_size).where(head.c.id == 1).with_for_update()
_MOVED = ("ledger_size", "frontier", "accepted_at_ms", "key_count", "key_chain")
_MOVE = head.update().where(head.c.id == 1).values({name: sa.bindparam(name) for name in _MOVED})
_COMMIT = commits.insert()


@dataclass(frozen=True, slots=True)
class Head:
    """The newest state of the ledger."""

    term: int
    frontier: Frontier
    accepted_at_ms: int
    key_count: int
    key_chain: bytes


def take_over(connection: sa.Connection) -> Head:
    """Begin a new term: any other process on this database is fenced from now on."""
    row = connection.execute(sa.select(head).where(head.c.id == 1).with_for_update()).one()
    connection.execute(head.update().where(head.c.id == 1).values(term=row.term + 1))
    frontier = Frontier.decode(row.ledger_size, row.frontier)
    return Head(row.term + 1, frontier, row.accepted_at_ms, row.key_count, row.key_chain)


def lock(connection: sa.Connection, expected: Head) -> None:
    """Lock the head row for this transaction, or raise Fenced or Outrun when it is not as this process left it."""
    row = connection.execute(_LOCK).one()
    if row.term != expected.term:
        msg = f"another hub process took over this database (term {row.term}, ours {expected.term}); this one stops"
        raise Fenced(msg)
    if row.ledger_size != expected.frontier.size:
        raise Outrun(row.ledger_size)


def move(connection: sa.Connection, new: Head, root: bytes) -> None:
    """Write the new head and the tree head of this commit."""
    values = {
        "ledger_size": new.frontier.size,
        "frontier": new.frontier.encode(),
        "accepted_at_ms": new.accepted_at_ms,
        "key_count": new.key_count,
        "key_chain": new.key_chain,
    }
    connection.execute(_MOVE, values)
    connection.execute(_COMMIT, {"ledger_size": new.frontier.size, "root": root, "committed_at_ms": new.accepted_at_ms})


def current(connection: sa.Connection) -> Head:
    """Read the head without locking it."""
    row = connection.execute(sa.select(head).where(head.c.id == 1)).one()
    return Head(row.term, Frontier.decode(row.ledger_size, row.frontier), row.accepted_at_ms, row.key_count, row.key_chain)


def root_at(connection: sa.Connection, size: int) -> bytes | None:
    """Return the root of a tree head that was committed at this size."""
    if size == 0:
        return EMPTY_ROOT
    if size > LONGEST:
        return None
    return connection.scalar(sa.select(commits.c.root).where(commits.c.ledger_size == size))


def newest_commit(connection: sa.Connection) -> tuple[int, bytes]:
    """Return (size, root) of the newest tree head."""
    row = connection.execute(sa.select(commits.c.ledger_size, commits.c.root).order_by(commits.c.ledger_size.desc()).limit(1)).one_or_none()
    return (row.ledger_size, row.root) if row else (0, EMPTY_ROOT)


def write_tiles(connection: sa.Connection, changed: Iterable[Tile]) -> None:
    """Write the tiles that a commit changed; a partial tile is replaced by its longer self."""
    upsert(connection, tiles, [(tile.level, tile.index, tile.hashes) for tile in changed])


def tile_reader(connection: sa.Connection) -> Callable[[int, int], bytes]:
    """Return a reader of tiles (level, index); a tile that is not there yet has no hashes."""

    def read(level: int, index: int) -> bytes:
        return connection.scalar(sa.select(tiles.c.hashes).where(tiles.c.level == level, tiles.c.index == index)) or b""

    return read


def nodes(connection: sa.Connection) -> Node:
    """Return a reader of complete nodes (level, index) of the ledger's tree."""
    return node_reader(tile_reader(connection))


class LedgerSigner:
    """Sign tree heads; Ed25519 is deterministic, so a note can be made again after a crash."""

    def __init__(self, trust_domain: str, epoch: int, signer: Signer, *, keep: int = 4096) -> None:
        self._origin = ledger_origin(trust_domain, epoch)
        self._signer = signer
        self._keep = keep
        self._notes: dict[int, str] = {}

    def kept(self, size: int) -> str | None:
        """Return the signed checkpoint of this size if it was made lately."""
        return self._notes.get(size)

    def note(self, size: int, root: bytes) -> str:
        """Return the signed checkpoint of a tree head."""
        found = self._notes.get(size)
        if found is None:
            found = sign_checkpoint(Checkpoint(self._origin, size, root), self._signer)
            if len(self._notes) >= self._keep:
                self._notes.pop(next(iter(self._notes)))
            self._notes[size] = found
        return found


def open_tiles(connection: sa.Connection, size: int) -> list[Tile]:
    """Return the partial tiles of the ledger."""
    read = tile_reader(connection)
    return [Tile(level, index, read(level, index)) for level, index, _ in certs.tiles.open_tiles(size)]
