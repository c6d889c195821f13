"""The read model of cases says what the ledger says, however it was made."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from certs.entries import ACCEPTED, HELD, LEDGER_KEY, REFUSED
from directory.case_state import CaseState
from directory.lifecycle import Event, fold_all
from hub.cases.consumer import CaseConsumer, model_digest
from hub.cases.reading import Unreadable
from hub.cases.states import decode
from hub.cases.tables import case_events, cases, parked
from hub.consumers import LedgerGap, advance, metadata, position, rebuild, run_once
from hub.db import Database, open_database, transaction
from tests.directory.real_logs import receipt_log
from tests.hub.cases_told import Ledger, envelope, header, payload
from tongban.case.v1 import case_pb2 as wire
from tongban.envelope.v1.envelope_pb2 import EncryptedPayload, Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

APPLIED = Event(wire.CASE_EVENT_KIND_APPLIED, 1_000)
TAKEN = Event(wire.CASE_EVENT_KIND_ACCEPTED, 2_000)
CLOSED = Event(wire.CASE_EVENT_KIND_CLOSED, 3_000)


@pytest.fixture
def models(database_url: str) -> Iterator[Database]:
    database = open_database(database_url, durable=False)
    metadata.create_all(database.writer)
    yield database
    database.dispose()


def follow(models: Database, ledger: Ledger, limit: int = 16) -> None:
    """Run the consumer until nothing is left; the ledger is in memory, so its engine is only passed on."""
    while run_once(models.reader, models.writer, CaseConsumer(), ledger.read_after, limit):
        pass


def states(models: Database) -> dict[tuple[str, str], CaseState]:
    with models.reader.begin() as connection:
        return {(row.hall, row.case_number): decode(row.state) for row in connection.execute(sa.select(cases))}


def reasons(models: Database) -> dict[int, str]:
    with models.reader.begin() as connection:
        return {row.ledger_index: row.reason for row in connection.execute(sa.select(parked))}


def digest(models: Database) -> str:
    with models.reader.begin() as connection:
        return model_digest(connection)


def told_receipt_log() -> Ledger:
    """Deal the receipt log to five halls, each in the order of its events, in turns."""
    ledger = Ledger()
    dealt: dict[str, list[tuple[str, Event]]] = {}
    for case, events in receipt_log().items():
        dealt.setdefault(f"county-{int(case.removeprefix('case-')) % 5}", []).extend((case, event) for event in events)
    for start in range(0, max(map(len, dealt.values())), 100):
        for hall, told in dealt.items():
            ledger.tell(hall, told[start : start + 100], batch=64)
    return ledger


def test_the_model_of_the_receipt_log_is_the_fold_of_every_case(models: Database) -> None:
    ledger = told_receipt_log()
    follow(models, ledger)
    held = states(models)
    assert {number: state for (_, number), state in held.items()} == {
        case: fold_all(CaseState(), events) for case, events in receipt_log().items()
    }
    with models.reader.begin() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(case_events)) == 9_906
        assert position(connection, "cases") == ledger.size == 9_906
    assert reasons(models) == {}


def test_a_rebuild_gives_an_equal_model(models: Database) -> None:
    ledger = told_receipt_log()
    follow(models, ledger, limit=16)
    before = digest(models)
    with transaction(models.writer) as connection:
        connection.execute(cases.update().values(status="closed"))
        connection.execute(case_events.delete().where(case_events.c.ledger_index % 3 == 0))
    assert digest(models) != before
    assert rebuild(models.reader, models.writer, CaseConsumer(), ledger.read_after, limit=5) == ledger.size
    assert digest(models) == before


def test_a_digest_sees_every_column_and_row(models: Database) -> None:
    ledger = Ledger()
    ledger.tell("yushu", [("1", APPLIED), ("2", APPLIED)])
    follow(models, ledger)
    seen = {digest(models)}
    changes: list[tuple[sa.Table, dict[str, object]]] = [
        (case_events, {"payload": b"other"}),
        (case_events, {"occurred_at_ms": 5}),
        (cases, {"status": "closed"}),
        (cases, {"last_ledger_index": 9}),
    ]
    for table, change in changes:
        with transaction(models.writer) as connection:
            connection.execute(table.update().values(change))
        seen.add(digest(models))
    assert len(seen) == 5


HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(["yushu", "dehui"]),
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from([*wire.CaseEventKind.values(), 77]),
        st.integers(0, 40),
        st.integers(0, 12),
    ),
    max_size=40,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(HISTORIES, st.integers(1, 9), st.integers(1, 5))
def test_batches_and_single_events_give_equal_models_with_repeated_event_ids_among_them(
    new_database: Callable[[], str],
    history: list[tuple[str, str, int, int, int]],
    batch: int,
    limit: int,
) -> None:
    singly, batched = Ledger(), Ledger()
    told = [(hall, envelope(hall, number, Event(kind, at), f"event {name}")) for hall, number, kind, at, name in history]
    for hall, body in told:
        singly.append(hall, [body])
    start = 0
    while start < len(told):
        hall = told[start][0]
        end = start
        while end < len(told) and told[end][0] == hall and end - start < batch:
            end += 1
        batched.append(hall, [body for _, body in told[start:end]])
        start = end
    # The hub's acceptance time is one a batch: level it, for it is a fact of the ledger and not of the fold.
    for ledger in (singly, batched):
        ledger.segments = [replace(segment, accepted_at_ms=0) for segment in ledger.segments]
    found = []
    for ledger, at_once in ((singly, 1), (batched, limit)):
        database = open_database(new_database(), durable=False)
        metadata.create_all(database.writer)
        follow(database, ledger, at_once)
        found.append((digest(database), states(database)))
        database.dispose()
    assert found[0] == found[1]
    first_of = {(hall, name): (number, Event(kind, at)) for hall, number, kind, at, name in reversed(history)}
    assert sum(state.events for state in found[0][1].values()) == len(first_of)


def test_a_repeated_event_id_changes_nothing_whatever_it_now_says(models: Database) -> None:
    ledger = Ledger()
    ledger.append("yushu", [envelope("yushu", "1", APPLIED, "a")])
    follow(models, ledger)
    before = states(models)
    ledger.append("yushu", [envelope("yushu", "1", CLOSED, "a"), envelope("yushu", "2", APPLIED, "a")])
    ledger.append("yushu", [envelope("yushu", "1", TAKEN, "b"), envelope("yushu", "1", TAKEN, "b")])
    follow(models, ledger)
    assert set(states(models)) == set(before)
    assert states(models)["yushu", "1"].events == 2
    assert states(models)["yushu", "1"].status == "accepted"


def test_halls_share_neither_event_ids_nor_case_numbers(models: Database) -> None:
    ledger = Ledger()
    ledger.append("yushu", [envelope("yushu", "1", APPLIED, "a")])
    ledger.append("dehui", [envelope("dehui", "1", APPLIED, "a"), envelope("dehui", "1", CLOSED, "b")])
    follow(models, ledger)
    assert {key: state.status for key, state in states(models).items()} == {("yushu", "1"): "applied", ("dehui", "1"): "closed"}


def test_only_accepted_messages_about_cases_are_taken_in(models: Database) -> None:
    ledger = Ledger()
    bodies = [envelope("yushu", number, APPLIED, number) for number in "123"]
    other = header("yushu", "business", 1, "other")
    other.resource, other.type = "key-succession", "tongban.enrolment.v1.LogKeySuccessor"
    ledger.append("yushu", bodies, bytes([REFUSED, ACCEPTED, HELD]))
    ledger.append("yushu", [Envelope(header=other.SerializeToString(), payload=b"").SerializeToString()])
    ledger.append("hub", [b"a key entry"], kind=LEDGER_KEY)
    follow(models, ledger)
    assert set(states(models)) == {("yushu", "2")}
    assert reasons(models) == {}
    with models.reader.begin() as connection:
        assert position(connection, "cases") == 5


def sealed(head: Header, body: bytes = b"") -> bytes:
    return Envelope(header=head.SerializeToString(), payload=body).SerializeToString()


def spoilt(change: Callable[[Header], object]) -> bytes:
    head = header("yushu", "bad", 1_000, "bad")
    change(head)
    return sealed(head, payload(head.subject, APPLIED))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\xff\xff", Unreadable.ENVELOPE),
        (Envelope(header=b"\x12\x05\xff\xff\xff\xff\xff").SerializeToString(), Unreadable.ENVELOPE),
        (spoilt(lambda head: setattr(head, "type", "tongban.case.v1.SourceRun")), Unreadable.TYPE),
        (spoilt(lambda head: setattr(head, "id", "x" * 36)), Unreadable.EVENT_ID),
        (spoilt(lambda head: setattr(head, "id", "0" * 32)), Unreadable.EVENT_ID),
        (spoilt(lambda head: setattr(head, "subject", "")), Unreadable.SUBJECT),
        (spoilt(lambda head: setattr(head, "subject", "9" * 201)), Unreadable.TEXT),
        (spoilt(lambda head: setattr(head, "subject", "a\0b")), Unreadable.TEXT),
        (spoilt(lambda head: setattr(head, "subject", "1\u202e2")), Unreadable.TEXT),
        (spoilt(lambda head: setattr(head, "subject", "e\u0301")), Unreadable.TEXT),
        (spoilt(lambda head: head.ClearField("time")), Unreadable.TIME),
        (spoilt(lambda head: setattr(head.time, "seconds", 2**62)), Unreadable.TIME),
        (spoilt(lambda head: setattr(head.time, "nanos", -1)), Unreadable.TIME),
        (sealed(header("yushu", "bad", 1, "bad"), payload("other", APPLIED)), Unreadable.SUBJECT),
        (sealed(header("yushu", "bad", 1, "bad"), b"\x0a\xff"), Unreadable.PAYLOAD),
        (sealed(header("yushu", "bad", 1, "bad"), b"\x0a\x01\xff"), Unreadable.PAYLOAD),
        (sealed(header("yushu", "bad", 1, "bad"), payload("bad", APPLIED._replace(item_code="x" * 101))), Unreadable.TEXT),
        (sealed(header("yushu", "bad", 1, "bad"), payload("bad", APPLIED._replace(item_code="\0"))), Unreadable.TEXT),
        (
            Envelope(header=header("yushu", "bad", 1, "bad").SerializeToString(), encrypted=EncryptedPayload()).SerializeToString(),
            Unreadable.ENCRYPTED,
        ),
        (Envelope(header=header("yushu", "bad", 1, "bad").SerializeToString()).SerializeToString(), Unreadable.ENCRYPTED),
    ],
)
def test_what_cannot_be_read_parks_alone_with_its_reason(models: Database, body: bytes, reason: Unreadable) -> None:
    ledger = Ledger()
    ledger.append("yushu", [envelope("yushu", "1", APPLIED, "a"), body, envelope("yushu", "1", TAKEN, "b")])
    ledger.append("dehui", [envelope("dehui", "1", APPLIED, "a")])
    follow(models, ledger)
    assert {key: state.events for key, state in states(models).items()} == {("yushu", "1"): 2, ("dehui", "1"): 1}
    assert reasons(models) == {1: reason}


def test_a_corrected_message_with_the_event_id_of_a_parked_one_counts(models: Database) -> None:
    ledger = Ledger()
    ledger.append("yushu", [sealed(header("yushu", "1", 1_000, "a"), b"\x0a\xff")])
    ledger.append("yushu", [envelope("yushu", "1", APPLIED, "a")])
    follow(models, ledger)
    assert states(models)["yushu", "1"].status == "applied"


def test_a_case_in_the_hubs_own_journal_parks(models: Database) -> None:
    ledger = Ledger()
    ledger.append("hub", [envelope("hub", "1", APPLIED, "a")])
    follow(models, ledger)
    assert reasons(models) == {0: Unreadable.AUTHOR}


@pytest.mark.parametrize("batch", [b"\xff\xff", b"", Batch(envelopes=[b""]).SerializeToString()])
def test_a_batch_that_cannot_be_read_parks_and_the_next_proceeds(models: Database, batch: bytes) -> None:
    ledger = Ledger()
    ledger.segments.append(replace(ledger.append("yushu", [b"", b""]), batch=batch))
    del ledger.segments[0]
    ledger.tell("dehui", [("1", APPLIED)])
    follow(models, ledger)
    assert reasons(models) == {0: Unreadable.BATCH, 1: Unreadable.BATCH}
    assert set(states(models)) == {("dehui", "1")}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.binary(max_size=60), st.integers(0, 2), st.integers(0, 60))
@example(b"\x0a\x00", 1, 0)
def test_any_bytes_are_taken_in_or_parked_and_stop_nothing(models: Database, noise: bytes, where: int, at: int) -> None:
    whole = envelope("yushu", "1", TAKEN, "b")
    bodies = [noise, sealed(header("yushu", "1", 1, "noise"), noise), whole[:at] + noise + whole[at:]]
    ledger = Ledger()
    ledger.append("yushu", [envelope("yushu", "1", APPLIED, "a"), bodies[where], envelope("yushu", "1", CLOSED, "c")])
    rebuild(models.reader, models.writer, CaseConsumer(), ledger.read_after, limit=1)
    state = states(models)["yushu", "1"]
    assert state.status == "closed"
    assert state.events >= 2
    assert len(reasons(models)) <= 1


def test_impossible_and_distant_times_that_protobuf_allows_are_kept(models: Database) -> None:
    ledger = Ledger()
    ledger.tell("yushu", [("1", Event(3, -62_135_596_800_000)), ("1", Event(8, 253_402_300_799_999))])
    follow(models, ledger)
    assert states(models)["yushu", "1"].applied_at_ms == -62_135_596_800_000
    assert reasons(models) == {}


def test_entries_before_the_first_unseen_one_are_not_taken_in_again(models: Database) -> None:
    ledger = Ledger()
    ledger.append("yushu", [envelope("yushu", "1", event, str(at)) for at, event in enumerate((APPLIED, TAKEN, CLOSED))])
    with transaction(models.writer) as connection:
        CaseConsumer().apply(connection, ledger.segments, first_unseen=2)
    assert states(models)["yushu", "1"].events == 1
    assert states(models)["yushu", "1"].closed_at_ms == 3_000


def test_rows_and_cursor_move_together_or_not_at_all(models: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger()
    ledger.tell("yushu", [("1", APPLIED)])

    def crash(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as crashing:
        crashing.setattr("hub.consumers.advance", crash)
        with pytest.raises(OSError, match="no room"):
            follow(models, ledger)
    assert states(models) == {}
    follow(models, ledger)
    assert set(states(models)) == {("yushu", "1")}


def test_a_ledger_with_a_hole_is_not_followed_over_it(models: Database) -> None:
    ledger = Ledger()
    for number in "123":
        ledger.tell("yushu", [(number, APPLIED)])
    del ledger.segments[1]
    with pytest.raises(LedgerGap, match="entry 2, but not entry 1"):
        follow(models, ledger)
    assert states(models) == {}


def test_a_second_runner_that_finds_the_cursor_moved_takes_nothing(models: Database) -> None:
    ledger = Ledger()
    ledger.tell("yushu", [("1", APPLIED)])

    def overtaken(connection: sa.Connection, ledger_index: int, limit: int) -> list[object]:
        found = ledger.read_after(connection, ledger_index, limit)
        with transaction(models.writer) as other:
            advance(other, "cases", ledger.size)
        return list(found)

    assert run_once(models.reader, models.writer, CaseConsumer(), overtaken, 9) == 0  # type: ignore[arg-type]
    assert states(models) == {}


def test_the_columns_that_rules_look_at_say_what_the_case_says(models: Database) -> None:
    ledger = Ledger()
    up = Event(wire.CASE_EVENT_KIND_REFERRED_UP, 3_000, department="yushu-rs", referred_to="changchun")
    ledger.tell("yushu", [("1", APPLIED), ("2", APPLIED._replace(item_code="XK-1")), ("2", CLOSED), ("1", up)])
    follow(models, ledger)
    with models.reader.begin() as connection:
        columns = (cases.c.case_number, cases.c.department, cases.c.item_code, cases.c.referred_to, cases.c.case_open)
        rows = [tuple(row) for row in connection.execute(sa.select(*columns).order_by(cases.c.case_number))]
    assert rows == [("1", "yushu-rs", None, "changchun", True), ("2", None, "XK-1", None, False)]


@pytest.mark.parametrize("odd", ["chang\u200bchun", "Changchun", "hub", "长春", "a" * 64, " "])
def test_a_hall_that_is_no_name_has_nothing_referred_to_it_and_the_event_counts(models: Database, odd: str) -> None:
    ledger = Ledger()
    ledger.tell("yushu", [("1", Event(wire.CASE_EVENT_KIND_REFERRED_UP, 3_000, department=f"{odd}\u202e", referred_to=odd))])
    follow(models, ledger)
    state = states(models)["yushu", "1"]
    assert (state.events, state.department, state.referred_to) == (1, "", "")
    assert reasons(models) == {}
