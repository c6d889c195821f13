"""Compose what a hall's mailbox holds into frames that prove themselves.

A whole batch goes out as its author sent it; a part of one goes out with range proofs in the author's journal and in the
ledger, and so does one of which the hall may not have all. Nothing here keeps a connection across a write to a stream.
"""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Self, cast

import sqlalchemy as sa

from certs.checkpoints import parse_checkpoint
from certs.entries import inbox_leaf_hashes
from certs.merkle import Frontier, Growth, Node, range_proof
from certs.notes import split
from hub.db import Database
from hub.errors import HubError
from hub.exchange import forms, ledger, mailboxes, omissions, segments
from hub.exchange.acknowledgements import Kept
from hub.exchange.commit import Committed
from hub.exchange.forms import Forms
from hub.exchange.ledger import LedgerSigner
from hub.exchange.mailboxes import Entry, Runs
from hub.exchange.segments import Segment, hashes
from hub.exchange.withholding import Entitlements, Withholding
from tongban.exchange.v1 import exchange_pb2

KEEP_BYTES = 64 * 1024 * 1024
KEEP_LEAVES = 65_536
"""Leaves of the ledger whose tree is kept, at some 150 bytes each."""
KEEP_ENTRIES = 256
KEEP_OPENED = 64
ENTRIES_A_FRAME = 32
WITHHELD_BYTES = 224
"""What an entry without its body weighs beside the hash in its place: it is remembered until it is acknowledged."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One delivery: the message, its weight against the window, and the inbox leaves it will yield when all of it is taken in full.

    `withheld` are the entries whose body is not in it, by inbox index; `entitlements` are what it was composed by.
    """

    message: exchange_pb2.Delivery
    first: int
    end: int
    weight: int
    leaves: Sequence[bytes]
    withheld: Mapping[int, Kept]
    entitlements: Entitlements


@dataclass(frozen=True, slots=True)
class _Opened:
    """A batch taken apart for recipients of a part of it."""

    checkpoint: str
    envelopes: Sequence[bytes]
    journal: Growth


