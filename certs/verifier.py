"""Check evidence files offline, with nothing but the province's root.

Laws: every step of docs/evidence.md is taken, in its order, and what fails is named; the bytes that came are verified, none
is written anew; what has been verified once for one file is not verified again for the next that holds the same bytes.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

from cryptography import x509
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from certs.charter import root_verifier
from certs.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from certs.entries import ACCEPTED, LEDGER_KEY, REFUSED, InboxLeaf, LedgerEntry, recipients_hash
from certs.errors import BadProof, BrokenEvidence, MalformedEvidence, UnknownKey
from certs.evidence import MessagePart, ReceiptPart, decode_message, decode_province, decode_receipts, split
from certs.evidence_findings import CLOCKS_DIFFER, Acceptance, Cosignature, Event, Findings, Ignored, Received, Sender, Why
from certs.evidence_province import Cosigned, KnownProvince, check_cosignatures, check_province, checking, moment, require_signatures
from certs.keyring import Keyring
from certs.merkle import check_consistency, leaf_hash, root_from_inclusion
from certs.names import EVERY_HALL, HUB, INBOX, journal_origin, parse_origin, source_uri
from certs.notes import Verifier as NoteVerifier
from certs.notes import split as split_note
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

_Key = TypeVar("_Key")
_Thing = TypeVar("_Thing")

_PROVINCES_KEPT = 8
_CHECKPOINTS_KEPT = 4096
_HEADER_VERSION = 1
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Message:
    """The message of a file, checked against the ledger and its author's journal; `header` is None when nobody can read it."""

    index: int
    leaf: bytes
    entry: LedgerEntry
    header: Header | None
    recipients: frozenset[str]

    def is_addressed_to(self, hall: str) -> bool:
        """Tell whether a hall is a recipient."""
        return hall in self.recipients or EVERY_HALL in self.recipients


class Verifier:
    """Checks evidence of one province. It keeps what many files share: make one and use it for all of them."""

    def __init__(self, root: x509.Certificate) -> None:
        """Trust a root certificate; raises IdentityInvalid for one that names no province."""
        root_verifier(root)
        self._root = root
        self._provinces: dict[bytes, KnownProvince] = {}
        self._earlier: dict[tuple[bytes, str, tuple[bytes, ...]], Cosigned] = {}
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
        receipts = decode_receipts(sections.receipts)
        received = tuple(self._check_receipt(province, message, receipt) for receipt in receipts)
        if len({one.hall for one in received}) != len(received):
            raise MalformedEvidence("receipts: two of one hall")
        return _findings(province, message, earlier, received)

    def _check_message(self, province: KnownProvince, part: MessagePart) -> _Message:
        # Step 7: the entry stands in the ledger.
        with checking("ledger entry"):
            entry = LedgerEntry.decode(part.ledger_entry)
        leaf = leaf_hash(part.ledger_entry)
        with checking("ledger entry, ledger index or ledger proof"):
            root = root_from_inclusion(part.ledger_index, province.checkpoint.size, leaf, part.ledger_proof)
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
        recipients = frozenset(header.recipients) if header else frozenset()
        return _Message(part.ledger_index, leaf, entry, header, recipients)

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

    def _check_earlier(self, province: KnownProvince, digest: bytes, part: MessagePart) -> Cosigned | None:
        """Step 13: an earlier checkpoint of the same ledger holds the message too, and other halls cosigned it."""
        if not part.earlier_checkpoint:
            return None
        key = (digest, part.earlier_checkpoint, part.earlier_proof)
        found = self._earlier.get(key)
        if found is None:
            found = _open_earlier(province, part)
            _remember(self._earlier, key, found, _CHECKPOINTS_KEPT)
        if not part.ledger_index < found.size < province.checkpoint.size:
            raise BrokenEvidence("earlier checkpoint", f"its size {found.size} is not between the message and {province.checkpoint.size}")
        return found

    def _check_receipt(self, province: KnownProvince, message: _Message, part: ReceiptPart) -> Received:
        with checking(f"receipt of {part.origin!r}"):
            # Step 14: the inbox log is that of a recipient, of a message that was sent on.
            log = parse_origin(part.origin)
            sent = log.log == INBOX and message.is_addressed_to(log.hall) and message.entry.disposition == ACCEPTED
            _require(sent, "the message was not sent to it")
            # Step 15: signed by a key of the hall's.
            inbox = self._open(part.checkpoint, _inbox_key(province.keyring, log.hall, log.epoch, part.checkpoint))
            # Step 16: the leaf is that of this ledger entry, and stands in the inbox log.
            leaf = InboxLeaf.decode(part.inbox_leaf)
            same = (leaf.ledger_index, leaf.ledger_leaf) == (message.index, message.leaf)
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


def _remember(kept: dict[_Key, _Thing], key: _Key, value: _Thing, most: int) -> None:
    if len(kept) >= most:
        kept.pop(next(iter(kept)))
    kept[key] = value


def _open_alone(note: str, verifier: NoteVerifier) -> Checkpoint:
    """Open a checkpoint that its log alone signed."""
    require_signatures(note, 1)
    return open_checkpoint(note, verifier)


