"""Sign and open notes (C2SP signed-note).

Laws: a note is read strictly or not at all, so one note has one spelling; every signature line of a known key must verify;
the algorithm comes from the configured key, never from the note; what is signed is the text as received.

Three signature types of C2SP are known here. Type 1 is Ed25519 over the text. Type 4 is the timestamped Ed25519 cosignature
(C2SP tlog-cosignature). Type 2 is ECDSA over SHA-256 of the text, which only the province's root uses, for its charter: its
signature is DER, its curve P-256. For type 2 C2SP notes that existing witnesses take the truncated SHA-256 of the DER SPKI
alone as key id; ours follows the form that C2SP recommends for every type, name and type byte included, with the DER SPKI
as the public key. An id only says which of the configured keys to try, so nothing else rests on the difference.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from certs.errors import BadSignature, MalformedKey, MalformedNote, UnknownKey

ED25519 = 1
ECDSA = 2
COSIGNATURE = 4

MAX_NOTE_BYTES = 1 << 20
MAX_SIGNATURES = 64
"""C2SP asks for at least 16; a ledger checkpoint carries the hub's and up to one of each of 53 halls."""

ED25519_KEY_BYTES = 32
ED25519_SIGNATURE_BYTES = 64
TIMESTAMP_BYTES = 8
MAX_TIMESTAMP = 2**63 - 1

PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey
PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey

_ID_BYTES = 4
_DASH = "\N{EM DASH} "
_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")  # control characters, and what has no UTF-8
_KEY_ID = re.compile(r"[0-9a-f]{8}")

_P = 2**255 - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
# The y-coordinates of points of small order: under such a key one signature fits every text, so its owner could repudiate all.
_SMALL_ORDER = frozenset({0, 1, _ORDER_8, _P - _ORDER_8, _P - 1, _P, _P + 1})


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a note: who says to have made it, and its bytes, unverified."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        """Return the line as it stands in a note, without its newline."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.signature).decode()}"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key that is trusted under a name, for one algorithm. Make it with `of` or `parse_vkey`."""

    name: str
    algorithm: int
    key_id: bytes
    encoded: bytes
    public: PublicKey = field(compare=False, repr=False)

    @classmethod
    def of(cls, name: str, algorithm: int, public: PublicKey) -> "Verifier":
        """Bind a public key to its name and algorithm; raises MalformedKey when name, algorithm and key do not go together."""
        _check_name(name)
        encoded = _encoded(algorithm, public)
        return cls(name, algorithm, _key_id(name, algorithm, encoded), encoded, public)

    @property
    def vkey(self) -> str:
        """The verifier key as text (C2SP signed-note, verifier keys)."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.algorithm]) + self.encoded).decode()}"

    def check(self, text: str, signature: bytes) -> None:
        """Check a signature of this key on a note's text; raises BadSignature."""
        message = text.encode()
        try:
            if isinstance(self.public, ec.EllipticCurvePublicKey):
                self.public.verify(signature, message, ec.ECDSA(SHA256()))
            elif self.algorithm == COSIGNATURE:
                timestamp, signature = split_cosignature(signature)
                self.public.verify(signature, cosigned_message(text, timestamp))
            else:
                self.public.verify(signature, message)
        except InvalidSignature as error:
            msg = f"the signature of {self.name} does not verify"
            raise BadSignature(msg) from error


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that signs under a name, for one algorithm; raises MalformedKey when they do not go together."""

    name: str
    private_key: PrivateKey = field(repr=False)
    algorithm: int = ED25519
    verifier: Verifier = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Derive the verifier."""
        object.__setattr__(self, "verifier", Verifier.of(self.name, self.algorithm, self.private_key.public_key()))

    @property
    def vkey(self) -> str:
        """The verifier key as text."""
        return self.verifier.vkey

    def line(self, text: str) -> SignatureLine:
        """Sign a note's text; raises MalformedKey for a cosigning key, which signs only with a time."""
        if isinstance(self.private_key, ec.EllipticCurvePrivateKey):
            signature = self.private_key.sign(text.encode(), ec.ECDSA(SHA256()))
        elif self.algorithm == ED25519:
            signature = self.private_key.sign(text.encode())
        else:
            msg = f"{self.name} signs checkpoints with a time, not notes"
            raise MalformedKey(msg)
        return SignatureLine(self.name, self.verifier.key_id, signature)


