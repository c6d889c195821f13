"""Keep what was delivered, and acknowledge it.

Laws: the inbox log has one leaf per mailbox entry, in order; segments, head and signed checkpoint are one transaction, and
only then is the checkpoint sent: it is the acknowledgement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from certs.checkpoints import Checkpoint, parse_checkpoint, sign_checkpoint
from certs.entries import ACCEPTED
from certs.merkle import Frontier
from certs.names import parse_origin
from certs.notes import Signer, split
from node_agent import crash, directory_replica, forwards, invalid_licences, invalid_records, keys_replica, ledger_view, withheld
from node_agent.deliveries import Runs, Verified, bodies, members
from node_agent.ledger_view import LedgerView
from node_agent.tables import inbox_head, inbox_segments
from tongban.exchange.v1.exchange_pb2 import Segment

_SEGMENTS_READ = 8
"""Segments in memory while the inbox is read: some megabytes at most."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the inbox log; `checkpoint` is empty for an empty one."""

    epoch: int
    frontier: Frontier
    checkpoint: str
    acknowledged_size: int

    @property
    def size(self) -> int:
        """How many entries were received."""
        return self.frontier.size


@dataclass(frozen=True, slots=True)
class Received:
    """One envelope of the inbox, as its author sent it; `index` is its place in the inbox log. One that is withheld is empty.

    Of what the hub forwarded, the author and all places but `index` are those of the message in the forward. Where that does not verify,
    it is the hub's message, and `fault` says why.
    """

    index: int
    ledger_index: int
    author: str
    epoch: int
    journal_index: int
    accepted_at_ms: int
    disposition: int
    kind: int
    envelope: bytes
    is_withheld: bool = False
    fault: str = ""


def load_head(connection: sa.Connection, epoch: int) -> Head:
    """Return the end of the inbox log; of an empty one for a new epoch."""
    row = connection.execute(sa.select(inbox_head).where(inbox_head.c.epoch == epoch)).one_or_none()
    if row is None:
        return Head(epoch, Frontier.empty(), "", 0)
    return Head(epoch, Frontier.decode(row.size, row.frontier), row.checkpoint, row.acknowledged_size)


def signed(head: Head, frontier: Frontier, signer: Signer) -> Head:
    """Return the head at a frontier with its signed checkpoint."""
    checkpoint = sign_checkpoint(Checkpoint(signer.name, frontier.size, frontier.root()), signer)
    return Head(head.epoch, frontier, checkpoint, head.acknowledged_size)


_MOVE = (
    "INSERT INTO inbox_head (id, epoch, size, frontier, checkpoint, acknowledged_size) VALUES (1, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, size = excluded.size, frontier = excluded.frontier,"
    " checkpoint = excluded.checkpoint, acknowledged_size = excluded.acknowledged_size"
)
_ACKNOWLEDGED = "UPDATE inbox_head SET acknowledged_size = max(acknowledged_size, ?) WHERE size >= ?"
_INSERT = "INSERT OR IGNORE INTO inbox_segments (first, count, received_at, segment) VALUES (?, ?, ?, ?)"


def store(connection: sa.Connection, verified: Sequence[Verified], head: Head, view: LedgerView, *, now_ms: int) -> None:
    """Keep verified deliveries with the head behind them; durable when the caller's transaction is.

    Bodies that are there already stay as they are (a replay brings them again).
    """
    rows = [(segment.first, segment.count, now_ms, segment.data) for one in verified for segment in one.segments]
    if rows:
        connection.exec_driver_sql(_INSERT, rows)
    keys_replica.store(connection, [entry for one in verified for entry in one.key_entries])
    directory_replica.store(connection, [change for one in verified for change in one.changes])
    withheld.store(connection, [found for one in verified for found in one.withheld])
    invalid_records.store(connection, [found for one in verified for found in one.invalid])
    invalid_licences.store(connection, [found for one in verified for found in one.invalid_licences])
    forwards.store(connection, [found for one in verified for found in one.forwards])
    connection.exec_driver_sql(_MOVE, (head.epoch, head.size, head.frontier.encode(), head.checkpoint, head.acknowledged_size))
    ledger_view.store(connection, view.newest)
    crash.reached("delivery-stored")


def acknowledged(connection: sa.Connection, size: int) -> None:
    """Note up to where the hub holds our acknowledgement durably."""
    connection.exec_driver_sql(_ACKNOWLEDGED, (size, size))


def size(connection: sa.Connection) -> int:
    """Return how many entries were received."""
    return connection.scalar(sa.select(inbox_head.c.size)) or 0


def received(connection: sa.Connection, first: int, segments: int, mark: bytes = b"") -> Iterator[Received]:
    """Yield the entries from inbox index `first` on, out of at most `segments` stored segments; few of them are in memory at a time.

    With a `mark`, segments in which its bytes stand nowhere are passed over unparsed.
    """
    start = connection.scalar(sa.select(sa.func.max(inbox_segments.c.first)).where(inbox_segments.c.first <= first))
    at = first if start is None else start
    columns = (inbox_segments.c.first, inbox_segments.c.count, inbox_segments.c.segment)
    while segments > 0:
        query = sa.select(*columns).where(inbox_segments.c.first >= at).order_by(inbox_segments.c.first)
        rows = connection.execute(query.limit(min(segments, _SEGMENTS_READ))).all()
        if not rows:
            return
        for row in rows:
            at = row.first + row[1]
            if mark in row.segment:
                segments -= 1
                entries = (entry for entry in _entries(row.first, Segment.FromString(row.segment)) if entry.index >= first)
                known = forwards.faults(connection, row.first, row[1])
                yield from (_unwrapped(entry, known[entry.index]) if entry.index in known else entry for entry in entries)


def _unwrapped(entry: Received, fault: str) -> Received:
    """Return the message in a forward, or the forward itself where that does not count as its author's."""
    if fault:
        return replace(entry, fault=fault)
    message = forwards.opened(entry.envelope)
    return replace(
        entry,
        ledger_index=message.ledger_index,
        author=message.author.hall,
        epoch=message.author.epoch,
        journal_index=message.journal_index,
        accepted_at_ms=message.accepted_at_ms,
        envelope=message.envelope,
    )


def _entries(first: int, segment: Segment) -> Iterator[Received]:
    note, envelopes = bodies(segment)
    checkpoint = parse_checkpoint(split(note)[0])
    author = parse_origin(checkpoint.origin)
    journal_first = checkpoint.size - segment.count
    runs: Runs = members(segment)
    kept_back = {one.position for one in segment.withheld}
    at = (member for start, end in runs for member in range(start, end))
    for number, (member, envelope) in enumerate(zip(at, envelopes, strict=True)):
        yield Received(
            index=first + number,
            ledger_index=segment.ledger_first + member,
            author=author.hall,
            epoch=author.epoch,
            journal_index=journal_first + member,
            accepted_at_ms=segment.accepted_at.ToMilliseconds(),
            disposition=segment.dispositions[number] if segment.dispositions else ACCEPTED,
            kind=segment.kind,
            envelope=b"" if number in kept_back else envelope,
            is_withheld=number in kept_back,
        )