def _open_earlier(province: KnownProvince, part: MessagePart) -> Cosigned:
    log, now = province.charter.ledger_verifier, province.checkpoint
    with checking("earlier checkpoint"):
        earlier = open_checkpoint(part.earlier_checkpoint, log)
    with checking("earlier proof"):
        check_consistency(earlier.size, now.size, earlier.root, now.root, part.earlier_proof)
    found = check_cosignatures("earlier checkpoint", part.earlier_checkpoint, log, province.keyring, earlier.size)
    if not found.halls:
        raise MalformedEvidence("earlier checkpoint: no hall cosigned it, so it has no place here")
    return found


def _inbox_key(keyring: Keyring, hall: str, epoch: int, note: str) -> NoteVerifier:
    """Return the key of an inbox log that says to have signed a note: either may, around a succession."""
    key_id = split_note(note)[1][0].key_id
    for verifier in keyring.inbox_keys(hall, epoch):
        if verifier.key_id == key_id:
            return verifier
    raise UnknownKey(f"not signed by a key of {hall}")


def _introduced_before(keyring: Keyring, entry: LedgerEntry, ledger_index: int) -> bool:
    return entry.author == HUB or keyring.introduced_at(entry.author, entry.epoch) < ledger_index


def _check_count(province: KnownProvince, ledger_index: int, entry: LedgerEntry) -> None:
    count = bisect_right(province.key_indices, ledger_index)
    is_key = count > 0 and province.key_indices[count - 1] == ledger_index
    _require((entry.key_count, entry.key_chain) == (count, province.chains[count]), "it counts other key entries than stand before it")
    _require((entry.kind == LEDGER_KEY) == is_key, "its kind is not that of what stands there")


def _check_envelope(envelope: bytes, entry: LedgerEntry) -> None:
    if not envelope and entry.disposition != REFUSED:
        raise MalformedEvidence("it is missing")
    _require(not envelope or leaf_hash(envelope) == entry.envelope_leaf, "its hash is not the one that the ledger entry names")


def _check_header(trust_domain: str, envelope: bytes, entry: LedgerEntry) -> Header | None:
    """Return the header of an envelope, which agrees with the entry; None where the hub refused what it did not or could not read."""
    header = _read_header(envelope)
    # The hub refuses unread, so without regard to recipients, what is too large or garbage.
    unread = entry.disposition == REFUSED and entry.recipients_hash == recipients_hash(())
    if header is None:
        _require(unread, "its header cannot be read")
        return None
    own = header.journal == journal_origin(trust_domain, entry.author, entry.epoch)
    own = own and header.source.startswith(source_uri(trust_domain, entry.author, ""))
    if unread:
        return header if own else None
    _require(own, "its journal and source are not those of the author that the ledger entry names")
    _require(header.version == _HEADER_VERSION or entry.disposition == REFUSED, "its header is of another version")
    _require(entry.recipients_hash == recipients_hash(header.recipients), "it names other recipients than the ledger entry")
    return header


def _read_header(envelope: bytes) -> Header | None:
    try:
        return Header.FromString(Envelope.FromString(envelope).header) if envelope else None
    except DecodeError:
        return None


def _findings(province: KnownProvince, message: _Message, earlier: Cosigned | None, received: tuple[Received, ...]) -> Findings:
    entry, keyring = message.entry, province.keyring
    # Step 18: what stands in the ledger from the cut-off of a revocation on is not the hall's.
    revoked_from = keyring.revoked_at(entry.author, entry.epoch)
    counts = revoked_from is None or message.index < revoked_from
    with checking("ledger entry"):
        accepted_at = moment(entry.accepted_at)
    counted, ignored = _judged_cosignatures(province, message, earlier)
    expected = set(keyring.halls()) if EVERY_HALL in message.recipients else set(message.recipients)
    routed = entry.disposition == ACCEPTED
    return Findings(
        trust_domain=province.charter.trust_domain,
        ledger_size=province.checkpoint.size,
        key_entries=keyring.count,
        sender=Sender(entry.author, entry.epoch, entry.index, counts, revoked_from),
        event=_event(message.header),
        acceptance=Acceptance(message.index, entry.disposition, accepted_at),
        cosignatures=counted,
        ignored=ignored,
        received=received,
        pending=tuple(sorted(expected - {one.hall for one in received})) if routed else (),
    )


def _judged_cosignatures(
    province: KnownProvince, message: _Message, earlier: Cosigned | None
) -> tuple[tuple[Cosignature, ...], tuple[Ignored, ...]]:
    """Step 19: halls other than the author, whose clocks bound the time of acceptance, and those whose clocks cannot; earliest first."""
    counted, ignored = [], []
    for cosigned in filter(None, (earlier, province.cosigned)):
        for hall, seconds in cosigned.halls:
            if hall == message.entry.author:
                continue
            at = _clock(seconds)
            if at is None:
                ignored.append(Ignored(hall, cosigned.size, seconds, at, Why.IMPOSSIBLE))
            elif seconds * 1000 < message.entry.accepted_at - CLOCKS_DIFFER // _MILLISECOND:
                ignored.append(Ignored(hall, cosigned.size, seconds, at, Why.TOO_EARLY))
            else:
                counted.append(Cosignature(hall, cosigned.size, at, is_party=message.is_addressed_to(hall)))
    by_time = sorted(counted, key=lambda one: (one.at, one.ledger_size, one.hall))
    return tuple(by_time), tuple(sorted(ignored, key=lambda one: (one.seconds, one.ledger_size, one.hall)))


def _clock(seconds: int) -> datetime | None:
    try:
        return moment(seconds * 1000)
    except MalformedEvidence:
        return None


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
