"""Open the hub's databases: one engine that writes, one that reads.

Laws (G1): SQLite commits with `synchronous=FULL`, PostgreSQL with `synchronous_commit=on`; the writer says BEGIN IMMEDIATE,
so that it never fails half-way for want of the write lock, and readers never take that lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from hub.errors import HubError, StorageBusy, StorageFull

BUSY_TIMEOUT_MS = 5_000
PAGE_BYTES = 16_384
"""A segment is some 256 KiB: large pages keep its overflow chain short."""


@dataclass(frozen=True, slots=True)
class Database:
    """The two engines of one database."""

    writer: sa.Engine
    reader: sa.Engine

    def dispose(self) -> None:
        """Close every connection."""
        self.writer.dispose()
        self.reader.dispose()


def open_database(url: str, *, durable: bool = True) -> Database:
    """Open a database by its SQLAlchemy URL; `durable=False` is for what can be rebuilt."""
    if sa.make_url(url).get_backend_name() == "sqlite":
        return Database(_sqlite(url, durable=durable, begin="BEGIN IMMEDIATE"), _sqlite(url, durable=durable, begin="BEGIN"))
    return Database(_postgresql(url, durable=durable, pool_size=2), _postgresql(url, durable=durable, pool_size=8))


def models_url(url: str) -> str:
    """Return where the read models live: a file of their own beside a SQLite ledger, the same database on PostgreSQL."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return url
    return parsed.set(database=f"{parsed.database.removesuffix('.db')}-models.db").render_as_string(hide_password=False)


def _sqlite(url: str, *, durable: bool, begin: str) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"check_same_thread": False}, pool_size=4, max_overflow=12)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None  # SQLAlchemy's BEGIN below is the only one
        for pragma in (
            f"page_size={PAGE_BYTES}",
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'NORMAL'}",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "foreign_keys=ON",
            "cache_size=-32768",
            "wal_autocheckpoint=2000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def say_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql(url: str, *, durable: bool, pool_size: int) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    setting = f"-c synchronous_commit={'on' if durable else 'off'}"
    return sa.create_engine(parsed, pool_size=pool_size, max_overflow=8, pool_pre_ping=True, connect_args={"options": setting})


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Run one transaction; a lock that does not come and a full disk get names of their own."""
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise named(error) from error


def named(error: DBAPIError) -> HubError | DBAPIError:
    """Name a driver's error where an operator or a caller must act on it."""
    text = str(error.orig).lower()
    if "locked" in text or "lock timeout" in text or "busy" in text:
        return StorageBusy("the database is locked by another writer; the hub tries again")
    if "full" in text or "no space left" in text or "disk i/o error" in text:
        return StorageFull("no room is left for the database; the hub accepts nothing until there is")
    return error
