"""Answer questions about cases from the read model.

Laws: the scope, what the asker may see of the cases, is part of every list, so that a row outside it is never fetched (G4); a
single case says itself what rules look at, so that it can be judged by what it is and not by what it was called. A page costs
the same wherever it stands (keyset), in the order of hall, of what is asked for first (hub.cases.search), case number.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import groupby
from typing import Final

import sqlalchemy as sa

from directory.case_state import CaseState
from directory.scopes.predicates import AllOf, Always, AnyOf, Has, Never, Predicate, settled
from directory.scopes.subject import Subject
from hub.cases.folded import Folded
from hub.cases.search import CONDITIONS, LISTED, LOWER, NUMBER, Axis, Wanted, asked, order_of
from hub.cases.states import decode, decode_case
from hub.cases.tables import case_events, cases
from hub.consumers import CODE_POINTS
from hub.guidance.participants import Case, still_readable_ms, takes_part, thread_halls
from hub.scoping import Columns, clause

TIMELINE_EVENTS = 4_000
TIMELINE_BYTES = 2 * 1024 * 1024
"""Of payloads; with what stands around them a timeline fits a frame of 4 MiB."""

Place = tuple[str, int, str]
"""Hall, the time by which the list is ordered (0 when it is by number alone) and case number: where a row stands in the list."""

_THREADS_SINCE: Final = sa.bindparam("threads_since", type_=sa.BigInteger)
_SCOPED: Final[Columns] = {
    **{column.name: column for column in (cases.c.hall, cases.c.department, cases.c.referred_to, cases.c.case_open)},
    "thread_halls": partial(takes_part, Case(cases.c.hall, cases.c.case_number, cases.c.referred_to), _THREADS_SINCE),
}
COLUMNS: Final[Mapping[str, str]] = {name: name for name in _SCOPED}
"""Attribute of a directory.scopes.subject.Subject to what of `cases`, or of what is known of a case, holds it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Halls that are neighbours in the order of their ids, from the first to the last, and what a row of any of them must hold besides."""

    first: str
    last: str
    rest: Predicate


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be listed: a predicate over the columns of COLUMNS, and the halls there are, each once in order."""

    predicate: Predicate
    halls: Sequence[str]

    def within(self, hall: str) -> "Scope":
        """Return what may be listed of one hall alone; no hall when nothing is."""
        return Scope(self.predicate, () if isinstance(settled(self.predicate, {"hall": hall}), Never) else (hall,))

    def below(self, halls: Collection[str]) -> "Scope":
        """Return what may be listed of these halls."""
        return Scope(self.predicate, [hall for hall in self.halls if hall in halls])

    def single_halls(self) -> Sequence[Run]:
        """Return the halls of which anything may be listed, each by itself, in order."""
        return [Run(hall, hall, rest) for hall in self.halls if not isinstance(rest := settled(self.predicate, {"hall": hall}), Never)]

    def runs(self) -> Sequence[Run]:
        """Return the neighbours of which the same may be listed, in order; halls of which nothing may be are in none."""
        return _runs(self.predicate, tuple(self.halls))


