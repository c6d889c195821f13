"""The doctor looks at sinks, names what they lack, and changes nothing."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from node_agent.sinks.config import SqlSinkConfig, read_sinks
from node_agent.sinks.errors import SinkMisconfigured, SinkUnavailable
from node_agent.sinks.look import Seen, look
from node_agent.sinks.sql import SqlSink
from tests.node_agent.delivered import entries, envelope, inbox_of
from tests.node_agent.linked import Linked
from tests.node_agent.test_sink import NOW
from tests.province.fixtures import WITHOUT_POSTGRESQL
from tests.province.postgres import PostgreSQL

SINK = """
[[sink]]
name = "cases"
kind = "sql"
url = "sqlite:///received.db"
"""
ALL = ("deliveries", "sink_cursor", "sink_parked")


def sink(folder: Path, **changes: object) -> SqlSinkConfig:
    return read_sinks([{"name": "cases", "kind": "sql", "url": "sqlite:///received.db"} | changes], folder)[0]


def made(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "received.db")) as connection, connection:
        connection.executescript(statement)


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert look(sink(tmp_path)) == Seen(ALL, 0)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SinkUnavailable, match="there is no folder"):
        look(sink(tmp_path, url="sqlite:///nowhere/received.db"))


def test_tables_that_are_not_there_are_not_made_and_the_file_stays_as_it_is(tmp_path: Path) -> None:
    made(tmp_path, "CREATE TABLE other (n INTEGER)")
    before = (tmp_path / "received.db").read_bytes()
    assert look(sink(tmp_path)) == Seen(ALL, 0)
    assert (tmp_path / "received.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["received.db"]


def test_every_missing_column_of_every_table_is_named(tmp_path: Path) -> None:
    made(
        tmp_path,
        "CREATE TABLE deliveries (arrival INTEGER PRIMARY KEY, event_id TEXT, HALL TEXT, source TEXT, type TEXT, kind TEXT,"
        " occurred_at TEXT, recorded_at TEXT, journal_epoch INTEGER, journal_index INTEGER, ledger_index INTEGER, source_row TEXT);"
        "CREATE TABLE sink_cursor (sink TEXT)",
    )
    with pytest.raises(SinkMisconfigured) as caught:
        look(sink(tmp_path))
    assert set(str(caught.value).removeprefix("sink 'cases': ").split("; ")) == {
        "the table deliveries lacks subject, payload",
        "the table sink_cursor lacks inbox_position",
    }


def test_tables_that_the_agent_made_fit(tmp_path: Path) -> None:
    filled = SqlSink(sink(tmp_path))
    filled.deliver(entries(inbox_of(envelope(1), envelope(2))), NOW)
    filled.close()
    assert look(sink(tmp_path)) == Seen((), 2)
    assert look(sink(tmp_path, table="others")) == Seen(("others",), 2)


def test_a_database_that_another_writes_is_said_to_be_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node_agent.sinks.look.BUSY_TIMEOUT_SECONDS", 0.05)
    made(tmp_path, "CREATE TABLE other (n INTEGER)")
    with closing(sqlite3.connect(tmp_path / "received.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SinkUnavailable, match="locked"):
            look(sink(tmp_path))


async def test_the_doctor_names_them_with_what_to_do_and_makes_nothing(linked: Linked) -> None:
    folder = linked.config.folder
    linked.more = SINK
    _, said = await linked.command("doctor", "--json")
    check = next(one for one in json.loads(said)["checks"] if one["name"] == "sink cases")
    assert (check["well"], check["what"]) == (True, f"reached; the agent will make {', '.join(ALL)}; next is inbox entry 0")
    assert not (folder / "received.db").exists()
    made(folder, "CREATE TABLE deliveries (event_id TEXT)")
    code, said = await linked.command("doctor", "--json")
    check = next(one for one in json.loads(said)["checks"] if one["name"] == "sink cases")
    assert (code, check["well"]) == (1, False)
    assert "the table deliveries lacks arrival, hall, source, " in check["what"]
    assert "add the columns" in check["do"]


@pytest.mark.postgres
@WITHOUT_POSTGRESQL
def test_postgresql_is_looked_at_the_same_way(postgres_server: PostgreSQL, tmp_path: Path) -> None:
    there = sink(tmp_path, url=postgres_server.new_database())
    assert look(there) == Seen(ALL, 0)
    assert look(there) == Seen(ALL, 0)
    filled = SqlSink(there)
    filled.deliver(entries(inbox_of(envelope(1))), NOW)
    filled.close()
    assert look(there) == Seen((), 1)
