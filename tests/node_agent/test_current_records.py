"""A sink keeps how each record stands that extracts bring, beside the log of them, on SQLite and on PostgreSQL."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.names import HUB
from node_agent.errors import ConfigInvalid
from node_agent.inbox import Received
from node_agent.outbox import Actor, Draft, EnvelopeWriter
from node_agent.sinks import current_records
from node_agent.sinks.config import read_sinks
from node_agent.sinks.look import Seen, look
from node_agent.sinks.sql import SinkReport, SqlSink
from tests.node_agent.delivered import entries, entry, envelope, wrapped
from tests.province.fixtures import WITHOUT_POSTGRESQL
from tests.province.postgres import PostgreSQL
from tongban.directory.v1.records_pb2 import Extract, InvalidRecord, RecordFault
from tongban.directory.v1.register_pb2 import OPERATION_PUT, OPERATION_REMOVE
from tongban.directory.v1.sharing_pb2 import ShareEvent

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RESOURCE = "enterprise-register"
RAW: dict[str, Any] = {"name": "hall", "kind": "sql", "url": "sqlite:///hall.db", "page": 4, "records": "records"}


def extract(
    place: int, key: str = "k", *, grant: str = "g-1", name: str | None = "甲", taken_from: int | None = None, **changes: Any
) -> bytes:
    """Return an envelope with an extract; without a name the record is no more. Its event is of its place and grant."""
    document = b"" if name is None else json.dumps({"name": name}, ensure_ascii=False, separators=(",", ":")).encode()
    values: dict[str, Any] = {
        "grant": grant,
        "version": 1,
        "operation": OPERATION_REMOVE if name is None else OPERATION_PUT,
        "document": document,
        "journal": "jilin.test/journal/jilin-sheng/1",
        "journal_index": place,
        "leaf": b"\1" * 32,
        "ledger_index": place if taken_from is None else taken_from,
        "accepted_at": Timestamp(seconds=1_772_000_000),
        "rules_digest": "ab",
    }
    return said(Extract(**(values | changes)), key, f"{place:06}{grant[-1]:>06}".replace(" ", "0"))


def said(message: Any, subject: str, number: str, resource: str = RESOURCE) -> bytes:
    """Return an envelope of the hub around a message."""
    event_id = f"00000000-0000-8000-8000-{number}"
    of, payload = message.DESCRIPTOR.full_name, message.SerializeToString()
    draft = Draft(event_id, "records", of, subject, NOW, NOW, resource, ("gongzhuling",), payload, Actor("", "", ""))
    return EnvelopeWriter("jilin.test", HUB, 1).write([draft])[0]


def inbox(*envelopes: bytes, author: str = HUB) -> list[Received]:
    return [entry(index, data, author=author) for index, data in enumerate(envelopes)]


class Filled:
    """A hall's database and the sink that fills it."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.sink = SqlSink(read_sinks([RAW | changes], folder)[0])

    def deliver(self, received: Sequence[Received]) -> SinkReport:
        return self.sink.deliver(entries(received), NOW)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with self.sink._engine.begin() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def change(self, statement: str) -> None:
        with self.sink._engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def records(self) -> dict[tuple[str, str], str | None]:
        """Return the document of each record by grant and key."""
        return {(grant, key): document for grant, key, document in self.ask("SELECT grant_id, record_key, document FROM records")}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, WITHOUT_POSTGRESQL])])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Filled]:
    url = "sqlite:///hall.db"
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgres_server")
        url = server.new_database()
    found = Filled(tmp_path, url=url)
    yield found
    found.sink.close()


def test_an_extract_is_a_row_of_the_log_and_the_state_of_its_record(filled: Filled) -> None:
    assert filled.deliver(inbox(extract(7))) == SinkReport(written=1, position=1)
    ((hall, type_, subject, kind, payload),) = filled.ask("SELECT hall, type, subject, kind, payload FROM deliveries")
    assert (hall, type_, subject, kind) == (HUB, "tongban.directory.v1.Extract", "k", "put")
    assert json.loads(payload) == {
        "grant": "g-1",
        "resource": RESOURCE,
        "version": 1,
        "record": {"name": "甲"},
        "journal": "jilin.test/journal/jilin-sheng/1",
        "journal_index": 7,
        "ledger_index": 7,
        "leaf": "01" * 32,
        "accepted_at": "2026-02-25T06:13:20Z",
        "rules": "ab",
    }
    columns = "grant_id, resource, record_key, version, document, hall, ledger_index, accepted_at, event_id"
    assert filled.ask(f"SELECT {columns} FROM records") == [  # noqa: S608 - our own columns
        (
            "g-1",
            RESOURCE,
            "k",
            1,
            '{"name":"甲"}',
            "jilin-sheng",
            7,
            "2026-02-25T06:13:20.000000Z",
            "00000000-0000-8000-8000-000007000001",
        )
    ]


