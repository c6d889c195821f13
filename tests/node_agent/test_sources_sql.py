import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from node_agent import db
from node_agent.errors import ConfigInvalid, StoreBusy
from node_agent.sources import progress
from node_agent.sources.cursor import Cursor
from node_agent.sources.errors import SourceMisconfigured, SourceUnavailable
from node_agent.sources.meaning import meaning_at_rest
from node_agent.sources.preview import preview
from node_agent.sources.sql import SqlSource
from node_agent.tables import sent_events
from tests.node_agent.business_hall import NOW, QUERY, WRITER, Hall
from tests.node_agent.waiting import waiting_events, waiting_runs


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    found = Hall(tmp_path)
    yield found
    found.store.dispose()


def test_rows_become_events_once_and_in_order(hall: Hall) -> None:
    hall.insert(*range(1, 24))
    report = hall.run()
    assert (report.rows_read, report.events, report.new, report.dry, report.cursor) == (23, 23, 23, True, '[["plain", 23]]')
    assert hall.sent() == list(range(1, 24))
    again = hall.run()
    assert (again.rows_read, again.new) == (0, 0)
    assert hall.sent() == list(range(1, 24))


def test_a_row_that_commits_late_is_read_from_behind_the_cursor(hall: Hall) -> None:
    hall.insert(*range(1, 12), *range(13, 20))
    hall.run()
    hall.insert(12)
    assert hall.run().new == 1
    assert hall.sent() == [*range(1, 12), *range(13, 20), 12]


def test_the_overlap_bounds_how_late_a_row_may_come_and_rereading_finds_what_was_later(hall: Hall) -> None:
    hall.insert(1, *range(3, 60))
    hall.run()
    hall.insert(2)
    assert hall.run().new == 0
    report = SqlSource(hall.config(reread=100), "gongzhuling").reread(hall.store, WRITER, NOW)
    assert (report.new, hall.sent()[-1]) == (1, 2)
    assert hall.run().new == 0


def test_a_sealed_event_is_not_repeated_by_rereading(hall: Hall) -> None:
    hall.insert(*range(1, 60))
    hall.run()
    hall.seal()
    report = SqlSource(hall.config(reread=100), "gongzhuling").reread(hall.store, WRITER, NOW)
    assert (report.new, hall.sent()) == (0, [])


def test_pages_of_equal_cursor_values_are_read_to_their_end(hall: Hall) -> None:
    hall.insert(*range(1, 200))
    report = hall.run(by="written", start=["2000-01-01 00:00:00"], overlap=60)
    assert (report.new, report.dry) == (199, True)
    assert hall.sent() == list(range(1, 200))
    hall.insert(200)
    assert hall.run(by="written", start=["2000-01-01 00:00:00"], overlap=60).new == 1


def test_without_overlap_equal_values_of_the_cursor_are_still_read_again(hall: Hall) -> None:
    changes: dict[str, Any] = {"by": "written", "start": ["2000-01-01 00:00:00"], "overlap": 0}
    hall.insert(*range(1, 8))
    hall.run(**changes)
    hall.insert(8)
    assert hall.run(**changes).new == 1
    assert hall.sent() == list(range(1, 9))


def test_several_cursor_columns_go_on_from_where_the_last_page_ended(hall: Hall) -> None:
    query = "SELECT n, case_id, code, at, written FROM events WHERE (written, n) >= (:cursor, :cursor_n) ORDER BY written, n LIMIT :limit"
    changes: dict[str, Any] = {"query": query, "cursor": ["written", "n"], "start": ["2000-01-01 00:00:00", 0]}
    for number in range(1, 31):
        hall.insert(number, written=f"2026-03-01 08:00:{number // 10:02}")
    for overlap in (0, 60):
        hall.run(overlap=overlap, **changes)
        assert hall.sent() == list(range(1, 31))
    assert hall.progress().cursor == Cursor(("2026-03-01 08:00:03", 30))


