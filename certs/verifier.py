"""Check evidence files offline, with nothing but the province's root.

Laws: every step of docs/evidence.md is taken, in its order, and what fails is named; the bytes that came are verified, none
is written anew; what has been verified once for one file is not verified again for the next that holds the same bytes.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from certs.charter import root_verifier
from certs.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from certs.entries import ACCEPTED, LEDGER_KEY, REFUSED, InboxLeaf, LedgerEntry, recipients_hash
from certs.errors import BadProof, BrokenEvidence, MalformedEvidence, UnknownKey
from certs.evidence import MessagePart, ReceiptPart, decode_message, decode_province, decode_receipts, split
from certs.evidence_findings import Acceptance, Cosignature, Event, Findings, Received, Sender
from certs.evidence_province import CosignedAt, KnownProvince, check_cosignatures, check_province, checking, moment, require_signatures
from certs.keyring import Keyring
from certs.merkle import check_consistency, leaf_hash, root_from_inclusion
from certs.names import EVERY_HALL, HUB, INBOX, inbox_origin, journal_origin, parse_origin, source_uri
from certs.notes import Verifier as NoteVerifier
from certs.notes import split as split_note
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

_PROVINCES_KEPT = 8
_CHECKPOINTS_KEPT = 4096
_HEADER_VERSION = 1


@dataclass(frozen=True, slots=True)
class _Message:
    """The message of a file, checked against the ledger and its author's journal; `header` is None when nobody can read it."""

    index: int
    entry: LedgerEntry
    header: Header | None

    @property
    def recipients(self) -> frozenset[str]:
        """Who the author addressed it to."""
        return frozenset(self.header.recipients) if self.header else frozenset()


