"""Read what was sent and received, page by page, the newest first.

Laws: nothing is changed; a page costs what is on it, whatever the store holds; no payload is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from certs.checkpoints import parse_checkpoint
from certs.names import parse_origin
from certs.notes import split
from node_agent import outbox
from node_agent.deliveries import bodies
from node_agent.tables import batches, inbox_head, inbox_segments, journal_head, refusals
from tongban.exchange.v1.exchange_pb2 import Receipt, Segment


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits or failed; times are Unix milliseconds."""

    waiting: int
    oldest_waiting_ms: int | None
    unreceipted: int
    journal: int
    inbox: int
    acknowledged: int
    unrouted: int


@dataclass(frozen=True, slots=True)
class SentBatch:
    """A sealed batch; without a receipt `ledger_first` is None."""

    first: int
    count: int
    sealed_ms: int
    receipted_ms: int | None
    ledger_first: int | None


@dataclass(frozen=True, slots=True)
class ReceivedSegment:
    """What came of one author at once; `first` is its place in the inbox."""

    first: int
    count: int
    received_ms: int
    author: str
    ledger_first: int


def counts(connection: sa.Connection) -> Counts:
    """Count."""
    waiting, oldest = outbox.waiting(connection)
    unreceipted = connection.scalar(sa.select(sa.func.sum(batches.c.count)).where(batches.c.receipted_at.is_(None)))
    head = connection.execute(sa.select(inbox_head.c.size, inbox_head.c.acknowledged_size)).one_or_none()
    return Counts(
        waiting=waiting,
        oldest_waiting_ms=oldest,
        unreceipted=int(unreceipted or 0),
        journal=connection.scalar(sa.select(journal_head.c.size)) or 0,
        inbox=head.size if head else 0,
        acknowledged=head.acknowledged_size if head else 0,
        unrouted=connection.scalar(sa.select(sa.func.count()).select_from(refusals)) or 0,
    )


def sent(connection: sa.Connection, before: int | None, limit: int) -> list[SentBatch]:
    """Return batches in front of a place in the journal, the newest first."""
    columns = (batches.c.first, batches.c.count, batches.c.sealed_at, batches.c.receipted_at, batches.c.receipt)
    query = sa.select(*columns).order_by(batches.c.first.desc()).limit(limit)
    rows: Sequence[Any] = connection.execute(query if before is None else query.where(batches.c.first < before)).all()
    return [SentBatch(row.first, row[1], row.sealed_at, row.receipted_at, _ledger_first(row.receipt)) for row in rows]


def _ledger_first(receipt: bytes | None) -> int | None:
    return Receipt.FromString(receipt).ledger_first if receipt else None


def received(connection: sa.Connection, before: int | None, limit: int) -> list[ReceivedSegment]:
    """Return segments in front of a place in the inbox, the newest first."""
    query = sa.select(inbox_segments).order_by(inbox_segments.c.first.desc()).limit(limit)
    rows: Sequence[Any] = connection.execute(query if before is None else query.where(inbox_segments.c.first < before)).all()
    return [_segment(row) for row in rows]


def _segment(row: Any) -> ReceivedSegment:  # noqa: ANN401 - a row of inbox_segments
    segment = Segment.FromString(row.segment)
    note, _ = bodies(segment)
    author = parse_origin(parse_checkpoint(split(note)[0]).origin).hall
    return ReceivedSegment(row.first, row[1], row.received_at, author, segment.ledger_first)
