"""Keep accepted batches, one row a batch (docs/adr/0003)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from certs.entries import ACCEPTED
from hub.exchange.stored import StoredSegment
from hub.tables import segments

HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Segment:
    """A row of the table `segments`; the columns are explained there."""

    ledger_first: int
    count: int
    kind: int
    author: str
    epoch: int
    journal_first: int
    journal_frontier: bytes
    leaves: bytes
    entries: bytes
    accepted_at_ms: int
    dispositions: bytes
    reasons: bytes
    key_count: int
    key_chain: bytes
    ledger_size: int
    ledger_proof: bytes
    batch: bytes

    @property
    def journal_size(self) -> int:
        """The journal's size behind the batch."""
        return self.journal_first + self.count

    def disposition(self, member: int) -> int:
        """Return what became of one envelope (certs.entries.ACCEPTED, REFUSED, HELD)."""
        return self.dispositions[member] if self.dispositions else ACCEPTED


_COLUMNS = tuple(field.name for field in fields(Segment))
_values = attrgetter(*_COLUMNS)
_ADD = segments.insert()
_select = sa.select(*(segments.c[name] for name in _COLUMNS))


def hashes(data: bytes) -> list[bytes]:
    """Cut concatenated SHA-256 hashes apart."""
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def insert(connection: sa.Connection, new: Sequence[Segment]) -> None:
    """Add the segments of one commit."""
    connection.execute(_ADD, [dict(zip(_COLUMNS, _values(segment), strict=True)) for segment in new])


def _load(row: Iterable[Any]) -> Segment:
    return Segment(*row)


def at_ledger(connection: sa.Connection, ledger_first: Sequence[int]) -> list[Segment]:
    """Return the segments that start at these ledger indices, in ledger order."""
    found = connection.execute(_select.where(segments.c.ledger_first.in_(ledger_first)).order_by(segments.c.ledger_first))
    return [_load(row) for row in found]


def covering(connection: sa.Connection, ledger_index: int) -> Segment | None:
    """Return the segment that holds a ledger index."""
    query = _select.where(segments.c.ledger_first <= ledger_index).order_by(segments.c.ledger_first.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    segment = _load(row) if row is not None else None
    return segment if segment and ledger_index < segment.ledger_first + segment.count else None


def at_journal(connection: sa.Connection, author: str, epoch: int, index: int) -> Segment | None:
    """Return the segment that holds a journal index."""
    query = (
        _select.where(segments.c.author == author, segments.c.epoch == epoch, segments.c.journal_first <= index)
        .order_by(segments.c.journal_first.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    segment = _load(row) if row is not None else None
    return segment if segment and index < segment.journal_size else None


def journal_after(connection: sa.Connection, author: str, epoch: int, index: int, limit: int) -> list[Segment]:
    """Return up to `limit` segments of a journal, the first being the one that holds `index`."""
    own = (segments.c.author == author) & (segments.c.epoch == epoch)
    start = sa.select(sa.func.coalesce(sa.func.max(segments.c.journal_first), index)).where(own, segments.c.journal_first <= index)
    query = _select.where(own, segments.c.journal_first >= start.scalar_subquery()).order_by(segments.c.journal_first).limit(limit)
    found = (_load(row) for row in connection.execute(query))
    return [segment for segment in found if segment.journal_size > index]


def read_after(connection: sa.Connection, ledger_index: int, limit: int, *, author: str = "") -> list[StoredSegment]:
    """Return up to `limit` segments that start at `ledger_index` or behind it, for a consumer of the ledger.

    Of all but one `author`, if one is given, batches stay unread and are empty.
    """
    columns: dict[str, sa.ColumnElement[Any]] = {field.name: segments.c[field.name] for field in fields(StoredSegment)}
    if author:
        columns["batch"] = sa.case((segments.c.author == author, segments.c.batch), else_=sa.literal(b"", sa.LargeBinary))
    query = sa.select(*columns.values()).where(segments.c.ledger_first >= ledger_index).order_by(segments.c.ledger_first).limit(limit)
    return [StoredSegment(*row) for row in connection.execute(query)]
