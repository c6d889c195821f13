"""A case is one thing, whichever halls tell of it; what is known of its clocks is what its events say, however they came."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.case_state import CaseState
from directory.clocks.facts import LATE_RECORDED, SKEWED, Facts, values
from directory.clocks.folding import fold_facts, prune
from directory.lifecycle import Event, fold_all
from hub.cases.consumer import CaseConsumer, model_digest
from hub.cases.folded import Folded, folded
from hub.cases.queries import timeline
from hub.cases.reading import Unreadable
from hub.cases.states import decode_case
from hub.cases.tables import case_events, cases, parked, watermarks
from hub.cases.watermarks import MOST_SOURCES, reported
from hub.consumers import metadata, rebuild, run_once
from hub.db import Database, open_database
from tests.directory.real_logs import receipt_log
from tests.hub.cases_told import ACCEPTED_AT_MS, Ledger, envelope, run
from tongban.case.v1 import case_pb2 as wire
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

AT = ACCEPTED_AT_MS - 100_000
"""A time before the hub accepts anything."""
APPLIED = Event(wire.CASE_EVENT_KIND_APPLIED, AT + 1_000)
TAKEN = Event(wire.CASE_EVENT_KIND_ACCEPTED, AT + 2_000)
UP = Event(wire.CASE_EVENT_KIND_REFERRED_UP, AT + 3_000, referred_to="changchun")
DECIDED = Event(wire.CASE_EVENT_KIND_DECIDED, AT + 4_000, outcome=wire.OUTCOME_GRANTED)
CLOSED = Event(wire.CASE_EVENT_KIND_CLOSED, AT + 5_000)


@pytest.fixture
def models(database_url: str) -> Iterator[Database]:
    database = open_database(database_url, durable=False)
    metadata.create_all(database.writer)
    yield database
    database.dispose()


def follow(models: Database, ledger: Ledger, limit: int = 16) -> None:
    while run_once(models.reader, models.writer, CaseConsumer(), ledger.read_after, limit):
        pass


def kept(models: Database) -> dict[tuple[str, str], Folded]:
    with models.reader.begin() as connection:
        rows = connection.execute(sa.select(cases)).all()
    return {(row.hall, row.case_number): decode_case(row.state, row.facts, row.last_ledger_index) for row in rows}


def pruned(facts: Facts) -> Facts:
    prune(facts)
    return facts


def test_the_facts_of_the_receipt_log_are_the_fold_of_every_case(models: Database) -> None:
    ledger = Ledger()
    for number, events in receipt_log().items():
        ledger.tell("yushu", [(number, event) for event in events])
    follow(models, ledger)
    refs = iter(range(ledger.size))
    for (_, number), case in sorted(kept(models).items(), key=lambda row: row[1].last):
        told = [event._replace(hall="yushu", ref=next(refs)) for event in receipt_log()[number]]
        assert values(case.facts) == values(pruned(fold_facts(Facts(), told)))
        assert case.state == fold_all(CaseState(), told)


def tell(ledger: Ledger, hall: str, told: Sequence[tuple[str, Event, tuple[str, str]]]) -> None:
    at = ledger.journals.get(hall, 0)
    ledger.append(hall, [envelope(hall, number, event, f"{hall}/{at + step}", of) for step, (number, event, of) in enumerate(told)])


OWN = ("", "")
OF_1 = ("yushu", "1")


def test_the_hall_that_a_case_was_referred_to_tells_on_in_the_same_case(models: Database) -> None:
    ledger = Ledger()
    tell(ledger, "yushu", [("1", APPLIED, OWN), ("1", TAKEN, OWN), ("1", UP, OWN)])
    tell(ledger, "changchun", [("city-7", DECIDED, OF_1)])
    follow(models, ledger)
    held = kept(models)
    assert set(held) == {OF_1}
    assert (held[OF_1].state.status, held[OF_1].state.events, held[OF_1].state.outcome) == ("decided", 4, wire.OUTCOME_GRANTED)
    assert held[OF_1].last == 3
    with models.reader.begin() as connection:
        told = timeline(connection, *OF_1)
    assert told is not None
    assert [event.hall for event in told] == ["yushu"] * 3 + ["changchun"]


def test_a_hall_that_has_no_case_by_referral_changes_nothing_in_it_until_it_has(models: Database) -> None:
    ledger = Ledger()
    tell(ledger, "changchun", [("city-7", DECIDED, OF_1)])
    tell(ledger, "siping", [("x", CLOSED, OF_1)])
    follow(models, ledger)
    assert kept(models) == {}
    tell(ledger, "yushu", [("1", APPLIED, OWN), ("1", TAKEN, OWN)])
    follow(models, ledger)
    assert kept(models)[OF_1].state.status == "accepted"
    tell(ledger, "yushu", [("1", UP, OWN)])
    follow(models, ledger)
    assert (kept(models)[OF_1].state.status, kept(models)[OF_1].state.events) == ("decided", 4)


def test_what_another_hall_told_late_is_folded_where_it_belongs(models: Database) -> None:
    ledger = Ledger()
    tell(ledger, "yushu", [("1", APPLIED, OWN), ("1", TAKEN, OWN), ("1", UP, OWN), ("1", CLOSED, OWN)])
    tell(ledger, "changchun", [("city-7", DECIDED, OF_1)])
    follow(models, ledger)
    case = kept(models)[OF_1]
    assert (case.state.status, case.state.flags & 1 << 14) == ("closed", 0), "the decision stands in front of the closing"
    assert case.facts.over is not None
    assert case.facts.over.at_ms == DECIDED.occurred_at_ms


def test_what_comes_before_what_two_halls_have_told_already_is_folded_in_its_place(models: Database) -> None:
    ledger = Ledger()
    received = Event(wire.CASE_EVENT_KIND_SUPPLEMENT_RECEIVED, AT + 3_500)
    tell(ledger, "yushu", [("1", APPLIED, OWN), ("1", TAKEN, OWN), ("1", UP, OWN)])
    tell(ledger, "changchun", [("city-7", received, OF_1)])
    follow(models, ledger)
    tell(ledger, "yushu", [("1", CLOSED, OWN)])
    follow(models, ledger)
    tell(ledger, "changchun", [("city-7", DECIDED, OF_1)])
    follow(models, ledger)
    case = kept(models)[OF_1]
    assert case.facts.over is not None
    assert case.facts.over.at_ms == DECIDED.occurred_at_ms, "the decision, though the closing was told first"


@pytest.mark.parametrize("of", [("Chang!", "1"), ("changchun", "a\0b"), ("changchun", ""), ("", "7")])
def test_what_names_no_case_of_another_hall_is_about_the_own_one(models: Database, of: tuple[str, str]) -> None:
    ledger = Ledger()
    tell(ledger, "yushu", [("1", APPLIED, of)])
    follow(models, ledger)
    assert set(kept(models)) == {("yushu", "1")}


def test_an_event_is_late_only_behind_what_all_sources_have_told(models: Database) -> None:
    ledger = Ledger()
    runs = [run("yushu", "one", AT + 9_000, "1"), run("yushu", "two", AT + 4_000, "2")]
    told = [envelope("yushu", f"{at}", APPLIED._replace(occurred_at_ms=AT + at), f"{at}") for at in (3_000, 6_000)]
    ledger.append("yushu", [*runs, *told])
    follow(models, ledger)
    with models.reader.begin() as connection:
        rows = connection.scalars(sa.select(case_events.c.marks).order_by(case_events.c.ledger_index)).all()
    assert rows == [LATE_RECORDED, 0]


HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(["yushu", "changchun", "siping"]),
        st.sampled_from([OWN, OF_1]),
        st.sampled_from([kind for kind in wire.CaseEventKind.values() if kind]),
        st.integers(0, 9),
        st.sampled_from(["", "", "changchun", "siping"]),
    ),
    max_size=24,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(HISTORIES, st.integers(1, 5))
def test_however_several_halls_events_are_batched_the_cases_are_those_folded_at_once(
    new_database: Callable[[], str], history: list[tuple[str, tuple[str, str], int, int, str]], limit: int
) -> None:
    ledger = Ledger()
    told: dict[tuple[str, str], list[Event]] = {}
    for hall, of, kind, at, to in history:
        event = Event(kind, AT + at * 1_000, referred_to=to)
        key = of if of != OWN else (hall, "1")
        told.setdefault(key, []).append(event._replace(hall=hall, ref=ledger.size))
        tell(ledger, hall, [("1", event, of)])
    expected = {key: case for key, events in told.items() if (case := folded(events, key[0])).last >= 0}
    for case in expected.values():
        prune(case.facts)
    database = open_database(new_database(), durable=False)
    metadata.create_all(database.writer)
    follow(database, ledger, limit)
    assert kept(database) == expected
    database.dispose()


def test_what_is_told_behind_a_watermark_is_marked_and_a_rebuild_marks_the_same(models: Database) -> None:
    ledger = Ledger()
    bodies = [
        envelope("yushu", "1", APPLIED._replace(occurred_at_ms=AT), "a"),
        run("yushu", "business", AT + 50_000, "run"),
        envelope("yushu", "1", TAKEN._replace(occurred_at_ms=AT + 10_000), "b"),
        envelope("yushu", "2", APPLIED._replace(occurred_at_ms=AT + 60_000), "c"),
        envelope("yushu", "2", TAKEN._replace(occurred_at_ms=AT + 10**9), "d"),
    ]
    ledger.append("yushu", bodies)
    ledger.append("dehui", [envelope("dehui", "1", APPLIED._replace(occurred_at_ms=AT), "a")])
    follow(models, ledger)
    with models.reader.begin() as connection:
        columns = (case_events.c.marks, case_events.c.reported_ms)
        rows = [tuple(row) for row in connection.execute(sa.select(*columns).order_by(case_events.c.ledger_index))]
        digest = model_digest(connection)
    assert rows == [(0, None), (LATE_RECORDED, AT + 50_000), (0, None), (SKEWED, None), (0, None)]
    accepted = kept(models)["yushu", "1"].facts.accepted
    assert accepted is not None
    assert (accepted.marks, accepted.reported_ms, accepted.ref) == (LATE_RECORDED, AT + 50_000, 2)
    rebuild(models.reader, models.writer, CaseConsumer(), ledger.read_after, limit=1)
    with models.reader.begin() as connection:
        assert model_digest(connection) == digest


def moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def test_a_hall_has_reported_what_the_last_of_its_sources_has_and_never_the_future(models: Database) -> None:
    ledger = Ledger()
    ledger.append("yushu", [run("yushu", "one", AT, "1"), run("yushu", "two", AT - 9, "2"), run("yushu", "one", AT - 50, "3")])
    ledger.append("dehui", [run("dehui", "one", AT * 2, "1")])
    follow(models, ledger)
    with models.reader.begin() as connection:
        assert reported(connection) == {"yushu": moment(AT - 9), "dehui": moment(ledger.segments[1].accepted_at_ms)}


def test_a_report_by_a_clock_that_is_ahead_says_as_much_less(models: Database) -> None:
    ledger = Ledger()
    accepted = ledger.accepts_from_ms
    said = Envelope.FromString(run("yushu", "one", accepted - 50, "1"))
    head = Header.FromString(said.header)
    head.time.FromMilliseconds(accepted + 600_000)  # of the run, which the hub heard ten minutes before
    said.header = head.SerializeToString()
    ledger.append("yushu", [said.SerializeToString()])
    follow(models, ledger)
    with models.reader.begin() as connection:
        assert reported(connection) == {"yushu": moment(accepted - 50 - 600_000)}


def test_a_hall_with_more_sources_than_any_has_is_kept_from_filling_the_table(models: Database) -> None:
    ledger = Ledger()
    ledger.append("yushu", [run("yushu", f"source-{number}", AT, f"run {number}") for number in range(MOST_SOURCES + 5)])
    follow(models, ledger)
    with models.reader.begin() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(watermarks)) == MOST_SOURCES


@pytest.mark.parametrize(("source", "at_ms", "reason"), [("", AT, Unreadable.TEXT), ("a\0", AT, Unreadable.TEXT)])
def test_a_report_that_cannot_be_read_parks(models: Database, source: str, at_ms: int, reason: Unreadable) -> None:
    ledger = Ledger()
    ledger.append("yushu", [run("yushu", source, at_ms, "run")])
    follow(models, ledger)
    with models.reader.begin() as connection:
        assert [row.reason for row in connection.execute(sa.select(parked))] == [reason]


def test_names_that_show_not_all_their_signs_are_left_out_and_the_event_counts(models: Database) -> None:
    ledger = Ledger()
    odd = Event(wire.CASE_EVENT_KIND_PROCEDURE_STARTED, AT + 3_000, procedure="听证\u202e", basis="x" * 201, limit_days=2**31)
    ledger.tell("yushu", [("1", APPLIED), ("1", TAKEN), ("1", odd)])
    follow(models, ledger)
    procedure = kept(models)["yushu", "1"].facts.runs[-1]
    assert (procedure.of, procedure.basis, procedure.days) == ("", "", 5_000)