def test_a_changed_row_is_a_new_event_and_an_unmapped_change_is_none(hall: Hall) -> None:
    hall.insert(1, 2)
    hall.run()
    hall.change("UPDATE events SET case_id = 'case-9' WHERE n = 1")
    hall.change("UPDATE events SET written = '2026-03-01 09:00:00' WHERE n = 2")
    assert hall.run().new == 1
    assert [(one.event.source_row, one.event.case_number) for one in waiting_events(hall.store)] == [
        ("1", "case-1"),
        ("2", "case-1"),
        ("1", "case-9"),
    ]


def test_bad_rows_are_set_aside_and_stop_nobody(hall: Hall) -> None:
    hall.insert(1)
    hall.insert(2, at="once upon a time")
    hall.insert(3, case_id=None)
    hall.insert(4, code="gibberish")
    hall.insert(5, code="noise")
    hall.insert(6)
    report = hall.run()
    assert (report.rows_read, report.events, report.rows_rejected) == (6, 2, 3)
    assert [key for key, _ in report.rejected] == ["2", "3", "4"]
    assert hall.sent() == [1, 6]
    assert hall.rejects().keys() == {"2", "3", "4"}
    assert hall.rejects()["3"] == "case_number is missing"
    assert hall.run().rows_rejected == 0


def test_a_mended_row_is_read_again_and_struck_off_the_list(hall: Hall) -> None:
    hall.insert(1, at="once upon a time")
    hall.insert(2, code="received")
    hall.run()
    hall.change("UPDATE events SET at = '2026-03-01T08:00:00Z' WHERE n = 1")
    assert hall.run().new == 1
    assert hall.rejects().keys() == {"2"}
    mapping = [{"code": "received", "kind": "supplement_received"}, {"code": "applied", "kind": "applied"}]
    assert hall.run(event=mapping).new == 1  # mended in the mapping, not in the row
    assert hall.rejects() == {}
    assert hall.run(event=mapping).rows_read == 0


def test_more_bad_rows_than_a_page_do_not_stall_the_source(hall: Hall) -> None:
    hall.insert(*range(1, 10), code="gibberish")
    hall.insert(*range(10, 13))
    assert hall.run(page=3, overlap=100).new == 3


@pytest.mark.parametrize("overlap", [600, 86400])
def test_a_clock_that_jumped_ahead_does_not_drag_the_cursor_past_rows_to_come(hall: Hall, overlap: float) -> None:
    changes: dict[str, Any] = {"by": "written", "start": ["2000-01-01 00:00:00"], "overlap": overlap}
    hall.insert(1, written="2026-03-02 08:00:00")
    hall.insert(2, written="2031-01-01 00:00:00")
    report = hall.run(**changes)
    assert (report.new, report.ahead, report.cursor) == (2, 1, '[["plain", "2026-03-02 08:00:00"]]')
    hall.insert(3, written="2026-03-02 08:00:01")
    assert hall.run(**changes).new == 1
    hall.insert(4, written="2031-01-01 00:00:01")
    assert hall.run(**changes, now=NOW + timedelta(days=3650)).new == 1
    assert hall.sent() == [1, 2, 3, 4]


def test_an_agents_clock_that_goes_back_moves_no_cursor_back_and_repeats_nothing(hall: Hall) -> None:
    changes: dict[str, Any] = {"by": "written", "start": ["2000-01-01 00:00:00"], "overlap": 60}
    hall.insert(1, 2)
    before = hall.run(**changes).cursor
    hall.insert(3)
    report = hall.run(**changes, now=datetime(1970, 1, 2, tzinfo=UTC))
    assert (report.cursor, report.new) == (before, 1)


def test_the_hour_that_a_wall_clock_shows_twice_loses_no_row(hall: Hall) -> None:
    changes: dict[str, Any] = {"by": "written", "start": ["2000-01-01 00:00:00"], "overlap": 60, "timezone": "Europe/Amsterdam"}
    hall.insert(1, written="2025-10-26 02:59:00")
    hall.run(**changes)
    hall.insert(2, written="2025-10-26 02:00:30")  # a minute and a half later
    assert hall.run(**changes).new == 1