class _Reading:
    """A connection that is opened when something has to be read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack = ExitStack()
        self._connection: sa.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def connection(self) -> sa.Connection:
        """The connection, in one transaction."""
        if self._connection is None:
            self._connection = self._stack.enter_context(self._database.reader.begin())
        return self._connection


class Delivery:
    """Read mailboxes, keeping what was committed last at hand."""

    def __init__(self, database: Database, signer: LedgerSigner, frame_bytes: int, withholding: Withholding) -> None:
        self.withholding = withholding
        self._database = database
        self._signer = signer
        self._frame_bytes = frame_bytes
        self._recent: OrderedDict[int, Segment] = OrderedDict()
        self._recent_bytes = 0
        self._growths: OrderedDict[int, Growth] = OrderedDict()
        self._growth_leaves = 0
        self._posted: defaultdict[str, deque[Entry]] = defaultdict(lambda: deque(maxlen=KEEP_ENTRIES))
        self._opened: OrderedDict[int, _Opened] = OrderedDict()

    def remember(self, committed: Committed) -> None:
        """Keep what was just committed: most of it is about to be delivered."""
        if committed.growth is None:
            return
        self._signer.note(committed.growth.size, committed.root)  # every receipt and delivery of the commit shows it
        self._growths[committed.growth.size] = committed.growth
        self._growth_leaves += committed.growth.size - committed.growth.start
        while self._growth_leaves > KEEP_LEAVES and len(self._growths) > 1:
            _, oldest = self._growths.popitem(last=False)
            self._growth_leaves -= oldest.size - oldest.start
        for segment in committed.segments:
            if segment is not None:
                self._recent[segment.ledger_first] = segment
                self._recent_bytes += len(segment.batch)
        while self._recent_bytes > KEEP_BYTES and self._recent:
            self._recent_bytes -= len(self._recent.popitem(last=False)[1].batch)
        for entry in committed.posted:
            recent = self._posted[entry.hall]
            if recent and recent[-1].first + recent[-1].count != entry.first:
                recent.clear()  # a commit came through of which nothing was told
            recent.append(entry)

    def is_at_hand(self, hall: str, position: int) -> bool:
        """Tell whether the next frame can be made without asking the database."""
        recent = self._at_hand(hall, position)
        return bool(recent) and all(entry.ledger_first in self._recent for entry in recent)

    def frame(self, hall: str, position: int, end: int, *, replay: bool = False) -> Frame | None:
        """Read the frame that starts at `position` of a hall's mailbox and ends at `end` at the latest; None when nothing waits.

        A replay brings again what the hall acknowledged, in the forms in which it did.
        """
        entitlements = self.withholding.now()
        with _Reading(self._database) as reading:
            entries = self._entries(reading, hall, position)
            entries = [_within(entry, position, end) for entry in entries if entry.first < end]
            if not entries:
                return None
            settled = forms.acknowledged(reading.connection, hall, position, end) if replay else None
            message = exchange_pb2.Delivery(first=entries[0].first, replay=replay)
            weight = 0
            leaves: list[bytes] = []
            withheld: dict[int, Kept] = {}
            for entry, segment in self._with_segments(reading, entries):
                omitted = omissions.omitted(entry, segment, entitlements, settled)
                weight += self._add(reading, message, entry, segment, omitted)
                leaves += _inbox_leaves(entry, segment)
                withheld |= omissions.leaves(entry, segment, omitted) if omitted else {}
                if weight >= self._frame_bytes:
                    break
            at = entries[0].first + len(leaves)
            message.waiting = max(end - at, 0)
            return Frame(message, entries[0].first, at, weight, leaves, withheld, entitlements)

    def as_of_now(self, hall: str, frame: Frame) -> list[Frame]:
        """Compose a frame again by what holds now; it may come in parts, in which bodies that were withheld go out after all."""
        out: list[Frame] = []
        at = frame.first
        while at < frame.end:
            again = self.frame(hall, at, frame.end, replay=frame.message.replay)
            if again is None:
                msg = f"the mailbox of {hall} ends at {at}, but held {frame.end} entries; restore the database from a backup"
                raise HubError(msg)
            again.message.waiting += frame.message.waiting
            at = again.end
            out.append(again)
        return out

    def _at_hand(self, hall: str, position: int) -> list[Entry]:
        recent = [entry for entry in list(self._posted[hall]) if entry.first + entry.count > position][:ENTRIES_A_FRAME]
        return recent if recent and recent[0].first <= position else []

    def _entries(self, reading: "_Reading", hall: str, position: int) -> list[Entry]:
        """Return the entries from `position` on, those that were posted last without asking the database."""
        return self._at_hand(hall, position) or mailboxes.entries_from(reading.connection, hall, position, ENTRIES_A_FRAME)

    def _with_segments(self, reading: "_Reading", entries: Sequence[Entry]) -> list[tuple[Entry, Segment]]:
        """Pair entries with their segments, up to what a frame can take."""
        paired: list[tuple[Entry, Segment]] = []
        weight = 0
        missing = [entry.ledger_first for entry in entries if entry.ledger_first not in self._recent]
        # Bodies are large: what is not at hand is read only as far as one frame may need it.
        found = {s.ledger_first: s for s in segments.at_ledger(reading.connection, missing[:16])} if missing else {}
        for entry in entries:
            segment = self._recent.get(entry.ledger_first) or found.get(entry.ledger_first)
            if segment is None or weight >= self._frame_bytes:
                break
            weight += len(segment.batch)
            paired.append((entry, segment))
        return paired

    def _add(self, reading: "_Reading", message: exchange_pb2.Delivery, entry: Entry, segment: Segment, omitted: Forms) -> int:
        note = self._signer.kept(segment.ledger_size) or self._note(reading.connection, segment.ledger_size)
        part = message.segments.add(
            ledger_first=segment.ledger_first,
            count=segment.count,
            keys=exchange_pb2.KeyChain(count=segment.key_count, hash=segment.key_chain),
            ledger_checkpoint=note,
            kind=cast("exchange_pb2.LedgerKind", segment.kind),
        )
        part.accepted_at.FromMilliseconds(segment.accepted_at_ms)
        runs = entry.members(segment.count)
        if segment.dispositions:
            of_members = (segment.dispositions[at] for start, end in runs for at in range(start, end))
            part.dispositions.extend(cast("Iterable[exchange_pb2.Disposition]", of_members))
        if not entry.runs and not omitted:
            part.batch = segment.batch
            part.ledger_proof.extend(hashes(segment.ledger_proof))
            part.journal_proof.extend(hashes(segment.journal_frontier))
            return len(segment.batch)
        self._add_part(reading, part, runs, segment)
        if omitted:
            omissions.leave_out(part, [at for start, end in runs for at in range(start, end)], segment, omitted)
        return sum(map(len, part.extract.envelopes)) + WITHHELD_BYTES * len(part.withheld)

    def _note(self, connection: sa.Connection, size: int) -> str:
        root = ledger.root_at(connection, size)
        if root is None:
            msg = f"the tree head of size {size} is missing; restore the database from a backup"
            raise HubError(msg)
        return self._signer.note(size, root)

    def _add_part(self, reading: "_Reading", part: exchange_pb2.Segment, runs: Runs, segment: Segment) -> None:
        opened = self._open(segment)
        part.runs.extend(mailboxes.lengths(runs))
        part.extract.checkpoint = opened.checkpoint
        for start, end in runs:
            part.extract.envelopes.extend(opened.envelopes[start:end])
        part.ledger_proof.extend(range_proof(segment.ledger_size, shifted(runs, segment.ledger_first), self._node(reading, segment)))
        part.journal_proof.extend(opened.journal.range_proof(shifted(runs, segment.journal_first)))

    def _node(self, reading: "_Reading", segment: Segment) -> Node:
        growth = self._growths.get(segment.ledger_size)
        return growth.node if growth is not None else ledger.nodes(reading.connection)

    def _open(self, segment: Segment) -> _Opened:
        found = self._opened.get(segment.ledger_first)
        if found is None:
            batch = exchange_pb2.Batch.FromString(segment.batch)
            journal = Growth(Frontier.decode(segment.journal_first, segment.journal_frontier), hashes(segment.leaves))
            found = self._opened[segment.ledger_first] = _Opened(batch.checkpoint, list(batch.envelopes), journal)
            if len(self._opened) > KEEP_OPENED:
                self._opened.popitem(last=False)
        return found


def shifted(runs: Runs, first: int) -> Runs:
    """Turn member ranges of a batch into index ranges of a log."""
    return tuple((start + first, end + first) for start, end in runs)


def journal_root(segment: Segment) -> bytes:
    """Return the root that the author signed with a segment."""
    batch = exchange_pb2.Batch.FromString(segment.batch)
    return parse_checkpoint(split(batch.checkpoint)[0]).root


def _within(entry: Entry, start: int, end: int) -> Entry:
    """Leave out an entry's members outside [start, end): a restored hall may stand in the middle of one."""
    if start <= entry.first and entry.first + entry.count <= end:
        return entry
    first, last = max(start, entry.first), min(end, entry.first + entry.count)
    runs: list[tuple[int, int]] = []
    at = entry.first
    for begin, stop in entry.members(entry.count):
        low, high = max(first - at, 0), min(last - at, stop - begin)
        if low < high:
            runs.append((begin + low, begin + high))
        at += stop - begin
    return replace(entry, first=first, count=last - first, runs=tuple(runs))


def _inbox_leaves(entry: Entry, segment: Segment) -> list[bytes]:
    indices = [segment.ledger_first + at for start, end in entry.members(segment.count) for at in range(start, end)]
    entries = segment.entries
    leaves = [entries[32 * at : 32 * at + 32] for start, end in entry.members(segment.count) for at in range(start, end)]
    return inbox_leaf_hashes(indices, leaves, ())
