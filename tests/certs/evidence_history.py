"""Write a small history of a province in memory: halls, messages, receipts and cosignatures, each signed as it should be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from certs.authority import Issuer, create_root
from certs.charter import Charter, sign_charter
from certs.checkpoints import Checkpoint, add_lines, cosign, sign_checkpoint
from certs.entries import ACCEPTED, FULL, GENESIS_CHAIN, LEDGER_KEY, LEDGER_MESSAGE, InboxLeaf, LedgerEntry, next_chain, recipients_hash
from certs.errors import BrokenEvidence
from certs.evidence import Evidence, KeyRecord, MessagePart, ProvincePart, ReceiptPart, encode
from certs.evidence_findings import Findings
from certs.evidence_province import runs_of
from certs.key_entries import Introduction, KeyAct, Revocation, Succession, authorise_entry, sign_entry
from certs.merkle import Frontier, Growth, consistency_proof, leaf_hash, leaf_hashes
from certs.names import EVERY_HALL, HUB, inbox_origin, journal_origin, ledger_origin, registry_name, source_uri, witness_name
from certs.notes import COSIGNATURE, Signer, split
from certs.verifier import Verifier
from tongban.enrolment.v1.enrolment_pb2 import KeyEntry
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

DOMAIN = "jilin.test"
NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
ROOT = create_root(DOMAIN, NOW)


def key(name: str) -> Ed25519PrivateKey:
    """Return the signing key of a name: the same in every run, so that a history can be written again."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def signer(name: str, algorithm: int = 1, secret: str = "") -> Signer:
    return Signer(name, key(secret or f"{name} {algorithm}"), algorithm)


def charter_note(root: Issuer) -> str:
    names = (ledger_origin(DOMAIN, 1), journal_origin(DOMAIN, HUB, 1), registry_name(DOMAIN))
    return sign_charter(Charter(DOMAIN, 1, *(signer(name).vkey for name in names)), root.key)


CHARTER = charter_note(ROOT)


def growth(leaves: Sequence[bytes]) -> Growth:
    return Growth(Frontier.empty(), leaves)


@dataclass(frozen=True)
class Sent:
    """One logged envelope."""

    ledger_index: int
    author: str
    epoch: int
    index: int
    envelope: bytes
    checkpoint: str
    recipients: Sequence[str]


@dataclass
class Journal:
    """An outgoing log: its leaves, and the seed of the key that signs it now."""

    origin: str
    secret: str = ""
    leaves: list[bytes] = field(default_factory=list)

    def seal(self, envelopes: Sequence[bytes]) -> str:
        self.leaves += leaf_hashes(envelopes)
        grown = growth(self.leaves)
        return sign_checkpoint(Checkpoint(self.origin, grown.size, grown.root()), signer(self.origin, secret=self.secret))