def test_the_watermark_of_a_run_that_did_not_reach_the_end_is_the_cursor_less_the_overlap_and_never_after_now(hall: Hall) -> None:
    cut_off: dict[str, Any] = {"by": "written", "start": ["2000-01-01 00:00:00"], "overlap": 600, "pages_a_run": 1, "page": 2}
    hall.insert(1, 2, written="2026-03-02 08:00:00")
    hall.insert(3, 4, 5, written="2026-03-09 00:00:00")
    report = hall.run(**cut_off)
    assert (report.dry, report.read_up_to) == (False, datetime(2026, 3, 2, 7, 50, tzinfo=UTC))
    report = hall.run(**cut_off)
    assert (report.dry, report.ahead, report.read_up_to) == (True, 3, NOW - timedelta(minutes=10))


def test_the_watermark_of_a_numbered_source_is_the_time_of_rows_behind_the_overlap(hall: Hall) -> None:
    for number in range(1, 21):
        hall.insert(number, at=f"2026-03-01T08:{number:02}:00Z")
    assert hall.run(overlap=50).read_up_to is None
    assert hall.run(overlap=10).read_up_to is None  # nothing new: nothing left the overlap
    hall.insert(21, at="2026-03-01T08:21:00Z")
    assert hall.run(overlap=10).read_up_to == datetime(2026, 3, 1, 8, 10, tzinfo=UTC)


def test_a_run_that_read_something_is_reported_and_only_the_newest_waits(hall: Hall) -> None:
    hall.insert(1, 2)
    hall.insert(3, code="gibberish")
    hall.run()
    assert [(run.source, run.cursor, run.rows_read, run.events, run.rows_rejected) for run in waiting_runs(hall.store)] == [
        ("business", '[["plain", 3]]', 3, 2, 1)
    ]
    hall.insert(4)
    hall.run(now=NOW + timedelta(seconds=2))
    assert [run.cursor for run in waiting_runs(hall.store)] == ['[["plain", 4]]']


def test_runs_that_read_nothing_are_reported_now_and_then(hall: Hall) -> None:
    for minute in (0, 1, 9, 10, 11):
        hall.run(now=NOW + timedelta(minutes=minute))
        hall.seal()
    with db.reading(hall.store) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(sent_events)) == 2


def test_an_adopted_cursor_is_gone_on_from_and_never_goes_back(hall: Hall) -> None:
    hall.insert(*range(1, 40))
    with db.begin(hall.store) as connection:
        progress.adopt(connection, "business", '[["plain", 30]]')
        progress.adopt(connection, "business", '[["plain", 20]]')
    hall.run()
    assert hall.sent() == list(range(20, 40))


