"""Encode the leaves of ledger and inbox logs.

Laws: a leaf is a fixed binary struct, big-endian, in RFC 8446 §3 notation; it has one encoding; the batch functions give the
very hashes of the single encodings.

    struct {
        uint8 version = 1;
        uint8 kind;                      /* LEDGER_MESSAGE, LEDGER_KEY */
        uint8 disposition;               /* ACCEPTED, REFUSED, HELD */
        opaque author<1..64>;            /* hall id, ASCII; "hub" for the hub's own */
        uint32 epoch;                    /* of the author's journal */
        uint64 index;                    /* in the author's journal */
        opaque envelope_leaf_hash[32];
        uint64 accepted_at;              /* ms since 1970-01-01T00:00:00Z */
        opaque recipients_hash[32];
        uint64 key_count;                /* key entries up to this entry, itself included */
        opaque key_chain[32];
    } LedgerEntry;

    struct {
        uint64 ledger_index;
        opaque ledger_leaf_hash[32];
        uint8 form;                      /* FULL, WITHDRAWN, ERASED */
    } InboxLeaf;
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from certs.errors import MalformedEntry, MalformedName
from certs.names import check_hall

LEDGER_MESSAGE = 1
LEDGER_KEY = 2

ACCEPTED = 1
REFUSED = 2
HELD = 3

FULL = 1
WITHDRAWN = 2
ERASED = 3

VERSION = 1
HASH_BYTES = 32
GENESIS_CHAIN = bytes(HASH_BYTES)
"""The key chain before the first key entry."""

_KINDS = frozenset({LEDGER_MESSAGE, LEDGER_KEY})
_DISPOSITIONS = frozenset({ACCEPTED, REFUSED, HELD})
_FORMS = frozenset({FULL, WITHDRAWN, ERASED})
_HEAD = struct.Struct(">BBBB")
_REST = struct.Struct(">IQ32sQ32sQ32s")
_KEYS = struct.Struct(">Q32s")
_INBOX = struct.Struct(">Q32sB")
_UINT32 = struct.Struct(">I")
_UINT64 = struct.Struct(">Q")
_LEAF_PREFIX = b"\x00"  # RFC 6962 §2.1


def _check_hashes(hashes: Iterable[bytes]) -> None:
    """Refuse hashes of another length, which struct would pad or cut in silence."""
    if not set(map(len, hashes)) <= {HASH_BYTES}:
        msg = f"a hash must be {HASH_BYTES} bytes long"
        raise MalformedEntry(msg)


def _check_choice(value: int, allowed: frozenset[int], what: str) -> None:
    if value not in allowed:
        msg = f"{value} is not a {what}"
        raise MalformedEntry(msg)


def _author_head(kind: int, disposition: int, author: str) -> bytes:
    _check_choice(kind, _KINDS, "kind of ledger entry")
    _check_choice(disposition, _DISPOSITIONS, "disposition")
    try:
        name = check_hall(author).encode()
    except MalformedName as error:
        raise MalformedEntry(str(error)) from error
    return _HEAD.pack(VERSION, kind, disposition, len(name)) + name


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the ledger says of one envelope; `accepted_at` in milliseconds since 1970 (UTC)."""

    kind: int
    disposition: int
    author: str
    epoch: int
    index: int
    envelope_leaf: bytes
    accepted_at: int
    recipients_hash: bytes
    key_count: int
    key_chain: bytes

    def encode(self) -> bytes:
        """Return the leaf's bytes; raises MalformedEntry when a part is out of range."""
        _check_hashes((self.envelope_leaf, self.recipients_hash, self.key_chain))
        head = _author_head(self.kind, self.disposition, self.author)
        parts = (self.epoch, self.index, self.envelope_leaf, self.accepted_at, self.recipients_hash, self.key_count, self.key_chain)
        try:
            return head + _REST.pack(*parts)
        except struct.error as error:
            raise MalformedEntry(str(error)) from error

    @classmethod
    def decode(cls, data: bytes) -> "LedgerEntry":
        """Read a leaf's bytes, or raise MalformedEntry."""
        author_length = data[_HEAD.size - 1] if len(data) >= _HEAD.size else 0
        at = _HEAD.size + author_length
        if len(data) != at + _REST.size:
            msg = f"{len(data)} bytes are not a ledger entry"
            raise MalformedEntry(msg)
        author = data[_HEAD.size : at].decode("ascii", errors="replace")
        entry = cls(data[1], data[2], author, *_REST.unpack_from(data, at))
        if entry.encode() != data:  # another version
            msg = "not a ledger entry of version 1"
            raise MalformedEntry(msg)
        return entry


