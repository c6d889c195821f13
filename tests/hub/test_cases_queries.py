"""Whoever asks about cases gets those within the scope, page after page, each once."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from directory.case_state import STATUSES
from directory.lifecycle import Event
from directory.scopes.predicates import Always, Equals, In, IsTrue, Never, Predicate, all_of, any_of, evaluator, one_of
from directory.scopes.subject import Subject
from directory.supervision.vocabulary import Light
from hub.cases import queries
from hub.cases.consumer import CaseConsumer
from hub.cases.lights import Watch, light_of
from hub.cases.queries import CaseRow, Place, Scope, find_case, list_cases, timeline
from hub.cases.search import Wanted
from hub.cases.tables import cases
from hub.consumers import metadata
from hub.db import Database, open_database, transaction
from tests.hub.cases_told import Ledger, payload
from tongban.case.v1 import case_pb2 as wire

HALLS = ("dehui", "nongan", "yushu")
DAY = 24 * 3600 * 1000
NOW = Watch(100 * DAY, {"dehui": 100 * DAY, "nongan": 98 * DAY})
"""A moment; 农安 has last reported two days before, 榆树 not for long."""
KINDS = (wire.CASE_EVENT_KIND_APPLIED, wire.CASE_EVENT_KIND_ACCEPTED, wire.CASE_EVENT_KIND_CLOSED)


def told() -> Ledger:
    """Three halls with 40 cases each, many applied for at one moment, some before 1970, some never applied for."""
    ledger = Ledger()
    for offset, hall in enumerate(HALLS):
        for number in range(40):
            at = (number * 7 % 5) * 1_000_000_000_000 - 1_000
            kinds = KINDS[(number + offset) % 2 : 1 + number % 3] or (wire.CASE_EVENT_KIND_STEP,)
            department, item = ("", "rs", "js")[number % 3], ("", "XK-1")[number % 7 == 0]
            events = [Event(kind, at + step, department=department, item_code=item) for step, kind in enumerate(kinds)]
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
        # As a reckoner leaves them: some end today, some have ended, some have long to go, some do not run.
        for number in range(40):
            due = {0: None, 1: 100 * DAY, 2: 99 * DAY, 3: 97 * DAY, 4: 101 * DAY, 5: 130 * DAY}[number % 6]
            reckoned = {"due_ms": due, "yellow_ms": due and due - (2 + number % 3) * DAY}
            connection.execute(cases.update().where(cases.c.case_number == f"{number:x}号").values(reckoned))
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
        after = page[-1].place(wanted.axis)


TIMES = st.none() | st.integers(-2_000, 5_000_000_000_000)
DAYS = st.none() | st.integers(95, 135).map(lambda day: day * DAY)
WANTED = st.builds(
    Wanted,
    status=st.sampled_from(["", "", *sorted(STATUSES)]),
    applied_from_ms=TIMES,
    applied_before_ms=TIMES,
    item_code=st.sampled_from(["", "", "XK-1"]),
    department=st.sampled_from(["", "", "rs"]),
    light=st.none() | st.sampled_from(Light),
    accepted_from_ms=st.none() | TIMES,
    accepted_before_ms=st.none() | TIMES,
    due_from_ms=st.none() | DAYS,
    due_before_ms=st.none() | DAYS,
    number_prefix=st.sampled_from(["", "", "1", "1f", "号", "%"]),
    when=st.just(NOW),
)


def between(low: int | None, time: int | None, high: int | None) -> bool:
    if low is None and high is None:
        return True
    return time is not None and (low is None or low <= time) and (high is None or time < high)


def is_wanted(row: CaseRow, wanted: Wanted) -> bool:
    """Judge a row as a person would, without an index."""
    state = row.state
    return (
        wanted.status in {"", state.status}
        and wanted.item_code in {"", state.item_code}
        and wanted.department in {"", state.department}
        and row.case_number.startswith(wanted.number_prefix)
        and (wanted.light is None or wanted.light is light_of(row.hall, row.due_ms, row.yellow_ms, NOW))
        and between(wanted.applied_from_ms, state.listed_at_ms, wanted.applied_before_ms)
        and between(wanted.accepted_from_ms, state.accepted_at_ms, wanted.accepted_before_ms)
        and between(wanted.due_from_ms, row.due_ms, wanted.due_before_ms)
    )


@settings(max_examples=300)
@given(st.sets(st.sampled_from([*HALLS, "atlantis"])).map(frozenset), WANTED, st.integers(1, 130))
@example(frozenset(HALLS), Wanted(light=Light.GREY, when=NOW), 2)
@example(frozenset(HALLS), Wanted(light=Light.RED, when=NOW), 1)
@example(frozenset(HALLS), Wanted(light=Light.YELLOW, when=NOW), 1)
@example(frozenset(HALLS), Wanted(light=Light.GREEN, when=NOW), 1)
@example(frozenset(HALLS), Wanted(number_prefix="1"), 2)
@example(frozenset(HALLS), Wanted(due_from_ms=97 * DAY, due_before_ms=101 * DAY), 2)
@example(frozenset(HALLS), Wanted(accepted_before_ms=5_000_000_000_000), 2)
def test_a_walk_over_pages_of_any_size_is_the_bare_query(models: Database, scope: frozenset[str], wanted: Wanted, size: int) -> None:
    with models.reader.begin() as connection:
        everything = [row for hall in HALLS for row in list_cases(connection, of({hall}), Wanted(), None, 1_000)]
        walked = list(walk(connection, of(scope), wanted, size))
    held = [row for row in everything if row.hall in scope and is_wanted(row, wanted)]
    assert walked == sorted(held, key=lambda row: row.place(wanted.axis))


def test_every_light_is_shown_by_some_case_and_found(models: Database) -> None:
    with models.reader.begin() as connection:
        shown = {light: {row.hall for row in walk(connection, of(HALLS), Wanted(light=light, when=NOW), 1_000)} for light in Light}
    assert shown == {
        Light.RED: {"dehui", "nongan"},
        Light.YELLOW: {"dehui", "nongan"},
        Light.GREEN: {"dehui", "nongan"},
        Light.GREY: {"nongan", "yushu"},
    }


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
        for run in scope.single_halls() if wanted.is_by_hall else scope.runs():
            page = queries.page_of(run, wanted, ("nongan", 5, "1"), 10)
            assert page is not None
            query, values = page
            spelled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
            parameters = spelled.construct_params(values)
            ordered = tuple(parameters[name] for name in spelled.positiontup or ())
            found += [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {spelled}", ordered)]
    return found


BEHIND = "(hall,listed_at_ms,case_number)>(?,?,?) AND hall<?"
BY_TIME = f"SEARCH cases USING INDEX cases_listed ({BEHIND})"
BY_REFERRAL = f"SEARCH cases USING INDEX cases_referred (referred_to=? AND {BEHIND})"


def test_neighbouring_halls_are_one_walk_through_the_index_without_sorting(models: Database) -> None:
    assert plan(models, of(HALLS)) == [BY_TIME]
    assert plan(models, Scope(Always(), HALLS)) == [BY_TIME]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted("applied"), f"cases_status (status=? AND {BEHIND})"),
        (Wanted(item_code="XK-1"), f"cases_item (item_code=? AND {BEHIND})"),
        (Wanted(department="rs"), f"cases_department (department=? AND {BEHIND})"),
        (Wanted(applied_from_ms=1, applied_before_ms=2), "cases_listed (hall=? AND (listed_at_ms,case_number)>(?,?) AND listed_at_ms<?)"),
        (Wanted(accepted_from_ms=1), "cases_accepted (hall=? AND (accepted_at_ms,case_number)>(?,?))"),
        (Wanted(due_from_ms=1, due_before_ms=2), "cases_due (hall=? AND (due_ms,case_number)>(?,?) AND due_ms<?)"),
        (Wanted(light=Light.RED, when=NOW), "cases_due (hall=? AND (due_ms,case_number)>(?,?) AND due_ms<?)"),
        (Wanted(light=Light.GREEN, when=NOW), "cases_due (hall=? AND (due_ms,case_number)>(?,?))"),
        (Wanted(light=Light.YELLOW, when=NOW), "cases_yellow (hall=? AND (yellow_ms,case_number)>(?,?) AND yellow_ms<?)"),
        (Wanted(light=Light.GREY, when=NOW), "cases_yellow (hall=? AND (yellow_ms,case_number)>(?,?) AND yellow_ms<?)"),
    ],
)
def test_what_is_asked_for_first_is_walked_off_its_index_without_sorting(models: Database, wanted: Wanted, index: str) -> None:
    assert set(plan(models, of({"nongan"}), wanted)) == {f"SEARCH cases USING INDEX {index}"}
    combined = replace(wanted, department="rs", item_code="XK-1")
    assert not any("SCAN" in step for step in plan(models, of({"nongan"}), combined))


def test_a_number_is_found_by_the_cases_own_key(models: Database) -> None:
    assert plan(models, of({"nongan"}), Wanted(number_prefix="1")) == [
        "SEARCH cases USING PRIMARY KEY (hall=? AND case_number>? AND case_number<?)"
    ]


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
        found = find_case(connection, "yushu", "1号", datetime.now(UTC))
        assert found is not None
        assert found.subject("a check") == Subject(hall="yushu", department="rs", case_open=True, purpose="a check")
        assert find_case(connection, "yushu", "1", datetime.now(UTC)) is None
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
