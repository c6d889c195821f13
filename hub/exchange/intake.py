"""Judge a batch of a hall's journal before it is committed.

Laws: identity comes from the certificate alone (G4): the journal, the key and every envelope's source must be that hall's, or the
stream ends. Intake reads the clear header, and to whom a payload is encrypted. An envelope that may not be routed is refused by itself
and stays in the log, one of a hall in quarantine is held; nothing here touches a database or a clock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.checkpoints import Checkpoint, open_checkpoint
from certs.entries import ACCEPTED, HELD, LEDGER_MESSAGE, REFUSED
from certs.errors import BadSignature, CertsError, UnknownKey
from certs.keyring import Keyring
from certs.merkle import Frontier, Growth, leaf_hashes
from certs.names import HUB, source_uri
from certs.readers import MAX_READERS
from directory.routing import MOST_RECIPIENTS, Heading, Refused, Routed
from hub.errors import Refusal
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1.exchange_pb2 import Batch

ENVELOPE_VERSION = 1
SALT_BYTES = 16
EVENT_ID_CHARACTERS = 36
HASH_BYTES = 32
HASHED_RECIPIENTS_MOST = 1024
"""Of more than this, or of names longer than `NAME_MOST`, no recipients hash is made; routing allows far fewer."""
NAME_MOST = 255
WORD_MOST = 128
SUBJECT_MOST = 256
KEY_SUCCESSION = "key-succession"
"""The resource under which a hall names its next log key."""

Recipients = tuple[str, ...]


Route = Callable[[Heading], Routed | Refused]
"""directory.routing.judge by the law in force; few distinct headings occur, so verdicts are kept."""


@dataclass(frozen=True, slots=True)
class IntakeRules:
    """What intake needs to know of the province."""

    trust_domain: str
    route: Route
    succession_fault: Callable[[str, int, int, bytes], errors_pb2.Reason | None]
    """Why the leaf at an index of a hall's journal in an epoch may not name the log key that its payload names; None when it may."""
    is_held: Callable[[str], bool]
    """Whether what a hall sends is held back: it is in quarantine."""
    envelope_bytes: int
    batch_length: int


@dataclass(frozen=True, slots=True)
class JournalTail:
    """Where the next batch of a journal must start."""

    origin: str
    hall: str
    epoch: int
    frontier: Frontier
    lease: int


Also = Callable[[sa.Connection, int], None]
"""What must be written with a batch or not at all, given the batch's first ledger index."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A batch that may be committed behind `tail`; what is refused or held in it is marked."""

    tail: JournalTail
    kind: int
    checkpoint: str
    growth: Growth
    leaves: Sequence[bytes]
    recipients: Sequence[Recipients]
    stated_recipients: Sequence[Recipients]
    dispositions: bytes
    reasons: bytes
    batch: bytes
    succession: bytes = b""
    """Payload of the last envelope when that names the journal's next key."""
    also: Also | None = None
    holds_records: bool = False
    """Some of its envelopes are records of catalogued resources."""

    @property
    def count(self) -> int:
        """Number of envelopes."""
        return len(self.leaves)

    @property
    def next_tail(self) -> JournalTail:
        """Where the batch after this one must start."""
        return JournalTail(self.tail.origin, self.tail.hall, self.tail.epoch, self.growth.frontier(), self.tail.lease)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A batch that starts where the journal has been before."""

    first: int
    leaves: Sequence[bytes]
    checkpoint: Checkpoint
    note: str


def admit(raw: bytes, tail: JournalTail, keyring: Keyring, rules: IntakeRules) -> Admitted | Replayed:
    """Judge one batch.

    Raises Refusal for what ends the stream: a malformed batch, a foreign or unknown key, a gap, a root that does not follow.
    """
    batch = _parsed(raw, rules)
    checkpoint = _opened(batch.checkpoint, tail, keyring)
    first = checkpoint.size - len(batch.envelopes)
    if first < 0:
        msg = f"a checkpoint of size {checkpoint.size} is not over {len(batch.envelopes)} envelopes"
        raise Refusal(errors_pb2.REASON_MALFORMED_MESSAGE, msg, field="checkpoint")
    leaves = _leaves(list(batch.envelopes), set(batch.hash_only))
    if first < tail.frontier.size:
        return Replayed(first, leaves, checkpoint, batch.checkpoint)
    if first > tail.frontier.size:
        held = str(tail.frontier.size)
        msg = f"the batch starts at {first}, but the hub holds {held}: resume there"
        raise Refusal(errors_pb2.REASON_JOURNAL_GAP, msg, metadata={"size": held})
    growth = Growth(tail.frontier, leaves)
    if growth.root() != checkpoint.root:
        msg = f"the checkpoint of size {checkpoint.size} is not over these envelopes behind what the hub holds"
        raise Refusal(errors_pb2.REASON_ROOT_MISMATCH, msg, metadata={"size": str(tail.frontier.size)})
    return _judged(raw, batch, growth, leaves, _HeaderReader(tail, rules))


def _parsed(raw: bytes, rules: IntakeRules) -> Batch:
    try:
        batch = Batch.FromString(raw)
    except DecodeError as error:
        raise Refusal(errors_pb2.REASON_MALFORMED_MESSAGE, "the batch is not a tongban.exchange.v1.Batch") from error
    if not batch.envelopes:
        raise Refusal(errors_pb2.REASON_BATCH_EMPTY, "a batch holds at least one envelope")
    if len(batch.envelopes) > rules.batch_length:
        msg = f"a batch holds at most {rules.batch_length} envelopes, this one {len(batch.envelopes)}"
        raise Refusal(errors_pb2.REASON_BATCH_TOO_LONG, msg)
    positions = list(batch.hash_only)
    in_order = positions == sorted(set(positions)) and (not positions or positions[-1] < len(batch.envelopes))
    if not in_order or any(len(batch.envelopes[at]) != HASH_BYTES for at in positions):
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, "hash_only names ascending positions of 32-byte leaf hashes", field="hash_only")
    return batch


def _opened(note: str, tail: JournalTail, keyring: Keyring) -> Checkpoint:
    """Open the author's checkpoint with the key that is in force at its size."""
    try:
        size = _claimed_size(note)
        return open_checkpoint(note, keyring.log_key(tail.hall, tail.epoch, size))
    except UnknownKey as error:
        msg = f"the checkpoint is not signed by the log key in force of {tail.origin}"
        raise Refusal(errors_pb2.REASON_UNKNOWN_KEY, msg) from error
    except BadSignature as error:
        raise Refusal(errors_pb2.REASON_BAD_SIGNATURE, f"the signature of {tail.origin} does not verify") from error
    except CertsError as error:
        raise Refusal(errors_pb2.REASON_MALFORMED_MESSAGE, f"checkpoint: {error}", field="checkpoint") from error


