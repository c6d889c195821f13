"""State the size and root of a log, witnessed by others (C2SP tlog-checkpoint, tlog-cosignature, tlog-proof).

Laws: a checkpoint is believed only after its signature; the signing key's name is the origin line, so a log's key speaks for
that log alone; only what parses as a checkpoint is signed or cosigned; numbers and hashes have one spelling.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs import merkle, notes
from certs.errors import BadProof, MalformedCheckpoint, MalformedEvidence, MalformedKey, MalformedNote, UnknownKey

MAX_SIZE = 2**63 - 1
"""The largest integer that a database column and a C2SP timestamp hold."""

MAX_PROOF_HASHES = 63
"""The longest path in a tree of at most 2**63 - 1 leaves."""

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_TEXT_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the log named by its origin line; extension lines are kept as they came, and never made here."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the note text (C2SP tlog-checkpoint, note text)."""
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def _number(text: str) -> int:
    """Read a decimal in its one spelling, at most MAX_SIZE; raises ValueError."""
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_SIZE:
        msg = f"{text!r} is not a decimal number up to {MAX_SIZE}"
        raise ValueError(msg)
    return int(text)


def _hash(text: str) -> bytes:
    """Read a SHA-256 hash in base64; raises ValueError."""
    data = notes.parse_base64(text)
    if len(data) != merkle.HASH_BYTES:
        msg = f"{len(data)} bytes are not a SHA-256 hash"
        raise ValueError(msg)
    return data


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a note's text as a checkpoint, or raise MalformedCheckpoint. Nothing is verified."""
    try:
        notes.check_text(text)
    except MalformedNote as error:
        raise MalformedCheckpoint(str(error)) from error
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < _TEXT_LINES or not all(lines):
        msg = "a checkpoint must be at least three lines, none of them empty"
        raise MalformedCheckpoint(msg)
    origin, size, root, *extensions = lines
    try:
        checkpoint = Checkpoint(origin, _number(size), _hash(root), tuple(extensions))
    except ValueError as error:
        msg = f"a checkpoint must have a size and a root: {error}"
        raise MalformedCheckpoint(msg) from error
    if checkpoint.size == 0 and checkpoint.root != merkle.EMPTY_ROOT:
        msg = "a log without leaves has another root"
        raise MalformedCheckpoint(msg)
    return checkpoint


def _require_log_key(verifier: notes.Verifier) -> None:
    if verifier.algorithm != notes.ED25519:
        msg = f"{verifier.name} is not a log's key"
        raise MalformedKey(msg)


def sign_checkpoint(checkpoint: Checkpoint, signer: notes.Signer) -> str:
    """Return the note of a log's head; the signature is deterministic, so the same head gives the same note (RFC 8032).

    Raises MalformedKey when the signer is not a log's Ed25519 key, UnknownKey when it is another log's,
    MalformedCheckpoint when the parts do not make a checkpoint.
    """
    _require_log_key(signer.verifier)
    if signer.name != checkpoint.origin:
        msg = f"{signer.name} does not sign for {checkpoint.origin}"
        raise UnknownKey(msg)
    text = checkpoint.text()
    if parse_checkpoint(text) != checkpoint:
        msg = "line breaks within the lines of a checkpoint"
        raise MalformedCheckpoint(msg)
    return notes.sign(text, [signer])


def open_checkpoint(note: str | bytes, verifier: notes.Verifier) -> Checkpoint:
    """Return the checkpoint that a log's key signed, at the cost of one signature check.

    Raises MalformedNote, MalformedCheckpoint, BadSignature, or UnknownKey when the key did not sign or is another log's.
    """
    _require_log_key(verifier)
    checkpoint = parse_checkpoint(notes.open_note(note, [verifier]))
    if checkpoint.origin != verifier.name:
        msg = f"{verifier.name} does not speak for {checkpoint.origin}"
        raise UnknownKey(msg)
    return checkpoint


def cosign(text: str, signer: notes.Signer, timestamp: int) -> str:
    """Return a cosignature line, without its newline, on the text of a checkpoint, at POSIX seconds.

    It says: at that time the largest consistent head of that log which the signer had seen was this one. The caller has
    verified the consistency and written it down. Raises MalformedCheckpoint; MalformedKey when the signer does not cosign;
    ValueError for a time that no cosignature can state.
    """
    parse_checkpoint(text)
    if not 0 <= timestamp <= notes.MAX_TIMESTAMP:
        msg = f"a cosignature cannot state {timestamp} as its time"
        raise ValueError(msg)
    private_key = signer.private_key
    if signer.algorithm != notes.COSIGNATURE or not isinstance(private_key, Ed25519PrivateKey):
        msg = f"{signer.name} is not a cosigning key"
        raise MalformedKey(msg)
    stamp = timestamp.to_bytes(notes.TIMESTAMP_BYTES, "big")
    signature = stamp + private_key.sign(notes.cosigned_message(text, timestamp))
    return str(notes.SignatureLine(signer.name, signer.verifier.key_id, signature))


