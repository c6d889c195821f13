"""Open the hub's databases: one engine that writes, one that reads.

Laws (G1): SQLite commits with `synchronous=FULL`, PostgreSQL with `synchronous_commit=on`; the writer says BEGIN IMMEDIATE,
so that it never fails half-way for want of the write lock. A reader cannot write, takes no lock that a writer waits for and
sees one state of the database for as long as its transaction lasts. Nothing waits for a lock or an answer without a bound.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from hub.errors import ConfigInvalid, HubError, StorageBusy, StorageFull

BUSY_TIMEOUT_MS = 5_000
"""How long anyone waits for a lock."""
STATEMENT_TIMEOUT_MS = 60_000
IDLE_IN_TRANSACTION_MS = 60_000
"""PostgreSQL ends a transaction whose process froze, so that another hub can take over."""
CONNECT_SECONDS = 10
SILENCE_MS = 15_000
"""After which a connection to a PostgreSQL on another machine counts as dead."""
PING_AFTER_SECONDS = 5.0
"""An idle connection is tried before it is used; a ping at every commit would cost a fifth of a small one."""
PAGE_BYTES = 16_384
"""A segment is some 256 KiB: large pages keep its overflow chain short."""
WAL_KEPT_BYTES = 128 * 1024 * 1024
"""To which the write-ahead log is cut after a slow reader made it grow."""

CODE_POINTS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that sorts by code points on every database, so that order and pages are the same on each."""

_RESULT_CODE = 0xFF
"""SQLite's extended result codes keep the plain code in the low byte."""
_SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DISK_FULL = "53100"
_IO_ERROR = "58030"
# lock_not_available, serialization_failure, deadlock_detected, query_canceled (statement_timeout).
_STATES_LOCKED = frozenset({"55P03", "40001", "40P01", "57014"})
# too_many_connections, admin_shutdown, crash_shutdown, cannot_connect_now, idle_in_transaction_session_timeout.
_STATES_AWAY = frozenset({"53300", "57P01", "57P02", "57P03", "25P03"})
_CLASS_CONNECTION = "08"


@dataclass(frozen=True, slots=True)
class Database:
    """The two engines of one database; what both raise is named by `named`."""

    writer: sa.Engine
    reader: sa.Engine

    def dispose(self) -> None:
        """Close every connection; what a thread still uses is closed as soon as it gives it back."""
        for engine in (self.writer, self.reader):
            sa.event.listen(engine, "checkin", _close_returned)
            engine.dispose()


def _close_returned(_connection: object, record: ConnectionPoolEntry) -> None:
    record.invalidate()


def open_database(url: str, *, durable: bool = True) -> Database:
    """Open a database by its SQLAlchemy URL; `durable=False` is for what can be rebuilt. Raises ConfigInvalid."""
    try:
        parsed = sa.make_url(url)
        match parsed.get_backend_name():
            case "sqlite":
                return Database(*(_sqlite(parsed, durable=durable, reads=reads) for reads in (False, True)))
            case "postgresql":
                return Database(*(_postgresql(parsed, durable=durable, reads=reads) for reads in (False, True)))
    except ArgumentError as error:
        # Never the URL itself: it may hold a password.
        raise ConfigInvalid("database: not an SQLAlchemy URL, e.g. sqlite:///hub.db or postgresql://tongban@/tongban") from error
    msg = f"database: {parsed.get_backend_name()} is not known to this hub; use sqlite:///… or postgresql://…"
    raise ConfigInvalid(msg)


