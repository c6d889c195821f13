import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.entries import LEDGER_KEY
from directory.register.changes import TYPE, Change, Place, write_change
from node_agent.errors import ConfigInvalid
from node_agent.inbox import Received
from node_agent.sinks import rows
from node_agent.sinks.config import read_sinks
from node_agent.sinks.errors import SinkMisconfigured, SinkUnavailable
from node_agent.sinks.rows import as_text, case_event_json
from node_agent.sinks.sql import WAITS, SinkReport, SqlSink
from tests.node_agent.delivered import entries, entry, envelope, inbox_of, wrapped
from tests.province.fixtures import WITHOUT_POSTGRESQL
from tests.province.postgres import PostgreSQL
from tongban.case.v1.case_pb2 import CaseEvent, SourceRun
from tongban.envelope.v1.envelope_pb2 import EncryptedPayload, Envelope, Header

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POISON = b"\xff\xff\xff"


class Hall:
    """A hall's database and the sink that fills it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "hall.db"
        self.sink = self.sink_of(folder)

    @staticmethod
    def sink_of(folder: Path, **changes: Any) -> SqlSink:
        return SqlSink(read_sinks([{"name": "hall", "kind": "sql", "url": "sqlite:///hall.db", "page": 4} | changes], folder)[0])

    def deliver(self, inbox: Sequence[Received]) -> SinkReport:
        return self.sink.deliver(entries(inbox), NOW)

    def ask(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query).fetchall()

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement)

    def numbers(self) -> list[int]:
        return [int(row[0][-12:]) for row in self.ask("SELECT event_id FROM deliveries ORDER BY arrival")]

    def parked(self) -> list[tuple[int, str | None, str]]:
        return [(one.position, one.subject, one.reason) for one in self.sink.parked()]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    found = Hall(tmp_path)
    yield found
    found.sink.close()


def test_a_delivery_is_a_row_that_says_who_sent_what_when_and_where_it_stands(hall: Hall) -> None:
    assert hall.deliver(inbox_of(envelope(1, kind="ACCEPTED", row="event/case-1/3"))) == SinkReport(written=1, position=1)
    columns = "arrival, event_id, hall, source, type, subject, kind, occurred_at, recorded_at, journal_index, ledger_index, source_row"
    assert hall.ask(f"SELECT {columns} FROM deliveries") == [  # noqa: S608 - our own columns
        (
            1,
            "00000000-0000-8000-8000-000000000001",
            "gongzhuling",
            "//tongban.example/hall/gongzhuling/business",
            "tongban.case.v1.CaseEvent",
            "case-1",
            "accepted",
            "2026-03-01T08:30:00.250000Z",
            "2026-03-01T08:30:00.250000Z",
            0,
            1000,
            "event/case-1/3",
        )
    ]
    ((payload,),) = hall.ask("SELECT payload FROM deliveries")
    assert json.loads(payload) == {
        "case_number": "case-1",
        "kind": "CASE_EVENT_KIND_ACCEPTED",
        "source_row": "event/case-1/3",
        "position": "1",
    }


def test_deliveries_arrive_in_the_order_of_the_inbox_and_once(hall: Hall) -> None:
    inbox = inbox_of(*(envelope(number) for number in range(1, 11)))
    assert hall.deliver(inbox[:3]).written == 3
    assert hall.deliver(inbox) == SinkReport(written=7, position=10)
    assert hall.deliver(inbox) == SinkReport(position=10)
    assert hall.numbers() == list(range(1, 11))


def test_an_event_id_of_a_hall_is_written_once_and_another_hall_cannot_take_it_away(hall: Hall) -> None:
    inbox = [
        entry(0, envelope(1, hall="yushu"), author="yushu"),
        entry(1, envelope(1)),
        entry(2, envelope(1)),
        entry(3, envelope(2)),
    ]
    assert hall.deliver(inbox) == SinkReport(written=3, duplicates=1, position=4)
    assert hall.ask("SELECT hall, substr(event_id, -1) FROM deliveries ORDER BY arrival") == [
        ("yushu", "1"),
        ("gongzhuling", "1"),
        ("gongzhuling", "2"),
    ]


def test_the_hall_is_the_one_whose_journal_held_it_whatever_the_envelope_says(hall: Hall) -> None:
    hall.deliver([entry(0, envelope(1, hall="changchun"), author="yushu")])
    assert hall.ask("SELECT hall FROM deliveries") == [("yushu",)]


def test_rows_and_cursor_are_one_transaction(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = inbox_of(*(envelope(number) for number in range(1, 11)))
    real, moves = SqlSink._move, []

    def dying(sink: SqlSink, connection: sa.Connection, position: int) -> None:
        moves.append(position)
        if len(moves) == 2:
            raise MemoryError
        real(sink, connection, position)

    monkeypatch.setattr(SqlSink, "_move", dying)
    with pytest.raises(MemoryError):
        hall.deliver(inbox)
    assert (hall.numbers(), hall.sink.position()) == ([1, 2, 3, 4], 4)
    assert hall.deliver(inbox) == SinkReport(written=6, position=10)
    assert hall.numbers() == list(range(1, 11))


@pytest.mark.parametrize("poison", [POISON, b"", Envelope(header=POISON).SerializeToString(), wrapped(5, POISON)])
def test_an_entry_that_cannot_be_read_is_parked_and_delays_nobody(hall: Hall, poison: bytes) -> None:
    report = hall.deliver(inbox_of(envelope(1), poison, envelope(2)))
    assert report == SinkReport(written=2, parked=1, position=3)
    assert hall.numbers() == [1, 2]
    assert [(position, subject) for position, subject, _ in hall.parked()] == [(1, None)]
    assert hall.sink.retry_parked(NOW) == SinkReport(parked=1, position=3)
    assert len(hall.parked()) == 1


def test_what_follows_a_refused_row_about_the_same_subject_waits_and_keeps_its_order(hall: Hall) -> None:
    hall.sink.position()
    hall.change(
        "CREATE TRIGGER refusal BEFORE INSERT ON deliveries WHEN new.source_row = 'event/2' BEGIN SELECT raise(ABORT, 'not this one'); END"
    )
    about = {1: "a", 2: "a", 3: "b", 4: "a", 5: "b", 6: "a"}
    inbox = inbox_of(*(envelope(number, subject=subject) for number, subject in about.items()))
    assert hall.deliver(inbox) == SinkReport(written=3, parked=3, position=6)
    assert hall.numbers() == [1, 3, 5]
    assert hall.parked() == [(1, "a", "not this one"), (3, "a", WAITS), (5, "a", WAITS)]
    assert hall.sink.retry_parked(NOW).parked == 3
    hall.change("DROP TRIGGER refusal")
    assert hall.sink.retry_parked(NOW) == SinkReport(written=3, position=6)
    assert hall.numbers() == [1, 3, 5, 2, 4, 6]
    assert hall.parked() == []


def test_key_entries_are_no_deliveries(hall: Hall) -> None:
    inbox = [entry(0, b"a key entry", kind=LEDGER_KEY), entry(1, envelope(1))]
    assert hall.deliver(inbox) == SinkReport(written=1, position=2)


def test_payloads_of_other_types_and_encrypted_ones_are_given_as_they_are(hall: Hall) -> None:
    run = SourceRun(source="business", rows_read=7)
    header = Header.FromString(Envelope.FromString(envelope(3)).header).SerializeToString()
    secret = Envelope(header=header, encrypted=EncryptedPayload(ciphertext=b"\1\2")).SerializeToString()
    hall.deliver(
        inbox_of(
            wrapped(1, run.SerializeToString(), of="tongban.case.v1.SourceRun"), wrapped(2, b"\0\1", of="tongban.unheard.v9.Of"), secret
        )
    )
    assert [(kind, json.loads(payload)) for kind, payload in hall.ask("SELECT kind, payload FROM deliveries ORDER BY arrival")] == [
        ("", {"source": "business", "rows_read": "7"}),
        ("", {"base64": "AAE="}),
        ("encrypted", {"encrypted": "AQI="}),
    ]


def test_a_locked_database_is_unavailable_and_nothing_is_lost(hall: Hall, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inbox = inbox_of(envelope(1))
    hall.sink.position()
    monkeypatch.setattr("node_agent.sinks.sql.BUSY_TIMEOUT_SECONDS", 0.05)
    impatient = hall.sink_of(tmp_path)
    with closing(sqlite3.connect(hall.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SinkUnavailable, match="'hall': database is locked"):
            impatient.deliver(entries(inbox), NOW)
        other.execute("ROLLBACK")
    impatient.close()
    assert hall.deliver(inbox).written == 1


def test_a_table_that_does_not_fit_is_named_and_nothing_is_lost(hall: Hall) -> None:
    hall.change("CREATE TABLE deliveries (something TEXT)")
    with pytest.raises(SinkMisconfigured, match="no column named"):
        hall.deliver(inbox_of(envelope(1)))
    hall.change("DROP TABLE deliveries")
    hall.sink._created = False
    assert hall.deliver(inbox_of(envelope(1))).written == 1


def test_a_database_without_conflict_clauses_is_written_once_too(hall: Hall) -> None:
    hall.sink._insert, hall.sink._driver_insert = None, ""
    inbox = inbox_of(envelope(1), envelope(1), envelope(2))
    assert hall.deliver(inbox) == SinkReport(written=2, duplicates=1, position=3)
    assert hall.deliver([*inbox, entry(3, envelope(2)), entry(4, envelope(3))]) == SinkReport(written=1, duplicates=1, position=5)
    assert hall.numbers() == [1, 2, 3]


def test_two_sinks_have_two_cursors_in_one_database(hall: Hall, tmp_path: Path) -> None:
    other = hall.sink_of(tmp_path, name="copy", table="copied_deliveries")
    inbox = inbox_of(envelope(1), envelope(2))
    hall.deliver(inbox[:1])
    assert other.deliver(entries(inbox), NOW) == SinkReport(written=2, position=2)
    assert hall.sink.position() == 1
    other.close()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"kind": "folder"}, "kind"),
        ({"tabel": "x"}, "tabel"),
        ({"table": "deliveries; DROP TABLE cases"}, "table"),
        ({"url": "postgresql+psycopg://a:secret@db/hall"}, "put the password into a file"),
    ],
)
def test_a_wrong_configuration_is_refused(changes: dict[str, Any], fault: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=fault):
        Hall.sink_of(tmp_path, **changes)


_TIMES = st.builds(Timestamp, seconds=st.integers(-60_000_000_000, 250_000_000_000), nanos=st.integers(0, 999_999_999))
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_EVENTS = st.builds(
    CaseEvent,
    case_number=_TEXT,
    step_name=_TEXT,
    ground=_TEXT,
    officer=_TEXT,
    source_row=_TEXT,
    kind=st.integers(0, 40),
    outcome=st.integers(0, 5),
    extension_days=st.integers(0, 2**32 - 1),
    position=st.integers(0, 2**64 - 1),
    due_at=st.none() | _TIMES,
    promised_by=st.none() | _TIMES,
    referred_to=_TEXT,
    procedure=_TEXT,
    basis=_TEXT,
    limit_days=st.integers(0, 2**32 - 1),
    valid_until=st.none() | _TIMES,
    grade=st.integers(0, 2**32 - 1),
    fee_project=_TEXT,
    approver=_TEXT,
    document=_TEXT,
    of_hall=_TEXT,
    of_case=_TEXT,
)


@given(_EVENTS)
def test_the_payload_is_what_protobufs_own_json_says(event: CaseEvent) -> None:
    assert json.loads(case_event_json(event)) == json_format.MessageToDict(event, preserving_proto_field_name=True)


@given(_TIMES)
def test_times_are_written_in_utc_with_six_digits(stamp: Timestamp) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    assert rows.as_stamp(stamp) == as_text(moment)


@settings(max_examples=25)
@given(
    what=st.lists(st.sampled_from(["a", "b", "again", "poison"]), max_size=30),
    deaths=st.lists(st.integers(1, 4), max_size=3),
    page=st.integers(1, 9),
)
def test_whatever_comes_and_wherever_it_dies_each_event_is_there_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, what: list[str], deaths: list[int], page: int
) -> None:
    folder = tmp_path_factory.mktemp("sink")
    hall = Hall(folder)
    hall.sink = Hall.sink_of(folder, page=page)
    made: list[bytes] = []
    for number, one in enumerate(what):
        made.append({"poison": POISON, "again": made[0] if made else POISON}.get(one) or envelope(number, subject=one))
    inbox = inbox_of(*made)
    for death in deaths:
        moves = iter(range(1, 100))
        real = SqlSink._move

        def dying(sink: SqlSink, connection: sa.Connection, position: int) -> None:
            if next(moves) == death:  # noqa: B023 - called within the turn of the loop
                raise MemoryError
            real(sink, connection, position)  # noqa: B023

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SqlSink, "_move", dying)
            try:
                hall.deliver(inbox)
            except MemoryError:
                continue
    hall.deliver(inbox)
    good = [number for number, one in enumerate(what) if one in {"a", "b"}]
    assert hall.numbers() == good
    assert hall.sink.position() == len(what)
    assert [position for position, _, _ in hall.parked()] == [index for index, data in enumerate(made) if data == POISON]
    hall.sink.close()


@pytest.mark.postgres
@WITHOUT_POSTGRESQL
def test_postgresql_is_filled_the_same_way_and_a_text_it_cannot_hold_is_parked(postgres_server: PostgreSQL, tmp_path: Path) -> None:
    sink = Hall.sink_of(tmp_path, url=postgres_server.new_database())
    inbox = inbox_of(
        *(envelope(number) for number in (1, 2, 1)), envelope(3, subject="b", row="a\0b"), envelope(4, subject="b"), envelope(5)
    )
    report = sink.deliver(entries(inbox), NOW)
    assert report == SinkReport(written=3, duplicates=1, parked=2, position=6)
    assert [(one.position, one.subject, one.reason == WAITS) for one in sink.parked()] == [(3, "b", False), (4, "b", True)]
    assert sink.deliver(entries([*inbox, entry(6, envelope(6))]), NOW) == SinkReport(written=1, position=7)
    sink.close()


def test_what_the_hub_says_of_the_directory_is_no_row_for_the_halls_systems(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    change = write_change(Change(Place("hall", "yushu"), "{}"))
    of_hub = entry(0, wrapped(1, change, hall="hub", of=TYPE), author="hub")
    of_a_hall = entry(1, wrapped(2, change, of=TYPE))
    report = hall.deliver([of_hub, of_a_hall, entry(2, envelope(3))])
    assert (report.written, report.parked, report.position) == (2, 0, 3)
    assert hall.numbers() == [2, 3]