def _claimed_size(note: str) -> int:
    """Read the size before the signature is checked: it decides which key must have signed."""
    size = note.split("\n", 2)[1:2]
    if not size or not size[0].isascii() or not size[0].isdigit() or len(size[0]) > 19:  # noqa: PLR2004 - digits of 2^63
        raise Refusal(errors_pb2.REASON_MALFORMED_MESSAGE, "the checkpoint names no size", field="checkpoint")
    return int(size[0])


def _leaves(envelopes: list[bytes], hash_only: set[int]) -> list[bytes]:
    if not hash_only:
        return leaf_hashes(envelopes)
    carried = iter(leaf_hashes([envelope for at, envelope in enumerate(envelopes) if at not in hash_only]))
    return [envelope if at in hash_only else next(carried) for at, envelope in enumerate(envelopes)]


def _judged(raw: bytes, batch: Batch, growth: Growth, leaves: Sequence[bytes], reader: "_HeaderReader") -> Admitted:
    hash_only = set(batch.hash_only)
    judged = [_TOO_LARGE if at in hash_only else reader.judge(at, envelope) for at, envelope in enumerate(batch.envelopes)]
    reasons = bytes(verdict.reason if isinstance(verdict, Refused) else 0 for _, verdict in judged)
    refused, otherwise = any(reasons), HELD if reader.is_held else ACCEPTED
    return Admitted(
        tail=reader.tail,
        kind=LEDGER_MESSAGE,
        checkpoint=batch.checkpoint,
        growth=growth,
        leaves=leaves,
        recipients=[() if reader.is_held or isinstance(verdict, Refused) else verdict.recipients for _, verdict in judged],
        stated_recipients=[stated for stated, _ in judged],
        dispositions=bytes(REFUSED if reason else otherwise for reason in reasons) if refused or reader.is_held else b"",
        reasons=reasons if refused else b"",
        batch=raw,
        succession=reader.succession,
        holds_records=not reader.is_held and any(isinstance(verdict, Routed) and verdict.is_record for _, verdict in judged),
    )


_TOO_LARGE: tuple[Recipients, Routed | Refused] = ((), Refused(errors_pb2.REASON_ENVELOPE_TOO_LARGE))