class Verifier:
    """Checks evidence of one province. It keeps what many files share: make one and use it for all of them."""

    def __init__(self, root: x509.Certificate) -> None:
        """Trust a root certificate; raises IdentityInvalid for one that names no province."""
        root_verifier(root)
        self._root = root
        self._provinces: dict[bytes, KnownProvince] = {}
        self._earlier: dict[Hashable, CosignedAt] = {}
        self._open: Callable[[str, NoteVerifier], Checkpoint] = lru_cache(maxsize=_CHECKPOINTS_KEPT)(_open_alone)

    def verify(self, data: bytes) -> Findings:
        """Return what a file proves.

        Raises MalformedEvidence for what is no evidence file in its one spelling, and BrokenEvidence, which names the part, for
        one of which something does not hold.
        """
        sections = split(data)
        digest = sha256(sections.province).digest()
        province = self._provinces.get(digest)
        if province is None:
            province = check_province(decode_province(sections.province), self._root)
            _remember(self._provinces, digest, province, _PROVINCES_KEPT)
        part = decode_message(sections.message)
        message = self._check_message(province, part)
        earlier = self._check_earlier(province, digest, part)
        received = tuple(self._check_receipt(province, message, receipt) for receipt in decode_receipts(sections.receipts))
        return _findings(province, message, earlier, received)

    def _check_message(self, province: KnownProvince, part: MessagePart) -> _Message:
        # Step 7: the entry stands in the ledger.
        with checking("ledger entry"):
            entry = LedgerEntry.decode(part.ledger_entry)
        with checking("ledger entry, ledger index or ledger proof"):
            root = root_from_inclusion(part.ledger_index, province.checkpoint.size, leaf_hash(part.ledger_entry), part.ledger_proof)
            _require(root == province.checkpoint.root, "they do not lead to the root of the ledger checkpoint")
        # Step 8: it counts the key entries up to itself, and is one of them or not.
        with checking("ledger entry"):
            _check_count(province, part.ledger_index, entry)
        # Step 9: the envelope is the one it names.
        with checking("envelope"):
            _check_envelope(part.envelope, entry)
        self._check_journal(province, part, entry)
        # Step 12: what is written on the envelope agrees with all that.
        with checking("envelope"):
            header = _check_header(province.charter.trust_domain, part.envelope, entry)
        return _Message(part.ledger_index, entry, header)

    def _check_journal(self, province: KnownProvince, part: MessagePart, entry: LedgerEntry) -> None:
        with checking("journal checkpoint"):
            # Step 10: signed by the author's key for that size, which the ledger knew before the message.
            _require(_introduced_before(province.keyring, entry, part.ledger_index), "the author's keys were introduced after the message")
            size = parse_checkpoint(split_note(part.journal_checkpoint)[0]).size
            journal = self._open(part.journal_checkpoint, province.keyring.log_key(entry.author, entry.epoch, size))
        # Step 11: the envelope stands in the journal where the entry says.
        with checking("journal proof"):
            root = root_from_inclusion(entry.index, journal.size, entry.envelope_leaf, part.journal_proof)
            _require(root == journal.root, "it does not lead from the envelope to the root of the journal checkpoint")

    def _check_earlier(self, province: KnownProvince, digest: bytes, part: MessagePart) -> CosignedAt:
        """Step 13: an earlier checkpoint of the same ledger holds the message too, and other halls cosigned it."""
        if not part.earlier_checkpoint:
            return ()
        found: CosignedAt | None
        key = (digest, part.earlier_checkpoint, part.earlier_proof)
        with checking("earlier checkpoint"):
            log, now = province.charter.ledger_verifier, province.checkpoint
            earlier = open_checkpoint(part.earlier_checkpoint, log) if key not in self._earlier else None
            size = parse_checkpoint(split_note(part.earlier_checkpoint)[0]).size
            _require(part.ledger_index < size < now.size, f"its size {size} is not between the message and {now.size}")
        found = self._earlier.get(key)
        if found is None and earlier is not None:
            with checking("earlier proof"):
                check_consistency(earlier.size, now.size, earlier.root, now.root, part.earlier_proof)
            found = check_cosignatures("earlier checkpoint", part.earlier_checkpoint, log, province.keyring, earlier.size)
            _remember(self._earlier, key, found, _CHECKPOINTS_KEPT)
        return found or ()

    def _check_receipt(self, province: KnownProvince, message: _Message, part: ReceiptPart) -> Received:
        with checking(f"receipt of {part.origin!r}"):
            # Step 14: the inbox log is that of a recipient, of a message that was sent on.
            log = parse_origin(part.origin)
            addressed = log.hall in message.recipients or EVERY_HALL in message.recipients
            _require(log.log == INBOX and addressed and message.entry.disposition == ACCEPTED, "the message was not sent to it")
            # Step 15: signed by a key of the hall's.
            inbox = self._open(part.checkpoint, _inbox_key(province.keyring, log.hall, log.epoch, part.checkpoint))
            # Step 16: the leaf is that of this ledger entry, and stands in the inbox log.
            leaf = InboxLeaf.decode(part.inbox_leaf)
            same = (leaf.ledger_index, leaf.ledger_leaf) == (message.index, leaf_hash(message.entry.encode()))
            _require(same, "its leaf is of another message")
            root = root_from_inclusion(part.inbox_index, inbox.size, leaf_hash(part.inbox_leaf), part.proof)
            _require(root == inbox.root, "its proof does not lead to the root of the inbox checkpoint")
            # Step 17: not by keys that were revoked before the message.
            revoked_from = province.keyring.revoked_at(log.hall, log.epoch)
        counts = revoked_from is None or message.index < revoked_from
        return Received(log.hall, log.epoch, part.inbox_index, leaf.form, counts, revoked_from)


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - a condition, not a flag
    if not holds:
        raise BadProof(otherwise)


def _remember(kept: dict, key: Hashable, value: object, most: int) -> None:
    if len(kept) >= most:
        kept.pop(next(iter(kept)))
    kept[key] = value


def _open_alone(note: str, verifier: NoteVerifier) -> Checkpoint:
    """Open a checkpoint that its log alone signed."""
    require_signatures(note, 1)
    return open_checkpoint(note, verifier)


def _inbox_key(keyring: Keyring, hall: str, epoch: int, note: str) -> NoteVerifier:
    """Return the key of an inbox log that says to have signed a note: either may, around a succession (DESIGN §3, Names)."""
    key_id = split_note(note)[1][0].key_id
    for verifier in keyring.inbox_keys(hall, epoch):
        if verifier.key_id == key_id:
            return verifier
    raise UnknownKey(f"not signed by a key of {hall}")


