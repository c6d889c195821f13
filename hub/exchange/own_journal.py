"""Write the hub's own journal: what the hub originates is signed and logged like what a hall says."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.entries import LEDGER_KEY, LEDGER_MESSAGE
from certs.merkle import Growth, leaf_hashes
from certs.names import EVERY_HALL, HUB, source_uri
from certs.notes import Signer
from directory.event_ids import event_id
from hub.exchange.committer import Committer
from hub.exchange.intake import ENVELOPE_VERSION, SALT_BYTES, SUBJECT_MOST, Admitted, Also, JournalTail, Recipients
from hub.exchange.leases import Holder, Leases, standing
from hub.exchange.segments import Segment
from tongban.enrolment.v1.enrolment_pb2 import KeyEntry
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

KEYS = "keys"
"""The resource of key entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that the hub says; `source` names the part of the hub, `recipients` the halls to which it goes, sorted."""

    source: str
    resource: str
    type: str
    subject: str
    payload: bytes
    at: datetime
    event_id: str = ""
    """A random one when empty: most of what the hub says has no row in a source to derive one from."""
    recipients: Recipients | None = None
    """Sorted halls that have a mailbox, where they are others than those of the rest that is said with it."""


@dataclass(slots=True)
class OwnJournal:
    """The hub as an author."""

    trust_domain: str
    origin: str
    signer: Signer
    committer: Committer
    tail: JournalTail
    _turn: asyncio.Lock
    _tail_in_doubt: bool = False

    @classmethod
    async def open(cls, trust_domain: str, origin: str, signer: Signer, committer: Committer, leases: Leases) -> "OwnJournal":
        """Claim the lease of the hub's journal."""
        tail = await leases.claim(origin, Holder(ping=lambda: None, end=lambda _: None))
        return cls(trust_domain, origin, signer, committer, tail, asyncio.Lock())

    async def key_entry(self, note: str, subject: str, now: datetime, also: Callable[[bytes], Also]) -> tuple[Segment, bytes]:
        """Log a key entry for every hall, present and future, together with what `also` (given its leaf hash) writes.

        Whoever calls this is not cancelled meanwhile (hub.owned).
        """
        payload = KeyEntry(note=note).SerializeToString()
        entry = Message(source="registry", resource=KEYS, type=KeyEntry.DESCRIPTOR.full_name, subject=subject, payload=payload, at=now)
        async with self._turn:
            envelope = self._envelope(entry, (EVERY_HALL,))
            leaves = leaf_hashes([envelope])
            segment = await self._append(LEDGER_KEY, [envelope], [(EVERY_HALL,)], also(leaves[0]))
            return segment, leaves[0]

    async def say(self, messages: Sequence[Message], recipients: Recipients = (), also: Also | None = None) -> Segment:
        """Log messages in one batch, together with what `also` writes, for the ledger and `recipients`.

        These are none, (EVERY_HALL,), or the ids of linked halls, each once in order: the ledger's hash of them has one preimage. A
        message may name its own.

        Whoever calls this is not cancelled meanwhile. Raises what keeps it from being committed.
        """
        async with self._turn:
            addressed = [recipients if message.recipients is None else message.recipients for message in messages]
            envelopes = list(map(self._envelope, messages, addressed))
            return await self._append(LEDGER_MESSAGE, envelopes, addressed, also)

    async def _append(self, kind: int, envelopes: Sequence[bytes], addressed: Sequence[Recipients], also: Also | None = None) -> Segment:
        if self._tail_in_doubt:
            self.tail = await self.committer.deed(lambda connection: standing(connection, self.tail))
        leaves = leaf_hashes(envelopes)
        growth = Growth(self.tail.frontier, leaves)
        checkpoint = sign_checkpoint(Checkpoint(self.origin, growth.size, growth.root()), self.signer)
        batch = Admitted(
            tail=self.tail,
            kind=kind,
            checkpoint=checkpoint,
            growth=growth,
            leaves=leaves,
            recipients=addressed,
            stated_recipients=addressed,
            dispositions=b"",
            reasons=b"",
            batch=Batch(checkpoint=checkpoint, envelopes=envelopes).SerializeToString(),
            also=also,
        )
        # A commit that fails may have come through, and only its answer been lost: the next one looks where the journal stands.
        self._tail_in_doubt = True
        segment = await self.committer.batch(batch)
        self.tail, self._tail_in_doubt = batch.next_tail, False
        return segment

    def _envelope(self, message: Message, recipients: Recipients) -> bytes:
        header = Header(
            version=ENVELOPE_VERSION,
            id=message.event_id or _event_id(),
            source=source_uri(self.trust_domain, HUB, message.source),
            type=message.type,
            subject=message.subject[:SUBJECT_MOST],
            datacontenttype="application/protobuf",
            attempt=1,
            salt=os.urandom(SALT_BYTES),
            resource=message.resource,
            recipients=recipients,
            journal=self.origin,
        )
        header.time.FromDatetime(message.at)
        header.recorded_at.FromDatetime(message.at)
        return Envelope(header=header.SerializeToString(), payload=message.payload).SerializeToString()


def _event_id() -> str:
    """Return a random UUIDv8."""
    return event_id(os.urandom(16))
