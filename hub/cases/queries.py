"""Answer questions about cases from the read model.

Laws: the scope, what the asker may see of the cases, is part of every list, so that a row outside it is never fetched (G4); a
single case says itself what rules look at, so that it can be judged by what it is and not by what it was called. A page costs
the same wherever it stands (keyset), in the order of hall, time of application, case number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
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
class Scope:
    """What may be listed: a predicate over the columns of COLUMNS, and the halls there are, each once in order."""

    predicate: Predicate
    halls: Sequence[str]

    def within(self, hall: str) -> "Scope":
        """Return what may be listed of one hall alone; no hall when nothing is."""
        return Scope(self.predicate, () if isinstance(self.rest(hall), Never) else (hall,))

    def rest(self, hall: str) -> Predicate:
        """Return what a row must hold besides when its hall is known."""
        return settled(self.predicate, {"hall": hall})


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
    """One event of a case; `payload` is the serialised tongban.case.v1.CaseEvent as received, `event_id` the bytes of the UUID."""

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

    Hall by hall, because no database walks one index through several halls in order and stops in time.
    """
    found: list[CaseRow] = []
    for hall in scope.halls:
        if after is not None and hall < after[0]:
            continue
        rest = scope.rest(hall)
        if isinstance(rest, Never):
            continue
        behind = after if after is not None and hall == after[0] else None
        rows = connection.execute(hall_page(hall, rest, wanted, behind, limit - len(found)))
        found += [CaseRow(hall, number, decode(state)) for number, state in rows]
        if len(found) == limit:
            break
    return found


def hall_page(hall: str, rest: Predicate, wanted: Wanted, after: Place | None, limit: int) -> sa.Select[str, str]:
    """Return the query for case numbers and states of one hall; `rest` is what a row must hold besides."""
    query: sa.Select[str, str] = sa.select(cases.c.case_number, cases.c.state).where(cases.c.hall == hall)
    if not isinstance(rest, Always):
        query = query.where(clause(rest, _SCOPED))
    if wanted.status:
        query = query.where(cases.c.status == wanted.status)
    if wanted.applied_from_ms is not None:
        query = query.where(cases.c.listed_at_ms >= wanted.applied_from_ms)
    if wanted.applied_before_ms is not None:
        query = query.where(cases.c.listed_at_ms < wanted.applied_before_ms)
    if after is not None:
        query = query.where(sa.tuple_(cases.c.listed_at_ms, cases.c.case_number) > _place_in_hall(after))
    return query.order_by(cases.c.listed_at_ms, cases.c.case_number).limit(limit)


def _place_in_hall(place: Place) -> sa.Tuple:
    # With their types: PostgreSQL would take the time for a 32-bit number.
    return sa.tuple_(sa.literal(place[1], sa.BigInteger), sa.literal(place[2], CODE_POINTS))


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
        .where(case_events.c.hall == hall, case_events.c.case_number == case_number)
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
