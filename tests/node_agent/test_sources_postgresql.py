"""The hall's database is PostgreSQL: real types, real late commits, a session that cannot write."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from node_agent import db
from node_agent.outbox import EnvelopeWriter
from node_agent.sources.config import SqlSourceConfig, read_source
from node_agent.sources.errors import SourceMisconfigured, SourceUnavailable
from node_agent.sources.hall_database import HallDatabase
from node_agent.sources.source_run import SourceReport
from node_agent.sources.sql import SqlSource
from tests.node_agent.waiting import waiting_events
from tests.province.fixtures import WITHOUT_POSTGRESQL
from tests.province.postgres import PostgreSQL

pytestmark = [pytest.mark.postgres, WITHOUT_POSTGRESQL]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUERY = "SELECT * FROM events WHERE written >= :cursor ORDER BY written, n LIMIT :limit"
INSERT = "INSERT INTO events VALUES (:n, 'case-1', :at, :written)"


class Hall:
    """A hall with PostgreSQL, and its agent's store."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.business = sa.create_engine(url)
        self.store = db.open_store(folder / "agent.db")
        with self.business.begin() as connection:
            connection.execute(sa.text("CREATE TABLE events (n numeric PRIMARY KEY, case_id char(20), at date, written timestamptz)"))

    def insert(self, connection: sa.Connection, number: int, seconds: float) -> None:
        values = {"n": number, "at": NOW.date(), "written": NOW - timedelta(hours=1) + timedelta(seconds=seconds)}
        connection.execute(sa.text(INSERT), values)

    def config(self, **changes: Any) -> SqlSourceConfig:
        table = {
            "name": "business",
            "kind": "sql",
            "url": self.url,
            "query": QUERY,
            "cursor": "written",
            "start": ["2000-01-01"],
            "key": "n",
            "overlap": 60,
            "page": 3,
            "timeout": "2s",
            "fields": {"case_number": "case_id", "occurred_at": "at"},
            "otherwise": {"kind": "step"},
        }
        config = read_source(table | changes, self.folder)
        assert isinstance(config, SqlSourceConfig)
        return config

    def run(self, **changes: Any) -> SourceReport:
        source = SqlSource(self.config(**changes), "gongzhuling")
        try:
            return source.run(self.store, EnvelopeWriter("tongban.example", "gongzhuling", 1), NOW)
        finally:
            source.close()

    def sent(self) -> list[int]:
        return [int(one.event.source_row) for one in waiting_events(self.store)]


@pytest.fixture
def hall(postgres_server: PostgreSQL, tmp_path: Path) -> Iterator[Hall]:
    found = Hall(postgres_server.new_database(), tmp_path)
    yield found
    found.business.dispose()
    found.store.dispose()


def test_a_transaction_that_commits_late_is_read_once_it_does(hall: Hall) -> None:
    with ExitStack() as open_transactions:
        late = open_transactions.enter_context(hall.business.begin())
        hall.insert(late, 5, 5)
        with hall.business.begin() as connection:
            for number in (1, 2, 3, 4, 6, 7, 8):
                hall.insert(connection, number, number)
        assert hall.run().new == 7
    report = hall.run()
    assert (report.new, hall.sent()) == (1, [1, 2, 3, 4, 6, 7, 8, 5])
    assert report.read_up_to == NOW - timedelta(seconds=60)
    assert waiting_events(hall.store)[0].event.case_number == "case-1"


def test_a_row_dated_ahead_does_not_drag_the_cursor_along(hall: Hall) -> None:
    with hall.business.begin() as connection:
        hall.insert(connection, 1, 1)
        hall.insert(connection, 2, 10 * 365 * 86_400)
    assert hall.run().ahead == 1
    with hall.business.begin() as connection:
        hall.insert(connection, 3, 2)
    assert (hall.run().new, hall.sent()) == (1, [1, 2, 3])


def test_the_session_cannot_write_whatever_the_query_says(hall: Hall) -> None:
    with hall.business.begin() as connection:
        hall.insert(connection, 1, 1)
        connection.execute(sa.text("CREATE SEQUENCE numbers"))
    with pytest.raises(SourceMisconfigured, match="read-only transaction"):
        hall.run(query=QUERY.replace("*", "*, nextval('numbers')"))
    assert hall.run().new == 1


def test_a_locked_table_is_unavailable_and_nothing_is_lost(hall: Hall) -> None:
    with hall.business.begin() as connection:
        hall.insert(connection, 1, 1)
        connection.execute(sa.text("LOCK TABLE events IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(SourceUnavailable, match="statement timeout"):
            hall.run(timeout="200ms")
    assert hall.run().new == 1


def test_a_query_that_does_not_fit_is_named(hall: Hall) -> None:
    with pytest.raises(SourceMisconfigured, match='relation "event" does not exist'):
        hall.run(query=QUERY.replace("events", "event"))


def shows(hall: Hall, now: datetime) -> datetime | None:
    database = HallDatabase(hall.config())
    try:
        return database.shows_up_to(now)
    finally:
        database.close()


def test_the_database_says_by_its_own_clock_up_to_when_it_shows_all(hall: Hall) -> None:
    with hall.business.begin() as connection:
        theirs = connection.scalar(sa.text("SELECT clock_timestamp()"))
    shown = shows(hall, theirs + timedelta(days=1))
    assert shown is not None
    assert timedelta() <= shown - theirs < timedelta(minutes=1)
    assert shows(hall, NOW) == NOW, "an agent whose clock is behind says no more than by its own"


@pytest.mark.parametrize("replayed", ["timestamptz '2026-03-01 08:00:00+00'", "NULL::timestamptz"])
def test_a_standby_shows_all_up_to_what_it_replayed_last(hall: Hall, replayed: str) -> None:
    for statement in (
        "CREATE SCHEMA standby",
        "CREATE FUNCTION standby.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        f"CREATE FUNCTION standby.pg_last_xact_replay_timestamp() RETURNS timestamptz LANGUAGE sql AS $$SELECT {replayed}$$",
        f'ALTER DATABASE "{sa.make_url(hall.url).database}" SET search_path = standby, pg_catalog, public',
    ):
        with hall.business.begin() as connection:
            connection.execute(sa.text(statement))
    assert shows(hall, NOW) == (None if "NULL" in replayed else datetime(2026, 3, 1, 8, tzinfo=UTC))
