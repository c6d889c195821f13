"""Whatever the order of commits, the size of pages, the crashes and restarts: every row's event is there once."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from node_agent import db
from node_agent.outbox import EnvelopeWriter
from node_agent.sources import progress
from node_agent.sources.config import SqlSourceConfig, read_source
from node_agent.sources.sql import SqlSource
from tests.node_agent.waiting import waiting_events

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
WRITER = EnvelopeWriter("tongban.example", "gongzhuling", 1)
CASES = 3
YEARS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """What happens next: rows are written, some of them kept from committing for so many rows; then runs."""

    rows: int
    held_for: int
    runs: int
    page: int
    crash_at: int


steps = st.lists(
    st.builds(
        Step,
        rows=st.integers(0, 12),
        held_for=st.integers(0, 8),
        runs=st.integers(0, 2),
        page=st.integers(1, 7),
        crash_at=st.integers(0, 4),
    ),
    min_size=1,
    max_size=8,
)


class Crash(Exception):
    """The process died."""


class Table:
    """A table whose rows commit in another order than they were numbered, by at most `overlap` units of the cursor."""

    def __init__(self, path: Path, rows_a_value: int, overlap: int, jumps: Sequence[int]) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("CREATE TABLE events (n INTEGER PRIMARY KEY, case_id TEXT, at TEXT, tick INTEGER, written TEXT)")
        self.connection.execute("CREATE INDEX by_tick ON events (tick)")
        self.rows_a_value, self.overlap, self.jumps = rows_a_value, overlap, set(jumps)
        self.number, self.highest, self.held = 0, 0, list[tuple[int, int]]()
        self.committed: list[int] = []

    def tick(self, number: int) -> int:
        return number // self.rows_a_value

    def write(self, rows: int, held_for: int) -> None:
        for _ in range(rows):
            self.number += 1
            if held_for and self.number % 3 == 0:
                self.held.append((self.number, self.number + held_for))
            else:
                self.release(self.tick(self.number))
                self.commit(self.number)

    def release(self, tick: int) -> None:
        """Commit what is due, and what the overlap no longer allows to be held once a row of `tick` is seen."""
        due = [number for number, until in self.held if until <= self.number or self.tick(number) < tick - self.overlap]
        self.held = [(number, until) for number, until in self.held if number not in due]
        for number in reversed(due):
            self.commit(number)

    def commit(self, number: int) -> None:
        written = START + timedelta(seconds=self.tick(number)) + timedelta(days=365 * YEARS) * (number in self.jumps)
        row = (number, f"case-{number % CASES}", START.isoformat(), self.tick(number), written.strftime("%Y-%m-%d %H:%M:%S"))
        self.connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)
        self.committed.append(number)


def source(folder: Path, by: str, overlap: int, page: int, pages_a_run: int) -> SqlSource:
    table = {
        "name": "business",
        "kind": "sql",
        "url": f"sqlite:///{folder}/business.db",
        "query": f"SELECT * FROM events WHERE {by} >= :cursor ORDER BY {by}, n LIMIT :limit",  # noqa: S608 - our own column
        "cursor": by,
        "start": ["2000-01-01 00:00:00"] if by == "written" else [0],
        "key": "n",
        "overlap": overlap,
        "page": page,
        "pages_a_run": pages_a_run,
        "timezone": "UTC",
        "fields": {"case_number": "case_id", "occurred_at": "at"},
        "otherwise": {"kind": "step"},
    }
    config = read_source(table, folder)
    assert isinstance(config, SqlSourceConfig)
    return SqlSource(config, "gongzhuling")


def run_or_crash(found: SqlSource, store: sa.Engine, now: datetime, crash_at: int) -> None:
    """Run; die in the middle of the transaction of page `crash_at`, if that page comes."""
    real, pages = progress.count, 0

    def count(*arguments: object) -> None:
        nonlocal pages
        pages += 1
        if pages == crash_at:
            raise Crash
        real(*arguments)  # type: ignore[arg-type]  # passed on as they came

    with mock.patch.object(progress, "count", count):
        try:
            found.run(store, WRITER, now)
        except Crash:
            return


@settings(max_examples=60)
@given(
    steps=steps,
    by=st.sampled_from(["tick", "written"]),
    rows_a_value=st.integers(1, 9),
    overlap=st.integers(0, 6),
    jumps=st.lists(st.integers(1, 40), max_size=3),
    pages_a_run=st.integers(1, 4),
)
def test_every_row_is_sent_once_however_late_it_commits(
    *, steps: list[Step], by: str, rows_a_value: int, overlap: int, jumps: list[int], pages_a_run: int
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        table = Table(folder / "business.db", rows_a_value, overlap, jumps if by == "written" else [])
        store = db.open_store(folder / "agent.db")
        with closing(table.connection):
            for step in steps:
                table.write(step.rows, step.held_for)
                now = START + timedelta(seconds=table.tick(table.number) + 1)
                for _ in range(step.runs):
                    run_or_crash(source(folder, by, overlap, step.page, pages_a_run), store, now, step.crash_at)
            table.release(10**9)
            source(folder, by, overlap, 5, 1000).run(store, WRITER, START + timedelta(days=1))
            sent = [int(one.event.source_row) for one in waiting_events(store)]
        store.dispose()
    assert sorted(sent) == sorted(table.committed)
    assert len(table.committed) == table.number


@settings(max_examples=40)
@given(steps=steps, by=st.sampled_from(["tick", "written"]), overlap=st.integers(0, 6), pages_a_run=st.integers(1, 4))
def test_events_keep_the_order_of_the_source_where_it_commits_in_order(steps: list[Step], by: str, overlap: int, pages_a_run: int) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        table = Table(folder / "business.db", 2, overlap, [])
        store = db.open_store(folder / "agent.db")
        with closing(table.connection):
            for step in steps:
                table.write(step.rows, 0)
                for _ in range(step.runs):
                    run_or_crash(source(folder, by, overlap, step.page, pages_a_run), store, START + timedelta(days=1), step.crash_at)
            source(folder, by, overlap, 5, 1000).run(store, WRITER, START + timedelta(days=1))
            sent = [int(one.event.source_row) for one in waiting_events(store)]
        store.dispose()
    assert sent == table.committed == sorted(sent)
