import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from node_agent import db, known_events, outbox
from node_agent.errors import StoreBusy, StoreTooNew
from node_agent.outbox import Draft, EnvelopeWriter
from node_agent.tables import outbox as outbox_table
from node_agent.tables import recent_events, sent_events
from tests.node_agent.tiny_province import ACTOR, NOW, TD, draft, event_id
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

WRITER = EnvelopeWriter(TD, "gongzhuling", 1)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = db.open_store(tmp_path / "agent.db")
    yield engine
    engine.dispose()


def put(engine: sa.Engine, *names: str, attempt: int = 1) -> int:
    with db.begin(engine) as connection:
        return outbox.put(connection, [draft(name, attempt=attempt) for name in names], WRITER)


def waiting(engine: sa.Engine) -> list[Header]:
    with db.reading(engine) as connection:
        bodies = connection.scalars(sa.select(outbox_table.c.envelope).order_by(outbox_table.c.id)).all()
    return [Header.FromString(Envelope.FromString(body).header) for body in bodies]


def test_an_event_is_put_once_however_often_it_is_read(engine: sa.Engine) -> None:
    assert put(engine, "a", "b", "a") == 2
    assert put(engine, "b", "c") == 1
    assert [header.subject for header in waiting(engine)] == ["a", "b", "c"]


def test_a_corrected_message_follows_under_a_higher_attempt(engine: sa.Engine) -> None:
    put(engine, "a", attempt=1)
    assert put(engine, "a", attempt=2) == 1
    assert put(engine, "a", attempt=1) == 0
    assert [header.attempt for header in waiting(engine)] == [1, 2]


def test_a_transaction_that_rolls_back_leaves_nothing_known(engine: sa.Engine) -> None:
    put(engine, "a")
    with pytest.raises(RuntimeError), db.begin(engine) as connection:
        outbox.put(connection, [draft("b"), draft("c")], WRITER)
        assert outbox.put(connection, [draft("b")], WRITER) == 0  # the memory has seen what will be undone
        raise RuntimeError
    with db.begin(engine) as connection:
        known_events.note(connection, [(event_id(f"other-{n}"), 1) for n in range(5)])  # takes their row ids
    assert put(engine, "b", "c") == 2


@given(pages=st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=12), merged=st.integers(2, 9))
def test_merging_recent_events_forgets_none(tmp_path_factory: pytest.TempPathFactory, pages: list[list[int]], merged: int) -> None:
    engine = db.open_store(tmp_path_factory.mktemp("store") / "agent.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_events, "MERGED_TOGETHER", merged)
        seen: set[int] = set()
        for page in pages:
            assert put(engine, *(f"event-{number}" for number in page)) == len(set(page) - seen)
            seen |= set(page)
    with db.reading(engine) as connection:
        recent, settled = (
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in (recent_events, sent_events)
        )
    assert recent + settled == len(seen)
    assert recent < merged
    engine.dispose()


def test_of_a_sources_runs_only_the_newest_waits(engine: sa.Engine) -> None:
    with db.begin(engine) as connection:
        outbox.put_source_run(connection, draft("run-1"), WRITER)
        outbox.put(connection, [draft("a")], WRITER)
        outbox.put_source_run(connection, draft("run-2"), WRITER)
    assert [header.subject for header in waiting(engine)] == ["a", "run-2"]


def test_an_envelope_says_what_the_draft_says(engine: sa.Engine) -> None:
    beijing = timezone(timedelta(hours=8))
    said = Draft(
        event_id("a"),
        "business",
        "tongban.test.Thing",
        "case-1",
        datetime(2026, 3, 1, 16, 0, 0, 123_456, beijing),
        NOW,
        "case",
        ("nongan", "jilin-sheng", "nongan"),
        b"payload",
        ACTOR,
        3,
        "v2",
    )
    with db.begin(engine) as connection:
        outbox.put(connection, [said], WRITER)
    [header] = waiting(engine)
    assert header.version == 1
    assert header.source == f"//{TD}/hall/gongzhuling/business"
    assert header.journal == f"{TD}/journal/gongzhuling/1"
    assert header.time.ToDatetime(UTC) == datetime(2026, 3, 1, 8, 0, 0, 123_456, UTC)
    assert list(header.recipients) == ["jilin-sheng", "nongan"]  # sorted, without repeats
    assert (header.attempt, header.dataschema, header.actor.person) == (3, "v2", "1024")
    assert len(header.salt) == 16


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_times_survive_to_the_microsecond(moment: datetime) -> None:
    assert outbox._timestamp(moment).ToDatetime(UTC) == moment


def test_two_envelopes_of_one_content_have_different_bytes() -> None:
    one, other = WRITER.write([draft("a"), draft("a")])
    assert one != other  # the salt: a leaf hash tells nothing


def test_listeners_are_told_once_the_transaction_is_durable_and_only_then(engine: sa.Engine) -> None:
    told: list[int] = []
    db.listen(engine, lambda: told.append(len(waiting(engine))))
    put(engine, "a")
    put(engine, "a")  # nothing new, no call
    with pytest.raises(RuntimeError), db.begin(engine) as connection:
        outbox.put(connection, [draft("b")], WRITER)
        raise RuntimeError
    put(engine, "c")
    assert told == [1, 2]


def test_writers_of_one_process_take_turns(engine: sa.Engine) -> None:
    def one(worker: int) -> None:
        for number in range(20):
            put(engine, f"{worker}-{number}")

    workers = [threading.Thread(target=one, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(waiting(engine)) == 80


def test_a_locked_store_is_named_as_busy(engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "_PRAGMAS", [pragma.replace(str(db.BUSY_TIMEOUT_MS), "50") for pragma in db._PRAGMAS])
    other = db.connect(tmp_path / "agent.db")
    with db.begin(engine), pytest.raises(StoreBusy):
        put(other, "a")
    other.dispose()


def test_a_store_of_a_later_release_is_not_touched(tmp_path: Path) -> None:
    engine = db.connect(tmp_path / "agent.db")
    with db.begin(engine) as connection:
        connection.exec_driver_sql("PRAGMA user_version=99")
    engine.dispose()
    with pytest.raises(StoreTooNew):
        db.open_store(tmp_path / "agent.db")


def test_the_store_survives_a_power_loss_by_its_settings(engine: sa.Engine) -> None:
    with db.begin(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