def test_the_state_follows_the_extracts_and_a_record_that_is_no_more_leaves_its_place(filled: Filled) -> None:
    put, changed, other, gone = extract(1), extract(2, name="乙"), extract(3, grant="g-2"), extract(4, name=None)
    filled.deliver(inbox(put, changed, other, extract(5, "k-2")))
    assert filled.records() == {("g-1", "k"): '{"name":"乙"}', ("g-2", "k"): '{"name":"甲"}', ("g-1", "k-2"): '{"name":"甲"}'}
    received = inbox(put, changed, other, extract(5, "k-2"), gone)
    assert filled.deliver(received) == SinkReport(written=1, position=5)
    assert filled.records() == {("g-1", "k"): None, ("g-2", "k"): '{"name":"甲"}', ("g-1", "k-2"): '{"name":"甲"}'}
    assert [kind for (kind,) in filled.ask("SELECT kind FROM deliveries ORDER BY arrival")] == ["put", "put", "put", "put", "remove"]


def test_an_extract_that_comes_again_brings_nothing_old_back(filled: Filled) -> None:
    put, gone = extract(1), extract(2, name=None)
    report = filled.deliver(inbox(put, gone, put))
    assert (report.written, report.duplicates) == (2, 1)
    assert filled.records() == {("g-1", "k"): None}
    filled.change("DELETE FROM deliveries")  # the hall clears its log
    filled.deliver(inbox(put, gone, put, put))
    assert filled.records() == {("g-1", "k"): None}


def test_the_table_is_filled_anew_from_the_inbox_when_its_place_is_forgotten(filled: Filled) -> None:
    received = inbox(extract(1), extract(2, name="乙"), extract(3, "k-2"))
    filled.deliver(received)
    before = filled.records()
    filled.change("DELETE FROM records")
    filled.change("DELETE FROM sink_cursor")
    assert filled.deliver(received).duplicates == 3
    assert filled.records() == before


def test_what_another_author_calls_an_extract_changes_no_record(filled: Filled) -> None:
    report = filled.deliver(inbox(extract(1), author="yushu"))
    assert (report.written, report.parked) == (1, 0)
    assert filled.records() == {}


@pytest.mark.parametrize(
    "changes", [{"operation": 9}, {"document": b"\xff"}, {"document": b"[1]"}, {"journal": "nowhere"}, {"document": b'{"a":1,"a":2}'}]
)
def test_an_extract_that_cannot_be_read_is_parked_and_delays_nobody(filled: Filled, changes: dict[str, Any]) -> None:
    report = filled.deliver(inbox(extract(1, **changes), extract(2)))
    assert (report.written, report.parked, report.position) == (1, 1, 2)
    assert filled.records() == {("g-1", "k"): '{"name":"甲"}'}


def test_a_record_that_the_hall_refuses_is_parked_with_what_follows_about_it(tmp_path: Path) -> None:
    filled = Filled(tmp_path)
    filled.sink.position()
    filled.change("CREATE TRIGGER refusal BEFORE INSERT ON records WHEN new.record_key = 'bad' BEGIN SELECT raise(ABORT, 'not this'); END")
    received = inbox(extract(1, "bad"), extract(2, "good"), extract(3, "bad", name="乙"))
    assert filled.deliver(received) == SinkReport(written=1, parked=2, position=3)
    assert [key for (key,) in filled.ask("SELECT subject FROM deliveries")] == ["good"]
    filled.change("DROP TRIGGER refusal")
    assert filled.sink.retry_parked(NOW) == SinkReport(written=2, position=3)
    assert filled.records() == {("g-1", "bad"): '{"name":"乙"}', ("g-1", "good"): '{"name":"甲"}'}
    filled.sink.close()


