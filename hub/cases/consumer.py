"""Keep the read model of cases up with the ledger.

Laws: an event counts once per (hall, event id); a message that cannot be read parks alone; folding event by event and
batch by batch give the same rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from directory.case_state import CaseState
from directory.lifecycle import advance
from hub.bulk import insert_new, upsert
from hub.cases.reading import Told, read
from hub.cases.states import decode, encode
from hub.cases.tables import case_events, cases, parked
from hub.consumers import digest_rows
from hub.exchange.stored import StoredSegment

CASES_A_QUERY = 500
"""Bound parameters of one query: below every database's limit."""

Key = tuple[str, str]
"""Hall and case number."""


class CaseConsumer:
    """The consumer that makes `cases`, `case_events` and `cases_parked`."""

    name = "cases"
    author = ""
    tables: Sequence[sa.Table] = (cases, case_events, parked)

    def apply(self, connection: sa.Connection, segments: Sequence[StoredSegment], first_unseen: int) -> None:
        """Take in segments, in the caller's transaction; raises ModelOutdated."""
        told, unreadable = read(segments, first_unseen)
        if unreadable:
            insert_new(connection, parked, unreadable)
        new = _keep_new(connection, told) if told else []
        if new:
            states = _states(connection, {(event.hall, event.case_number) for event in new})
            upsert(connection, cases, _fold(states, new))


def model_digest(connection: sa.Connection) -> str:
    """Return the digest of the whole model, in hexadecimal; no column of it holds a time by the hub's wall clock."""
    return digest_rows(connection, CaseConsumer.tables)


def _keep_new(connection: sa.Connection, told: list[Told]) -> list[Told]:
    """Keep the events whose ids are new in their halls; return those."""
    if insert_new(connection, case_events, [_row(event) for event in told]) == len(told):
        return told
    # Rare: an agent lost its store and read its source again. The ledger index tells which rows are of this batch.
    between = case_events.c.ledger_index.between(told[0].ledger_index, told[-1].ledger_index)
    new = set(connection.scalars(sa.select(case_events.c.ledger_index).where(between)))
    return [event for event in told if event.ledger_index in new]


def _row(told: Told) -> tuple[Any, ...]:
    """Spell out a row of case_events."""
    return (
        told.ledger_index,
        told.hall,
        told.event_id,
        told.case_number,
        told.event.kind,
        told.event.occurred_at_ms,
        told.recorded_at_ms,
        told.accepted_at_ms,
        told.epoch,
        told.journal_index,
        told.payload,
    )


def _states(connection: sa.Connection, keys: set[Key]) -> dict[Key, CaseState]:
    """Return the states of the cases that are known."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for hall, number in keys:
        numbers[hall].append(number)
    query = sa.select(cases.c.case_number, cases.c.state).where(
        cases.c.hall == sa.bindparam("hall_read"),
        cases.c.case_number.in_(sa.bindparam("numbers", expanding=True)),
    )
    found: dict[Key, CaseState] = {}
    for hall, wanted in numbers.items():
        for chunk in _chunks(wanted):
            rows = connection.execute(query, {"hall_read": hall, "numbers": chunk})
            found.update({(hall, number): decode(state) for number, state in rows})
    return found


def _chunks(items: list[str]) -> Iterator[list[str]]:
    return (items[start : start + CASES_A_QUERY] for start in range(0, len(items), CASES_A_QUERY))


def _fold(states: dict[Key, CaseState], new: Iterable[Told]) -> list[tuple[Any, ...]]:
    """Fold events into their cases' states; return the rows of these cases."""
    last: dict[Key, int] = {}
    for told in new:
        key = (told.hall, told.case_number)
        state = states.get(key)
        if state is None:
            state = states[key] = CaseState()
        advance(state, told.event)
        last[key] = told.ledger_index
    return [case_row(key, states[key], ledger_index) for key, ledger_index in last.items()]


def case_row(key: Key, state: CaseState, ledger_index: int) -> tuple[Any, ...]:
    """Spell out a row of cases."""
    scoped = (state.department or None, state.item_code or None, state.referred_to or None, state.is_open)
    return (*key, state.status, state.listed_at_ms, *scoped, ledger_index, encode(state))
