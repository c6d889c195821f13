"""Take one message out of the batch in which it is stored, with the entry that the ledger holds of it.

Laws: what is handed out leads to the leaf that was logged, or nothing is: a damaged row is named, never exported.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.entries import LedgerEntry, recipients_hash
from certs.errors import MalformedEntry, MalformedName
from certs.merkle import Frontier, Growth, leaf_hash
from certs.names import JOURNAL, journal_origin, parse_origin
from hub.errors import HubError
from hub.exchange import segments
from hub.exchange.segments import HASH_BYTES, Segment, hashes
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

INDEX_MOST = 2**63 - 1
"""The largest integer that a database column holds."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One envelope of a segment; `envelope` is empty when only its hash came, `header` None when it has none to be read."""

    segment: Segment
    member: int
    checkpoint: str
    envelope: bytes = field(repr=False)
    header: Header | None
    ledger_entry: bytes = field(repr=False)

    @property
    def ledger_index(self) -> int:
        """Where it stands in the ledger."""
        return self.segment.ledger_first + self.member

    def journal_proof(self) -> list[bytes]:
        """Prove it in its author's journal at the size of the batch's checkpoint."""
        segment = self.segment
        growth = Growth(Frontier.decode(segment.journal_first, segment.journal_frontier), hashes(segment.leaves))
        return growth.inclusion_proof(segment.journal_first + self.member)


def find(connection: sa.Connection, trust_domain: str, journal: str, index: int) -> tuple[Segment, int] | None:
    """Return the segment that holds an index of a journal, named by its origin line, and the member's place in it."""
    try:
        name = parse_origin(journal)
    except MalformedName:
        return None
    if (name.trust_domain, name.log) != (trust_domain, JOURNAL) or journal != journal_origin(trust_domain, name.hall, name.epoch):
        return None
    segment = segments.at_journal(connection, name.hall, name.epoch, index) if index <= INDEX_MOST else None
    return (segment, index - segment.journal_first) if segment is not None else None


def read(segment: Segment, member: int) -> Stored:
    """Take a member out of its segment; raises HubError when what is stored does not give the leaf that was logged."""
    batch = Batch.FromString(segment.batch)
    envelope = b"" if member in batch.hash_only else batch.envelopes[member]
    header = _header(envelope)
    at = member * HASH_BYTES
    for stated in _recipients(header):
        entry = _entry(segment, member, stated)
        if leaf_hash(entry) == segment.entries[at : at + HASH_BYTES]:
            return Stored(segment, member, batch.checkpoint, envelope, header, entry)
    msg = f"what is stored at ledger index {segment.ledger_first + member} is not what was logged there; restore the database from a backup"
    raise HubError(msg)


def _header(envelope: bytes) -> Header | None:
    try:
        return Header.FromString(Envelope.FromString(envelope).header) if envelope else None
    except DecodeError:
        return None


def _recipients(header: Header | None) -> Iterator[bytes]:
    """Yield the recipients' hashes that intake may have logged: those stated, or none where it refused the envelope unread."""
    stated = header.recipients if header is not None else ()
    with suppress(MalformedEntry):  # stated, but not names
        yield recipients_hash(stated)
    yield recipients_hash(())


def _entry(segment: Segment, member: int, stated: bytes) -> bytes:
    return LedgerEntry(
        kind=segment.kind,
        disposition=segment.disposition(member),
        author=segment.author,
        epoch=segment.epoch,
        index=segment.journal_first + member,
        envelope_leaf=segment.leaves[member * HASH_BYTES : (member + 1) * HASH_BYTES],
        accepted_at=segment.accepted_at_ms,
        recipients_hash=stated,
        key_count=segment.key_count,
        key_chain=segment.key_chain,
    ).encode()
