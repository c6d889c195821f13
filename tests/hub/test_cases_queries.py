"""Whoever asks about cases gets those within the scope, page after page, each once."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from directory.case_state import STATUSES
from directory.lifecycle import Event
from hub.cases import queries
from hub.cases.consumer import CaseConsumer
from hub.cases.queries import CaseRow, Place, Wanted, find_case, list_cases, timeline
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
            ledger.tell(hall, [(f"{number:x}号", Event(kind, at + step)) for step, kind in enumerate(kinds)])
    return ledger


@pytest.fixture(scope="module")
def models(new_database: Callable[[], str]) -> Iterator[Database]:
    database = open_database(new_database(), durable=False)
    metadata.create_all(database.writer)
    with transaction(database.writer) as connection:
        CaseConsumer().apply(connection, told().segments, 0)
    yield database
    database.dispose()


def walk(connection: sa.Connection, scope: frozenset[str], wanted: Wanted, size: int) -> Iterator[CaseRow]:
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
        everything = [row for hall in HALLS for row in list_cases(connection, {hall}, Wanted(), None, 1_000)]
        walked = list(walk(connection, scope, wanted, size))
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
        rows = list_cases(connection, HALLS, Wanted(), None, 1_000)
    assert len({(row.hall, row.case_number) for row in rows}) == len(rows) == 120


def test_a_page_is_found_by_the_index_and_not_by_sorting(models: Database) -> None:
    if models.reader.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by the size of the table, and this one is small")
    with models.reader.begin() as connection:
        query = queries.hall_page("yushu", Wanted(), ("yushu", 5, "1"), 10).compile(dialect=connection.dialect)
        parameters = tuple(query.params[name] for name in query.positiontup or ())
        seen = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)]
    assert len(seen) == 1
    assert "USING INDEX cases_listed (hall=? AND " in seen[0]


def test_a_case_outside_the_scope_is_not_found(models: Database) -> None:
    with models.reader.begin() as connection:
        assert find_case(connection, {"yushu"}, "yushu", "1号") is not None
        assert find_case(connection, {"yushu"}, "dehui", "1号") is None
        assert find_case(connection, {"yushu"}, "yushu", "1") is None
        assert timeline(connection, {"yushu"}, "dehui", "1号") == []


def test_a_timeline_is_in_the_order_of_the_journal_with_the_bytes_received(models: Database) -> None:
    with models.reader.begin() as connection:
        events = timeline(connection, {"yushu"}, "yushu", "2号")
    assert events is not None
    assert [event.payload for event in events] == [payload("2号", Event(kind, 0)) for kind in KINDS]
    assert [event.journal_index for event in events] == sorted(event.journal_index for event in events)


@pytest.mark.parametrize(("name", "limit"), [("TIMELINE_EVENTS", 2), ("TIMELINE_BYTES", 10)])
def test_a_timeline_too_long_for_a_reply_is_none(models: Database, monkeypatch: pytest.MonkeyPatch, name: str, limit: int) -> None:
    with models.reader.begin() as connection:
        assert timeline(connection, {"yushu"}, "yushu", "2号") is not None
        monkeypatch.setattr(queries, name, limit)
        assert timeline(connection, {"yushu"}, "yushu", "2号") is None
