"""What the hub's engines promise: durability, one writer, readers that only read, faults with names."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from hub import db
from hub.db import CODE_POINTS, Database, models_url, open_database, transaction
from hub.errors import ConfigInvalid, StorageBusy, StorageFull
from tests.hub.running import RunningHub

numbers = sa.Table("numbers", sa.MetaData(), sa.Column("number", sa.BigInteger, primary_key=True), sa.Column("word", CODE_POINTS))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    numbers.metadata.create_all(opened.writer)
    yield opened
    opened.dispose()


def add(connection: sa.Connection, number: int, word: str = "") -> None:
    connection.execute(numbers.insert(), {"number": number, "word": word})


def count(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(numbers)) or 0


async def test_the_committing_connection_is_durable(hub: RunningHub) -> None:
    def settings(connection: sa.Connection) -> list[object]:
        if connection.dialect.name == "sqlite":
            return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
        return [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("fsync", "synchronous_commit")]

    committer = hub.hub.rooms.committer
    durable = ["wal", 2] if hub.config.database.startswith("sqlite") else ["on", "on"]
    assert await committer.deed(settings) == durable


def test_what_can_be_rebuilt_does_not_wait_for_the_disk(database_url: str) -> None:
    models = open_database(database_url, durable=False)
    with transaction(models.writer) as connection:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "off"
    models.dispose()


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reader.begin() as connection:
        add(connection, 1)
    with database.reader.begin() as connection:
        assert count(connection) == 0


def test_a_reader_sees_one_state_while_others_commit(database: Database) -> None:
    with database.reader.begin() as reading:
        assert count(reading) == 0
        with transaction(database.writer) as writing:
            add(writing, 1)
        assert count(reading) == 0
    with database.reader.begin() as reading:
        assert count(reading) == 1


def test_a_reader_keeps_no_writer_waiting(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.reader.begin() as reading:
        assert count(reading) == 0
        started = time.monotonic()
        with transaction(database.writer) as writing:
            add(writing, 1)
    assert time.monotonic() - started < db.BUSY_TIMEOUT_MS / 2000


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyError), transaction(database.writer) as connection:
        add(connection, 1)
        raise KeyError
    with database.reader.begin() as connection:
        assert count(connection) == 0


def test_a_lock_that_does_not_come_is_named_and_bounded(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 200)
    database = open_database(database_url)
    numbers.metadata.create_all(database.writer)
    with database.writer.connect() as holding:
        holding.execute(sa.delete(numbers))
        if holding.dialect.name == "postgresql":
            holding.exec_driver_sql("LOCK TABLE numbers")
        started = time.monotonic()
        with pytest.raises(StorageBusy, match="locked"), transaction(database.writer) as waiting:
            add(waiting, 1)
        assert 0.15 < time.monotonic() - started < 5
    with transaction(database.writer) as connection:
        add(connection, 1)
    database.dispose()


def test_an_engine_that_is_disposed_of_leaves_no_connection_open(database: Database) -> None:
    held, release = threading.Event(), threading.Event()
    lent: list[object] = []

    def late() -> None:
        with database.reader.begin() as connection:
            lent.append(connection.connection.dbapi_connection)
            held.set()
            release.wait(10)
        with database.reader.begin() as connection:
            lent.append(connection.connection.dbapi_connection)

    thread = threading.Thread(target=late)
    thread.start()
    assert held.wait(10)
    database.dispose()
    release.set()
    thread.join(10)
    assert len(lent) == 2
    assert [closed(connection) for connection in lent] == [True, True]


def closed(connection: object) -> bool:
    if isinstance(connection, psycopg.Connection):
        return connection.closed
    assert isinstance(connection, sqlite3.Connection)
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


def test_words_sort_by_code_points(database: Database) -> None:
    words = ["a", "B", "_", "é", "z", "公", "-", "a-b", "ab"]
    with transaction(database.writer) as connection:
        for number, word in enumerate(words):
            add(connection, number, word)
        assert connection.scalars(sa.select(numbers.c.word).order_by(numbers.c.word)).all() == sorted(words)


@pytest.mark.parametrize("url", ["mysql://hub@/hub", "nonsense", "sqlite+nosuch://"])
def test_a_database_that_is_not_known_is_refused_by_the_name_of_its_key(url: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"^database: "):
        open_database(url)


def test_the_read_models_of_a_sqlite_ledger_have_a_file_of_their_own() -> None:
    assert models_url("sqlite:////srv/hub.db") == "sqlite:////srv/hub-models.db"
    assert models_url("postgresql://hub:secret@/hub") == "postgresql://hub:secret@/hub"


def sqlite_error(code: int, name: str) -> DBAPIError:
    cause = sqlite3.OperationalError("on a machine that speaks Chinese: 数据库")
    cause.sqlite_errorcode, cause.sqlite_errorname = code, name
    return OperationalError("UPDATE", {}, cause)


@pytest.mark.parametrize(
    ("code", "name", "expected", "said"),
    [
        (sqlite3.SQLITE_BUSY, "SQLITE_BUSY", StorageBusy, "locked"),
        (517, "SQLITE_BUSY_SNAPSHOT", StorageBusy, "locked"),
        (262, "SQLITE_LOCKED_SHAREDCACHE", StorageBusy, "locked"),
        (sqlite3.SQLITE_FULL, "SQLITE_FULL", StorageFull, "no room"),
        (4874, "SQLITE_IOERR_SHMSIZE", StorageFull, "SQLITE_IOERR_SHMSIZE"),
        (sqlite3.SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT", OperationalError, "数据库"),
    ],
)
def test_a_fault_of_sqlite_is_named_by_its_code(code: int, name: str, expected: type[Exception], said: str) -> None:
    named = db.named(sqlite_error(code, name))
    assert type(named) is expected
    assert said in str(named)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (psycopg.errors.LockNotAvailable("x"), StorageBusy),
        (psycopg.errors.SerializationFailure("x"), StorageBusy),
        (psycopg.errors.DeadlockDetected("x"), StorageBusy),
        (psycopg.errors.QueryCanceled("x"), StorageBusy),
        (psycopg.errors.AdminShutdown("x"), StorageBusy),
        (psycopg.errors.ConnectionFailure("x"), StorageBusy),
        (psycopg.OperationalError("connection failed: no state"), StorageBusy),
        (psycopg.errors.DiskFull("x"), StorageFull),
        (psycopg.errors.IoError("x"), StorageFull),
        (psycopg.errors.UniqueViolation("database is locked and the disk is full"), OperationalError),
    ],
)
def test_a_fault_of_postgresql_is_named_by_its_state(cause: psycopg.Error, expected: type[Exception]) -> None:
    assert type(db.named(OperationalError("UPDATE", {}, cause))) is expected


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    database = open_database(f"postgresql://tongban@/tongban?host={tmp_path}")
    with pytest.raises(StorageBusy, match="does not answer"), database.reader.begin():
        pass
    database.dispose()


def test_settings_in_the_url_are_kept_and_cannot_weaken_durability(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no options in its URL")
    weak = sa.make_url(database_url).update_query_dict({"options": "-c synchronous_commit=off -c work_mem=8MB"})
    database = open_database(weak.render_as_string(hide_password=False))
    with transaction(database.writer) as connection:
        assert [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("synchronous_commit", "work_mem")] == ["on", "8MB"]
    database.dispose()
