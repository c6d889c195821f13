"""Answer questions about cases from the read model.

Laws: the scope, what the asker may see of the cases, is part of every list, so that a row outside it is never fetched (G4); a
single case says itself what rules look at, so that it can be judged by what it is and not by what it was called. A page costs
the same wherever it stands (keyset), in the order of hall, time of application, case number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import groupby
from typing import Final

import sqlalchemy as sa

from directory.case_state import CaseState
from directory.scopes.predicates import Always, Never, Predicate, settled
from directory.scopes.subject import Subject
from hub.cases.states import decode
from hub.cases.tables import case_events, cases
from hub.consumers import CODE_POINTS
from hub.scoping import clause

TIMELINE_EVENTS = 4_000
TIMELINE_BYTES = 2 * 1024 * 1024
"""Of payloads; with what stands around them a timeline fits a frame of 4 MiB."""

Place = tuple[str, int, str]
"""Hall, listed_at_ms and case number: where a row stands in the list."""

_SCOPED: Final = {column.name: column for column in (cases.c.hall, cases.c.department, cases.c.referred_to, cases.c.case_open)}
COLUMNS: Final[Mapping[str, str]] = {name: name for name in _SCOPED}
"""Attribute of a directory.scopes.subject.Subject to the column of `cases` that holds it."""


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

    @property
    def place(self) -> Place:
        """Return where the case stands in the list."""
        return self.hall, self.state.listed_at_ms, self.case_number

    def subject(self, purpose: str) -> Subject:
        """Say what it is to the rules of access; `purpose` is why it is asked for."""
        state = self.state
        return Subject(hall=self.hall, department=state.department, referred_to=state.referred_to, case_open=state.is_open, purpose=purpose)


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for; times are Unix milliseconds, `applied_before_ms` exclusive.

    A case for which nobody has applied counts by its first event.
    """

    status: str = ""
    applied_from_ms: int | None = None
    applied_before_ms: int | None = None


def list_cases(connection: sa.Connection, scope: Scope, wanted: Wanted, after: Place | None, limit: int) -> list[CaseRow]:
    """Return up to `limit` cases that stand behind a place.

    Run by run, because a database walks one index through neighbouring halls in order and stops in time, and through others does not.
    """
    found: list[CaseRow] = []
    for run in scope.runs():
        if after is not None and run.last < after[0]:
            continue
        behind = after if after is not None and run.first <= after[0] else None
        query, values = page_of(run, wanted, behind, limit - len(found))
        found += [CaseRow(hall, number, decode(state)) for hall, number, state in connection.execute(query, values)]
        if len(found) == limit:
            break
    return found


_Query = sa.Select[str, str, str]


def page_of(run: Run, wanted: Wanted, after: Place | None, limit: int) -> tuple[_Query, dict[str, object]]:
    """Return the query for halls, case numbers and states of one run, and the values that it takes."""
    values: dict[str, object] = {"last": run.last, "limit": limit}
    asked = {name: value for name, value in (("status", wanted.status), *_times(wanted)) if value not in {"", None}}
    if after is None:
        values["first"] = run.first
    else:
        values |= zip(("after_hall", "after_ms", "after_number"), after, strict=True)
    return _page(run.rest, frozenset(asked), after is not None), values | asked


def _times(wanted: Wanted) -> tuple[tuple[str, int | None], ...]:
    return ("applied_from", wanted.applied_from_ms), ("applied_before", wanted.applied_before_ms)


_ORDER: Final = (cases.c.hall, cases.c.listed_at_ms, cases.c.case_number)
_ASKED: Final[Mapping[str, sa.ColumnElement[bool]]] = {
    "status": cases.c.status == sa.bindparam("status"),
    "applied_from": cases.c.listed_at_ms >= sa.bindparam("applied_from"),
    "applied_before": cases.c.listed_at_ms < sa.bindparam("applied_before"),
}
# With their types: PostgreSQL would take the time for a 32-bit number.
_PLACE: Final = sa.tuple_(
    sa.bindparam("after_hall", type_=CODE_POINTS),
    sa.bindparam("after_ms", type_=sa.BigInteger),
    sa.bindparam("after_number", type_=CODE_POINTS),
)


@lru_cache(maxsize=512)
def _page(rest: Predicate, asked: frozenset[str], is_behind: bool) -> _Query:  # noqa: FBT001 - a place, or none
    """Spell a page once: making the statement costs more than finding its rows."""
    query = sa.select(cases.c.hall, cases.c.case_number, cases.c.state)
    # One lower bound alone: of two SQLite takes the first it sees, and would walk to the place.
    start = sa.tuple_(*_ORDER) > _PLACE if is_behind else cases.c.hall >= sa.bindparam("first")
    query = query.where(start, cases.c.hall <= sa.bindparam("last"), *(_ASKED[name] for name in sorted(asked)))
    if not isinstance(rest, Always):
        query = query.where(clause(rest, _SCOPED))
    return query.order_by(*_ORDER).limit(sa.bindparam("limit"))


def find_case(connection: sa.Connection, hall: str, case_number: str) -> CaseRow | None:
    """Return one case, whoever may read it, or None when there is none."""
    state = connection.scalar(sa.select(cases.c.state).where(cases.c.hall == hall, cases.c.case_number == case_number))
    return CaseRow(hall, case_number, decode(state)) if state is not None else None


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
