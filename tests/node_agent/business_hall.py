"""A hall's business database with one table of events, its agent's store, and the source between them."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from node_agent import db
from node_agent.outbox import EnvelopeWriter
from node_agent.sources import progress
from node_agent.sources.config import SqlSourceConfig, read_source
from node_agent.sources.source_run import SourceReport
from node_agent.sources.sql import SqlSource
from node_agent.tables import outbox, sent_events
from tests.node_agent.waiting import waiting_events

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WRITER = EnvelopeWriter("tongban.example", "gongzhuling", 1)
QUERY = "SELECT n, case_id, code, at, written FROM events WHERE {by} >= :cursor ORDER BY {by}, n LIMIT :limit"


class Hall:
    """A hall's business database, its agent's store, and its source."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "business.db"
        self.folder = folder
        self.store = db.open_store(folder / "agent.db")
        with self.business() as connection:
            connection.execute("CREATE TABLE events (n INTEGER PRIMARY KEY, case_id TEXT, code TEXT, at TEXT, written TEXT)")

    def business(self) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(self.path, isolation_level=None))

    def insert(self, *numbers: int, **values: object) -> None:
        row = {"case_id": "case-1", "code": "applied", "at": "2026-03-01T08:00:00Z", "written": "2026-03-01 08:00:00"} | values
        with self.business() as connection:
            rows = [{"n": number} | row for number in numbers]
            connection.executemany("INSERT INTO events VALUES (:n, :case_id, :code, :at, :written)", rows)

    def change(self, statement: str) -> None:
        with self.business() as connection:
            connection.execute(statement)

    def config(self, **changes: Any) -> SqlSourceConfig:
        by = changes.pop("by", "n")
        table = {
            "name": "business",
            "kind": "sql",
            "url": f"sqlite:///{self.path}",
            "query": QUERY.format(by=by),
            "cursor": by,
            "key": "n",
            "overlap": 10,
            "page": 5,
            "timezone": "UTC",
            "timeout": "50ms",
            "fields": {"case_number": "case_id", "occurred_at": "at"},
            "code": {"column": "code"},
            "event": [{"code": "applied", "kind": "applied"}, {"code": "accepted", "kind": "accepted"}, {"code": "noise", "skip": True}],
        }
        found = read_source(table | changes, self.folder)
        assert isinstance(found, SqlSourceConfig)
        return found

    def run(self, now: datetime = NOW, **changes: Any) -> SourceReport:
        return SqlSource(self.config(**changes), "gongzhuling").run(self.store, WRITER, now)

    def sent(self) -> list[int]:
        return [int(one.event.source_row) for one in waiting_events(self.store)]

    def rejects(self) -> dict[str, str]:
        with db.reading(self.store) as connection:
            return {reject.row_key: reject.reason for reject in progress.rejects(connection)}

    def progress(self) -> progress.Progress:
        with db.reading(self.store) as connection:
            return progress.load(connection, "business")

    def seal(self) -> None:
        """Take what waits out of the outbox as sealing does."""
        with db.begin(self.store) as connection:
            for event_id in connection.scalars(sa.select(outbox.c.event_id)).all():
                connection.execute(sa.insert(sent_events).values(event_id=event_id, attempt=1, journal_index=0, sealed_at=0))
            connection.execute(sa.delete(outbox))
