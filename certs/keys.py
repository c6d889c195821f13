"""Make private keys that live in files.

Laws: a key file is mode 0600, is there whole or not at all, and is never overwritten; its content is unencrypted
PKCS #8 PEM (RFC 5958), which systemd, openssl and gRPC read; a key of another kind than asked for is refused.
"""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from certs.errors import KeyTooWeak, MalformedKey

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | X25519PrivateKey

SECRET = 0o600
"""Mode of a file that only its owner reads."""
PUBLIC = 0o644
"""Mode of a file that anyone may read."""

_HPKE_KEY_SIZE = 32
_FIELD_PRIME = 2**255 - 19
# Any fixed scalar serves: with a point of small order every scalar gives the same all-zero secret.
_PROBE = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def generate_signing_key() -> Ed25519PrivateKey:
    """Return a new key that signs notes: of a log, of a witness, of the registry."""
    return Ed25519PrivateKey.generate()


def generate_tls_key() -> EllipticCurvePrivateKey:
    """Return a new key of a certificate, be it a node's, a server's or an authority's: ECDSA P-256."""
    return generate_private_key(SECP256R1())


def generate_hpke_key() -> X25519PrivateKey:
    """Return a new key to which payloads are encrypted (RFC 9180, X25519)."""
    return X25519PrivateKey.generate()


def private_pem(key: PrivateKey) -> bytes:
    """Encode a private key as unencrypted PKCS #8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def save_key(path: Path, key: PrivateKey) -> None:
    """Write a private key to a file of its own; raise FileExistsError if there is one."""
    create_file(path, private_pem(key), SECRET)


def load_signing_key(path: Path) -> Ed25519PrivateKey:
    """Read a key that signs notes; raise OSError or MalformedKey, both naming the path."""
    key = _load(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise MalformedKey(f"{path} does not hold an Ed25519 key")
    return key


def load_tls_key(path: Path) -> EllipticCurvePrivateKey:
    """Read the key of a certificate; raise OSError, MalformedKey or KeyTooWeak, all naming the path."""
    key = _load(path)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise MalformedKey(f"{path} does not hold an ECDSA key")
    try:
        check_tls_key(key.public_key())
    except KeyTooWeak as error:
        raise KeyTooWeak(f"{path}: {error}") from None
    return key


def load_hpke_key(path: Path) -> X25519PrivateKey:
    """Read a key to which payloads are encrypted; raise OSError or MalformedKey, both naming the path."""
    key = _load(path)
    if not isinstance(key, X25519PrivateKey):
        raise MalformedKey(f"{path} does not hold an X25519 key")
    return key


def check_tls_key(key: object) -> EllipticCurvePublicKey:
    """Return the public key of a certificate or signing request if it is ECDSA P-256, or raise KeyTooWeak."""
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    raise KeyTooWeak("a TLS key has to be ECDSA on P-256, and nothing else")


def check_hpke_key(data: bytes) -> X25519PublicKey:
    """Return an X25519 public key, or raise KeyTooWeak unless it is a canonical point of large order (RFC 7748 §6.1)."""
    if len(data) != _HPKE_KEY_SIZE or int.from_bytes(data, "little") >= _FIELD_PRIME:
        raise KeyTooWeak("an HPKE key has to be an X25519 point of 32 bytes")
    key = X25519PublicKey.from_public_bytes(data)
    try:
        _PROBE.exchange(key)
    except ValueError:
        raise KeyTooWeak("this HPKE key is a point of small order: anyone could read what is encrypted to it") from None
    return key


def create_file(path: Path, data: bytes, mode: int) -> None:
    """Write a new file, whole or not at all, and durably; raise FileExistsError if there is one."""
    draft = _write_draft(path, data, mode)
    try:
        # A link fails where a rename would overwrite.
        os.link(draft, path)
    finally:
        draft.unlink()
    sync_directory(path.parent)


def replace_file(path: Path, data: bytes, mode: int) -> None:
    """Put new content in the place of a file's, whole or not at all, and durably."""
    _write_draft(path, data, mode).replace(path)
    sync_directory(path.parent)


def _write_draft(path: Path, data: bytes, mode: int) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, SECRET)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # The mode given to open() is cut by the umask; this one is exact.
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink()
        raise
    return draft


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable: without it a new one does not survive power loss, though its file's bytes do."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _load(path: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's own text may quote the file.
        raise MalformedKey(f"{path} holds no unencrypted PKCS #8 private key") from None
