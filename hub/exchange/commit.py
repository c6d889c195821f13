"""Write one group of batches and deeds in one transaction (G1: durable when it returns).

Laws: the head row is locked and compared first, so a fenced process writes nothing; a batch whose journal moved or whose
lease was lost is left out and named, and the others go on; `accepted_at` never decreases.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import sqlalchemy as sa

from certs.entries import LEDGER_KEY, ledger_leaf_hashes, next_chain, recipients_hash
from certs.merkle import Growth
from certs.names import EVERY_HALL
from certs.tiles import TILE_WIDTH, Tile, grown_tiles
from hub.errors import Refusal
from hub.exchange import held, ledger, mailboxes, record_work, segments
from hub.exchange.intake import Admitted, Recipients
from hub.exchange.ledger import Head
from hub.exchange.mailboxes import Entry, Runs
from hub.exchange.segments import Segment
from hub.tables import journals
from tongban.errors.v1 import errors_pb2


class Deed(NamedTuple):
    """Something else to be written in the same transaction: an acknowledgement, a cosignature, a claim of a lease."""

    write: Callable[[sa.Connection], object]
    is_plain: bool = False
    """It raises no Refusal and opens no mailbox, so it needs neither a savepoint nor a look at the mailboxes behind it."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What one transaction did: `segments[i]` is None where `refusals[i]` says why batch i was left out."""

    head: Head
    root: bytes
    growth: Growth | None
    segments: Sequence[Segment | None]
    refusals: Sequence[Refusal | None]
    deeds: Sequence[object]
    mailbox_sizes: dict[str, int]
    posted: Sequence[Entry]
    open_tiles: Sequence[Tile]
    with_records: bool = False
    """Some of the batches hold records, which wait to be judged."""


@dataclass(slots=True)
class Desk:
    """What the committer knows of the database without asking: it is the only writer of these."""

    head: Head
    root: bytes
    mailbox_sizes: dict[str, int]
    open_tiles: Sequence[Tile]
    """The last tile of each level, where it is not full yet."""


def commit(connection: sa.Connection, desk: Desk, batches: Sequence[Admitted], deeds: Sequence[Deed], now_ms: int) -> Committed:
    """Write batches and deeds behind the head; raises Fenced, and whatever a deed raises."""
    ledger.lock(connection, desk.head)
    done = [_attempted(connection, deed) for deed in deeds]
    unchanged = all(deed.is_plain for deed in deeds)
    sizes = dict(desk.mailbox_sizes) if unchanged else mailboxes.sizes(connection)
    refusals = _refused(connection, batches)
    good = [batch for batch, refusal in zip(batches, refusals, strict=True) if refusal is None]
    if not good:
        return Committed(desk.head, desk.root, None, [None] * len(batches), refusals, done, sizes, (), desk.open_tiles)
    entries = _Entries(desk, max(now_ms, desk.head.accepted_at_ms))
    for batch in good:
        entries.add(batch)
    written = entries.segments()
    segments.insert(connection, written)
    with_records = [segment for batch, segment in zip(good, written, strict=True) if batch.holds_records]
    record_work.note(connection, with_records)
    held.note(connection, written)
    for batch, segment in zip(good, written, strict=True):
        if batch.also is not None:
            batch.also(connection, segment.ledger_first)
            sizes = mailboxes.sizes(connection)  # it may have opened a mailbox
    posted = _posted(good, written, sizes)
    if posted:
        mailboxes.append(connection, posted, [(hall, sizes[hall]) for hall in {entry.hall for entry in posted}])
    _extend_journals(connection, good)
    changed = grown_tiles(desk.open_tiles, entries.growth)
    ledger.write_tiles(connection, changed)
    ledger.move(connection, entries.head, entries.growth.root())
    by_batch = iter(written)
    return Committed(
        head=entries.head,
        root=entries.growth.root(),
        growth=entries.growth,
        segments=[None if refusal else next(by_batch) for refusal in refusals],
        refusals=refusals,
        deeds=done,
        mailbox_sizes=sizes,
        posted=posted,
        open_tiles=_still_open(desk.open_tiles, changed),
        with_records=bool(with_records),
    )


_HELD = sa.select(journals.c.origin, journals.c.size, journals.c.lease).where(
    journals.c.origin.in_(sa.bindparam("origins", expanding=True))
)
_EXTEND = (
    journals.update()
    .where(journals.c.origin == sa.bindparam("at"))
    .values(size=sa.bindparam("new_size"), frontier=sa.bindparam("new_frontier"), checkpoint=sa.bindparam("new_checkpoint"))
)


def _attempted(connection: sa.Connection, deed: Deed) -> object:
    """Return what a deed returns, or the Refusal with which it alone is undone."""
    if deed.is_plain:
        return deed.write(connection)
    try:
        with connection.begin_nested():
            return deed.write(connection)
    except Refusal as refusal:
        return refusal


def _still_open(before: Sequence[Tile], changed: Sequence[Tile]) -> list[Tile]:
    newest = {tile.level: tile for tile in (*before, *changed)}
    return [tile for tile in newest.values() if tile.width < TILE_WIDTH]