@dataclass
class History:
    """A province; every method appends to its ledger as the hub would."""

    charter_note: str = field(default_factory=lambda: CHARTER)
    entries: list[LedgerEntry] = field(default_factory=list)
    keys: list[KeyRecord] = field(default_factory=list)
    journals: dict[tuple[str, int], Journal] = field(default_factory=dict)
    inboxes: dict[str, list[InboxLeaf]] = field(default_factory=dict)
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    chain: bytes = GENESIS_CHAIN
    accepted_at: int = NOW_MS

    # ---- what happens ----

    def introduce(self, *halls: str, epoch: int = 1, authorised: bool = False) -> None:
        for hall in halls:
            origin = journal_origin(DOMAIN, hall, epoch)
            hpke = X25519PrivateKey.from_private_bytes(sha256(origin.encode()).digest()).public_key().public_bytes_raw()
            cosigning = signer(witness_name(DOMAIN, hall), COSIGNATURE, f"{hall} witness {epoch}").vkey
            earlier = [InboxLeaf(known.ledger_index, leaf_hash(known.ledger_entry), FULL) for known in self.keys]
            self.inboxes.setdefault(hall, earlier)  # a new mailbox starts with all key entries
            self.log_key(Introduction(hall, epoch, signer(origin).vkey, cosigning, hpke), authorised=authorised)

    def revoke(self, hall: str, cut_off: int) -> None:
        self.log_key(Revocation(hall, 1, cut_off, "key-stolen"))

    def succeed(self, hall: str) -> None:
        """Let a new key sign the journal of a hall behind what is in it."""
        journal = self.journal(hall, 1)
        secret = f"{hall} successor {len(journal.leaves)}"
        self.log_key(Succession(hall, 1, len(journal.leaves) - 1, signer(journal.origin, secret=secret).vkey))
        journal.secret = secret

    def log_key(self, act: KeyAct, *, authorised: bool = False) -> Sent:
        note = sign_entry(DOMAIN, act, signer(registry_name(DOMAIN)))
        if authorised:
            note = authorise_entry(note, ROOT.key)
        payload = KeyEntry(note=note).SerializeToString()
        sent = self.send(HUB, [EVERY_HALL], payload=payload, kind=LEDGER_KEY, source="registry", resource="keys")
        self.keys.append(KeyRecord(sent.ledger_index, self.entries[-1].encode(), sent.envelope))
        return sent

    def send(self, author: str, recipients: Sequence[str], number: str = "220184-1", **other: Any) -> Sent:
        """Log one envelope; `other` are its payload, parts of its header, and in `entry` those of its LedgerEntry."""
        entry, kind, epoch = other.pop("entry", {}), other.pop("kind", LEDGER_MESSAGE), other.pop("epoch", 1)
        journal = self.journal(author, epoch)
        index = len(journal.leaves)
        envelope = self.envelope(author, journal.origin, recipients, number, **other)
        checkpoint = journal.seal([envelope])
        if kind == LEDGER_KEY:
            self.chain = next_chain(self.chain, leaf_hash(envelope))
        parts = {
            "kind": kind,
            "disposition": ACCEPTED,
            "author": author,
            "epoch": epoch,
            "index": index,
            "envelope_leaf": leaf_hash(envelope),
            "accepted_at": self.accepted_at,
            "recipients_hash": recipients_hash(recipients),
            "key_count": len(self.keys) + (kind == LEDGER_KEY),
            "key_chain": self.chain,
        }
        self.entries.append(LedgerEntry(**(parts | entry)))
        return self._delivered(Sent(len(self.entries) - 1, author, epoch, index, envelope, checkpoint, recipients))

    def _delivered(self, sent: Sent) -> Sent:
        entry = self.entries[-1]
        if entry.disposition == ACCEPTED:
            for hall in sent.recipients if EVERY_HALL not in sent.recipients else list(self.inboxes):
                if hall in self.inboxes:
                    self.inboxes[hall].append(InboxLeaf(sent.ledger_index, leaf_hash(entry.encode()), FULL))
        return sent

    def envelope(self, author: str, origin: str, recipients: Sequence[str], number: str, **other: Any) -> bytes:
        if "raw" in other:
            return bytes(other["raw"])
        header = Header(version=1, id="e", type="tongban.case.v1.CaseEvent", subject=number, attempt=1, journal=origin)
        header.salt = sha256(f"{origin} {len(self.entries)}".encode()).digest()[:16]
        header.source = source_uri(DOMAIN, author, other.get("source", "business"))
        header.resource = other.get("resource", "case")
        header.recipients.extend(sorted(recipients))
        header.time.FromDatetime(NOW)
        header.MergeFrom(other.get("header", Header()))
        return Envelope(header=header.SerializeToString(), payload=other.get("payload", b"a case")).SerializeToString()

    def acknowledge(self, hall: str, epoch: int = 1) -> str:
        """Sign a hall's inbox log as it stands."""
        grown = growth(leaf_hashes([leaf.encode() for leaf in self.inboxes[hall]]))
        origin = inbox_origin(DOMAIN, hall, epoch)
        journal = self.journal(hall, epoch)
        note = sign_checkpoint(Checkpoint(origin, grown.size, grown.root()), signer(origin, secret=journal.secret or f"{journal.origin} 1"))
        self.acknowledged.setdefault(hall, []).append(note)
        return note

    # ---- what can be shown of it ----

    def journal(self, hall: str, epoch: int) -> Journal:
        return self.journals.setdefault((hall, epoch), Journal(journal_origin(DOMAIN, hall, epoch)))

    def ledger(self) -> Growth:
        return growth(leaf_hashes([entry.encode() for entry in self.entries]))

    def checkpoint(self, size: int, cosigned: Mapping[str, int]) -> str:
        """Return the ledger's note of a size; `cosigned` gives halls, and when, in seconds after NOW."""
        origin = ledger_origin(DOMAIN, 1)
        text = Checkpoint(origin, size, self.ledger().root_at(size)).text()
        note = sign_checkpoint(Checkpoint(origin, size, self.ledger().root_at(size)), signer(origin))
        lines = [self.cosignature(text, hall, after) for hall, after in sorted(cosigned.items())]
        return add_lines(note, lines)

    def cosignature(self, text: str, hall: str, after: int, epoch: int = 1) -> str:
        witness = signer(witness_name(DOMAIN, hall), COSIGNATURE, f"{hall} witness {epoch}")
        return cosign(text, witness, NOW_MS // 1000 + after)

    def province(self, size: int = 0, **cosigned: int) -> ProvincePart:
        size = size or len(self.entries)
        keys = tuple(record for record in self.keys if record.ledger_index < size)
        indices = [record.ledger_index for record in keys]
        head = b"" if indices and indices[-1] == size - 1 else self.entries[size - 1].encode()
        runs = runs_of([*indices, size - 1] if head else indices)
        leaves = leaf_hashes([entry.encode() for entry in self.entries[:size]])
        return ProvincePart(self.charter_note, self.checkpoint(size, cosigned), keys, head, tuple(growth(leaves).range_proof(runs)))

    def message(self, sent: Sent, size: int = 0, earlier: int = 0, **cosigned: int) -> MessagePart:
        size = size or len(self.entries)
        journal = self.journal(sent.author, sent.epoch)
        # A lone message is a batch of its own: its checkpoint ends with it.
        at = int(split(sent.checkpoint)[0].split("\n")[1])
        leaves = leaf_hashes([entry.encode() for entry in self.entries[:size]])
        return MessagePart(
            envelope=sent.envelope,
            journal_checkpoint=sent.checkpoint,
            journal_proof=tuple(growth(journal.leaves[:at]).inclusion_proof(sent.index)),
            ledger_index=sent.ledger_index,
            ledger_entry=self.entries[sent.ledger_index].encode(),
            ledger_proof=tuple(growth(leaves).inclusion_proof(sent.ledger_index)),
            earlier_checkpoint=self.checkpoint(earlier, cosigned) if earlier else "",
            earlier_proof=tuple(consistency_proof(earlier, size, growth(leaves).node)) if earlier else (),
        )

    def receipt(self, sent: Sent, hall: str, note: str | None = None) -> ReceiptPart:
        note = note or self.acknowledged[hall][-1]
        leaves = self.inboxes[hall]
        index = next(at for at, leaf in enumerate(leaves) if leaf.ledger_index == sent.ledger_index)
        size = int(split(note)[0].split("\n")[1])
        proof = growth(leaf_hashes([leaf.encode() for leaf in leaves[:size]])).inclusion_proof(index)
        return ReceiptPart(note, index, leaves[index].encode(), tuple(proof))

    def evidence(self, sent: Sent, *receivers: str, size: int = 0, **cosigned: int) -> Evidence:
        """Return honest evidence, with the receipts of these halls."""
        receipts = sorted((self.receipt(sent, hall) for hall in receivers), key=lambda part: part.origin)
        return Evidence(self.province(size, **cosigned), self.message(sent, size), tuple(receipts))


def five_halls() -> History:
    """Return a province of the provincial hall and four others, of which some have sent something."""
    history = History()
    history.introduce("jilin", "changchun", "dunhua", "huadian")
    history.send("dunhua", ["jilin"], "222403-1")
    history.introduce("shulan")
    return history


def sent_and_received(history: History, recipients: Sequence[str] = ("changchun", "jilin")) -> Sent:
    """Send something from huadian that all recipients acknowledge."""
    sent = history.send("huadian", recipients, "220282-7")
    for hall in recipients:
        history.acknowledge(hall)
    return sent


def verify(evidence: Evidence) -> Findings:
    """Verify a file with nothing but the root."""
    return Verifier(ROOT.certificate).verify(encode(evidence))


def part_that_fails(evidence: Evidence) -> str:
    """Return which part of a file does not hold."""
    with pytest.raises(BrokenEvidence) as caught:
        verify(evidence)
    return caught.value.part