def models_url(url: str) -> str:
    """Return where the read models live: a file of their own beside a SQLite ledger, the same database on PostgreSQL."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return url
    return parsed.set(database=f"{parsed.database.removesuffix('.db')}-models.db").render_as_string(hide_password=False)


def _sqlite(url: sa.URL, *, durable: bool, reads: bool) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"check_same_thread": False}, pool_size=4, max_overflow=12)
    begin = "BEGIN" if reads else "BEGIN IMMEDIATE"
    first = (f"busy_timeout={BUSY_TIMEOUT_MS}", f"page_size={PAGE_BYTES}")  # before the mode of the journal, which may have to wait
    pragmas = (
        f"journal_size_limit={WAL_KEPT_BYTES}",
        f"synchronous={'FULL' if durable else 'NORMAL'}",
        "foreign_keys=ON",
        "cache_size=-4096",
        "wal_autocheckpoint=2000",
        f"query_only={'ON' if reads else 'OFF'}",
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None  # SQLAlchemy's BEGIN below is the only one
        for pragma in first:
            connection.execute(f"PRAGMA {pragma}")
        _into_wal(connection)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def say_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return _naming(engine)


def _into_wal(connection: sqlite3.Connection) -> None:
    """Turn a new database to write-ahead logging; two programs that do so at once get `locked` without waiting for each other."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _postgresql(url: sa.URL, *, durable: bool, reads: bool) -> sa.Engine:
    settings = {
        "synchronous_commit": "on" if durable else "off",
        "lock_timeout": str(BUSY_TIMEOUT_MS),
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        "jit": "off",  # no query here is worth compiling
    }
    if reads:
        # As SQLite's readers: one state for the whole transaction, and no writing.
        settings |= {"default_transaction_isolation": r"repeatable\ read", "default_transaction_read_only": "on"}
    arguments = {
        "options": _options(url, settings),
        "application_name": f"tongban-hub {'reader' if reads else 'writer'}",
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": SILENCE_MS,
    }
    pool_size = 8 if reads else 2
    url = url.set(drivername="postgresql+psycopg")
    return _naming(_pinging(sa.create_engine(url, pool_size=pool_size, max_overflow=8, connect_args=arguments)))


def _options(url: sa.URL, settings: Mapping[str, str]) -> str:
    """Return the server's options: the URL's own, and ours behind them, because the last one counts."""
    own = url.query.get("options", ())
    given = (own,) if isinstance(own, str) else own
    return " ".join([*given, *(f"-c {name}={value}" for name, value in settings.items())])


def _pinging(engine: sa.Engine) -> sa.Engine:
    import psycopg  # noqa: PLC0415 - a hub on SQLite does not wait for it, here and below

    @sa.event.listens_for(engine, "checkin")
    def note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def ping(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 - the driver's own type
        if time.monotonic() - record.info.get("used_at", time.monotonic()) < PING_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise DisconnectionError from error  # the pool connects anew

    return engine


def _naming(engine: sa.Engine) -> sa.Engine:
    @sa.event.listens_for(engine, "handle_error")
    def name(context: sa.ExceptionContext) -> BaseException | None:
        error = context.sqlalchemy_exception
        return named(error) if isinstance(error, DBAPIError) else None

    return engine


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Run one transaction; raises StorageBusy for a lock that does not come, StorageFull for a full disk."""
    with engine.begin() as connection:
        yield connection


def named(error: DBAPIError) -> HubError | DBAPIError:
    """Name a driver's error where an operator or a caller must act on it, by its code: texts change and are translated."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _named_sqlite(cause) or error
    return _named_postgresql(cause, lost=error.connection_invalidated) or error


def _named_sqlite(cause: sqlite3.Error) -> HubError | None:
    # The driver's own errors, such as of a closed connection, carry no code.
    code = getattr(cause, "sqlite_errorcode", 0) & _RESULT_CODE
    if code in _SQLITE_BUSY:
        return _locked()
    if code == sqlite3.SQLITE_FULL:
        return _full()
    return _unwritable(cause.sqlite_errorname) if code == sqlite3.SQLITE_IOERR else None


def _named_postgresql(cause: BaseException | None, *, lost: bool) -> HubError | None:
    import psycopg  # noqa: PLC0415

    if not isinstance(cause, psycopg.Error):
        return None
    state = cause.sqlstate
    if state in _STATES_LOCKED:
        return _locked()
    if state == _DISK_FULL:
        return _full()
    if state == _IO_ERROR:
        return _unwritable(state)
    # A server that cannot be reached gives no state at all.
    away = state in _STATES_AWAY or state.startswith(_CLASS_CONNECTION) if state else isinstance(cause, psycopg.OperationalError)
    return StorageBusy("the database does not answer; come again in a moment") if away or lost else None


def _locked() -> StorageBusy:
    return StorageBusy("the database is locked by another writer; come again in a moment")


def _full() -> StorageFull:
    return StorageFull("no room is left for the database; the hub accepts nothing until there is")


def _unwritable(code: str) -> StorageFull:
    return StorageFull(f"the disk does not serve the database ({code}); the hub accepts nothing until it does")
