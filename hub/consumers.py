"""Run the consumers of the ledger, each behind a cursor of its own.

Laws: a consumer's rows and its cursor move in one transaction, so an entry takes effect once; a read model holds nothing
that the ledger does not, so it may be dropped and made again at any time, and equals its rebuild.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

import sqlalchemy as sa

from hub.bulk import insert_new, upsert
from hub.db import transaction
from hub.errors import HubError
from hub.exchange.stored import StoredSegment


class LedgerGap(HubError):
    """The ledger skips an entry."""


metadata = sa.MetaData()
"""Everything that can be rebuilt: a SQLite file of its own, the same database on PostgreSQL (hub.db.models_url)."""

CODE_POINTS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that sorts by code points on every database, so that pages and digests are the same on each."""

consumers = sa.Table(
    "consumers",
    metadata,
    sa.Column("name", CODE_POINTS, primary_key=True),
    sa.Column("next_ledger_index", sa.BigInteger, nullable=False),
)

ReadSegments = Callable[[sa.Connection, int, int], Sequence[StoredSegment]]
"""(connection to the ledger, ledger index, limit) to the segments from that index on, in ledger order, none left out."""


class Consumer(Protocol):
    """A read model in the making; `tables` are all it owns, in an order in which their rows may be deleted.

    `author` is whose batches it looks into, empty for everybody's: others it may be handed without their bodies.
    """

    name: str
    author: str
    tables: Sequence[sa.Table]

    def apply(self, connection: sa.Connection, segments: Sequence[StoredSegment], first_unseen: int) -> None:
        """Take in segments; entries before the ledger index `first_unseen` were taken in before."""

    def digest(self, connection: sa.Connection) -> str:
        """Return the digest of what the ledger makes of the model, in hexadecimal."""


def position(connection: sa.Connection, name: str) -> int:
    """Return the first ledger index that a consumer has not taken in."""
    return connection.scalar(sa.select(consumers.c.next_ledger_index).where(consumers.c.name == name)) or 0


def advance(connection: sa.Connection, name: str, next_ledger_index: int) -> None:
    """Move a consumer's cursor, in the transaction of its rows."""
    upsert(connection, consumers, [(name, next_ledger_index)])


def run_once(ledger: sa.Engine, models: sa.Engine, consumer: Consumer, read_segments: ReadSegments, limit: int) -> int:
    """Take in what stands behind the cursor, up to the limit of one reading; return the number of entries, 0 for none left.

    Raises LedgerGap when the ledger skips an entry; StorageBusy, StorageFull.
    """
    # A look without the write lock: most of the time there is nothing to do.
    with models.connect() as connection:
        seen = position(connection, consumer.name)
    with ledger.connect() as connection:
        segments = read_segments(connection, seen, limit)
    if not segments:
        return 0
    after = _end_of(segments, seen)
    with transaction(models) as connection:
        if _locked_position(connection, consumer.name) != seen:
            return 0  # another runner was here; come again
        consumer.apply(connection, segments, seen)
        advance(connection, consumer.name, after)
    return after - seen


def _locked_position(connection: sa.Connection, name: str) -> int:
    """Return the cursor, which nobody else moves until this transaction ends."""
    insert_new(connection, consumers, [(name, 0)])
    locked: int = connection.scalars(sa.select(consumers.c.next_ledger_index).where(consumers.c.name == name).with_for_update()).one()
    return locked


def _end_of(segments: Sequence[StoredSegment], seen: int) -> int:
    """Return the ledger index behind the last segment, or raise LedgerGap when one is missing."""
    at = seen
    for segment in segments:
        if segment.ledger_first > at:
            msg = f"the ledger holds entry {segment.ledger_first}, but not entry {at} before it; restore it from a backup"
            raise LedgerGap(msg)
        at = segment.ledger_first + segment.count
    return at


def rebuild(ledger: sa.Engine, models: sa.Engine, consumer: Consumer, read_segments: ReadSegments, limit: int) -> int:
    """Drop a consumer's rows and take in the ledger from its start; return the number of entries.

    Readers see the model grow. A rebuild that is broken off goes on with the next run.
    """
    with transaction(models) as connection:
        clear(connection, consumer)
    total = 0
    while taken := run_once(ledger, models, consumer, read_segments, limit):
        total += taken
    return total


def clear(connection: sa.Connection, consumer: Consumer) -> None:
    """Drop a consumer's rows and put its cursor at the ledger's start."""
    for table in consumer.tables:
        connection.execute(table.delete())
    advance(connection, consumer.name, 0)


def digest_rows(connection: sa.Connection, tables: Sequence[sa.Table], *, without: Sequence[str] = ()) -> str:
    """Return the SHA-256, in hexadecimal, over the rows of tables ordered by primary key, without the columns named.

    It is the same on every database that holds the same rows.
    """
    digest = hashlib.sha256()
    for table in tables:
        columns = [column for column in table.c if column.name not in without]
        digest.update(repr((table.name, [column.name for column in columns])).encode())
        query = sa.select(*columns).order_by(*table.primary_key.columns).execution_options(yield_per=1_000)
        for row in connection.execute(query):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()