def parse_vkey(text: str) -> Verifier:
    """Read a verifier key, or raise MalformedKey (C2SP signed-note, verifier keys).

    The key id must be the one that name, type and key give.
    """
    name, _, rest = text.partition("+")
    key_id, _, material = rest.partition("+")
    try:
        data = parse_base64(material)
    except ValueError as error:
        msg = f"{text!r} is not a verifier key"
        raise MalformedKey(msg) from error
    if not data or not _KEY_ID.fullmatch(key_id):
        msg = f"{text!r} is not a verifier key"
        raise MalformedKey(msg)
    verifier = Verifier.of(name, data[0], _decoded(data[0], data[1:]))
    if verifier.vkey != text:
        msg = f"{text!r} does not carry the id of its key"
        raise MalformedKey(msg)
    return verifier


def vkey(name: str, algorithm: int, public: PublicKey) -> str:
    """Write a verifier key; raises MalformedKey when name, algorithm and key do not go together."""
    return Verifier.of(name, algorithm, public).vkey


def _key_id(name: str, algorithm: int, encoded: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + encoded).digest()[:_ID_BYTES]


def _encoded(algorithm: int, public: PublicKey) -> bytes:
    """Return the public key as key ids and verifier keys hold it."""
    if isinstance(public, Ed25519PublicKey) and algorithm in {ED25519, COSIGNATURE}:
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        if int.from_bytes(raw, "little") & (2**255 - 1) in _SMALL_ORDER:
            msg = "an Ed25519 key of small order signs everything"
            raise MalformedKey(msg)
        return raw
    if isinstance(public, ec.EllipticCurvePublicKey) and algorithm == ECDSA and isinstance(public.curve, ec.SECP256R1):
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    msg = f"not a key of signature type {algorithm}"
    raise MalformedKey(msg)


def _decoded(algorithm: int, encoded: bytes) -> PublicKey:
    try:
        if algorithm in {ED25519, COSIGNATURE}:
            return Ed25519PublicKey.from_public_bytes(encoded)
        public = load_der_public_key(encoded) if algorithm == ECDSA else None
    except Exception as error:  # the loaders promise no closed list of errors for foreign bytes
        msg = f"not a key of signature type {algorithm}"
        raise MalformedKey(msg) from error
    if isinstance(public, ec.EllipticCurvePublicKey):
        return public
    msg = f"signature type {algorithm} is not allowed"
    raise MalformedKey(msg)


def parse_base64(text: str) -> bytes:
    """Decode standard base64 in its one canonical spelling (padding, unused bits zero); raises ValueError."""
    data = b64decode(text, validate=True)
    if b64encode(data).decode() != text:
        msg = "base64 in a spelling that is not the canonical one"
        raise ValueError(msg)
    return data


def _name_is_valid(name: str) -> bool:
    return bool(name) and "+" not in name and not any(map(str.isspace, name)) and not _FORBIDDEN.search(name)


def _check_name(name: str) -> None:
    if not _name_is_valid(name):
        msg = f"{name!r} is not a key name (not empty, no spaces, no plus)"
        raise MalformedKey(msg)


def check_text(text: str) -> None:
    """Refuse what no note may contain (C2SP signed-note, format)."""
    if not text.endswith("\n"):
        msg = "a note's text must end in a newline"
        raise MalformedNote(msg)
    if _FORBIDDEN.search(text):
        msg = "a note may not contain control characters"
        raise MalformedNote(msg)


def _decode_note(note: str | bytes) -> str:
    try:
        size = len(note if isinstance(note, bytes) else note.encode())
        text = note.decode() if isinstance(note, bytes) else note
    except UnicodeError as error:
        msg = "a note must be UTF-8"
        raise MalformedNote(msg) from error
    if size > MAX_NOTE_BYTES:
        msg = f"a note may not be longer than {MAX_NOTE_BYTES} bytes"
        raise MalformedNote(msg)
    check_text(text)
    return text


