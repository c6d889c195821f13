"""Open the agent's SQLite store.

Laws: whoever writes says BEGIN IMMEDIATE, whoever reads does not; what is committed survives a power loss
(synchronous=FULL); the engine's errors leave this room as StoreBusy, StoreFull or StoreBroken.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from node_agent import bell
from node_agent.errors import StoreBroken, StoreBusy, StoreError, StoreFull, StoreTooNew
from node_agent.tables import metadata

SCHEMA = 1
"""PRAGMA user_version of what this release writes."""

BUSY_TIMEOUT_MS = 5_000
PAGE_BYTES = 16_384

_PRAGMAS = (
    f"PRAGMA page_size={PAGE_BYTES}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
)
_WRITES = {"tongban_writes": True}
_WAKE = "tongban_wake"
_RESULT_CODE = 0xFF
"""SQLite's extended result codes keep the plain code in the low byte."""


@dataclass
class _Writing:
    """What writers of one engine share within this process."""

    folder: Path
    # SQLite's own queue is a sleep with back-off up to 100 ms: waiting here is fair, and costs nothing.
    turn: threading.Lock = field(default_factory=threading.Lock)
    listeners: list[Callable[[], None]] = field(default_factory=list)


_writing: WeakKeyDictionary[sa.Engine, _Writing] = WeakKeyDictionary()


def _connected(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begun(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("tongban_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def connect(path: Path) -> sa.Engine:
    """Return an engine on the store as it is, for those who only look."""
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False}, hide_parameters=True)
    sa.event.listen(engine, "connect", _connected)
    sa.event.listen(engine, "begin", _begun)
    _writing[engine] = _Writing(path.parent)
    return engine


def open_store(path: Path) -> sa.Engine:
    """Open the store, and create the tables that are known to `node_agent.tables.metadata` by now.

    Raises StoreTooNew, StoreBroken or StoreFull.
    """
    engine = connect(path)
    with begin(engine) as connection:
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version > SCHEMA:
            msg = f"{path} has schema {version}, this release knows {SCHEMA}: install the later release"
            raise StoreTooNew(msg)
        metadata.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA}")
    return engine


@contextmanager
def begin(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Run a write transaction: commit at the end, roll back on an exception. Raises StoreError."""
    writing = _writing[engine]
    with writing.turn, _named_errors(), engine.connect().execution_options(**_WRITES) as connection:
        with connection.begin():
            yield connection
        wake = connection.info.pop(_WAKE, False)
    if wake:
        tell(engine)
        if not writing.listeners:  # it is another process that wants to know
            bell.ring(writing.folder)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Read one consistent state. Raises StoreError."""
    with _named_errors(), engine.connect() as connection, connection.begin():
        yield connection


def wake_after(connection: sa.Connection) -> None:
    """Have the listeners told once this transaction is durable; where this process has none, the agent that runs."""
    connection.info[_WAKE] = True


def tell(engine: sa.Engine) -> None:
    """Call the listeners: here, or in another process, something was written."""
    for listener in tuple(_writing[engine].listeners):
        listener()


def listen(engine: sa.Engine, listener: Callable[[], None]) -> None:
    """Call `listener`, in the writer's thread, after each commit of a transaction that asked for it."""
    _writing[engine].listeners.append(listener)


def unlisten(engine: sa.Engine, listener: Callable[[], None]) -> None:
    """Call `listener` no more."""
    _writing[engine].listeners.remove(listener)


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _named(error.orig) from error
    except sqlite3.Error as error:
        raise _named(error) from error


def _named(error: Any) -> StoreError:  # noqa: ANN401 - SQLAlchemy's `orig` is any driver's exception
    code = getattr(error, "sqlite_errorcode", 0) & _RESULT_CODE
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreBusy(f"the agent's database is locked: {error}")
    if code == sqlite3.SQLITE_FULL:
        return StoreFull(f"no room for the agent's database: {error}")
    return StoreBroken(f"the agent's database failed: {error}")
