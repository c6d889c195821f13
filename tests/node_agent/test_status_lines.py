"""What `status` says to a person of sources, sinks and the certificate."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from node_agent import db, pulse, status
from node_agent.cli import main
from node_agent.config import Config, load
from node_agent.inbox import Received
from node_agent.outbox import EnvelopeWriter
from node_agent.pulse import Pulse
from node_agent.schedule import PlannedSink, PlannedSource, Schedule
from node_agent.sinks.config import read_sinks
from node_agent.sinks.sql import SqlSink
from node_agent.sources.config import SqlSourceConfig, read_sources
from node_agent.sources.folder import FolderSource
from node_agent.sources.sql import SqlSource
from tests.node_agent.business_hall import NOW
from tests.node_agent.delivered import envelope, inbox_of

CONFIG = """
hall = "gongzhuling"
trust_domain = "jilin.test"
data_dir = "data"
[hub]
enrolment_address = "127.0.0.1:1"

[[source]]
name = "business"
kind = "sql"
url = "sqlite:///business.db"
query = "SELECT n, 'c' AS case_id, '2026-03-01T08:00:00Z' AS at, code FROM events WHERE n >= :cursor ORDER BY n LIMIT :limit"
cursor = "n"
key = "n"
overlap = 100
fields = { case_number = "case_id", occurred_at = "at" }
code = { column = "code" }
event = [{ code = "applied", kind = "applied" }]

[[source]]
name = "window"
kind = "folder"
path = "in"
key = "number"
fields = { case_number = "case", occurred_at = "at" }
otherwise = { kind = "step" }

[[sink]]
name = "cases"
kind = "sql"
url = "sqlite:///received.db"
"""


def hall(folder: Path) -> Config:
    """Return the configuration of a hall with a database, a folder and a sink."""
    (folder / "agent.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "in").mkdir()
    config = load(folder / "agent.toml")
    config.data_dir.mkdir()
    return config


def work(config: Config, received: list[Received], monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every source, fill the sink, and leave the pulse, as the agent does."""
    engine = db.open_store(config.store_path)
    writer, told = EnvelopeWriter(config.trust_domain, config.hall, 1), Pulse()
    sources = []
    for one in read_sources(config.source, config.folder):
        source = SqlSource(one, config.hall) if isinstance(one, SqlSourceConfig) else FolderSource(one, config.hall)
        sources.append(PlannedSource(one.name, source, None, None))
    planned = [PlannedSink(one.name, SqlSink(one), one.every) for one in read_sinks(config.sink, config.folder)]
    monkeypatch.setattr("node_agent.schedule.entries_of", lambda _: lambda first, limit: received[first : first + limit])
    schedule = Schedule(config, engine, writer, told, sources, planned)
    schedule.read_all()
    schedule.fill_all()
    with db.begin(engine) as connection:
        pulse.write(connection, told.snapshot(NOW), NOW)
    for sink in planned:
        sink.sink.close()
    engine.dispose()


def lines(config: Config) -> dict[str, str]:
    """Return the lines of `status` by their first words."""
    said = CliRunner().invoke(main, ["status", "--config", str(config.folder / "agent.toml")])
    assert said.exit_code == 0, said.output
    return {line.partition(":")[0]: line for line in said.stdout.splitlines()}


def business(config: Config, statement: str) -> None:
    """Change the hall's database."""
    with closing(sqlite3.connect(config.folder / "business.db")) as connection, connection:
        connection.executescript(statement)


def drop(config: Config, name: str, text: str) -> None:
    """Drop a whole file."""
    (config.folder / "in" / name).write_text(text, encoding="utf-8")
    (config.folder / "in" / f"{name}.done").touch()


def test_rejected_rows_are_totals_with_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = hall(tmp_path)
    business(config, "CREATE TABLE events (n INTEGER, code TEXT); INSERT INTO events VALUES (1, 'applied'), (2, 'x'), (3, 'y')")
    drop(config, "a.csv", "number,case,at\n1,c,yesterday\n2,c,2026-03-01T08:00:00\n3,,today\n")
    work(config, [], monkeypatch)
    table = f"table source_rejects of {config.store_path}"
    said = lines(config)
    assert "1 events, 2 rows rejected in all (2 not mended, see " + table in said["source business"]
    assert f"1 events, 2 rows rejected in all (see {tmp_path / 'in' / 'quarantine'})" in said["source window"]
    business(config, "UPDATE events SET code = 'applied' WHERE n = 2")
    drop(config, "b.csv", "number,case,at\n4,c,yesterday\n")
    work(config, [], monkeypatch)
    said = lines(config)
    assert "2 rows rejected in all (1 not mended, see " + table in said["source business"]
    assert "3 rows rejected in all (see " in said["source window"]
    found = {one["source"]: one for one in status.report(config, NOW)["sources"]}
    assert (found["business"]["rejected"], found["business"]["set_aside"], found["business"]["rejected_in"]) == (2, 1, table)
    assert (found["window"]["rejected"], found["window"]["set_aside"]) == (3, None)


def test_a_source_that_rejects_nothing_sends_nobody_looking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = hall(tmp_path)
    drop(config, "a.csv", "number,case,at\n2,c,2026-03-01T08:00:00\n")
    work(config, [], monkeypatch)
    assert ": 1 events, no rows rejected, " in lines(config)["source window"]


def test_parked_entries_are_counted_for_as_long_as_they_are_parked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = hall(tmp_path)
    received = inbox_of(envelope(1), b"\xff", envelope(2), b"\xff\xff")
    work(config, received, monkeypatch)
    work(config, received, monkeypatch)  # a run that parks nothing must not forget what stays parked
    parked = f"filled up to inbox entry 4, 2 parked (see table sink_parked of sqlite:///{tmp_path}/received.db)"
    assert lines(config)["sink cases"] == f"sink cases: {parked}"
    assert status.report(config, NOW)["sinks"] == [
        {"sink": "cases", "filled_up_to": 4, "parked": 2, "parked_in": f"sqlite:///{tmp_path}/received.db"}
    ]
    with closing(sqlite3.connect(tmp_path / "received.db")) as connection, connection:
        connection.execute("DELETE FROM sink_parked")
    work(config, received, monkeypatch)
    assert lines(config)["sink cases"] == "sink cases: filled up to inbox entry 4, none parked"


def test_status_outlives_a_source_whose_configuration_was_spoilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = hall(tmp_path)
    drop(config, "a.csv", "number,case,at\n2,c,2026-03-01T08:00:00\n")
    work(config, [], monkeypatch)
    (tmp_path / "agent.toml").write_text(CONFIG.replace('path = "in"', 'pathh = "in"'), encoding="utf-8")
    assert "1 events" in lines(config)["source window"]


def test_before_enrolment_there_is_no_certificate_yet(tmp_path: Path) -> None:
    config = hall(tmp_path)
    said = CliRunner().invoke(main, ["status", "--config", str(tmp_path / "agent.toml")]).stdout
    assert "\ncertificate   none yet\n" in said
    config.keys_dir.mkdir()
    (config.keys_dir / "charter").touch()
    assert "certificate   cannot be read" in lines(config)