def check_cosignature(text: str, line: str, verifier: notes.Verifier) -> int:
    """Check a cosignature line, without its newline, on the text of a checkpoint; return its POSIX seconds.

    Raises MalformedNote for a malformed line, MalformedCheckpoint, BadSignature, UnknownKey when the line is by another key.
    """
    parse_checkpoint(text)
    if verifier.algorithm != notes.COSIGNATURE:
        msg = f"{verifier.name} is not a cosigning key"
        raise MalformedKey(msg)
    parsed = notes.parse_line(line)
    if (parsed.name, parsed.key_id) != (verifier.name, verifier.key_id):
        msg = f"not cosigned by {verifier.name}"
        raise UnknownKey(msg)
    verifier.check(text, parsed.signature)
    timestamp, _ = notes.split_cosignature(parsed.signature)
    return timestamp


def add_lines(note: str, lines: Iterable[str]) -> str:
    """Return a note with further signature lines, given without newlines.

    Raises MalformedNote for a malformed line, a second line of one key, or more signatures than a note may have.
    """
    text, signatures = notes.split(note)
    return notes.join(text, [*signatures, *map(notes.parse_line, lines)])


@dataclass(frozen=True, slots=True)
class TlogProof:
    """That a leaf is in a log, to be checked offline: its index, its inclusion proof and the signed checkpoint.

    `extra` is not authenticated (C2SP tlog-proof).
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""


def encode_tlog_proof(proof: TlogProof) -> str:
    """Write a proof as text (C2SP tlog-proof, format)."""
    lines = [_PROOF_HEADER]
    if proof.extra:
        lines.append(f"extra {b64encode(proof.extra).decode()}")
    lines.append(f"index {proof.index}")
    lines.extend(b64encode(sibling).decode() for sibling in proof.hashes)
    return "\n".join(lines) + "\n\n" + proof.checkpoint


def parse_tlog_proof(text: str) -> TlogProof:
    """Read a proof, or raise MalformedEvidence (C2SP tlog-proof, format). Nothing is verified."""
    if len(text) > notes.MAX_NOTE_BYTES:
        msg = f"a proof may not be longer than {notes.MAX_NOTE_BYTES} characters"
        raise MalformedEvidence(msg)
    head, blank, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    try:
        extra = notes.parse_base64(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
        index = lines.pop(0) if lines else ""
        proof = TlogProof(_number(index.removeprefix("index ")), tuple(map(_hash, lines)), checkpoint, extra or b"")
    except ValueError as error:
        msg = f"not a proof of a log's leaf: {error}"
        raise MalformedEvidence(msg) from error
    well_formed = header == _PROOF_HEADER and blank and index.startswith("index ") and extra != b""
    if not well_formed or not checkpoint or len(proof.hashes) > MAX_PROOF_HASHES:
        msg = "not a proof of a log's leaf"
        raise MalformedEvidence(msg)
    return proof


def check_tlog_proof(proof: TlogProof, leaf: bytes, verifier: notes.Verifier) -> Checkpoint:
    """Return the checkpoint under which a leaf hash stands at the proof's index.

    Raises BadProof, or what `open_checkpoint` raises. Cosignatures are for the caller to count.
    """
    checkpoint = open_checkpoint(proof.checkpoint, verifier)
    if merkle.root_from_inclusion(proof.index, checkpoint.size, leaf, proof.hashes) != checkpoint.root:
        msg = f"leaf {proof.index} is not the one given"
        raise BadProof(msg)
    return checkpoint


def cosignatures(note: str, verifiers: Sequence[notes.Verifier]) -> dict[str, int]:
    """Return name and POSIX seconds of every verifier that cosigned a note.

    Lines of unknown keys are passed over (C2SP signed-note); raises BadSignature when one of a known key does not verify.
    """
    text, lines = notes.split(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    found = {}
    for line in lines:
        verifier = known.get((line.name, line.key_id))
        if verifier is not None:
            found[verifier.name] = check_cosignature(text, str(line), verifier)
    return found