@lru_cache(maxsize=1024)
def _runs(predicate: Predicate, halls: tuple[str, ...]) -> Sequence[Run]:
    found = []
    for rest, neighbours in groupby(halls, lambda hall: settled(predicate, {"hall": hall})):
        first, *others = neighbours
        if not isinstance(rest, Never):
            found.append(Run(first, others[-1] if others else first, rest))
    return found


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of the read model."""

    hall: str
    case_number: str
    state: CaseState
    due_ms: int | None
    yellow_ms: int | None
    thread_halls: frozenset[str] = frozenset()
    """Looked up for a single case, and for a list that threads may open."""

    def place(self, axis: Axis = LISTED) -> Place:
        """Return where the case stands in a list that is ordered by an axis."""
        return self.hall, self._time(axis) or 0, self.case_number

    def _time(self, axis: Axis) -> int | None:
        if axis in {"due_ms", "yellow_ms"}:
            return self.due_ms if axis == "due_ms" else self.yellow_ms
        return {"listed_at_ms": self.state.listed_at_ms, "accepted_at_ms": self.state.accepted_at_ms}.get(axis)

    def subject(self, purpose: str) -> Subject:
        """Say what it is to the rules of access; `purpose` is why it is asked for."""
        state = self.state
        return Subject(
            hall=self.hall,
            department=state.department,
            referred_to=state.referred_to,
            thread_halls=self.thread_halls,
            case_open=state.is_open,
            purpose=purpose,
        )


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a case; `payload` is the serialised tongban.case.v1.CaseEvent as received, `event_id` the bytes of the UUID.

    `hall` told it: mostly the case's own.
    """

    hall: str
    ledger_index: int
    event_id: bytes
    occurred_at_ms: int
    recorded_at_ms: int | None
    accepted_at_ms: int
    epoch: int
    journal_index: int
    payload: bytes


def list_cases(connection: sa.Connection, scope: Scope, wanted: Wanted, after: Place | None, limit: int) -> list[CaseRow]:
    """Return up to `limit` cases that stand behind a place.

    Run by run, because a database walks one index through neighbouring halls in order and stops in time, and through others does not.
    """
    found: list[CaseRow] = []
    for run in scope.single_halls() if wanted.is_by_hall else scope.runs():
        if after is not None and run.last < after[0]:
            continue
        behind = after if after is not None and run.first <= after[0] else None
        page = page_of(run, wanted, behind, limit - len(found))
        if page is not None:
            query, values = page
            rows = [CaseRow(hall, number, decode(state), *turns) for hall, number, state, *turns in connection.execute(query, values)]  # type: ignore[arg-type]  # the two turns
            found += [_with_threads(connection, row, wanted) for row in rows] if _asks_for_threads(run.rest) else rows
        if len(found) == limit:
            break
    return found


def _asks_for_threads(predicate: Predicate) -> bool:
    if isinstance(predicate, AnyOf | AllOf):
        return any(map(_asks_for_threads, predicate.parts))
    return isinstance(predicate, Has) and predicate.column == "thread_halls"


def _with_threads(connection: sa.Connection, row: CaseRow, wanted: Wanted) -> CaseRow:
    now = datetime.fromtimestamp(wanted.when.now_ms / 1000, UTC)
    return replace(row, thread_halls=_asked_about(connection, row.hall, row.case_number, row.state, now))


_Query = sa.Select[str, str, str, int | None, int | None]


def page_of(run: Run, wanted: Wanted, after: Place | None, limit: int) -> tuple[_Query, dict[str, object]] | None:
    """Return the query for the rows of one run, and the values that it takes; None when it holds none."""
    conditions = asked(wanted, run.first)
    if conditions is None:
        return None
    values: dict[str, object] = {"limit": limit, "threads_since": still_readable_ms(wanted.when.now_ms), **conditions}
    if wanted.is_by_hall:
        values["hall"] = run.first
    else:
        values["last"] = run.last
        if after is None:
            values["first"] = run.first
    if after is not None:
        values |= zip(("after_hall", "after_ms", "after_number"), after, strict=True)
    axis = wanted.axis
    # One lower bound alone: of two SQLite takes the first it sees, and would walk to the place.
    names = frozenset(conditions) - (LOWER[axis] if after is not None else frozenset())
    return _page(_Shape(run.rest, axis, names, by_hall=wanted.is_by_hall, is_behind=after is not None)), values


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a page's statement depends on, but for its values."""

    rest: Predicate
    axis: Axis
    conditions: frozenset[str]
    by_hall: bool
    is_behind: bool


# With their types: PostgreSQL would take the time for a 32-bit number.
_AFTER: Final = {
    "hall": sa.bindparam("after_hall", type_=CODE_POINTS),
    "ms": sa.bindparam("after_ms", type_=sa.BigInteger),
    "number": sa.bindparam("after_number", type_=CODE_POINTS),
}