def _refused(connection: sa.Connection, batches: Sequence[Admitted]) -> list[Refusal | None]:
    """Say which batches no longer fit their journal: another process of the hall took the lease, or the tail moved."""
    origins = {batch.tail.origin for batch in batches}
    if not origins:
        return []
    held = {row.origin: (row.size, row.lease) for row in connection.execute(_HELD, {"origins": sorted(origins)})}
    out: list[Refusal | None] = []
    for batch in batches:
        size, lease = held.get(batch.tail.origin, (0, 0))
        if lease != batch.tail.lease:
            out.append(Refusal(errors_pb2.REASON_LEASE_LOST, f"another process took the submit lease of {batch.tail.origin}"))
        elif size != batch.tail.frontier.size:
            msg = f"{batch.tail.origin} stands at {size}, the batch starts at {batch.tail.frontier.size}"
            out.append(Refusal(errors_pb2.REASON_JOURNAL_GAP, msg, metadata={"size": str(size)}))
        else:
            out.append(None)
            held[batch.tail.origin] = (batch.growth.size, lease)
    return out


class _Entries:
    """Build the ledger entries of one commit."""

    def __init__(self, desk: Desk, now_ms: int) -> None:
        self.head = replace(desk.head, accepted_at_ms=now_ms)
        self._start = desk.head.frontier
        self._hashes: list[bytes] = []
        self._parts: list[tuple[Admitted, int, list[bytes], int, bytes]] = []
        self._recipients_hashes: dict[Recipients, bytes] = {}

    def add(self, batch: Admitted) -> None:
        """Append one leaf per envelope."""
        head = self.head
        if batch.kind == LEDGER_KEY:
            # A key entry is alone in its batch, and its own leaf commits to the chain with itself in it.
            self.head = head = replace(head, key_count=head.key_count + 1, key_chain=next_chain(head.key_chain, batch.leaves[0]))
        hashes = ledger_leaf_hashes(
            kind=batch.kind,
            author=batch.tail.hall,
            epoch=batch.tail.epoch,
            indices=range(batch.tail.frontier.size, batch.growth.size),
            leaves=batch.leaves,
            dispositions=batch.dispositions,
            accepted_at_ms=head.accepted_at_ms,
            recipients_hashes=[self._recipients(stated) for stated in batch.stated_recipients],
            key_count=head.key_count,
            key_chain=head.key_chain,
        )
        self._parts.append((batch, self._start.size + len(self._hashes), hashes, head.key_count, head.key_chain))
        self._hashes += hashes

    def _recipients(self, stated: Recipients) -> bytes:
        found = self._recipients_hashes.get(stated)
        if found is None:
            found = self._recipients_hashes[stated] = recipients_hash(stated)
        return found

    def segments(self) -> list[Segment]:
        """Build the tree of the commit and the rows of its segments."""
        self.growth = Growth(self._start, self._hashes)
        self.head = replace(self.head, frontier=self.growth.frontier())
        return [self._segment(*part) for part in self._parts]

    def _segment(self, batch: Admitted, first: int, hashes: list[bytes], key_count: int, key_chain: bytes) -> Segment:
        return Segment(
            ledger_first=first,
            count=batch.count,
            kind=batch.kind,
            author=batch.tail.hall,
            epoch=batch.tail.epoch,
            journal_first=batch.tail.frontier.size,
            journal_frontier=batch.tail.frontier.encode(),
            leaves=b"".join(batch.leaves),
            entries=b"".join(hashes),
            accepted_at_ms=self.head.accepted_at_ms,
            dispositions=batch.dispositions,
            reasons=batch.reasons,
            key_count=key_count,
            key_chain=key_chain,
            ledger_size=self.growth.size,
            ledger_proof=b"".join(self.growth.range_proof([(first, first + batch.count)])),
            batch=batch.batch,
        )


def _posted(batches: Sequence[Admitted], written: Sequence[Segment], sizes: dict[str, int]) -> list[Entry]:
    """Sort members into queues, moving `sizes`; every linked hall has a queue (registry.take_in)."""
    entries: list[Entry] = []
    for batch, segment in zip(batches, written, strict=True):
        for hall, runs in _runs(batch.recipients, sizes).items():
            count = sum(end - start for start, end in runs)
            entries.append(Entry(hall, sizes[hall], count, segment.ledger_first, () if count == segment.count else runs))
            sizes[hall] += count
    return entries


def _runs(recipients: Sequence[Recipients], sizes: dict[str, int]) -> dict[str, Runs]:
    """Return each recipient's contiguous runs of members."""
    runs: dict[str, list[tuple[int, int]]] = {}
    start = 0
    total = len(recipients)
    while start < total:
        here = recipients[start]
        end = start + 1
        while end < total and recipients[end] == here:
            end += 1
        for hall in sizes if here == (EVERY_HALL,) else here:
            if hall in sizes:
                runs.setdefault(hall, []).append((start, end))
        start = end
    return {hall: _joined(found) for hall, found in runs.items()}


def _joined(runs: list[tuple[int, int]]) -> Runs:
    """Join runs that touch: members next to each other may differ in their other recipients only."""
    out: list[tuple[int, int]] = []
    for start, end in runs:
        if out and out[-1][1] == start:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return tuple(out)


def _extend_journals(connection: sa.Connection, batches: Sequence[Admitted]) -> None:
    newest = {batch.tail.origin: batch for batch in batches}
    rows = [
        {"at": origin, "new_size": batch.growth.size, "new_frontier": batch.growth.frontier().encode(), "new_checkpoint": batch.checkpoint}
        for origin, batch in newest.items()
    ]
    connection.execute(_EXTEND, rows)
