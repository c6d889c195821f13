"""Keep what licences say unreadable to whoever holds the database alone.

Laws: disclosures stand in the database only encrypted (AES-256-GCM), and nobody's code but as a keyed hash; the keys come from one file
that is not in the database. The same text in the same place is sealed into the same bytes, so that a registry equals its rebuild.
"""

import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from certs.keys import create_file
from hub.errors import ConfigInvalid, HubError

DATA_KEY = "registry-data.key"
"""The file of the key, beside the hub's other keys."""
KEY_BYTES = 32
HASH_BYTES = 32
NONCE_BYTES = 12
_PRIVATE = 0o600


class SealBroken(HubError):
    """What the registry keeps does not open: the database, or the file of its key, is not the one it was."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The keys of the registry's data; make it with `of`."""

    _data: AESGCM = field(repr=False)
    _nonces: bytes = field(repr=False)
    _holders: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> "Seal":
        """Derive the keys from the 32 bytes of the file; raises ValueError for any other number of them."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key of the registry's data has {KEY_BYTES} bytes")
        return cls(AESGCM(_derived(key, b"data")), _derived(key, b"nonces"), _derived(key, b"holders"))

    def close(self, text: str, place: str) -> bytes:
        """Seal a text for its place."""
        plain, bound = text.encode(), place.encode()
        # A nonce of the text itself: twice the same one means twice the same text, in a rebuild or after a restored backup too.
        nonce = hmac.digest(self._nonces, len(bound).to_bytes(4) + bound + plain, "sha256")[:NONCE_BYTES]
        return nonce + self._data.encrypt(nonce, plain, bound)

    def open(self, sealed: bytes, place: str) -> str:
        """Return the text sealed for a place; raises SealBroken."""
        try:
            return self._data.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(f"what is kept of {place} does not open with {DATA_KEY}") from None

    def holder(self, code_type: str, code: str) -> bytes:
        """Return the hash by which a holder is looked up, 32 bytes."""
        return hmac.digest(self._holders, code_type.encode() + b"\0" + code.encode(), "sha256")


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, b"tongban registry v1\0" + purpose).derive(key)


def create_key(folder: Path) -> None:
    """Make the file of the key, of fresh random bytes; raises FileExistsError for one that is there."""
    create_file(folder / DATA_KEY, os.urandom(KEY_BYTES), _PRIVATE)


def load_seal(folder: Path) -> Seal | None:
    """Read the file of the key; None when there is none. Raises ConfigInvalid for what is no key."""
    try:
        key = (folder / DATA_KEY).read_bytes()
    except FileNotFoundError:
        return None
    try:
        return Seal.of(key)
    except ValueError as error:
        raise ConfigInvalid(f"{folder / DATA_KEY}: {error}; put it back from a backup") from error
