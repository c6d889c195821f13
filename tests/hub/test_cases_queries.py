"""Whoever asks about cases gets those within the scope, page after page, each once."""

from collections.abc import Callable, Collection, Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from directory.case_state import STATUSES
from directory.lifecycle import Event
from directory.scopes.predicates import Always, Equals, In, IsTrue, Never, Predicate, all_of, any_of, evaluator, one_of
from directory.scopes.subject import Subject
from hub.cases import queries
from hub.cases.consumer import CaseConsumer
from hub.cases.queries import CaseRow, Place, Scope, Wanted, find_case, list_cases, timeline
from hub.consumers import metadata
from hub.db import Database, open_database, transaction
from tests.hub.cases_told import Ledger, payload
from tongban.case.v1 import case_pb2 as wire

HALLS = ("dehui", "nongan", "yushu")
KINDS = (wire.CASE_EVENT_KIND_APPLIED, wire.CASE_EVENT_KIND_ACCEPTED, wire.CASE_EVENT_KIND_CLOSED)


def told() -> Ledger:
    """Three halls with 40 cases each, many applied for at one moment, some before 1970, some never applied for."""
    ledger = Ledger()
    for offset, hall in enumerate(HALLS):
        for number in range(40):
            at = (number * 7 % 5) * 1_000_000_000_000 - 1_000
            kinds = KINDS[(number + offset) % 2 : 1 + number % 3] or (wire.CASE_EVENT_KIND_STEP,)
            department = ("", "rs", "js")[number % 3]
            events = [Event(kind, at + step, department=department) for step, kind in enumerate(kinds)]
            if number % 4 == 0:
                events.append(Event(wire.CASE_EVENT_KIND_REFERRED, at, referred_to=("changchun", "siping")[number % 8 // 4]))
            ledger.tell(hall, [(f"{number:x}号", event) for event in events])
    return ledger


@pytest.fixture(scope="module")
def models(new_database: Callable[[], str]) -> Iterator[Database]:
    database = open_database(new_database(), durable=False)
    metadata.create_all(database.writer)
    with transaction(database.writer) as connection:
        CaseConsumer().apply(connection, told().segments, 0)
    yield database
    database.dispose()


def of(halls: Collection[str]) -> Scope:
    """Give the scope that opens these halls."""
    return Scope(one_of("hall", halls), sorted({*HALLS, *halls}))


def walk(connection: sa.Connection, scope: Scope, wanted: Wanted, size: int) -> Iterator[CaseRow]:
    after: Place | None = None
    while page := list_cases(connection, scope, wanted, after, size):
        assert len(page) <= size
        yield from page
        after = page[-1].place


WANTED = st.builds(
    Wanted,
    status=st.sampled_from(["", *sorted(STATUSES)]),
    applied_from_ms=st.none() | st.integers(-2_000, 5_000_000_000_000),
    applied_before_ms=st.none() | st.integers(-2_000, 5_000_000_000_000),
)


@given(st.sets(st.sampled_from([*HALLS, "atlantis"])).map(frozenset), WANTED, st.integers(1, 130))
def test_a_walk_over_pages_of_any_size_is_the_bare_query(models: Database, scope: frozenset[str], wanted: Wanted, size: int) -> None:
    with models.reader.begin() as connection:
        everything = [row for hall in HALLS for row in list_cases(connection, of({hall}), Wanted(), None, 1_000)]
        walked = list(walk(connection, of(scope), wanted, size))
    low = wanted.applied_from_ms if wanted.applied_from_ms is not None else -(2**60)
    high = wanted.applied_before_ms if wanted.applied_before_ms is not None else 2**60
    assert walked == sorted(
        (
            row
            for row in everything
            if row.hall in scope and wanted.status in {"", row.state.status} and low <= row.state.listed_at_ms < high
        ),
        key=lambda row: row.place,
    )


def test_the_whole_list_is_there(models: Database) -> None:
    with models.reader.begin() as connection:
        rows = list_cases(connection, of(HALLS), Wanted(), None, 1_000)
    assert len({(row.hall, row.case_number) for row in rows}) == len(rows) == 120


PREDICATES = st.recursive(
    st.sampled_from(
        [
            Always(),
            Never(),
            IsTrue("case_open"),
            Equals("hall", "yushu"),
            In("hall", frozenset({"dehui", "nongan"})),
            Equals("department", "rs"),
            In("department", frozenset({"rs", "js"})),
            Equals("referred_to", "changchun"),
            Equals("referred_to", "siping"),
        ]
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(any_of) | st.lists(inner, min_size=1, max_size=3).map(all_of),
    max_leaves=6,
)


@given(PREDICATES, st.integers(1, 130))
def test_a_list_holds_the_cases_that_the_predicate_holds_of(models: Database, predicate: Predicate, size: int) -> None:
    with models.reader.begin() as connection:
        everything = [row for hall in HALLS for row in list_cases(connection, of({hall}), Wanted(), None, 1_000)]
        walked = list(walk(connection, Scope(predicate, HALLS), Wanted(), size))
    held = evaluator(predicate)
    assert walked == [row for row in everything if held(row.subject(""))]


def plan(models: Database, scope: Scope, wanted: Wanted = Wanted()) -> list[str]:  # noqa: B008 - frozen
    """Return how SQLite finds the pages behind a place, run by run."""
    if models.reader.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by the size of the table, and this one is small")
    found = []
    with models.reader.begin() as connection:
        for run in scope.runs():
            query, values = queries.page_of(run, wanted, ("nongan", 5, "1"), 10)
            spelled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
            parameters = spelled.construct_params(values)
            ordered = tuple(parameters[name] for name in spelled.positiontup or ())
            found += [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {spelled}", ordered)]
    return found


BY_TIME = "SEARCH cases USING INDEX cases_listed ((hall,listed_at_ms,case_number)>(?,?,?) AND hall<?)"
BY_REFERRAL = "SEARCH cases USING INDEX cases_referred (referred_to=? AND (hall,listed_at_ms,case_number)>(?,?,?) AND hall<?)"


def test_neighbouring_halls_are_one_walk_through_the_index_without_sorting(models: Database) -> None:
    assert plan(models, of(HALLS)) == [BY_TIME]
    assert plan(models, Scope(Always(), HALLS)) == [BY_TIME]
    assert plan(models, Scope(Always(), HALLS), Wanted("applied", 1, 2)) == [BY_TIME]


def test_what_is_referred_is_found_by_its_index(models: Database) -> None:
    referred = Equals("referred_to", "changchun")
    assert plan(models, Scope(referred, HALLS)) == [BY_REFERRAL]
    own_hall_between = Scope(any_of([Equals("hall", "nongan"), referred]), HALLS)
    assert plan(models, own_hall_between) == [BY_REFERRAL, BY_TIME, BY_REFERRAL]


def test_one_hall_is_listed_only_where_something_of_it_may_be() -> None:
    scope = Scope(any_of([Equals("hall", "yushu"), Equals("referred_to", "changchun")]), HALLS)
    assert scope.within("yushu").halls == ("yushu",)
    assert scope.within("dehui").halls == ("dehui",)
    assert of({"yushu"}).within("dehui").halls == ()


def test_a_case_says_itself_whose_it_is(models: Database) -> None:
    with models.reader.begin() as connection:
        found = find_case(connection, "yushu", "1号")
        assert found is not None
        assert found.subject("a check") == Subject(hall="yushu", department="rs", case_open=True, purpose="a check")
        assert find_case(connection, "yushu", "1") is None
        assert timeline(connection, "yushu", "1") == []


def test_a_timeline_is_in_the_order_of_the_journal_with_the_bytes_received(models: Database) -> None:
    with models.reader.begin() as connection:
        events = timeline(connection, "yushu", "2号")
    assert events is not None
    assert [event.payload for event in events] == [payload("2号", Event(kind, 0, department="js")) for kind in KINDS]
    assert [event.journal_index for event in events] == sorted(event.journal_index for event in events)


@pytest.mark.parametrize(("name", "limit"), [("TIMELINE_EVENTS", 2), ("TIMELINE_BYTES", 10)])
def test_a_timeline_too_long_for_a_reply_is_none(models: Database, monkeypatch: pytest.MonkeyPatch, name: str, limit: int) -> None:
    with models.reader.begin() as connection:
        assert timeline(connection, "yushu", "2号") is not None
        monkeypatch.setattr(queries, name, limit)
        assert timeline(connection, "yushu", "2号") is None