def parse_line(line: str) -> SignatureLine:
    """Read a signature line, given without its newline, or raise MalformedNote."""
    name, _, material = line.removeprefix(_DASH).partition(" ")
    try:
        data = parse_base64(material)
    except ValueError as error:
        msg = "a signature line must end in canonical base64"
        raise MalformedNote(msg) from error
    if not line.startswith(_DASH) or not _name_is_valid(name) or len(data) <= _ID_BYTES:
        msg = "a signature line must be an em dash, a key name, and the key id with the signature in base64"
        raise MalformedNote(msg)
    return SignatureLine(name, data[:_ID_BYTES], data[_ID_BYTES:])


def split(note: str | bytes) -> tuple[str, list[SignatureLine]]:
    """Part a note into its text and its signatures, none of them verified; raises MalformedNote.

    The text includes its last newline. Two lines of one key are refused: only one of them can be meant.
    """
    decoded = _decode_note(note)
    blank = decoded.rfind("\n\n")
    text, block = decoded[: blank + 1], decoded[blank + 2 :]
    if blank < 0 or not block or block.count("\n") > MAX_SIGNATURES:
        msg = f"a note must have a text, a blank line and 1 to {MAX_SIGNATURES} signatures"
        raise MalformedNote(msg)
    lines = [parse_line(line) for line in block.removesuffix("\n").split("\n")]
    if len({(line.name, line.key_id) for line in lines}) != len(lines):
        msg = "a note may not carry two signatures by one key"
        raise MalformedNote(msg)
    return text, lines


def join(text: str, lines: Iterable[SignatureLine]) -> str:
    """Write a note; raises MalformedNote when the parts do not make one."""
    note = text + "\n" + "".join(f"{line}\n" for line in lines)
    check_text(text)
    split(note)
    return note


def sign(text: str, signers: Sequence[Signer]) -> str:
    """Return the note that these sign; raises MalformedNote for a text that cannot be one's."""
    check_text(text)
    return join(text, [signer.line(text) for signer in signers])


def open_note(note: str | bytes, verifiers: Iterable[Verifier]) -> str:
    """Return the text of a note that at least one of the verifiers signed.

    Raises MalformedNote; BadSignature when a line of a known key does not verify, whatever others say; UnknownKey when no
    line is by a known key.
    """
    return _opened(*split(note), verifiers)


def open_signed_once(note: str | bytes, verifier: Verifier) -> str:
    """Return the text of a note that one key signed, and nobody beside it; raises as `open_note`, MalformedNote for more signatures."""
    text, lines = split(note)
    opened = _opened(text, lines, [verifier])
    if len(lines) != 1:
        raise MalformedNote("it has to have one signature")
    return opened


def _opened(text: str, lines: Sequence[SignatureLine], verifiers: Iterable[Verifier]) -> str:
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signed = False
    for line in lines:
        verifier = known.get((line.name, line.key_id))
        if verifier is not None:
            verifier.check(text, line.signature)
            signed = True
    if not signed:
        msg = f"not signed by {' or '.join(sorted({name for name, _ in known})) or 'anyone known'}"
        raise UnknownKey(msg)
    return text


def cosigned_message(text: str, timestamp: int) -> bytes:
    """Return what a cosignature of a checkpoint's text signs, at a POSIX time in seconds (C2SP tlog-cosignature, Ed25519)."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def split_cosignature(signature: bytes) -> tuple[int, bytes]:
    """Part a timestamped signature into POSIX seconds and Ed25519 signature; raises BadSignature when it cannot be one."""
    timestamp = int.from_bytes(signature[:TIMESTAMP_BYTES], "big")
    if len(signature) != TIMESTAMP_BYTES + ED25519_SIGNATURE_BYTES or timestamp > MAX_TIMESTAMP:
        msg = "not a timestamped signature"
        raise BadSignature(msg)
    return timestamp, signature[TIMESTAMP_BYTES:]
