"""Verify what the hub delivers, before any of it is stored.

Laws: every segment proves three things or nothing is taken: its author signed the envelopes, the ledger holds them as
stated, this hall is among the recipients. Key entries are applied as they pass, so that whoever comes after them is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from certs.checkpoints import Checkpoint, open_checkpoint
from certs.entries import LEDGER_KEY, inbox_leaf_hashes, ledger_leaf_hashes
from certs.errors import CertsError
from certs.merkle import Frontier, leaf_hashes, root_from_range
from certs.names import EVERY_HALL, JOURNAL, LogName, parse_origin
from node_agent.errors import DeliveryInvalid
from node_agent.journal import hash_of_recipients
from node_agent.keys_replica import KeyEntry, KeysReplica
from node_agent.ledger_view import LedgerView, claimed
from tongban.enrolment.v1.enrolment_pb2 import KeyEntry as KeyEntryMessage
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch, Delivery, Segment

Runs = tuple[tuple[int, int], ...]
"""Half-open ranges of members of a batch."""

_EVERY_HALL_HASH = hash_of_recipients(EVERY_HALL)


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A verified segment: its first index in the inbox log, and the bytes to keep."""

    first: int
    count: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """A delivery that proves what it says, and the inbox log's frontier behind it."""

    segments: tuple[StoredSegment, ...]
    key_entries: tuple[KeyEntry, ...]
    frontier: Frontier
    weight: int
    """Bytes of bodies, as the window counts them."""

    @property
    def entries(self) -> int:
        """How many mailbox entries it holds."""
        return sum(segment.count for segment in self.segments)


@dataclass(slots=True)
class _Pass:
    """What is gathered on the way through a delivery."""

    first: int
    leaves: list[bytes]
    segments: list[StoredSegment]
    key_entries: list[KeyEntry]


def members(segment: Segment) -> Runs:
    """Spell out a segment's runs, or raise DeliveryInvalid."""
    lengths = segment.runs
    if not lengths:
        return ((0, segment.count),)
    if len(lengths) % 2:
        raise DeliveryInvalid("runs are pairs of a skip and a take length")
    runs = []
    at = 0
    for skip, take in zip(lengths[::2], lengths[1::2], strict=True):
        runs.append((at + skip, at + skip + take))
        at += skip + take
    return tuple(runs)


def bodies(segment: Segment) -> tuple[str, Sequence[bytes]]:
    """Return the author's checkpoint and the envelopes of a segment; raises DecodeError."""
    if segment.WhichOneof("bodies") == "extract":
        return segment.extract.checkpoint, segment.extract.envelopes
    batch = Batch.FromString(segment.batch)
    return batch.checkpoint, batch.envelopes