def ledger_leaf_hashes(  # noqa: PLR0913 - the parts of a LedgerEntry, by name
    *,
    kind: int,
    author: str,
    epoch: int,
    indices: Sequence[int],
    leaves: Sequence[bytes],
    dispositions: Sequence[int],
    accepted_at_ms: int,
    recipients_hashes: Sequence[bytes],
    key_count: int,
    key_chain: bytes,
) -> list[bytes]:
    """Return the leaf hashes of one batch's ledger entries (RFC 6962 §2.1 over the bytes of LedgerEntry).

    `indices` are the journal indices (a range for a whole batch), `leaves` the envelopes' leaf hashes, each with its own
    recipients' hash; no `dispositions` means that all are ACCEPTED. Raises MalformedEntry when a part is out of range or
    when their numbers differ.
    """
    _check_hashes(leaves)
    _check_hashes(recipients_hashes)
    _check_hashes((key_chain,))
    count = len(leaves)
    dispositions = dispositions or (ACCEPTED,) * count
    if not len(indices) == len(dispositions) == len(recipients_hashes) == count:
        msg = "a batch must have one index, disposition and recipients' hash for each leaf"
        raise MalformedEntry(msg)
    try:
        # What precedes the index differs by disposition only, so each seed has hashed it already.
        fixed = _UINT32.pack(epoch)
        seeds = {d: sha256(_LEAF_PREFIX + _author_head(kind, d, author) + fixed).copy for d in set(dispositions)}
        accepted_at, keys = _UINT64.pack(accepted_at_ms), _KEYS.pack(key_count, key_chain)
        packed = struct.pack(f">{count}Q", *indices)
    except struct.error as error:
        raise MalformedEntry(str(error)) from error
    hashes = []
    at = 0
    for disposition, leaf, recipients in zip(dispositions, leaves, recipients_hashes, strict=True):
        digest = seeds[disposition]()
        digest.update(packed[at : at + 8] + leaf + accepted_at + recipients + keys)
        hashes.append(digest.digest())
        at += 8
    return hashes


def recipients_hash(recipients: Iterable[str]) -> bytes:
    """Return SHA-256 over the sorted, distinct recipients, each as a length byte with its ASCII name.

    Raises MalformedEntry for a name that is empty, not ASCII or longer than 255 characters.
    """
    parts = []
    for name in sorted(set(recipients)):
        if not name.isascii() or not 0 < len(name) < 1 << 8:
            msg = f"{name!r} is not the name of a recipient"
            raise MalformedEntry(msg)
        parts.append(bytes([len(name)]) + name.encode("ascii"))
    return sha256(b"".join(parts)).digest()


@dataclass(frozen=True, slots=True)
class InboxLeaf:
    """That a hall has one entry of its mailbox, in the form stated."""

    ledger_index: int
    ledger_leaf: bytes
    form: int

    def encode(self) -> bytes:
        """Return the leaf's bytes; raises MalformedEntry when a part is out of range."""
        _check_hashes((self.ledger_leaf,))
        _check_choice(self.form, _FORMS, "form")
        try:
            return _INBOX.pack(self.ledger_index, self.ledger_leaf, self.form)
        except struct.error as error:
            raise MalformedEntry(str(error)) from error

    @classmethod
    def decode(cls, data: bytes) -> "InboxLeaf":
        """Read a leaf's bytes, or raise MalformedEntry."""
        if len(data) != _INBOX.size:
            msg = "not an inbox leaf"
            raise MalformedEntry(msg)
        leaf = cls(*_INBOX.unpack(data))
        _check_choice(leaf.form, _FORMS, "form")
        return leaf


def inbox_leaf_hashes(indices: Sequence[int], ledger_leaves: Sequence[bytes], forms: Sequence[int]) -> list[bytes]:
    """Return the leaf hashes of inbox entries (RFC 6962 §2.1 over the bytes of InboxLeaf); no `forms` means that all are FULL.

    Raises MalformedEntry when a part is out of range or when their numbers differ.
    """
    _check_hashes(ledger_leaves)
    forms = forms or (FULL,) * len(indices)
    if not len(indices) == len(ledger_leaves) == len(forms):
        msg = "every inbox leaf must have an index, a ledger leaf and a form"
        raise MalformedEntry(msg)
    for form in set(forms):
        _check_choice(form, _FORMS, "form")
    pack = _INBOX.pack
    try:
        return [sha256(_LEAF_PREFIX + pack(*parts)).digest() for parts in zip(indices, ledger_leaves, forms, strict=True)]
    except struct.error as error:
        raise MalformedEntry(str(error)) from error


def next_chain(chain: bytes, envelope_leaf: bytes) -> bytes:
    """Return the key chain behind one more key entry: SHA-256(chain || leaf hash of its envelope)."""
    return sha256(chain + envelope_leaf).digest()