def test_a_run_that_dies_before_its_commit_repeats_the_page_and_loses_nothing(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.insert(*range(1, 13))
    real, calls = progress.remember, []

    def dying(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise MemoryError
        real(*arguments)

    monkeypatch.setattr(progress, "remember", dying)
    with pytest.raises(MemoryError):
        hall.run()
    assert hall.sent() == [1, 2, 3, 4, 5]
    hall.run()
    assert hall.sent() == list(range(1, 13))


def test_a_locked_business_database_is_unavailable_and_nothing_is_lost(hall: Hall) -> None:
    hall.insert(1, 2)
    with hall.business() as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceUnavailable, match="'business': database is locked"):
            hall.run()
        connection.execute("ROLLBACK")
    assert hall.run().new == 2


def test_a_missing_business_database_is_unavailable_and_is_not_created(hall: Hall) -> None:
    hall.path.unlink()
    with pytest.raises(SourceUnavailable, match="unable to open"):
        hall.run()
    assert not hall.path.exists()


def test_a_busy_store_of_the_agent_loses_nothing(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 50)
    hall.insert(1)
    hall.run()
    hall.insert(2)
    with closing(sqlite3.connect(hall.folder / "agent.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        hall.store.dispose()
        with pytest.raises(StoreBusy):
            SqlSource(hall.config(), "gongzhuling").run(_impatient(hall.store), WRITER, NOW)
        other.execute("ROLLBACK")
    assert hall.run().new == 1


def _impatient(store: sa.Engine) -> sa.Engine:
    sa.event.listen(store, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=50"))
    return store


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"query": "SELECT * FROM event WHERE n >= :cursor LIMIT :limit"}, "no such table: event"),
        ({"query": "SELECT m FROM events WHERE n >= :cursor LIMIT :limit"}, "no such column: m"),
        ({"query": "SELECT FROM events WHERE n >= :cursor LIMIT :limit"}, "syntax error"),
        ({"query": QUERY.format(by="n").replace("n, case_id", "case_id")}, "no column 'n'"),
        ({"cursor": "seq"}, "does not give every cursor column"),
        ({"query": QUERY.format(by="n").replace("ORDER BY n, n", "ORDER BY n DESC")}, "not ordered by 'n'"),
        ({"query": QUERY.format(by="n").replace("SELECT n,", "SELECT 'x' AS n,")}, "neither a number nor a time"),
        (
            {"query": QUERY.format(by="n").replace("FROM events", "FROM events, (VALUES (1), (2), (3), (4))")},
            "rows twice",
        ),
    ],
)
def test_a_query_that_does_not_fit_is_named(hall: Hall, changes: dict[str, Any], fault: str) -> None:
    hall.insert(*range(1, 40))
    with pytest.raises(SourceMisconfigured, match=fault):
        hall.run(**changes, overlap=100)
        hall.run(**changes, overlap=100)


def test_a_query_that_writes_changes_nothing_at_the_hall(hall: Hall) -> None:
    hall.insert(1)
    writes = "WITH x AS (SELECT :cursor, :limit) DELETE FROM events"
    with pytest.raises(SourceMisconfigured, match="readonly"):
        hall.run(query=writes)
    with hall.business() as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)


def test_reading_does_not_block_the_halls_writers(hall: Hall) -> None:
    hall.insert(*range(1, 500))
    done = threading.Event()

    def write() -> None:
        for number in range(500, 540):
            hall.insert(number)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        hall.run(page=50, overlap=60, timeout="5s")
    writer.join()
    hall.run(page=50, overlap=60)
    assert sorted(hall.sent()) == list(range(1, 540))


def test_an_error_names_neither_rows_nor_passwords(hall: Hall, tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="password_file"):
        hall.run(url="postgresql+psycopg://agent@127.0.0.1:1/hall", password_file="none")
    (tmp_path / "word").write_text("hunter2\n")
    with pytest.raises(SourceUnavailable) as refused:
        hall.run(url="postgresql+psycopg://agent@127.0.0.1:1/hall", password_file="word")
    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_preview_shows_what_the_mapping_makes_and_writes_nothing(hall: Hall) -> None:
    hall.insert(1)
    hall.insert(2, code="noise")
    hall.insert(3, at="")
    before = hall.path.read_bytes()
    meaning = meaning_at_rest(hall.config(), "gongzhuling", hall.folder / "agent.db", NOW)
    shown = preview(hall.config(), 10, meaning)
    assert [(row.row["n"], row.mapped.kind if row.mapped else None, row.reason) for row in shown] == [
        (1, "applied", ""),
        (2, None, "skipped: it says that nothing happened"),
        (3, None, "occurred_at is missing"),
    ]
    assert len(preview(hall.config(), 2, meaning)) == 2
    assert hall.path.read_bytes() == before
    assert hall.progress() == progress.Progress("business")
    assert hall.sent() == []


def test_progress_of_all_sources_is_kept_for_status(hall: Hall) -> None:
    hall.insert(1, 2)
    hall.insert(3, code="gibberish")
    hall.run()
    with db.reading(hall.store) as connection:
        (found,) = progress.overview(connection)
        assert progress.rejected(connection) == {"business": 1}
    assert (found.source, found.rows_read, found.events, found.rows_rejected, found.reported_at) == ("business", 3, 2, 1, NOW)