class Checker:
    """Verify deliveries in their order; `frontier` is the inbox log's behind the last one."""

    def __init__(self, hall: str, frontier: Frontier, keys: KeysReplica, view: LedgerView) -> None:
        self.frontier = frontier
        self._hall = hall
        self._keys = keys
        self._view = view
        self._envelope = Envelope()
        self._header = Header()

    def check(self, delivery: Delivery) -> Verified:
        """Verify one delivery; raises DeliveryInvalid, or LedgerForked.

        A replay of entries that are in the inbox log already yields no new leaves.
        """
        known = delivery.replay and delivery.first < self.frontier.size
        if not known and delivery.first != self.frontier.size:
            raise DeliveryInvalid(f"the delivery starts at {delivery.first} of the inbox, which holds {self.frontier.size}")
        gathered = _Pass(delivery.first, [], [], [])
        notes: tuple[str, ...] = ()
        try:
            for segment in delivery.segments:
                notes = (segment.ledger_checkpoint,)
                self._segment(segment, gathered, known=known)
        except (CertsError, DecodeError) as error:
            raise DeliveryInvalid(f"inbox entry {gathered.first}: {error}", notes) from error
        if not known:
            self.frontier = self.frontier.extend(gathered.leaves)
        return Verified(tuple(gathered.segments), tuple(gathered.key_entries), self.frontier, delivery.ByteSize())

    def _segment(self, segment: Segment, gathered: _Pass, *, known: bool) -> None:
        note, envelopes = bodies(segment)
        runs = members(segment)
        log, checkpoint = self._author(note)
        leaves = leaf_hashes(envelopes)
        first = checkpoint.size - segment.count
        if first < 0 or root_from_range(checkpoint.size, _shifted(runs, first), leaves, list(segment.journal_proof)) != checkpoint.root:
            raise DeliveryInvalid(f"{log.hall} did not sign these envelopes in its journal of size {checkpoint.size}", (note,))
        if segment.kind == LEDGER_KEY:
            self._key_entry(segment, log, leaves, envelopes, gathered, known=known)
        elif not known and segment.keys.count != self._keys.count:
            raise DeliveryInvalid(f"ledger entry {segment.ledger_first} counts {segment.keys.count} key entries, not {self._keys.count}")
        self._keys.check_chain(segment.keys.count, segment.keys.hash, f"ledger entry {segment.ledger_first}")
        ledger_runs = _shifted(runs, segment.ledger_first)
        ledger_leaves = self._ledger_leaves(segment, log, _indices(_shifted(runs, first)), leaves, envelopes)
        ledger = self._view.open(segment.ledger_checkpoint)
        if root_from_range(ledger.size, ledger_runs, ledger_leaves, list(segment.ledger_proof)) != ledger.root:
            raise DeliveryInvalid(f"the ledger of size {ledger.size} does not hold these entries of {log.hall}")
        gathered.leaves += inbox_leaf_hashes(_indices(ledger_runs), ledger_leaves, ())
        gathered.segments.append(StoredSegment(gathered.first, len(leaves), segment.SerializeToString()))
        gathered.first += len(leaves)

    def _author(self, note: str) -> tuple[LogName, Checkpoint]:
        """Open the author's checkpoint with the key in force at its size."""
        origin, size = claimed(note)
        log = parse_origin(origin)
        if log.log != JOURNAL:
            raise DeliveryInvalid(f"{origin} is not a journal", (note,))
        return log, open_checkpoint(note, self._keys.log_key(log, size))

    def _key_entry(  # noqa: PLR0913 - the parts of one segment
        self, segment: Segment, log: LogName, leaves: list[bytes], envelopes: Sequence[bytes], gathered: _Pass, *, known: bool
    ) -> None:
        """Apply a key entry: alone in its batch, by the hub, signed by the registry."""
        if log.hall != "hub" or segment.count != 1:
            raise DeliveryInvalid(f"ledger entry {segment.ledger_first} is no key entry: {log.hall} wrote it among {segment.count}")
        if known:
            return
        message = KeyEntryMessage.FromString(Envelope.FromString(envelopes[0]).payload)
        gathered.key_entries.append(self._keys.apply(segment.ledger_first, leaves[0], message.note))

    def _ledger_leaves(
        self, segment: Segment, log: LogName, indices: Sequence[int], leaves: list[bytes], envelopes: Sequence[bytes]
    ) -> list[bytes]:
        if segment.kind == LEDGER_KEY:
            recipients = [_EVERY_HALL_HASH] * len(leaves)
        else:
            recipients = self._recipients(log, envelopes)
        return ledger_leaf_hashes(
            kind=segment.kind,
            author=log.hall,
            epoch=log.epoch,
            indices=indices,
            leaves=leaves,
            dispositions=list(segment.dispositions),
            accepted_at_ms=segment.accepted_at.ToMilliseconds(),
            recipients_hashes=recipients,
            key_count=segment.keys.count,
            key_chain=segment.keys.hash,
        )

    def _recipients(self, log: LogName, envelopes: Sequence[bytes]) -> list[bytes]:
        """Return the hash of each envelope's recipients, having seen that this hall is among them and the journal is the author's."""
        envelope, header, hall = self._envelope, self._header, self._hall
        origin = f"{log.hall}/{log.epoch}"
        hashes = []
        for data in envelopes:
            envelope.ParseFromString(data)
            header.ParseFromString(envelope.header)
            recipients = header.recipients
            if hall not in recipients:
                raise DeliveryInvalid(f"an envelope of {log.hall} is not addressed to {hall}")
            if not header.journal.endswith(origin):
                raise DeliveryInvalid(f"an envelope in the journal of {log.hall} says that it belongs to {header.journal}")
            hashes.append(hash_of_recipients(" ".join(recipients)))
        return hashes


def _shifted(runs: Runs, by: int) -> Runs:
    return tuple((start + by, end + by) for start, end in runs)


def _indices(runs: Runs) -> Sequence[int]:
    if len(runs) == 1:
        return range(*runs[0])
    return [index for start, end in runs for index in range(start, end)]
