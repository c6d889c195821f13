"""Encrypt payloads to their readers (RFC 9180, DHKEM X25519 with HKDF-SHA256 and AES-256-GCM).

Laws: a payload is bound to the header of its envelope; a wrapped key is bound to the trust domain and to the reader's name; one
content key serves one set of readers, for at most an hour; what a ciphertext means is the same for each of its readers. What is
wrong with foreign bytes is NotAReader or PayloadTampered, and says nothing of what they hold.

The plaintext is 32 zero bytes and the payload. AES-GCM alone commits to no key: without the zeros an author could make one
ciphertext that reads differently under the keys wrapped to two readers.
"""

import hmac
import os
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from certs.errors import NotAReader, PayloadTampered
from certs.keys import check_hpke_key
from certs.names import check_hall, check_trust_domain
from tongban.envelope.v1 import envelope_pb2

CONTENT_KEY_LIVES = timedelta(hours=1)
"""How long one content key encrypts."""

MAX_READERS = 64
UNWRAPS_KEPT = 4096
"""Content keys that an opener remembers: an hour's of each hall, and room for what is read again."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"tongban payload key v1\0"
_KEY_BYTES = 32
_ENC_BYTES = 32
_TAG_BYTES = 16
_NONCE_BYTES = 12
_COMMITMENT = bytes(32)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who may read: `hub` or a hall id, with its X25519 public key, 32 bytes."""

    name: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A content key for one reader: HPKE's encapsulation, and the key encrypted under it."""

    reader: str
    enc: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted payload, with its content key wrapped to each reader."""

    ciphertext: bytes
    nonce: bytes
    keys: tuple[Wrapped, ...]

    @classmethod
    def of(cls, message: envelope_pb2.EncryptedPayload) -> "Sealed":
        """Take it from an envelope."""
        keys = (Wrapped(key.reader, key.enc, key.ciphertext) for key in message.keys)
        return cls(message.ciphertext, message.nonce, tuple(keys))

    def message(self) -> envelope_pb2.EncryptedPayload:
        """Return it as an envelope carries it."""
        keys = (envelope_pb2.WrappedKey(reader=key.reader, enc=key.enc, ciphertext=key.ciphertext) for key in self.keys)
        return envelope_pb2.EncryptedPayload(ciphertext=self.ciphertext, nonce=self.nonce, keys=keys)

    @property
    def readers(self) -> frozenset[str]:
        """Who may read it, as its author says."""
        return frozenset(key.reader for key in self.keys)


@dataclass(frozen=True, slots=True)
class ContentKey:
    """A key that encrypts payloads for the same readers. Make it with `fresh`."""

    readers: frozenset[Reader]
    made_at: datetime
    wrapped: tuple[Wrapped, ...]
    secret: bytes = field(repr=False)

    @classmethod
    def fresh(cls, readers: Collection[Reader], trust_domain: str, now: datetime) -> "ContentKey":
        """Make a key and wrap it to each reader; raises KeyTooWeak, MalformedName, or ValueError for none, too many or one twice."""
        check_trust_domain(trust_domain)
        if not 0 < len(readers) <= MAX_READERS or len({reader.name for reader in readers}) != len(readers):
            raise ValueError(f"a payload has 1 to {MAX_READERS} readers, none of them twice")
        secret = AESGCM.generate_key(_KEY_BYTES * 8)
        wrapped = (_wrap(secret, reader, trust_domain) for reader in sorted(readers, key=lambda reader: reader.name))
        return cls(frozenset(readers), now, tuple(wrapped), secret)

    def serves(self, readers: Collection[Reader], now: datetime) -> bool:
        """Tell whether it may still encrypt for exactly these readers."""
        return frozenset(readers) == self.readers and timedelta(0) <= now - self.made_at < CONTENT_KEY_LIVES


def encrypt(payload: bytes, header: bytes, key: ContentKey) -> Sealed:
    """Encrypt a payload for a key's readers, under the serialised header of its envelope."""
    # SP 800-38D §8.3: a random nonce serves 2^32 payloads of one key; an hour's are far fewer.
    nonce = os.urandom(_NONCE_BYTES)
    return Sealed(AESGCM(key.secret).encrypt(nonce, _COMMITMENT + payload, header), nonce, key.wrapped)


class Opener:
    """Opens what is encrypted to one reader. It remembers unwrapped content keys: make one and use it for all payloads."""

    def __init__(self, name: str, key: X25519PrivateKey, trust_domain: str) -> None:
        self.name = name
        self._key = key
        self._info = _info(trust_domain, name)
        self._unwrapped: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()

    def open(self, header: bytes, sealed: Sealed) -> bytes:
        """Return the payload of an envelope with this serialised header; raises NotAReader or PayloadTampered."""
        mine = [key for key in sealed.keys if key.reader == self.name]
        if not mine:
            raise NotAReader(f"this payload is not encrypted to {self.name}")
        if len(mine) > 1 or len(sealed.nonce) != _NONCE_BYTES:
            raise PayloadTampered("an encrypted payload of the wrong form")
        secret = self._secret(mine[0])
        try:
            plain = AESGCM(secret).decrypt(sealed.nonce, sealed.ciphertext, header)
        except InvalidTag:
            raise PayloadTampered("the payload, its header or its key was changed") from None
        if not hmac.compare_digest(plain[: len(_COMMITMENT)], _COMMITMENT):
            raise PayloadTampered("the payload may read differently under another key")
        return plain[len(_COMMITMENT) :]

    def _secret(self, wrapped: Wrapped) -> bytes:
        if len(wrapped.enc) != _ENC_BYTES or len(wrapped.ciphertext) != _KEY_BYTES + _TAG_BYTES:
            raise PayloadTampered("a wrapped key of the wrong form")
        lump = wrapped.enc + wrapped.ciphertext
        with self._lock:
            if lump in self._unwrapped:
                self._unwrapped.move_to_end(lump)
                return self._unwrapped[lump]
        secret = self._unwrap(lump)
        with self._lock:
            self._unwrapped[lump] = secret
            if len(self._unwrapped) > UNWRAPS_KEPT:
                self._unwrapped.popitem(last=False)
        return secret

    def _unwrap(self, lump: bytes) -> bytes:
        try:
            return _SUITE.decrypt(lump, self._key, self._info)
        except (InvalidTag, ValueError):
            raise PayloadTampered(f"the key was not wrapped to {self.name}, or was changed") from None


def _wrap(secret: bytes, reader: Reader, trust_domain: str) -> Wrapped:
    lump = _SUITE.encrypt(secret, check_hpke_key(reader.key), _info(trust_domain, check_hall(reader.name)))
    return Wrapped(reader.name, lump[:_ENC_BYTES], lump[_ENC_BYTES:])


def _info(trust_domain: str, reader: str) -> bytes:
    return _INFO + trust_domain.encode() + b"\0" + reader.encode()
