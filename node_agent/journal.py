"""Seal what waits into the hall's journal.

Laws: a batch, its checkpoint and the head that follows from it are one transaction; what is sealed is never changed; an
unreceipted end may be unsealed again, a receipted batch never (DESIGN §3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import sqlalchemy as sa

from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.entries import recipients_hash
from certs.merkle import Frontier, leaf_hash, leaf_hashes
from certs.notes import Signer
from node_agent import crash
from node_agent.tables import batches, journal_head
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

_FRAME_OVERHEAD = 4_096
"""Room for the checkpoint and the frame's own fields."""
_ENVELOPE_OVERHEAD = 8
_REFERENCES_A_BATCH = 512


@dataclass(frozen=True, slots=True)
class Limits:
    """What binds before sealing, as the hub said when it gave the lease."""

    frame_bytes: int
    envelope_bytes: int
    batch_length: int
    batches_in_flight: int


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the journal; `checkpoint` is empty for an empty one."""

    epoch: int
    frontier: Frontier
    checkpoint: str

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
    row = connection.execute(sa.select(journal_head).where(journal_head.c.epoch == epoch)).one_or_none()
    if row is None:
        return Head(epoch, Frontier.empty(), "")
    return Head(epoch, Frontier.decode(row.size, row.frontier), row.checkpoint)


_MOVE = (
    "INSERT INTO journal_head (id, epoch, size, frontier, checkpoint) VALUES (1, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, size = excluded.size, frontier = excluded.frontier,"
    " checkpoint = excluded.checkpoint"
)


def move_head(connection: sa.Connection, head: Head) -> None:
    """Write the end of the journal."""
    connection.exec_driver_sql(_MOVE, (head.epoch, head.size, head.frontier.encode(), head.checkpoint))


def _waiting(connection: sa.Connection, limits: Limits) -> tuple[int, list[tuple[str, bytes]]]:
    """Return what one batch takes from the outbox, as (recipients, envelope), and the last id of it."""
    rows = connection.exec_driver_sql("SELECT id, recipients, size, envelope FROM outbox ORDER BY id LIMIT ?", (limits.batch_length,))
    room = limits.frame_bytes - _FRAME_OVERHEAD
    last = 0
    taken: list[tuple[str, bytes]] = []
    for row_id, recipients, size, envelope in rows.fetchall():
        room -= min(size, limits.envelope_bytes) + _ENVELOPE_OVERHEAD
        if room < 0 and taken:
            break
        taken.append((recipients, envelope))
        last = row_id
    return last, taken


_MARK_SENT = (
    "INSERT OR REPLACE INTO sent_events (event_id, attempt, journal_index, sealed_at)"
    " SELECT event_id, attempt, ? + row_number() OVER (ORDER BY id) - 1, ? FROM outbox WHERE id <= ?"
)
_INSERT_BATCH = (
    "INSERT INTO batches (first, count, checkpoint, frontier, sealed_at, receipted_at, receipt, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


def seal(connection: sa.Connection, signer: Signer, head: Head, limits: Limits, *, now_ms: int) -> tuple[Sealed, Head] | None:
    """Seal what waits, up to one batch, or return None when nothing does; durable when the caller's transaction is.

    Call it while the submit lease is held, with the head as stored. An envelope above `limits.envelope_bytes` becomes a
    hash-only leaf, which the hub refuses by itself.
    """
    last, taken = _waiting(connection, limits)
    if not taken:
        return None
    envelopes = [envelope for _, envelope in taken]
    leaves = leaf_hashes(envelopes)
    frontier = head.frontier.extend(leaves)
    checkpoint = sign_checkpoint(Checkpoint(signer.name, frontier.size, frontier.root()), signer)
    too_large = [at for at, envelope in enumerate(envelopes) if len(envelope) > limits.envelope_bytes]
    for at in too_large:
        envelopes[at] = leaves[at]
    body = Batch(checkpoint=checkpoint, envelopes=envelopes, hash_only=too_large).SerializeToString()
    row = (head.size, len(leaves), checkpoint, head.frontier.encode(), now_ms, None, None, body)
    connection.exec_driver_sql(_INSERT_BATCH, row)
    connection.exec_driver_sql(_MARK_SENT, (head.size, now_ms, last))
    connection.exec_driver_sql("DELETE FROM outbox WHERE id <= ?", (last,))
    new_head = Head(head.epoch, frontier, checkpoint)
    move_head(connection, new_head)
    crash.reached("sealed-before-commit")
    # The hub reads no header of an envelope that it does not get.
    hashes = [hash_of_recipients("" if at in too_large else recipients) for at, (recipients, _) in enumerate(taken)]
    return Sealed(head.size, checkpoint, leaves, hashes, body), new_head


def reread(first: int, body: bytes) -> Sealed:
    """Make ready a batch from its stored bytes, to be sent again."""
    batch = Batch.FromString(body)
    hash_only = set(batch.hash_only)
    leaves = [data if at in hash_only else leaf_hash(data) for at, data in enumerate(batch.envelopes)]
    headers = [Header() if at in hash_only else header_of(data) for at, data in enumerate(batch.envelopes)]
    return Sealed(first, batch.checkpoint, leaves, [hash_of_recipients(" ".join(header.recipients)) for header in headers], body)


def header_of(envelope: bytes) -> Header:
    """Parse the header of one of our own envelopes."""
    return Header.FromString(Envelope.FromString(envelope).header)


def receipted_size(connection: sa.Connection, head: Head) -> int:
    """Return the size of the journal up to which receipts are held."""
    first = connection.scalar(sa.select(sa.func.min(batches.c.first)).where(batches.c.receipted_at.is_(None)))
    return head.size if first is None else first


def next_unreceipted(connection: sa.Connection, position: int) -> Sealed | None:
    """Return the first unreceipted batch at or behind a journal index."""
    query = sa.select(batches.c.first, batches.c.body).where(batches.c.receipted_at.is_(None), batches.c.first >= position)
    row = connection.execute(query.order_by(batches.c.first).limit(1)).one_or_none()
    return reread(row.first, row.body) if row is not None else None


def root_at(connection: sa.Connection, head: Head, size: int) -> bytes | None:
    """Return the root at a size, or None where no batch of ours ends, or none is kept."""
    if size == head.size:
        return head.frontier.root()
    frontier = connection.scalar(sa.select(batches.c.frontier).where(batches.c.first == size))
    return Frontier.decode(size, frontier).root() if frontier is not None else None


def unreceipted(connection: sa.Connection) -> Iterator[tuple[int, bytes]]:
    """Yield (first, body) of the batches that wait for a receipt, in order."""
    query = sa.select(batches.c.first, batches.c.body).where(batches.c.receipted_at.is_(None)).order_by(batches.c.first)
    for row in connection.execute(query):
        yield row.first, row.body