class _HeaderReader:
    """Read headers of one batch and keep the verdicts, which repeat."""

    def __init__(self, tail: JournalTail, rules: IntakeRules) -> None:
        self.tail = tail
        self.is_held = rules.is_held(tail.hall)
        self._rules = rules
        self._source = source_uri(rules.trust_domain, tail.hall, "")
        self._envelope = Envelope()
        self._header = Header()
        self._verdicts: dict[tuple[str, str, str, str, Recipients], Routed | Refused | None] = {}
        self.succession = b""

    def judge(self, at: int, raw: bytes) -> tuple[Recipients, Routed | Refused]:
        """Return the recipients stated, and the verdict, of the envelope at a position of the batch."""
        envelope, header = self._envelope, self._header
        self.succession = b""
        try:
            envelope.ParseFromString(raw)
            header.ParseFromString(envelope.header)
        except DecodeError:
            return (), Refused(errors_pb2.REASON_ENVELOPE_MALFORMED)
        if not header.source.startswith(self._source) or header.journal != self.tail.origin:
            msg = f"an envelope's source and journal must be those of {self.tail.hall}, by its certificate"
            raise Refusal(errors_pb2.REASON_FOREIGN_SOURCE, msg)
        stated = tuple(header.recipients)
        key = (header.resource, header.type, header.actor.role, header.actor.department, stated)
        if key not in self._verdicts:
            self._verdicts[key] = self._routed(Heading(self.tail.hall, *key))
        verdict = self._verdicts[key]
        if verdict is None:
            # What cannot be hashed as recipients is logged as none: a poison message must not fail its batch (G8).
            return (), Refused(errors_pb2.REASON_ENVELOPE_MALFORMED)
        fault = errors_pb2.REASON_ENVELOPE_TOO_LARGE if len(raw) > self._rules.envelope_bytes else _fault(header)
        if fault is not None:
            return stated, Refused(fault)
        if isinstance(verdict, Routed) and (fault := _body_fault(envelope, verdict)) is not None:
            return stated, Refused(fault)
        if header.resource == KEY_SUCCESSION and isinstance(verdict, Routed):
            fault = self._succession_fault(at, envelope, header)
            if fault is not None:
                return stated, Refused(fault)
            self.succession = envelope.payload
        return stated, verdict

    def _succession_fault(self, at: int, envelope: Envelope, header: Header) -> errors_pb2.Reason | None:
        """Say why the next log key may not be named by this envelope."""
        if header.actor.person:
            return errors_pb2.REASON_SCOPE_DENIED  # a hall's keys are its agent's
        if self.is_held:
            return errors_pb2.REASON_HALL_QUARANTINED  # a key that is named now may be a thief's, and could not wait
        index = self.tail.frontier.size + at
        return self._rules.succession_fault(self.tail.hall, self.tail.epoch, index, envelope.payload)

    def _routed(self, heading: Heading) -> Routed | Refused | None:
        """Judge what repeats from envelope to envelope; None when the recipients cannot even be hashed."""
        stated = heading.recipients
        if len(stated) > HASHED_RECIPIENTS_MOST or not all(0 < len(name) <= NAME_MOST and name.isascii() for name in stated):
            return None
        # Sorted without repeats: the recipients hash in the ledger then has one preimage. Short: verdicts are kept.
        in_order = all(a < b for a, b in pairwise(stated))
        words = (heading.resource, heading.type, heading.role, heading.department)
        if not in_order or len(stated) > MOST_RECIPIENTS or max(map(len, words)) > WORD_MOST:
            return Refused(errors_pb2.REASON_ENVELOPE_MALFORMED)
        return self._rules.route(heading)


def _body_fault(envelope: Envelope, verdict: Routed) -> errors_pb2.Reason | None:
    """Say what is wrong with the form of a payload: in clear or encrypted, and to whom."""
    is_encrypted = envelope.HasField("encrypted")
    if is_encrypted != verdict.encrypted:
        return errors_pb2.REASON_PAYLOAD_ENCRYPTED if is_encrypted else errors_pb2.REASON_PAYLOAD_CLEAR
    if not is_encrypted:
        return None
    readers = [key.reader for key in envelope.encrypted.keys]
    known = HUB in readers and len(set(readers)) == len(readers) <= MAX_READERS
    return None if known else errors_pb2.REASON_READERS_INVALID


def _fault(header: Header) -> errors_pb2.Reason | None:
    if header.version != ENVELOPE_VERSION:
        return errors_pb2.REASON_ENVELOPE_VERSION
    named = len(header.id) == EVENT_ID_CHARACTERS and 0 < len(header.subject) <= SUBJECT_MOST
    if named and len(header.salt) == SALT_BYTES and header.attempt >= 1:
        return None
    return errors_pb2.REASON_ENVELOPE_MALFORMED
