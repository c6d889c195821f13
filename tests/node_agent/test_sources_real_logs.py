"""The mappings of the two real logs, read by the real source from databases as halls have them."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from node_agent import db
from node_agent.outbox import EnvelopeWriter
from node_agent.sources.config import SqlSourceConfig, read_source
from node_agent.sources.sql import SqlSource
from tests.node_agent.waiting import Waiting, waiting_events
from tests.province.business import FIVE_HALLS_LOG, MAPPINGS, Change, HallLog, create_business, insert_changes, mapping_of, read_log

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def source(folder: Path, mapping: Path) -> SqlSource:
    table = {"name": "business", "kind": "sql", "url": "sqlite:///business.db", "mapping": str(mapping), "overlap": 200}
    config = read_source(table, folder)
    assert isinstance(config, SqlSourceConfig)
    return SqlSource(config, "gongzhuling")


def sent(folder: Path, log: HallLog, mapping: Path) -> list[Waiting]:
    """Read the first half of a hall's log, then the rest."""
    half = len(log.changes) // 2
    create_business(folder / "business.db", log, log.changes[:half])
    store = db.open_store(folder / "agent.db")
    writer = EnvelopeWriter("tongban.example", "gongzhuling", 1)
    reports = [source(folder, mapping).run(store, writer, NOW)]
    with closing(sqlite3.connect(folder / "business.db")) as business, business:
        insert_changes(business, log.changes[half:])
    reports.append(source(folder, mapping).run(store, writer, NOW))
    found = waiting_events(store)
    store.dispose()
    assert [report.rows_rejected for report in reports] == [0, 0]
    assert sum(report.rows_read for report in reports) == len(log.changes)
    return found


def numbers_in_order(events: Sequence[Waiting], log: HallLog) -> bool:
    """Tell whether every case's events are in the order of the hall's changes."""
    number_of = {}
    for change in log.changes:
        row = f"closing/{change.case_id}" if change.closes else f"event/{change.case_id}/{change.row['position']}"
        number_of[row] = change.change_no
    numbers = [number_of[event.event.source_row] for event in events]
    return numbers == sorted(numbers)


def test_the_receipt_log_is_9906_case_events(tmp_path: Path) -> None:
    kinds: Counter[str] = Counter()
    logs = read_log()
    assert sum(len(log.cases) for log in logs) == 1434
    assert (sum(log.events for log in logs), sum(log.closings for log in logs)) == (8577, 1329)
    for number, log in enumerate(logs):
        folder = tmp_path / str(number)
        folder.mkdir()
        events = sent(folder, log, mapping_of())
        assert numbers_in_order(events, log)
        assert len({event.header.id for event in events}) == len(events)
        assert all(event.event.HasField("promised_by") for event in events if event.kind in {"applied", "accepted"})
        kinds.update(event.kind for event in events)
    assert kinds.total() == 9906
    steps = 9906 - 1434 - 1300 - 39 - 20 - 20 - 1329
    assert kinds == {"applied": 1434, "accepted": 1300, "not_required": 39, "suspended": 20, "resumed": 20, "closed": 1329, "step": steps}


@pytest.mark.slow
@pytest.mark.skipif(not FIVE_HALLS_LOG.is_dir(), reason=f"the five halls' own logs are not at {FIVE_HALLS_LOG}")
def test_the_five_halls_logs_are_133409_case_events(tmp_path: Path) -> None:
    kinds: Counter[str] = Counter()
    rows = 0
    for number, log in enumerate(read_log(FIVE_HALLS_LOG)):
        folder = tmp_path / str(number)
        folder.mkdir()
        events = sent(folder, log, mapping_of(FIVE_HALLS_LOG))
        assert numbers_in_order(events, log)
        kinds.update(event.kind for event in events)
        rows += log.events
        decided = Counter(
            event.event.case_number for event in events if event.kind == "decided" and event.event.step_code == "01_HOOFD_490_1"
        )
        both = {event.event.case_number for event in events if event.event.step_code == "01_HOOFD_495"}
        assert not decided.keys() & both
    assert (rows, kinds.total()) == (195_862, 195_862 - 62_453)
    assert kinds.total() == 133_409
    told = {
        "applied": 4345,
        "accepted": 2802,
        "supplement_requested": 940,
        "supplement_received": 873 - 137,
        "referred": 8,
        "coordinated": 6,
        "procedure_started": 346,
        "procedure_ended": 45,
        "extended": 240 + 38,  # 38 cases were extended without a number of days
        "suspended": 26 + 23,
        "resumed": 26,
        "terminated": 103,
        "decided": 2586 + 935,  # 935 cases have the permit drawn up, and no phase "decision taken"
        "delivered": 3441,
    }
    assert kinds == told | {"step": 133_409 - sum(told.values())}


def test_the_mapping_takes_a_days_answer_and_a_naive_dutch_time(tmp_path: Path) -> None:
    names = ["case_id", "position", "activity_code", "activity", "occurred_at", "officer"]
    names += ["planned_at", "due_at", "finished_at", "stopped_at", "answer"]
    rows = [
        ("c", "0", "06_VD_010", "extend", "2012-03-25T00:00:00+01:00", "9", None, None, "2012-03-25 02:30:00", None, "True"),
        (
            "c",
            "1",
            "06_VD_020",
            "days",
            "2012-07-01T00:00:00+02:00",
            "9",
            None,
            "2012-07-02T00:00:00+02:00",
            "2012-07-01 10:00:00",
            None,
            "42",
        ),
        ("d", "0", "06_VD_010", "extend", "2012-07-01T00:00:00+02:00", "9", None, None, "2012-07-01 10:00:00", None, "True"),
        ("d", "1", "01_HOOFD_490_1", "drawn up", "2012-07-01T00:00:00+02:00", "9", None, None, "2012-07-01 10:00:00", None, None),
    ]
    create_business(tmp_path / "business.db", _log(names, rows))
    store = db.open_store(tmp_path / "agent.db")
    with closing(sqlite3.connect(tmp_path / "business.db")) as business, business:
        insert_changes(business, _log(names, rows).changes)
    source(tmp_path, MAPPINGS / "five_halls.toml").run(store, EnvelopeWriter("tongban.example", "gongzhuling", 1), NOW)
    found = waiting_events(store)
    store.dispose()
    assert [(one.kind, one.event.extension_days, one.event.ground) for one in found] == [
        ("step", 0, ""),
        ("extended", 42, "42"),
        ("extended", 0, ""),
        ("decided", 0, ""),
    ]
    assert found[0].header.recorded_at.ToDatetime(UTC) == datetime(2012, 3, 25, 1, 30, tzinfo=UTC)
    assert found[1].header.recorded_at.ToDatetime(UTC) == datetime(2012, 7, 1, 8, tzinfo=UTC)


def _log(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> HallLog:
    changes = [
        Change(number, str(row[0]), closes=False, row=dict(zip(names, row, strict=True))) for number, row in enumerate(rows, start=1)
    ]
    return HallLog([{"case_id": "c"}, {"case_id": "d"}], changes)
