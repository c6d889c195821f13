"""Keep a hub's books in memory: charter, keys, ledger, journals and mailboxes, all with real hashes and signatures.

Law: as a hub does, it takes a batch by the key in force at its place and by no other, and lets a log key that is named succeed.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from certs import authority, merkle
from certs.authority import create_province, load_authority
from certs.charter import open_charter
from certs.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from certs.enrolment import check_signing_request
from certs.entries import ACCEPTED, GENESIS_CHAIN, LEDGER_KEY, LEDGER_MESSAGE, ledger_leaf_hashes, next_chain, recipients_hash
from certs.identity import read_certificate
from certs.key_entries import Introduction, KeyAct, LicenceIntroduction, Succession, sign_entry
from certs.keyring import Keyring
from certs.keys import generate_hpke_key, generate_signing_key, load_signing_key
from certs.licence_keys import check_possession
from certs.merkle import Frontier, Growth
from certs.names import EVERY_HALL, HUB, journal_origin, ledger_origin, parse_origin, registry_name, witness_name
from certs.notes import COSIGNATURE, Signer, open_note, parse_vkey, split
from node_agent.outbox import Actor, Draft, EnvelopeWriter
from tongban.enrolment.v1.enrolment_pb2 import EnrolRequest, EnrolResponse, KeyEntry, LicenceKey, LogKeySuccessor
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch, Extract, KeyChain, Receipt, Segment

TD = "jilin.test"
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ACTOR = Actor("1024", "clerk", "housing")


def event_id(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def draft(name: str, *, recipients: tuple[str, ...] = ("jilin-sheng",), size: int = 100, attempt: int = 1) -> Draft:
    return Draft(event_id(name), "business", "tongban.test.Thing", name, NOW, NOW, "case", recipients, b"x" * size, ACTOR, attempt)


@dataclass
class Journal:
    frontier: Frontier = field(default_factory=Frontier.empty)
    answers: list[tuple[bytes, Receipt]] = field(default_factory=list)


@dataclass
class Mailbox:
    segments: list[tuple[int, int, Segment]] = field(default_factory=list)  # first, count, segment
    acknowledged: str = ""

    @property
    def size(self) -> int:
        return sum(count for _, count, _ in self.segments)

    @property
    def acknowledged_size(self) -> int:
        return parse_checkpoint(split(self.acknowledged)[0]).size if self.acknowledged else 0


class Author:
    """A hall beside the one under test: it seals batches of its own."""

    def __init__(self, province: "TinyProvince", hall: str) -> None:
        self.hall = hall
        self.log = Signer(journal_origin(TD, hall, 1), generate_signing_key())
        self.witness = Signer(witness_name(TD, hall), generate_signing_key(), COSIGNATURE)
        self.writer = EnvelopeWriter(TD, hall, 1)
        self.frontier = Frontier.empty()
        hpke = generate_hpke_key().public_key().public_bytes_raw()
        province.introduce(Introduction(hall, 1, self.log.vkey, self.witness.vkey, hpke))

    def seal(self, drafts: Sequence[Draft]) -> bytes:
        envelopes = self.writer.write(drafts)
        self.frontier = self.frontier.extend(merkle.leaf_hashes(envelopes))
        checkpoint = sign_checkpoint(Checkpoint(self.log.name, self.frontier.size, self.frontier.root()), self.log)
        return Batch(checkpoint=checkpoint, envelopes=envelopes).SerializeToString()


class TinyProvince:
    """What a hub keeps."""

    def __init__(self, folder: Path) -> None:
        create_province(folder, TD, ["localhost"], datetime.now(UTC))
        self.keys = folder / "hub"
        self.authority = load_authority(self.keys)
        self.charter = (self.keys / authority.CHARTER).read_text("utf-8")
        self.ledger_signer = Signer(ledger_origin(TD, 1), load_signing_key(self.keys / authority.LEDGER_KEY))
        self.own = Signer(journal_origin(TD, HUB, 1), load_signing_key(self.keys / authority.JOURNAL_KEY))
        self.registry = Signer(registry_name(TD), load_signing_key(self.keys / authority.REGISTRY_KEY))
        self.keyring = Keyring(open_charter(self.charter, read_certificate((self.keys / authority.ROOT).read_bytes())))
        self.ledger: list[bytes] = []
        self.key_count, self.key_chain = 0, GENESIS_CHAIN
        self.key_segments: list[Segment] = []
        self.journals: dict[str, Journal] = {}
        self.mailboxes: dict[str, Mailbox] = {}
        self.accepted_at_ms = int(NOW.timestamp() * 1000)
        self.judge: Callable[[Header], tuple[int, int]] = lambda _: (ACCEPTED, 0)

    # ---- keys

    def enrol(self, request: EnrolRequest, hall: str) -> EnrolResponse:
        chain = self.authority.issue_hall(hall, check_signing_request(request.signing_request), datetime.now(UTC))
        if hall not in self.mailboxes:
            self.introduce(Introduction(hall, 1, request.keys.log, request.keys.cosigning, request.keys.hpke))
        root = (self.keys / authority.ROOT).read_bytes()
        return EnrolResponse(hall=hall, certificate_chain=chain, root=root, charter=self.charter, exchange_address="localhost:1")

    def introduce(self, act: KeyAct) -> None:
        """Write a key entry, and open the mailbox of its hall with all that came before."""
        if act.hall not in self.mailboxes:
            self.mailboxes[act.hall] = box = Mailbox()
            for segment in self.key_segments:
                box.segments.append((box.size, 1, segment))
        payload = KeyEntry(note=sign_entry(TD, act, self.registry)).SerializeToString()
        header = Header(version=1, type="tongban.enrolment.v1.KeyEntry", resource="keys", recipients=[EVERY_HALL], journal=self.own.name)
        envelope = Envelope(header=header.SerializeToString(), payload=payload).SerializeToString()
        journal = self.journals.setdefault(self.own.name, Journal())
        grown = journal.frontier.extend(merkle.leaf_hashes([envelope]))
        checkpoint = sign_checkpoint(Checkpoint(self.own.name, grown.size, grown.root()), self.own)
        self.accept(Batch(checkpoint=checkpoint, envelopes=[envelope]).SerializeToString(), kind=LEDGER_KEY)
        self.keyring.apply(len(self.ledger) - 1, merkle.leaf_hash(envelope), act)

    # ---- ledger

    def note(self, size: int | None = None, *, signer: Signer | None = None, root: bytes | None = None) -> str:
        size = len(self.ledger) if size is None else size
        root = Frontier.empty().extend(self.ledger[:size]).root() if root is None else root
        return sign_checkpoint(Checkpoint(self.ledger_signer.name, size, root), signer or self.ledger_signer)

    def consistency(self, older: int, newer: int) -> list[bytes]:
        return merkle.consistency_proof(older, newer, Growth(Frontier.empty(), self.ledger[:newer]).node)

    # ---- batches

    def accept(self, raw: bytes, *, kind: int = LEDGER_MESSAGE) -> Receipt:
        """Take a batch in, write what it means into the ledger and the mailboxes, and return its receipt."""
        batch = Batch.FromString(raw)
        checkpoint = parse_checkpoint(split(batch.checkpoint)[0])
        journal = self.journals.setdefault(checkpoint.origin, Journal())
        first = checkpoint.size - len(batch.envelopes)
        if first < journal.frontier.size:
            return next(receipt for _, receipt in journal.answers if receipt.journal_size == checkpoint.size)
        log = parse_origin(checkpoint.origin)
        open_checkpoint(batch.checkpoint, self.keyring.log_key(log.hall, log.epoch, checkpoint.size))
        headers = [self._header(data, at in batch.hash_only) for at, data in enumerate(batch.envelopes)]
        leaves = [data if at in batch.hash_only else merkle.leaf_hash(data) for at, data in enumerate(batch.envelopes)]
        grown = journal.frontier.extend(leaves)
        assert (first, grown.root()) == (journal.frontier.size, checkpoint.root), "the batch does not follow"
        verdicts = [(2, 65) if at in batch.hash_only else self.judge(header) for at, header in enumerate(headers)]
        receipt = self._enter(checkpoint, leaves, headers, verdicts, kind)
        carried = [at for at, (disposition, _) in enumerate(verdicts) if disposition == ACCEPTED]
        self._post(raw, checkpoint, receipt, headers, carried)
        journal.frontier = grown
        journal.answers.append((raw, receipt))
        for header, data in zip(headers, batch.envelopes, strict=True):
            if header.resource == "licence-key" and self.judge(header)[0] == ACCEPTED:
                said = LicenceKey.FromString(Envelope.FromString(data).payload)
                check_possession(said.possession, parse_vkey(said.key), self.keyring.log_key(log.hall, log.epoch, checkpoint.size))
                self.introduce(LicenceIntroduction(log.hall, log.epoch, said.key))
        if headers[-1].resource == "key-succession" and verdicts[-1][0] == ACCEPTED:
            self._succeed(checkpoint, batch.envelopes[-1])
        return receipt

    def _succeed(self, checkpoint: Checkpoint, envelope: bytes) -> None:
        """Let the key count that a leaf names."""
        log = parse_origin(checkpoint.origin)
        said = LogKeySuccessor.FromString(Envelope.FromString(envelope).payload)
        predecessor = self.keyring.log_key(log.hall, log.epoch, checkpoint.size)
        assert open_note(said.possession, [parse_vkey(said.successor)]) == f"{predecessor.vkey}\n"
        self.introduce(Succession(log.hall, log.epoch, checkpoint.size - 1, said.successor))

    def _header(self, data: bytes, hash_only: bool) -> Header:  # noqa: FBT001
        return Header() if hash_only else Header.FromString(Envelope.FromString(data).header)

    def _enter(
        self, checkpoint: Checkpoint, leaves: list[bytes], headers: list[Header], verdicts: list[tuple[int, int]], kind: int
    ) -> Receipt:
        log = parse_origin(checkpoint.origin)
        count, ledger_first = len(leaves), len(self.ledger)
        if kind == LEDGER_KEY:
            self.key_count, self.key_chain = self.key_count + 1, next_chain(self.key_chain, leaves[0])
        number: Any = kind  # the generated stubs know names of enums only
        dispositions: list[Any] = [one for one, _ in verdicts]
        reasons: list[Any] = [reason for _, reason in verdicts]
        self.ledger += ledger_leaf_hashes(
            kind=kind,
            author=log.hall,
            epoch=log.epoch,
            indices=range(checkpoint.size - count, checkpoint.size),
            leaves=leaves,
            dispositions=dispositions,
            accepted_at_ms=self.accepted_at_ms,
            recipients_hashes=[recipients_hash(header.recipients) for header in headers],
            key_count=self.key_count,
            key_chain=self.key_chain,
        )
        all_accepted = set(dispositions) == {ACCEPTED}
        receipt = Receipt(
            journal_size=checkpoint.size,
            count=count,
            ledger_first=ledger_first,
            keys=KeyChain(count=self.key_count, hash=self.key_chain),
            ledger_checkpoint=self.note(),
            ledger_proof=self.prove(((ledger_first, ledger_first + count),)),
            kind=number,
        )
        if not all_accepted:
            receipt.dispositions.extend(dispositions)
            receipt.reasons.extend(reasons)
        receipt.accepted_at.FromMilliseconds(self.accepted_at_ms)
        return receipt

    def prove(self, runs: tuple[tuple[int, int], ...]) -> list[bytes]:
        return merkle.range_proof(len(self.ledger), runs, Growth(Frontier.empty(), self.ledger).node)

    def _post(self, raw: bytes, checkpoint: Checkpoint, receipt: Receipt, headers: list[Header], carried: list[int]) -> None:
        batch = Batch.FromString(raw)
        first = checkpoint.size - len(headers)
        leaves = [data if at in batch.hash_only else merkle.leaf_hash(data) for at, data in enumerate(batch.envelopes)]
        growth = Growth(self.journals[checkpoint.origin].frontier, leaves)
        for hall, box in self.mailboxes.items():
            mine = [at for at in carried if hall in headers[at].recipients or EVERY_HALL in headers[at].recipients]
            if not mine:
                continue
            runs = _runs(mine)
            segment = Segment(ledger_first=receipt.ledger_first, count=len(headers), keys=receipt.keys, kind=receipt.kind)
            segment.accepted_at.CopyFrom(receipt.accepted_at)
            segment.ledger_checkpoint = receipt.ledger_checkpoint
            segment.ledger_proof.extend(self.prove(_shifted(runs, receipt.ledger_first)))
            segment.journal_proof.extend(growth.range_proof(_shifted(runs, first)))
            if len(mine) == len(headers):
                segment.batch = raw
            else:
                segment.runs.extend(_lengths(runs))
                segment.extract.CopyFrom(Extract(checkpoint=batch.checkpoint, envelopes=[batch.envelopes[at] for at in mine]))
            box.segments.append((box.size, len(mine), segment))
            if receipt.kind == LEDGER_KEY and len(self.key_segments) < self.key_count:
                self.key_segments.append(segment)


def _runs(members: list[int]) -> tuple[tuple[int, int], ...]:
    runs: list[tuple[int, int]] = []
    for at in members:
        if runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return tuple(runs)


def _shifted(runs: tuple[tuple[int, int], ...], by: int) -> tuple[tuple[int, int], ...]:
    return tuple((start + by, end + by) for start, end in runs)


def _lengths(runs: tuple[tuple[int, int], ...]) -> list[int]:
    lengths, at = [], 0
    for start, end in runs:
        lengths += [start - at, end - start]
        at = end
    return lengths