def _introduced_before(keyring: Keyring, entry: LedgerEntry, ledger_index: int) -> bool:
    return entry.author == HUB or keyring.introduced_at(entry.author, entry.epoch) < ledger_index


def _check_count(province: KnownProvince, ledger_index: int, entry: LedgerEntry) -> None:
    count = sum(index <= ledger_index for index in province.key_indices)
    _require((entry.key_count, entry.key_chain) == (count, province.chains[count]), "it counts other key entries than stand before it")
    _require((entry.kind == LEDGER_KEY) == (ledger_index in province.key_indices), "its kind is not that of what stands there")


def _check_envelope(envelope: bytes, entry: LedgerEntry) -> None:
    if not envelope and entry.disposition != REFUSED:
        raise MalformedEvidence("it is missing")
    _require(not envelope or leaf_hash(envelope) == entry.envelope_leaf, "its hash is not the one that the ledger entry names")


def _check_header(trust_domain: str, envelope: bytes, entry: LedgerEntry) -> Header | None:
    """Return the header of an envelope if it agrees with the entry; None when there is none that can be read and it was refused."""
    header = _read_header(envelope)
    if header is None or header.version != _HEADER_VERSION:
        _require(entry.disposition == REFUSED, "its header cannot be read, and the hub did not refuse it")
    if header is None:
        _require(entry.recipients_hash == recipients_hash(()), "nobody can read it, but the ledger names recipients")
        return None
    _require(header.journal == journal_origin(trust_domain, entry.author, entry.epoch), "it names another journal than the ledger entry")
    _require(header.source.startswith(source_uri(trust_domain, entry.author, "")), "its source is not its author's")
    # The hub refuses an envelope above its limit unread, so without regard to recipients.
    unread = entry.disposition == REFUSED and entry.recipients_hash == recipients_hash(())
    _require(unread or entry.recipients_hash == recipients_hash(header.recipients), "it names other recipients than the ledger entry")
    return header


def _read_header(envelope: bytes) -> Header | None:
    try:
        return Header.FromString(Envelope.FromString(envelope).header) if envelope else None
    except DecodeError:
        return None


def _findings(province: KnownProvince, message: _Message, earlier: CosignedAt, received: tuple[Received, ...]) -> Findings:
    entry, keyring = message.entry, province.keyring
    # Step 18: what stands in the ledger from the cut-off of a revocation on is not the hall's.
    revoked_from = keyring.revoked_at(entry.author, entry.epoch)
    counts = revoked_from is None or message.index < revoked_from
    with checking("ledger entry"):
        accepted_at = moment(entry.accepted_at)
    expected = set(keyring.halls()) if EVERY_HALL in message.recipients else set(message.recipients)
    routed = entry.disposition == ACCEPTED
    return Findings(
        trust_domain=province.charter.trust_domain,
        ledger_size=province.checkpoint.size,
        key_entries=keyring.count,
        sender=Sender(entry.author, entry.epoch, entry.index, counts, revoked_from),
        event=_event(message.header),
        acceptance=Acceptance(message.index, entry.disposition, accepted_at),
        cosignatures=_cosignatures(province, message, earlier),
        received=received,
        pending=tuple(sorted(expected - {one.hall for one in received})) if routed else (),
    )


def _cosignatures(province: KnownProvince, message: _Message, earlier: CosignedAt) -> tuple[Cosignature, ...]:
    """Step 19: halls other than the author, whose clocks bound the time of acceptance; earliest first."""
    sizes = (0, province.checkpoint.size)
    found = [
        Cosignature(hall, size, at, is_party=hall in message.recipients)
        for size, cosigned in zip(sizes, (earlier, province.cosigned), strict=True)
        for hall, at in cosigned
        if hall != message.entry.author
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.hall)))


def _event(header: Header | None) -> Event | None:
    if header is None:
        return None
    said = (_said(header.time) if header.HasField("time") else None, _said(header.recorded_at) if header.HasField("recorded_at") else None)
    return Event(header.id, header.source, header.type, header.subject, *said)


def _said(timestamp: Timestamp) -> datetime | None:
    try:
        return timestamp.ToDatetime(UTC)
    except (OverflowError, ValueError):
        return None
