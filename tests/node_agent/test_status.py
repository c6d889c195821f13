import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from node_agent import db, hall_keys, inbox, pulse, status, store_check
from node_agent.config import Config
from node_agent.deliveries import Verified
from node_agent.ledger_view import LedgerView
from node_agent.outbox import EnvelopeWriter
from node_agent.pulse import Pulse
from node_agent.schedule import PlannedSource, Schedule
from node_agent.sources.source_run import SourceReport
from tests.node_agent.linked import HALL, Linked, configuration, until
from tests.node_agent.tiny_province import TD, Author, draft

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


async def test_status_of_a_running_agent_is_seen_from_another_process(linked: Linked) -> None:
    linked.province.judge = lambda header: (2, 61) if header.subject == "bad" else (1, 0)
    linked.put("good", "bad")
    async with linked.running() as parts:
        await until(lambda: linked.receipted() == 2 and linked.inbox().size == 1)
        await parts.writer.write(pulse.write, parts.pulse.snapshot(datetime.now(UTC)), datetime.now(UTC))
        code, said = await linked.command("status", "--json")
    found = json.loads(said)
    assert code == 0
    assert found["link"]["submit"] == "open"
    assert found["backlog"] == {"waiting": 0, "oldest_waiting_at": None, "sealed": 2, "sealed_unreceipted": 0}
    assert found["catch_up_seconds"] == 0
    assert found["refused"]["newest"][0]["reason"] == "REASON_UNKNOWN_RECIPIENT"
    assert found["inbox"]["size"] == 1
    assert found["certificate_until"] > datetime.now(UTC).isoformat()
    assert found["link"]["clock_skew_seconds"] < 5


async def test_status_works_offline_and_estimates_when_all_is_sent(linked: Linked) -> None:
    linked.put("a", "b", "c")
    async with linked.store() as engine:
        told = Pulse()
        for second in range(10):
            told.count("sent", 5, NOW + timedelta(seconds=second))
        with db.begin(engine) as connection:
            pulse.write(connection, told.snapshot(NOW + timedelta(seconds=9)), NOW)
    found = status.report(linked.config, NOW)
    assert found["running_pid"] is None
    assert found["rate_per_second"] == 5.0
    assert found["backlog"]["waiting"] == 3
    assert found["catch_up_seconds"] == 0.6


def test_status_before_enrolment_says_what_to_do(tmp_path: Path) -> None:
    found = status.report(configuration(tmp_path), NOW)
    assert not found["enrolled"]
    assert "tongban-agent enrol" in {alarm["name"]: alarm["do"] for alarm in found["alarms"]}["enrolment"]


def test_a_rate_is_of_the_last_minute() -> None:
    told = Pulse()
    told.count("sent", 600, NOW)
    assert told.rate("sent", NOW) == 600
    assert told.rate("sent", NOW + timedelta(seconds=29)) == 20
    assert told.rate("sent", NOW + timedelta(seconds=60)) == 0


def test_an_alarm_is_news_once_and_keeps_its_beginning() -> None:
    told = Pulse()
    assert told.alarm("disk", "full", "make room", NOW)
    assert not told.alarm("disk", "full", "make room", NOW + timedelta(hours=1))
    assert told.alarm("disk", "fuller", "make room", NOW + timedelta(hours=2))
    assert told.troubles[0].since == NOW.isoformat()
    assert told.well("disk")
    assert not told.well("disk")


class _Source:
    """A source that reads as told."""

    def __init__(self) -> None:
        self.runs = 0
        self.missed = 0

    def run(self, *_: object) -> SourceReport:
        self.runs += 1
        return SourceReport()

    def reread(self, *_: object) -> SourceReport:
        return SourceReport(rows_read=5, new=self.missed)

    def close(self) -> None:
        pass


@pytest.fixture
def schedule(tmp_path: Path) -> Iterator[tuple[Schedule, _Source]]:
    config = configuration(tmp_path)
    config.data_dir.mkdir(parents=True)
    engine = db.open_store(config.store_path)
    source = _Source()
    planned = [PlannedSource("business", source, None, None)]
    yield Schedule(config, engine, EnvelopeWriter(TD, HALL, 1), Pulse(), planned, []), source
    engine.dispose()


def test_with_too_little_room_nothing_is_taken_in_and_it_goes_on_by_itself(
    schedule: tuple[Schedule, _Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    clockwork, source = schedule
    keep = clockwork.config.keep.model_copy(update={"free_bytes": 1024})
    clockwork.config = clockwork.config.model_copy(update={"keep": keep})
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    clockwork.read_all()
    assert source.runs == 0
    assert [(one.name, "goes on by itself" in one.do) for one in clockwork.pulse.troubles] == [("disk", True)]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2000))
    clockwork.read_all()
    assert source.runs == 1
    assert clockwork.pulse.troubles == []


def test_reconciliation_reports_what_had_been_missed(schedule: tuple[Schedule, _Source]) -> None:
    clockwork, source = schedule
    source.missed = 3
    assert clockwork.reconcile() == [{"source": "business", "rows": 5, "missed": 3}]
    assert clockwork.pulse.fact("reconciliation") == [{"source": "business", "rows": 5, "missed": 3}]


async def test_the_doctor_finds_everything_well_and_names_a_flipped_bit(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    linked.province.accept(author.seal([draft(name, recipients=(HALL,)) for name in "ab"]))
    linked.put("a", "b", "c", "d", "e")
    async with linked.running():
        await until(lambda: linked.receipted() == 5 and linked.inbox().size == 4)
    code, said = await linked.command("doctor", "--json")
    found = json.loads(said)
    assert {check["name"] for check in found["checks"]} >= {"keys", "certificate", "database", "journal", "inbox", "hub", "clock"}
    assert (code, found["well"]) == (0, True), said
    for table, column in (("outbox", "envelope"), ("inbox_segments", "segment")):
        _flip(linked.config, table, column)
        code, said = await linked.command("doctor", "--json")
        wrong = [check["name"] for check in json.loads(said)["checks"] if not check["well"]]
        assert code == 1
        assert ("journal" if table == "outbox" else "inbox") in wrong


def _flip(config: Config, table: str, column: str) -> None:
    store = sqlite3.connect(config.store_path)
    with store:
        row, body = store.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid DESC LIMIT 1").fetchone()  # noqa: S608
        spoilt = bytearray(body)
        spoilt[-20] ^= 1
        store.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (bytes(spoilt), row))  # noqa: S608
    store.close()


async def test_a_head_that_does_not_follow_is_found(linked: Linked) -> None:
    async with linked.running():
        linked.put("a")
        await until(lambda: linked.receipted() == 1 and linked.inbox().size == 1)
    hall = hall_keys.load(linked.config)
    async with linked.store() as engine:
        with db.begin(engine) as connection:
            head = inbox.load_head(connection, 1)
            grown = inbox.signed(head, head.frontier.extend([b"\1" * 32]), hall.inbox)
            inbox.store(connection, [Verified((), (), grown.frontier)], grown, LedgerView(hall.ledger_verifier, None), now_ms=1)
            assert "does not follow" in store_check.check_inbox(connection, hall).fault
            assert store_check.check_journal(connection, hall).fault == ""