@lru_cache(maxsize=512)
def _page(shape: _Shape) -> _Query:
    """Spell a page once: making the statement costs more than finding its rows."""
    query = sa.select(cases.c.hall, cases.c.case_number, cases.c.state, cases.c.due_ms, cases.c.yellow_ms)
    query = query.where(*(_of_one_hall(shape) if shape.by_hall else _of_neighbours(shape)))
    query = query.where(*(CONDITIONS[name] for name in sorted(shape.conditions)))
    if not isinstance(shape.rest, Always):
        query = query.where(clause(shape.rest, _SCOPED))
    order = order_of(shape.axis)
    return query.order_by(*(order if shape.by_hall else (cases.c.hall, *order))).limit(sa.bindparam("limit"))


def _of_one_hall(shape: _Shape) -> Iterator[sa.ColumnElement[bool]]:
    yield cases.c.hall == sa.bindparam("hall")
    order = order_of(shape.axis)
    if shape.axis not in {LISTED, NUMBER}:
        yield order[0].is_not(None)  # as its index says
    if shape.is_behind and shape.axis == NUMBER:
        yield cases.c.case_number > _AFTER["number"]
    elif shape.is_behind:
        yield sa.tuple_(*order) > sa.tuple_(_AFTER["ms"], _AFTER["number"])


def _of_neighbours(shape: _Shape) -> Iterator[sa.ColumnElement[bool]]:
    if shape.is_behind:
        yield sa.tuple_(cases.c.hall, *order_of(shape.axis)) > sa.tuple_(*_AFTER.values())
    else:
        yield cases.c.hall >= sa.bindparam("first")
    yield cases.c.hall <= sa.bindparam("last")


def find_case(connection: sa.Connection, hall: str, case_number: str, now: datetime) -> CaseRow | None:
    """Return one case as it is now, whoever may read it, or None when there is none."""
    query = sa.select(cases.c.state, cases.c.due_ms, cases.c.yellow_ms)
    row = connection.execute(query.where(cases.c.hall == hall, cases.c.case_number == case_number)).one_or_none()
    if row is None:
        return None
    state = decode(row.state)
    return CaseRow(hall, case_number, state, row.due_ms, row.yellow_ms, _asked_about(connection, hall, case_number, state, now))


def _asked_about(connection: sa.Connection, hall: str, case_number: str, state: CaseState, now: datetime) -> frozenset[str]:
    return thread_halls(connection, (hall, case_number), state.referred_to, now)


def find_whole(connection: sa.Connection, hall: str, case_number: str, now: datetime) -> tuple[CaseRow, Folded] | None:
    """Return one case with what its clocks are read from, whoever may read it, or None when there is none."""
    query = sa.select(cases).where(cases.c.hall == hall, cases.c.case_number == case_number)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    case = decode_case(row.state, row.facts, row.last_ledger_index)
    asked_about = _asked_about(connection, hall, case_number, case.state, now)
    return CaseRow(hall, case_number, case.state, row.due_ms, row.yellow_ms, asked_about), case


def timeline(connection: sa.Connection, hall: str, case_number: str) -> list[EventRow] | None:
    """Return the events of a case in the order of the fold, whoever may read it, empty when there is none.

    None stands for a timeline that is too long to be shown at once (TIMELINE_EVENTS, TIMELINE_BYTES).
    """
    columns = [case_events.c[field.name] for field in fields(EventRow)]
    query = (
        sa.select(*columns)
        .where(case_events.c.case_hall == hall, case_events.c.case_number == case_number)
        .order_by(case_events.c.ledger_index)
        .limit(TIMELINE_EVENTS + 1)
        .execution_options(yield_per=100)
    )
    events: list[EventRow] = []
    room = TIMELINE_BYTES
    with connection.execute(query) as rows:
        for row in rows:
            event = EventRow(*row)
            room -= len(event.payload)
            if room < 0 or len(events) == TIMELINE_EVENTS:
                return None
            events.append(event)
    return events
