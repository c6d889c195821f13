"""Write the hub's own journal: what the hub originates is signed and logged like what a hall says."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.entries import LEDGER_KEY
from certs.merkle import Growth, leaf_hashes
from certs.names import EVERY_HALL, HUB, source_uri
from certs.notes import Signer
from hub.exchange.committer import Committer
from hub.exchange.intake import ENVELOPE_VERSION, SALT_BYTES, Admitted, Also, JournalTail
from hub.exchange.leases import Holder, Leases
from hub.exchange.segments import Segment
from tongban.enrolment.v1.enrolment_pb2 import KeyEntry
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

KEYS = "keys"
"""The resource of key entries."""


@dataclass(slots=True)
class OwnJournal:
    """The hub as an author."""

    trust_domain: str
    origin: str
    signer: Signer
    committer: Committer
    tail: JournalTail
    _turn: asyncio.Lock

    @classmethod
    async def open(cls, trust_domain: str, origin: str, signer: Signer, committer: Committer, leases: Leases) -> "OwnJournal":
        """Claim the lease of the hub's journal."""
        tail = await leases.claim(origin, Holder(ping=lambda: None, end=lambda _: None))
        return cls(trust_domain, origin, signer, committer, tail, asyncio.Lock())

    async def key_entry(self, note: str, subject: str, now: datetime, also: Callable[[bytes], Also]) -> tuple[Segment, bytes]:
        """Log a key entry for every hall, present and future, together with what `also` (given its leaf hash) writes."""
        async with self._turn:
            envelope = self._envelope(note, subject, now)
            leaves = leaf_hashes([envelope])
            growth = Growth(self.tail.frontier, leaves)
            checkpoint = sign_checkpoint(Checkpoint(self.origin, growth.size, growth.root()), self.signer)
            everyone = [(EVERY_HALL,)]
            batch = Admitted(
                tail=self.tail,
                kind=LEDGER_KEY,
                checkpoint=checkpoint,
                growth=growth,
                leaves=leaves,
                recipients=everyone,
                stated_recipients=everyone,
                dispositions=b"",
                reasons=b"",
                batch=Batch(checkpoint=checkpoint, envelopes=[envelope]).SerializeToString(),
                also=also(leaves[0]),
            )
            segment = await self.committer.batch(batch)
            self.tail = batch.next_tail
            return segment, leaves[0]

    def _envelope(self, note: str, subject: str, now: datetime) -> bytes:
        header = Header(
            version=ENVELOPE_VERSION,
            id=_event_id(),
            source=source_uri(self.trust_domain, HUB, "registry"),
            type=KeyEntry.DESCRIPTOR.full_name,
            subject=subject,
            datacontenttype="application/protobuf",
            attempt=1,
            salt=os.urandom(SALT_BYTES),
            resource=KEYS,
            recipients=[EVERY_HALL],
            journal=self.origin,
        )
        header.time.FromDatetime(now)
        header.recorded_at.FromDatetime(now)
        payload = KeyEntry(note=note).SerializeToString()
        return Envelope(header=header.SerializeToString(), payload=payload).SerializeToString()


def _event_id() -> str:
    """Return a random UUIDv8 (RFC 9562 §5.8): a key entry has no row in a source to derive it from."""
    number = int.from_bytes(os.urandom(16)) & ~(0xF << 76) & ~(0x3 << 62)
    return str(UUID(int=number | 0x8 << 76 | 0x2 << 62))
