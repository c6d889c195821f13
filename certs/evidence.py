"""Write and read evidence files: one message, with all that an offline verifier needs beside the province's root.

Laws: a file has one spelling, so `encode(decode(data)) == data`; whatever is unknown, surplus, missing or out of order is
refused; nothing is judged here (certs/verifier.py does that, docs/evidence.md tells it to whoever writes another one).

    opaque Bytes<0..2^32-1>;              /* RFC 8446 §3.4: length, then content */
    opaque Hash[32];

    struct {
        uint64 ledger_index;              /* ascending */
        Bytes ledger_entry;               /* LedgerEntry, certs/entries.py */
        Bytes envelope;                   /* of the hub's journal; its payload is a tongban.enrolment.v1.KeyEntry */
    } KeyRecord;

    struct {
        Bytes charter;                    /* signed note of the root */
        Bytes checkpoint;                 /* signed note of the ledger, of size N, with cosignatures */
        KeyRecord keys<0..2^32-1>;        /* every key entry below N */
        Bytes head;                       /* LedgerEntry at N - 1; empty when that is the last of `keys` */
        Hash proof<0..2^32-1>;            /* range proof of `keys` and `head` in the ledger of size N */
    } ProvincePart;

    struct {
        Bytes envelope;                   /* empty: the hub never held it, and refused it by its hash */
        Bytes journal_checkpoint;         /* signed note of the author */
        Hash journal_proof<0..2^32-1>;    /* RFC 6962 §2.1.1 */
        uint64 ledger_index;
        Bytes ledger_entry;
        Hash ledger_proof<0..2^32-1>;     /* RFC 6962 §2.1.1, in the ledger of size N */
        Bytes earlier_checkpoint;         /* signed note of the ledger at a size below N, with cosignatures; may be empty */
        Hash earlier_proof<0..2^32-1>;    /* RFC 6962 §2.1.2, from that size to N */
    } MessagePart;

    struct {
        Bytes checkpoint;                 /* signed note of a recipient's inbox log; ascending by its first line */
        uint64 inbox_index;
        opaque inbox_leaf[41];            /* InboxLeaf, certs/entries.py */
        Hash proof<0..2^32-1>;            /* RFC 6962 §2.1.1 */
    } ReceiptPart;

    struct {
        opaque magic[16] = "tongban-evidence";
        uint16 version = 1;
        ProvincePart province<0..2^32-1>; /* exactly one; the same bytes in every file of one ledger size */
        MessagePart message<0..2^32-1>;   /* exactly one */
        ReceiptPart receipts<0..2^32-1>;
    } Evidence;
"""

from collections.abc import Sequence
from dataclasses import dataclass

from certs.errors import MalformedEvidence
from certs.merkle import HASH_BYTES

MAGIC = b"tongban-evidence"
VERSION = 1
MAX_EVIDENCE_BYTES = 64 * 1024 * 1024
"""No file that the hub writes comes near it; a larger one is refused before it is read."""

