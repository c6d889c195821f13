"""Write the hub's own journal: what the hub originates is signed and logged like what a hall says."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.entries import LEDGER_KEY, LEDGER_MESSAGE
from certs.merkle import Growth, leaf_hashes
from certs.names import EVERY_HALL, HUB, source_uri
from certs.notes import Signer
from hub.exchange.committer import Committer
from hub.exchange.intake import ENVELOPE_VERSION, SALT_BYTES, SUBJECT_MOST, Admitted, Also, JournalTail, Recipients
from hub.exchange.leases import Holder, Leases
from hub.exchange.segments import Segment
from tongban.enrolment.v1.enrolment_pb2 import KeyEntry
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

KEYS = "keys"
"""The resource of key entries."""


class Saying(NamedTuple):
    """One message of the hub's: which of its systems says it, under which resource, of which type, about what; and the payload."""

    source: str
    resource: str
    type: str
    subject: str
    payload: bytes


@dataclass(slots=True)
class OwnJournal:
    """The hub as an author."""

    trust_domain: str
    origin: str
    signer: Signer
    committer: Committer
    leases: Leases
    holder: Holder
    tail: JournalTail | None
    """None when a commit failed, so that it is not known whether the journal grew."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def open(cls, trust_domain: str, origin: str, signer: Signer, committer: Committer, leases: Leases) -> "OwnJournal":
        """Claim the lease of the hub's journal."""
        holder = Holder(ping=lambda: None, end=lambda _: None)
        return cls(trust_domain, origin, signer, committer, leases, holder, await leases.claim(origin, holder))

    async def key_entry(self, note: str, subject: str, now: datetime, also: Callable[[bytes], Also]) -> tuple[Segment, bytes]:
        """Log a key entry for every hall, present and future, together with what `also` (given its leaf hash) writes."""
        said = Saying("registry", KEYS, KeyEntry.DESCRIPTOR.full_name, subject, KeyEntry(note=note).SerializeToString())
        envelope = self._envelope(said, (EVERY_HALL,), now)
        (leaf,) = leaf_hashes([envelope])
        return await self._log(LEDGER_KEY, [envelope], (EVERY_HALL,), also(leaf)), leaf

    async def say(self, said: Sequence[Saying], recipients: Recipients, now: datetime, also: Also | None = None) -> Segment:
        """Log messages in one batch, together with what `also` writes; they go to recipients beside the hub, EVERY_HALL or none.

        Raises Refusal, StorageBusy or StorageFull.
        """
        return await self._log(LEDGER_MESSAGE, [self._envelope(one, recipients, now) for one in said], recipients, also)

    async def _log(self, kind: int, envelopes: Sequence[bytes], recipients: Recipients, also: Also | None) -> Segment:
        async with self._turn:
            tail = self.tail or await self._tail_again()
            batch = self._batch(tail, kind, envelopes, recipients, also)
            self.tail = None
            segment = await self.committer.batch(batch)
            self.tail = batch.next_tail
            return segment

    async def _tail_again(self) -> JournalTail:
        self.leases.release(self.origin, self.holder)
        return await self.leases.claim(self.origin, self.holder)

    def _batch(self, tail: JournalTail, kind: int, envelopes: Sequence[bytes], recipients: Recipients, also: Also | None) -> Admitted:
        leaves = leaf_hashes(envelopes)
        growth = Growth(tail.frontier, leaves)
        checkpoint = sign_checkpoint(Checkpoint(self.origin, growth.size, growth.root()), self.signer)
        return Admitted(
            tail=tail,
            kind=kind,
            checkpoint=checkpoint,
            growth=growth,
            leaves=leaves,
            recipients=[recipients] * len(leaves),
            stated_recipients=[recipients] * len(leaves),
            dispositions=b"",
            reasons=b"",
            batch=Batch(checkpoint=checkpoint, envelopes=envelopes).SerializeToString(),
            also=also,
        )

    def _envelope(self, said: Saying, recipients: Recipients, now: datetime) -> bytes:
        header = Header(
            version=ENVELOPE_VERSION,
            id=_event_id(),
            source=source_uri(self.trust_domain, HUB, said.source),
            type=said.type,
            subject=said.subject[:SUBJECT_MOST],
            datacontenttype="application/protobuf",
            attempt=1,
            salt=os.urandom(SALT_BYTES),
            resource=said.resource,
            recipients=recipients,
            journal=self.origin,
        )
        header.time.FromDatetime(now)
        header.recorded_at.FromDatetime(now)
        return Envelope(header=header.SerializeToString(), payload=said.payload).SerializeToString()


def _event_id() -> str:
    """Return a random UUIDv8 (RFC 9562 §5.8): what the hub says has no row in a source to derive it from."""
    number = int.from_bytes(os.urandom(16)) & ~(0xF << 76) & ~(0x3 << 62)
    return str(UUID(int=number | 0x8 << 76 | 0x2 << 62))
