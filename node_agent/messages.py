"""Find messages in this hall's journal and inbox by what they are about.

Laws: a message of our own is found once it has a receipt, for the hub holds no other; what was kept long enough and is
forgotten is not found.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from certs.entries import LEDGER_MESSAGE
from certs.names import journal_origin, parse_origin
from node_agent import inbox, journal
from node_agent.ledger_view import claimed
from node_agent.tables import batches, inbox_segments
from tongban.exchange.v1.exchange_pb2 import Batch

_ALL = 2**31

Looked = Callable[[int], None]
"""Is told how many more messages were looked through."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a message stands: its author, the epoch of the author's journal, the index in it."""

    hall: str
    epoch: int
    index: int

    def journal(self, trust_domain: str) -> str:
        """Return the origin line of the journal."""
        return journal_origin(trust_domain, self.hall, self.epoch)


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says of itself in clear; `time` is ISO 8601."""

    at: Position
    resource: str
    type: str
    subject: str
    time: str


def of_batch(connection: sa.Connection, first: int) -> list[Told]:
    """Return the messages of one receipted batch, by its place in the journal; none of one that is not receipted or not kept."""
    where = (batches.c.first == first) & batches.c.receipted_at.is_not(None)
    row = connection.execute(sa.select(batches).where(where)).one_or_none()
    if row is None:
        return []
    log = parse_origin(claimed(row.checkpoint)[0])
    batch = Batch.FromString(journal.reread(connection, row).body)
    hash_only = frozenset(batch.hash_only)
    found = ((at, envelope) for at, envelope in enumerate(batch.envelopes) if at not in hash_only)
    return [_told(Position(log.hall, log.epoch, row.first + at), envelope) for at, envelope in found]


def of_segment(connection: sa.Connection, first: int) -> list[Told]:
    """Return the messages that came of one author at once, by their first place in the inbox; what is withheld is left out."""
    known = connection.scalar(sa.select(inbox_segments.c.first).where(inbox_segments.c.first == first))
    entries = inbox.received(connection, first, 1) if known is not None else ()
    wanted = (one for one in entries if one.kind == LEDGER_MESSAGE and one.envelope)
    return [_told(Position(one.author, one.epoch, one.journal_index), one.envelope) for one in wanted]


def _told(at: Position, envelope: bytes) -> Told:
    header = journal.header_of(envelope)
    return Told(at, header.resource, header.type, header.subject, header.time.ToJsonString() if header.HasField("time") else "")


def count(connection: sa.Connection, *, received: bool) -> int:
    """Count the messages that there are to be looked through."""
    if received:
        return connection.scalar(sa.select(sa.func.sum(inbox_segments.c.count))) or 0
    return connection.scalar(sa.select(sa.func.sum(batches.c.count)).where(batches.c.receipted_at.is_not(None))) or 0


def sent_about(connection: sa.Connection, subject: str, looked: Looked) -> Iterator[Position]:
    """Yield where this hall's receipted messages about a subject stand, in order."""
    query = sa.select(batches).where(batches.c.receipted_at.is_not(None)).order_by(batches.c.first)
    for row in connection.execute(query, execution_options={"yield_per": 1}):
        log = parse_origin(claimed(row.checkpoint)[0])
        batch = Batch.FromString(journal.reread(connection, row).body)
        hash_only = frozenset(batch.hash_only)
        for at, envelope in enumerate(batch.envelopes):
            if at not in hash_only and _is_about(envelope, subject):
                yield Position(log.hall, log.epoch, row.first + at)
        looked(len(batch.envelopes))


def received_about(connection: sa.Connection, author: str, subject: str, looked: Looked) -> Iterator[Position]:
    """Yield where another hall's messages about a subject stand in that hall's journal, as far as they are in this inbox."""
    start = connection.scalar(sa.select(sa.func.min(inbox_segments.c.first))) or 0
    for entry in inbox.received(connection, start, _ALL):
        if entry.kind == LEDGER_MESSAGE and entry.author == author and _is_about(entry.envelope, subject):
            yield Position(entry.author, entry.epoch, entry.journal_index)
        looked(1)


def _is_about(envelope: bytes, subject: str) -> bool:
    # Parsed only where the bytes are there at all: looking is a hundred times as fast.
    return subject.encode() in envelope and journal.header_of(envelope).subject == subject