def test_rows_states_and_cursor_are_one_transaction(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    received = inbox(*(extract(number, f"k-{number}") for number in range(1, 8)))
    real, moves = SqlSink._move, []

    def dying(sink: SqlSink, connection: sa.Connection, position: int) -> None:
        moves.append(position)
        if len(moves) == 2:
            raise MemoryError
        real(sink, connection, position)

    monkeypatch.setattr(SqlSink, "_move", dying)
    with pytest.raises(MemoryError):
        filled.deliver(received)
    assert (len(filled.records()), filled.sink.position()) == (4, 4)
    filled.deliver(received)
    assert (len(filled.records()), filled.sink.position()) == (7, 7)


def test_a_database_without_conflict_clauses_keeps_the_same_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_records, "passing_over", lambda *_: None)
    filled = Filled(tmp_path)
    filled.deliver(inbox(extract(2, name="乙"), extract(1), extract(3, "k-2"), extract(4, "k-2", name=None), extract(5, "k-3")))
    filled.deliver(inbox(*[b""] * 5, extract(1, name="丙")))
    assert filled.records() == {("g-1", "k"): '{"name":"乙"}', ("g-1", "k-2"): None, ("g-1", "k-3"): '{"name":"甲"}'}
    filled.sink.close()


def test_without_a_table_of_records_extracts_are_rows_of_the_log_alone(tmp_path: Path) -> None:
    filled = Filled(tmp_path, records=None)
    assert filled.deliver(inbox(extract(1))).written == 1
    assert filled.ask("SELECT name FROM sqlite_master WHERE name = 'records'") == []
    filled.sink.close()


def test_what_the_hub_tells_of_invalid_records_and_of_shares_is_a_row_and_what_is_unknown_parks_nothing(tmp_path: Path) -> None:
    filled = Filled(tmp_path)
    invalid = InvalidRecord(resource=RESOURCE, subject="k", faults=[RecordFault(path="name", what="is missing")])
    share = ShareEvent(application_id="a-1", kind="granted")
    unknown = wrapped(3, b"\0\1", hall=HUB, of="tongban.unheard.v9.Of")
    report = filled.deliver(inbox(said(invalid, "k", "1" * 12, "invalid-record"), said(share, "a-1", "2" * 12, "share"), unknown))
    assert (report.written, report.parked) == (3, 0)
    assert [json.loads(payload) for (payload,) in filled.ask("SELECT payload FROM deliveries ORDER BY arrival")] == [
        {"resource": RESOURCE, "subject": "k", "faults": [{"path": "name", "what": "is missing"}]},
        {"application_id": "a-1", "kind": "granted"},
        {"base64": "AAE="},
    ]
    assert filled.records() == {}
    filled.sink.close()


def test_extracts_and_case_events_stand_in_one_log(filled: Filled) -> None:
    received = [entry(0, envelope(1)), entry(1, extract(1), author=HUB), entry(2, envelope(2))]
    assert filled.deliver(received).written == 3
    assert len(filled.records()) == 1


def test_two_sinks_do_not_share_a_table_of_records(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="two sinks keep their records in one table"):
        read_sinks([RAW, RAW | {"name": "copy", "table": "copies"}], tmp_path)
    assert len(read_sinks([RAW, RAW | {"name": "copy", "table": "copies", "records": "copied"}], tmp_path)) == 2


def test_the_doctor_sees_the_table_of_records_too(tmp_path: Path) -> None:
    config = read_sinks([RAW], tmp_path)[0]
    assert look(config) == Seen(("deliveries", "sink_cursor", "sink_parked", "records"), 0)


_STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["g-1", "g-2"]), st.sampled_from(["甲", "乙", None])), max_size=12)


@settings(max_examples=25, deadline=None)
@given(steps=_STEPS, again=st.lists(st.integers(0, 11), max_size=6), page=st.integers(1, 7))
def test_whatever_comes_in_whatever_order_the_last_place_in_the_ledger_counts(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str | None]], again: list[int], page: int
) -> None:
    made = [extract(place, key, grant=grant, name=name) for place, (key, grant, name) in enumerate(steps)]
    filled = Filled(tmp_path_factory.mktemp("records"), page=page)
    filled.deliver(inbox(*made, *(made[index] for index in again if index < len(made))))
    wanted = {(grant, key): None if name is None else f'{{"name":"{name}"}}' for key, grant, name in steps}
    assert filled.records() == wanted
    filled.sink.close()
