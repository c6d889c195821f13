"""Measure what a page of cases costs those who list them, in a province that has a million.

Laws: a page is measured against its own statements of SQL, run by the driver alone, with the states in the rows read: what is above
that is the price of the scope and of everything around the statements. A page is the first one, or one
from the middle. What is sent through the hub is measured beside it: there the decision is in the ledger before the answer.
"""

import asyncio
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from directory.case_state import ACCEPTED, CLOSED, RUNNING, CaseState
from directory.clocks.facts import Facts
from directory.hall_list import seed
from directory.scopes.law import Law
from directory.scopes.principal import Principal
from directory.scopes.reading import default_rules
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action, Role
from hub.bulk import upsert
from hub.cases.consumer import case_row
from hub.cases.folded import Folded
from hub.cases.queries import COLUMNS, CaseRow, Place, Scope, list_cases
from hub.cases.search import Wanted
from hub.cases.states import decode
from hub.cases.tables import TOLD_COLUMNS, cases
from hub.db import Database, models_url, open_database, transaction
from tests.bench.decisions import Decisions
from tests.bench.decisions import measure as measure_decisions
from tests.bench.halls import Halls
from tests.bench.latency import Spread, spread
from tests.e2e.by_hand import by_hand
from tests.hub.people import Person

PAGE = 50
ROUNDS = 200
CALLS = 200
ROWS_AT_ONCE = 20_000
DECIDING_SECONDS = 4.0
_HALLS: Sequence[str] = sorted(hall.hall for hall in seed())
_MIDDLE_MS = 1_720_000_000_000
_SPAN_MS = 40_000_000_000
_PURPOSE = "a check of the time limits"

ASKERS: Mapping[str, Principal] = {
    "a clerk of a county": Principal("yushu", Role.CLERK, "", "7"),
    "a reviewer of a county": Principal("yushu", Role.REVIEWER, "", "7"),
    "a supervisor of a city": Principal("changchun", Role.SUPERVISOR, "", "7"),
    "a reviewer of a city": Principal("changchun", Role.REVIEWER, "", "7"),
    "a supervisor of the province": Principal("jilin-sheng", Role.SUPERVISOR, "", "7"),
}
"""Who lists: a reviewer sees what any hall has referred to the own one, so that every hall is asked."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one page costs, in microseconds, and the largest memory it takes while it is made, in bytes."""

    asker: str
    place: str
    rows: int
    micros: float
    bare_micros: float
    peak_bytes: int

    @property
    def ratio(self) -> float:
        """The page against its bare statements."""
        return self.micros / self.bare_micros


@dataclass(frozen=True, slots=True)
class Lists:
    """What one run showed; `calls` are whole calls to the hub, in milliseconds, by asker."""

    cases: int
    fill_seconds: float
    pages: Sequence[Page]
    calls: Mapping[str, Spread]
    decisions: Decisions

    @property
    def ratio(self) -> float:
        """The worst page against its bare statements."""
        return max(page.ratio for page in self.pages)


def measure(halls: Halls, count: int, told: Callable[[str], None]) -> Lists:
    """Fill the read model of a province whose programs are stopped, list from it, and empty it again."""
    decisions = measure_decisions(DECIDING_SECONDS)
    models = open_database(models_url(halls.province.database_url), durable=False)
    try:
        begun = time.monotonic()
        _fill(models, count)
        filled = time.monotonic() - begun
        told(f"{count:,} cases in the read model")
        pages = list(_pages(models, law()))
        return Lists(count, filled, pages, _calls(halls), decisions)
    finally:
        with transaction(models.writer) as connection:
            connection.execute(cases.delete().where(cases.c.case_number.startswith("list-")))
        models.dispose()


def law() -> Law:
    """Compile the default rules for the 53 halls."""
    return Law.compile(default_rules(), seed(), (), datetime.now(UTC).date())


def _fill(models: Database, count: int) -> None:
    for start in range(0, count, ROWS_AT_ONCE):
        rows = [_row(number) for number in range(start, min(start + ROWS_AT_ONCE, count))]
        with transaction(models.writer) as connection:
            upsert(connection, cases, rows, TOLD_COLUMNS)
    with models.writer.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE cases")


