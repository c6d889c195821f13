"""Verify what the hub delivers, before any of it is stored.

Laws: every segment proves three things or nothing is taken: its author signed the envelopes, the ledger holds them as
stated, this hall is among the recipients; of an envelope that is withheld only the first two can be, by its hash. Key entries
are applied as they pass, so that whoever comes after them is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from certs.checkpoints import Checkpoint, open_checkpoint
from certs.entries import LEDGER_KEY, inbox_leaf_hashes, ledger_leaf_hashes
from certs.errors import CertsError
from certs.merkle import Frontier, leaf_hashes, root_from_range
from certs.names import EVERY_HALL, HUB, JOURNAL, LogName, parse_origin
from node_agent import directory_replica, forwards, invalid_licences, invalid_records, withheld
from node_agent.directory_replica import SaidChange
from node_agent.errors import DeliveryInvalid
from node_agent.forwards import Found
from node_agent.invalid_licences import SaidInvalidLicence
from node_agent.invalid_records import SaidInvalid
from node_agent.journal import hash_of_recipients
from node_agent.keys_replica import KeyEntry, KeysReplica
from node_agent.ledger_view import LedgerView, claimed
from node_agent.withheld import EVERY_HALL_HASH, WithheldAt, WithheldRange
from tongban.enrolment.v1.enrolment_pb2 import KeyEntry as KeyEntryMessage
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch, Delivery, Segment

Runs = tuple[tuple[int, int], ...]
"""Half-open ranges of members of a batch."""


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
    changes: tuple[SaidChange, ...] = ()
    withheld: tuple[WithheldRange, ...] = ()
    invalid: tuple[SaidInvalid, ...] = ()
    invalid_licences: tuple[SaidInvalidLicence, ...] = ()
    forwards: tuple[Found, ...] = ()

    @property
    def entries(self) -> int:
        """How many mailbox entries it holds."""
        return sum(segment.count for segment in self.segments)


@dataclass(frozen=True, slots=True)
class _Author:
    """Whose journal a segment is from; `first` is the journal index of its batch."""

    log: LogName
    checkpoint: Checkpoint
    first: int


@dataclass(slots=True)
class _Gathered:
    """What is gathered on the way through a delivery; `at` is the next inbox index."""

    at: int
    replay: bool
    leaves: list[bytes] = field(default_factory=list)
    segments: list[StoredSegment] = field(default_factory=list)
    key_entries: list[KeyEntry] = field(default_factory=list)
    changes: list[SaidChange] = field(default_factory=list)
    invalid: list[SaidInvalid] = field(default_factory=list)
    invalid_licences: list[SaidInvalidLicence] = field(default_factory=list)
    withheld: list[WithheldRange] = field(default_factory=list)
    forwards: list[Found] = field(default_factory=list)

    def verified(self, frontier: Frontier) -> Verified:
        """Return it all, with the inbox log's frontier behind it."""
        return Verified(
            segments=tuple(self.segments),
            key_entries=tuple(self.key_entries),
            frontier=frontier,
            changes=tuple(self.changes),
            withheld=tuple(self.withheld),
            invalid=tuple(self.invalid),
            invalid_licences=tuple(self.invalid_licences),
            forwards=tuple(self.forwards),
        )


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

    def check(self, delivery: Delivery) -> Verified:
        """Verify one delivery; raises DeliveryInvalid, or LedgerForked.

        Segments that the inbox log holds already are passed over; what is new must start where the log ends.
        """
        gathered = _Gathered(delivery.first, delivery.replay)
        notes: tuple[str, ...] = ()
        try:
            for segment in delivery.segments:
                notes = (segment.ledger_checkpoint,)
                if gathered.at < self.frontier.size:
                    gathered.at += sum(end - start for start, end in members(segment))
                    continue
                self._segment(segment, gathered)
        except (CertsError, DecodeError) as error:
            raise DeliveryInvalid(f"inbox entry {gathered.at}: {error}", notes) from error
        start = gathered.at - len(gathered.leaves)
        if start != self.frontier.size and (gathered.leaves or start > self.frontier.size):
            raise DeliveryInvalid(f"the delivery goes on at {start} of the inbox, which holds {self.frontier.size}", notes)
        self.frontier = self.frontier.extend(gathered.leaves)
        return gathered.verified(self.frontier)

    def _segment(self, segment: Segment, gathered: _Gathered) -> None:
        note, envelopes = bodies(segment)
        runs = members(segment)
        kept_back = withheld.of(segment, len(envelopes), replay=gathered.replay)
        leaves = withheld.leaves(envelopes, kept_back) if kept_back else leaf_hashes(envelopes)
        author = self._author(segment, note, runs, leaves)
        recipients = self._recipients(segment, author, envelopes, kept_back)
        if segment.kind == LEDGER_KEY:
            gathered.key_entries.append(self._key_entry(segment, author, leaves, envelopes))
        elif segment.keys.count != self._keys.count:
            raise DeliveryInvalid(f"ledger entry {segment.ledger_first} counts {segment.keys.count} key entries, not {self._keys.count}")
        self._keys.check_chain(segment.keys.count, segment.keys.hash, f"ledger entry {segment.ledger_first}")
        ledger_runs = _shifted(runs, segment.ledger_first)
        ledger_leaves = ledger_leaf_hashes(
            kind=segment.kind,
            author=author.log.hall,
            epoch=author.log.epoch,
            indices=_indices(_shifted(runs, author.first)),
            leaves=leaves,
            dispositions=list(segment.dispositions),
            accepted_at_ms=segment.accepted_at.ToMilliseconds(),
            recipients_hashes=recipients,
            key_count=segment.keys.count,
            key_chain=segment.keys.hash,
        )
        ledger = self._view.open(segment.ledger_checkpoint)
        if root_from_range(ledger.size, ledger_runs, ledger_leaves, list(segment.ledger_proof)) != ledger.root:
            raise DeliveryInvalid(f"the ledger of size {ledger.size} does not hold these entries of {author.log.hall}", (note,))
        if segment.kind != LEDGER_KEY and author.log.hall == HUB:
            at = zip(_indices(ledger_runs), _indices(_shifted(runs, author.first)), envelopes, strict=True)
            self._hear(segment, author.log, {place: one for place, one in enumerate(at) if place not in kept_back}, gathered)
        gathered.leaves += inbox_leaf_hashes(_indices(ledger_runs), ledger_leaves, withheld.forms(len(leaves), kept_back))
        gathered.withheld += withheld.ranges(gathered.at, kept_back)
        gathered.segments.append(StoredSegment(gathered.at, len(leaves), segment.SerializeToString()))
        gathered.at += len(leaves)

    def _hear(self, segment: Segment, hub: LogName, members: Mapping[int, tuple[int, int, bytes]], gathered: _Gathered) -> None:
        """Take note of what the hub itself says, given as (ledger index, journal index, envelope) by place in the segment."""
        gathered.changes += directory_replica.said(hub, members.values())
        said_at_ms = segment.accepted_at.ToMilliseconds()
        gathered.invalid += invalid_records.said(hub, said_at_ms, members.values())
        gathered.invalid_licences += invalid_licences.said(hub, said_at_ms, members.values())
        placed = ((gathered.at + place, ledger_index, data) for place, (ledger_index, _, data) in members.items())
        gathered.forwards += forwards.found(self._hall, self._keys, placed)

    def _author(self, segment: Segment, note: str, runs: Runs, leaves: list[bytes]) -> _Author:
        """Open the author's checkpoint with the key in force at its size, and see that it is over these envelopes."""
        origin, size = claimed(note)
        log = parse_origin(origin)
        if log.log != JOURNAL:
            raise DeliveryInvalid(f"{origin} is not a journal", (note,))
        checkpoint = open_checkpoint(note, self._keys.log_key(log, size))
        cut_off = self._keys.revoked_at(log)
        if cut_off is not None and cut_off <= segment.ledger_first:
            raise DeliveryInvalid(f"the keys of {log.hall} are revoked from ledger index {cut_off} on", (note,))
        first = checkpoint.size - segment.count
        if first < 0 or root_from_range(checkpoint.size, _shifted(runs, first), leaves, list(segment.journal_proof)) != checkpoint.root:
            raise DeliveryInvalid(f"{log.hall} did not sign these envelopes in its journal of size {checkpoint.size}", (note,))
        return _Author(log, checkpoint, first)

    def _key_entry(self, segment: Segment, author: _Author, leaves: list[bytes], envelopes: Sequence[bytes]) -> KeyEntry:
        """Apply a key entry: alone in its batch, by the hub, signed by the registry."""
        if author.log.hall != HUB or segment.count != 1:
            raise DeliveryInvalid(f"ledger entry {segment.ledger_first} is no key entry: {author.log.hall} wrote it among {segment.count}")
        message = KeyEntryMessage.FromString(Envelope.FromString(envelopes[0]).payload)
        return self._keys.apply(segment.ledger_first, leaves[0], message.note)

    def _recipients(self, segment: Segment, author: _Author, envelopes: Sequence[bytes], kept_back: WithheldAt) -> list[bytes]:
        """Return the hash of each envelope's recipients, having seen that this hall is among them and the journal is the author's.

        What the hub says of the recipients of what it withholds, the ledger's leaf has to bear out.
        """
        if segment.kind == LEDGER_KEY:
            return [EVERY_HALL_HASH] * len(envelopes)
        # Parsing anew into one message is the fastest way, and its memory grows until it is let go: one for each batch.
        envelope, header, hall, origin = Envelope(), Header(), self._hall, author.checkpoint.origin
        hashes = []
        for at, data in enumerate(envelopes):
            if at in kept_back:
                hashes.append(kept_back[at].recipients_hash)
                continue
            envelope.ParseFromString(data)
            header.ParseFromString(envelope.header)
            recipients = header.recipients
            if hall not in recipients and not (author.log.hall == HUB and EVERY_HALL in recipients):
                raise DeliveryInvalid(f"an envelope of {author.log.hall} is not addressed to {hall}")
            if header.journal != origin:
                raise DeliveryInvalid(f"an envelope in the journal of {author.log.hall} says that it belongs to {header.journal}")
            hashes.append(hash_of_recipients(" ".join(recipients)))
        return hashes


def _shifted(runs: Runs, by: int) -> Runs:
    return tuple((start + by, end + by) for start, end in runs)


def _indices(runs: Runs) -> Sequence[int]:
    if len(runs) == 1:
        return range(*runs[0])
    return [index for start, end in runs for index in range(start, end)]