_LENGTH_BYTES = 4
_NUMBER_BYTES = 8
_VERSION_BYTES = 2
_INBOX_LEAF_BYTES = 41


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key entry as the ledger holds it."""

    ledger_index: int
    ledger_entry: bytes
    envelope: bytes


@dataclass(frozen=True, slots=True)
class ProvincePart:
    """What all evidence of one ledger size has in common: who the hub is, and every key entry below that size."""

    charter: str
    checkpoint: str
    keys: tuple[KeyRecord, ...]
    head: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class MessagePart:
    """The message with its place in its author's journal and in the ledger."""

    envelope: bytes
    journal_checkpoint: str
    journal_proof: tuple[bytes, ...]
    ledger_index: int
    ledger_entry: bytes
    ledger_proof: tuple[bytes, ...]
    earlier_checkpoint: str = ""
    earlier_proof: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptPart:
    """That one recipient has the message in its inbox log."""

    checkpoint: str
    inbox_index: int
    inbox_leaf: bytes
    proof: tuple[bytes, ...]

    @property
    def origin(self) -> str:
        """The first line of the checkpoint, by which receipts are ordered; unverified."""
        return self.checkpoint.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One evidence file."""

    province: ProvincePart
    message: MessagePart
    receipts: tuple[ReceiptPart, ...]


@dataclass(frozen=True, slots=True)
class Sections:
    """One evidence file cut into its parts, unread: many files share the first."""

    province: bytes
    message: bytes
    receipts: bytes


def encode(evidence: Evidence) -> bytes:
    """Write a file."""
    return assemble(encode_province(evidence.province), evidence.message, evidence.receipts)


def assemble(province: bytes, message: MessagePart, receipts: Sequence[ReceiptPart]) -> bytes:
    """Write a file whose first part is written already; `receipts` are ascending by `origin`."""
    version = VERSION.to_bytes(_VERSION_BYTES, "big")
    written = b"".join(map(_encode_receipt, receipts))
    return b"".join((MAGIC, version, _bytes(province), _bytes(_encode_message(message)), _bytes(written)))


def encode_province(part: ProvincePart) -> bytes:
    """Write the part that files of one ledger size share; `keys` are ascending by ledger index."""
    keys = b"".join(_number(key.ledger_index) + _bytes(key.ledger_entry) + _bytes(key.envelope) for key in part.keys)
    return b"".join((_text(part.charter), _text(part.checkpoint), _bytes(keys), _bytes(part.head), _hashes(part.proof)))


def _encode_message(part: MessagePart) -> bytes:
    journal = (_bytes(part.envelope), _text(part.journal_checkpoint), _hashes(part.journal_proof))
    ledger = (_number(part.ledger_index), _bytes(part.ledger_entry), _hashes(part.ledger_proof))
    return b"".join((*journal, *ledger, _text(part.earlier_checkpoint), _hashes(part.earlier_proof)))


def _encode_receipt(part: ReceiptPart) -> bytes:
    return b"".join((_text(part.checkpoint), _number(part.inbox_index), part.inbox_leaf, _hashes(part.proof)))


def decode(data: bytes) -> Evidence:
    """Read a file, or raise MalformedEvidence. Nothing is verified."""
    sections = split(data)
    return Evidence(decode_province(sections.province), decode_message(sections.message), decode_receipts(sections.receipts))


def split(data: bytes) -> Sections:
    """Cut a file into its parts, or raise MalformedEvidence."""
    if len(data) > MAX_EVIDENCE_BYTES:
        raise MalformedEvidence(f"the file: longer than {MAX_EVIDENCE_BYTES} bytes")
    reader = _Reader(data)
    if reader.fixed(len(MAGIC), "the file's beginning") != MAGIC:
        raise MalformedEvidence("the file's beginning: this is not an evidence file")
    version = int.from_bytes(reader.fixed(_VERSION_BYTES, "the file's version"), "big")
    if version != VERSION:
        raise MalformedEvidence(f"the file's version: {version}, of which this verifier knows nothing (it reads {VERSION})")
    sections = Sections(reader.opaque("province part"), reader.opaque("message part"), reader.opaque("receipts"))
    reader.end("the file")
    return sections


def decode_province(data: bytes) -> ProvincePart:
    """Read the part that files share, or raise MalformedEvidence."""
    reader = _Reader(data)
    charter, checkpoint = reader.text("charter"), reader.text("ledger checkpoint")
    keys = _decode_keys(reader.opaque("key entries"))
    part = ProvincePart(charter, checkpoint, keys, reader.opaque("ledger head"), reader.hashes("proof of the key entries"))
    reader.end("province part")
    return part


def _decode_keys(data: bytes) -> tuple[KeyRecord, ...]:
    reader = _Reader(data)
    keys: list[KeyRecord] = []
    while reader.left:
        what = f"key entry {len(keys) + 1}"
        key = KeyRecord(reader.number(what), reader.opaque(what), reader.opaque(what))
        if keys and key.ledger_index <= keys[-1].ledger_index:
            raise MalformedEvidence(f"{what}: not in ledger order")
        keys.append(key)
    return tuple(keys)


def decode_message(data: bytes) -> MessagePart:
    """Read the message's part, or raise MalformedEvidence."""
    reader = _Reader(data)
    part = MessagePart(
        envelope=reader.opaque("envelope"),
        journal_checkpoint=reader.text("journal checkpoint"),
        journal_proof=reader.hashes("journal proof"),
        ledger_index=reader.number("ledger index"),
        ledger_entry=reader.opaque("ledger entry"),
        ledger_proof=reader.hashes("ledger proof"),
        earlier_checkpoint=reader.text("earlier checkpoint"),
        earlier_proof=reader.hashes("earlier proof"),
    )
    reader.end("message part")
    if part.earlier_proof and not part.earlier_checkpoint:
        raise MalformedEvidence("earlier proof: without a checkpoint")
    return part


def decode_receipts(data: bytes) -> tuple[ReceiptPart, ...]:
    """Read the receipts, or raise MalformedEvidence."""
    reader = _Reader(data)
    receipts: list[ReceiptPart] = []
    while reader.left:
        what = f"receipt {len(receipts) + 1}"
        receipt = ReceiptPart(reader.text(what), reader.number(what), reader.fixed(_INBOX_LEAF_BYTES, what), reader.hashes(what))
        if receipts and receipt.origin <= receipts[-1].origin:
            raise MalformedEvidence(f"{what}: not in the order of the inbox logs' names")
        receipts.append(receipt)
    return tuple(receipts)


def _number(number: int) -> bytes:
    return number.to_bytes(_NUMBER_BYTES, "big")


def _bytes(data: bytes) -> bytes:
    return len(data).to_bytes(_LENGTH_BYTES, "big") + data


def _text(text: str) -> bytes:
    return _bytes(text.encode())


def _hashes(hashes: Sequence[bytes]) -> bytes:
    return _bytes(b"".join(hashes))


class _Reader:
    """Takes values off the front of a part."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> bool:
        """Tell whether there is anything behind what was taken."""
        return self._at < len(self._data)

    def fixed(self, length: int, what: str) -> bytes:
        """Take so many bytes."""
        taken = self._data[self._at : self._at + length]
        if len(taken) != length:
            raise MalformedEvidence(f"{what}: cut off")
        self._at += length
        return taken

    def opaque(self, what: str) -> bytes:
        """Take what stands behind its length."""
        return self.fixed(int.from_bytes(self.fixed(_LENGTH_BYTES, what), "big"), what)

    def text(self, what: str) -> str:
        """Take a note."""
        try:
            return self.opaque(what).decode()
        except UnicodeDecodeError as error:
            raise MalformedEvidence(f"{what}: not UTF-8") from error

    def number(self, what: str) -> int:
        """Take a uint64."""
        return int.from_bytes(self.fixed(_NUMBER_BYTES, what), "big")

    def hashes(self, what: str) -> tuple[bytes, ...]:
        """Take a list of hashes."""
        data = self.opaque(what)
        if len(data) % HASH_BYTES:
            raise MalformedEvidence(f"{what}: not a list of hashes")
        return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))

    def end(self, what: str) -> None:
        """Refuse what nobody took."""
        if self.left:
            raise MalformedEvidence(f"{what}: {len(self._data) - self._at} bytes too many at its end")