def _row(number: int) -> tuple[Any, ...]:
    """Make a case: one in four ended, one in fifty referred to another hall."""
    hall = _HALLS[number % len(_HALLS)]
    at = _MIDDLE_MS - _SPAN_MS // 2 + number * 7_919_000_003 % _SPAN_MS
    state = CaseState(
        phase=ACCEPTED,
        end=CLOSED if number % 4 == 0 else RUNNING,
        events=6,
        item_code=f"item-{number % 237}",
        department=f"{hall}-{number % 26}",
        referred_to=_HALLS[number // 50 % len(_HALLS)] if number % 50 == 0 else "",
        first_event_at_ms=at,
        last_event_at_ms=at + 86_400_000,
        applied_at_ms=at,
        accepted_at_ms=at + 3_600_000,
    )
    return case_row((hall, f"list-{number:08d}"), Folded(state, Facts(), last=number), None)  # nothing of it is to be reckoned


def _pages(models: Database, in_force: Law) -> Iterator[Page]:
    for asker, principal in ASKERS.items():
        scope = scope_of(in_force, principal)
        for place, after in (("first", None), ("middle", _middle(scope))):
            with models.reader.begin() as connection:
                yield _page(connection, scope, (asker, place), after)


def scope_of(in_force: Law, principal: Principal) -> Scope:
    """Return what somebody may list, as the hub asks it."""
    return Scope(in_force.predicate(principal, Action.CASE_LIST, COLUMNS, Subject(hall="", purpose=_PURPOSE)), _HALLS)


def _middle(scope: Scope) -> Place:
    open_halls = [hall for hall in scope.halls if scope.within(hall).halls]
    return open_halls[len(open_halls) // 2], _MIDDLE_MS, ""


def _page(connection: sa.Connection, scope: Scope, named: tuple[str, str], after: Place | None) -> Page:
    def page() -> list[CaseRow]:
        return list_cases(connection, scope, Wanted(), after, PAGE + 1)

    statements = _statements(connection, page)
    cursor = connection.connection.cursor()

    def bare() -> list[CaseState]:
        found = []
        for statement, parameters in statements:
            cursor.execute(statement, parameters)
            found += [decode(state) for _, _, state, *_ in cursor.fetchall()]
        return found

    rows = len(page())
    if len(bare()) != rows:
        raise AssertionError("the bare statements find other rows")
    return Page(*named, rows, *_paired(page, bare), _peak(page))


def _statements(connection: sa.Connection, page: Callable[[], object]) -> list[tuple[str, Any]]:
    """Return the statements of a page, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        seen.append((statement, parameters))

    sa.event.listen(connection, "before_cursor_execute", note)
    page()
    sa.event.remove(connection, "before_cursor_execute", note)
    return seen


def _paired(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Return the medians of two, measured in turn, in microseconds."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for call, times in zip((one, other), spent, strict=True):
            begun = time.perf_counter()
            call()
            times.append((time.perf_counter() - begun) * 1e6)
    return statistics.median(spent[0]), statistics.median(spent[1])


def _peak(page: Callable[[], object]) -> int:
    tracemalloc.start()
    page()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def _calls(halls: Halls) -> dict[str, Spread]:
    """Measure whole calls through a running hub, one after the other."""
    halls.province.start_hub()
    try:
        return asyncio.run(_called(halls))
    finally:
        halls.province.hub.stop()


async def _called(halls: Halls) -> dict[str, Spread]:
    found = {}
    for asker, principal in ASKERS.items():
        if principal.hall not in halls.province.agents:
            continue
        person = Person(by_hand(halls.province, principal.hall), principal.role, principal.department, principal.person)
        times = []
        for _ in range(CALLS):
            begun = time.perf_counter()
            await person.cases(page_size=PAGE)
            times.append((time.perf_counter() - begun) * 1e3)
        found[asker] = spread(times)
        await person.client.close()
    return found
