"""What `status` says to a person of sources, sinks and the certificate."""

import shutil
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from certs.entries import ACCEPTED
from node_agent import db, pulse, status
from node_agent.cli import main
from node_agent.config import Config, load
from node_agent.inbox import Received
from node_agent.outbox import EnvelopeWriter
from node_agent.pulse import Pulse
from node_agent.schedule import PlannedSink, PlannedSource, Schedule
from node_agent.sinks import sql as sinks
from node_agent.sinks.config import read_sinks
from node_agent.sinks.sql import SqlSink
from node_agent.sources.config import SqlSourceConfig, read_sources
from node_agent.sources.folder import FolderSource
from node_agent.sources.sql import SqlSource
from tests.node_agent.business_hall import NOW
from tests.node_agent.delivered import entry, envelope

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


def work(config: Config, received: list[Received], monkeypatch: Any) -> None:
    """Read every source, fill the sink, and leave the pulse, as the agent does."""
    engine = db.open_store(config.store_path)
    writer, told = EnvelopeWriter(config.trust_domain, config.hall, 1), Pulse()
    sources = [
        PlannedSource(one.name, SqlSource(one, config.hall) if isinstance(one, SqlSourceConfig) else FolderSource(one, config.hall), None, None)
        for one in read_sources(config.source, config.folder)
    ]
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
