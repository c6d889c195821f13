"""Seal what waits into the hall's journal.

Laws: a batch, its checkpoint and the head that follows from it are one transaction; what is sealed is never changed; an
unreceipted end may be unsealed again, a receipted batch never; behind a leaf that names the next log key nothing is sealed until it is
settled whose key signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.entries import REFUSED, recipients_hash
from certs.merkle import Frontier, leaf_hash, leaf_hashes
from certs.notes import Signer
from node_agent import crash
from node_agent.tables import batches, journal_head
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1.exchange_pb2 import Batch

_FRAME_OVERHEAD = 4_096
"""Room for the checkpoint and the frame's own fields."""
_ENVELOPE_OVERHEAD = 8
_TOO_LARGE = int(errors_pb2.REASON_ENVELOPE_TOO_LARGE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What binds before sealing, as the hub said when it gave the lease."""

    frame_bytes: int
    envelope_bytes: int
    batch_length: int
    batches_in_flight: int


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the journal: `checkpoint` is empty for an empty one, `last_row` is the outbox's last row that is sealed."""

    epoch: int
    frontier: Frontier
    checkpoint: str
    last_row: int

    @property
    def size(self) -> int:
        """How many envelopes are sealed."""
        return self.frontier.size


@dataclass(frozen=True, slots=True)
class Sealed:
    """A batch as it is sent, with what its receipt is checked against.

    `recipients` holds one hash per envelope (certs.entries.recipients_hash), `body` a serialised tongban.exchange.v1.Batch.
    """

    first: int
    checkpoint: str
    leaves: Sequence[bytes] = field(repr=False)
    recipients: Sequence[bytes] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Size of the journal behind the batch."""
        return self.first + len(self.leaves)


@lru_cache(maxsize=4_096)
def hash_of_recipients(spaced: str) -> bytes:
    """Hash recipients that are joined by spaces; few distinct ones occur."""
    return recipients_hash(spaced.split())


def load_head(connection: sa.Connection, epoch: int) -> Head:
    """Return the end of the journal; of an empty one for a new epoch."""
    row = connection.execute(sa.select(journal_head)).one_or_none()
    if row is None:
        return Head(epoch, Frontier.empty(), "", 0)
    if row.epoch != epoch:
        return Head(epoch, Frontier.empty(), "", row.last_row)
    return Head(epoch, Frontier.decode(row.size, row.frontier), row.checkpoint, row.last_row)


_MOVE = (
    "INSERT INTO journal_head (id, epoch, size, frontier, checkpoint, last_row) VALUES (1, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, size = excluded.size, frontier = excluded.frontier,"
    " checkpoint = excluded.checkpoint, last_row = excluded.last_row"
)


def move_head(connection: sa.Connection, head: Head) -> None:
    """Write the end of the journal."""
    connection.exec_driver_sql(_MOVE, (head.epoch, head.size, head.frontier.encode(), head.checkpoint, head.last_row))


_Row = sa.Row[Any]
"""A row of the outbox: id, recipients, size, envelope, event id."""

_WAITING = (
    "SELECT id, recipients, size, envelope, event_id FROM outbox WHERE id > ? AND id <="
    " (SELECT coalesce(min(outbox_row), 9223372036854775807) FROM successions WHERE settled_at IS NULL) ORDER BY id LIMIT ?"
)
_INSERT_BATCH = (
    "INSERT INTO batches (first, count, checkpoint, frontier, sealed_at, first_row, last_row, hash_only) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_NAME_TOO_LARGE = "INSERT INTO refusals (journal_index, event_id, disposition, reason, receipted_at) VALUES (?, ?, ?, ?, ?)"


def _waiting(connection: sa.Connection, last_row: int, limits: Limits) -> tuple[list[_Row], bool]:
    """Return the rows that one batch takes, at least one where any waits, and whether there may be more behind them."""
    room = limits.frame_bytes - _FRAME_OVERHEAD
    taken: list[_Row] = []
    found = connection.exec_driver_sql(_WAITING, (last_row, limits.batch_length)).fetchall()
    for row in found:
        room -= min(row.size, limits.envelope_bytes) + _ENVELOPE_OVERHEAD
        if room < 0 and taken:
            break
        taken.append(row)
    return taken, len(taken) < len(found) or len(found) == limits.batch_length


def seal(connection: sa.Connection, signer: Signer, head: Head, limits: Limits, *, now_ms: int) -> tuple[Sealed, Head, bool] | None:
    """Seal what waits, up to one batch, or return None when nothing does; durable when the caller's transaction is.

    Returns the batch, the head behind it, and whether more may wait.

    Call it while the submit lease is held, with the head as stored. An envelope above `limits.envelope_bytes` becomes a
    hash-only leaf, which the hub refuses by itself.
    """
    taken, more = _waiting(connection, head.last_row, limits)
    if not taken:
        return None
    hash_only = [at for at, row in enumerate(taken) if row.size > limits.envelope_bytes]
    leaves = leaf_hashes([row.envelope for row in taken])
    frontier = head.frontier.extend(leaves)
    checkpoint = sign_checkpoint(Checkpoint(signer.name, frontier.size, frontier.root()), signer)
    new_head = Head(head.epoch, frontier, checkpoint, taken[-1].id)
    spaced = " ".join(map(str, hash_only))
    row = (head.size, len(taken), checkpoint, head.frontier.encode(), now_ms, taken[0].id, new_head.last_row, spaced)
    connection.exec_driver_sql(_INSERT_BATCH, row)
    if hash_only:  # the receipt will refuse them, and cannot name the event
        refused = [(head.size + at, taken[at].event_id, REFUSED, _TOO_LARGE, now_ms) for at in hash_only]
        connection.exec_driver_sql(_NAME_TOO_LARGE, refused)
    move_head(connection, new_head)
    crash.reached("sealed-before-commit")
    return _sealed(head.size, checkpoint, taken, leaves, hash_only), new_head, more


def _sealed(first: int, checkpoint: str, rows: Sequence[_Row], leaves: Sequence[bytes], hash_only: Sequence[int]) -> Sealed:
    envelopes = [row.envelope for row in rows]
    hashes = [hash_of_recipients(row.recipients) for row in rows]
    for at in hash_only:
        envelopes[at] = leaves[at]
        hashes[at] = hash_of_recipients("")  # the hub reads no header of an envelope that it does not get
    body = Batch(checkpoint=checkpoint, envelopes=envelopes, hash_only=hash_only).SerializeToString()
    return Sealed(first, checkpoint, leaves, hashes, body)


def opened(first: int, body: bytes) -> Sealed:
    """Take a serialised batch apart."""
    batch = Batch.FromString(body)
    hash_only = set(batch.hash_only)
    leaves = [data if at in hash_only else leaf_hash(data) for at, data in enumerate(batch.envelopes)]
    headers = [Header() if at in hash_only else header_of(data) for at, data in enumerate(batch.envelopes)]
    return Sealed(first, batch.checkpoint, leaves, [hash_of_recipients(" ".join(header.recipients)) for header in headers], body)


def header_of(envelope: bytes) -> Header:
    """Parse the header of one of our own envelopes."""
    return Header.FromString(Envelope.FromString(envelope).header)


_ROWS = "SELECT id, recipients, size, envelope, event_id FROM outbox WHERE id BETWEEN ? AND ? ORDER BY id"


def reread(connection: sa.Connection, row: sa.Row[Any]) -> Sealed:
    """Make ready a row of `batches`, to be sent again or checked."""
    if row.body is not None:
        return opened(row.first, row.body)
    rows = connection.exec_driver_sql(_ROWS, (row.first_row, row.last_row)).fetchall()
    hash_only = [int(at) for at in row.hash_only.split()]
    return _sealed(row.first, row.checkpoint, rows, leaf_hashes([found.envelope for found in rows]), hash_only)


def receipted_size(connection: sa.Connection, head: Head) -> int:
    """Return the size of the journal up to which receipts are held."""
    first = connection.scalar(sa.select(sa.func.min(batches.c.first)).where(batches.c.receipted_at.is_(None)))
    return head.size if first is None else first


def next_unreceipted(connection: sa.Connection, position: int) -> Sealed | None:
    """Return the first unreceipted batch at or behind a journal index."""
    query = sa.select(batches).where(batches.c.receipted_at.is_(None), batches.c.first >= position)
    row = connection.execute(query.order_by(batches.c.first).limit(1)).one_or_none()
    return reread(connection, row) if row is not None else None


def root_at(connection: sa.Connection, head: Head, size: int) -> bytes | None:
    """Return the root at a size, or None where no batch of ours ends, or none is kept."""
    if size == head.size:
        return head.frontier.root()
    frontier = connection.scalar(sa.select(batches.c.frontier).where(batches.c.first == size))
    return Frontier.decode(size, frontier).root() if frontier is not None else None
