"""Keep the read model of cases up with the ledger.

Laws: an event counts once per (hall, event id); a message that cannot be read parks alone; folding event by event and
batch by batch give the same rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from directory.clocks.folding import prune
from hub.bulk import insert_new, upsert
from hub.cases.folded import Folded, Key, fold_again, is_alone, move, take
from hub.cases.queues import touched
from hub.cases.reading import Told, read
from hub.cases.states import decode_case, encode, encode_facts
from hub.cases.tables import TOLD_COLUMNS, case_events, case_statistics, cases, parked, watermarks
from hub.cases.watermarks import marked
from hub.consumers import digest_rows
from hub.exchange.stored import StoredSegment

CASES_A_QUERY = 500
"""Bound parameters of one query: below every database's limit."""


DIGESTED: Sequence[sa.Table] = (cases, case_events, parked, watermarks)


class CaseConsumer:
    """The consumer that makes what is known of cases; of `cases`, the columns that say what halls told (TOLD_COLUMNS).

    The other columns, and the statistics, are `hub.cases.reckoner`'s: a case that was touched is due to be looked at by it.
    """

    name = "cases"
    author = ""
    tables: Sequence[sa.Table] = (*DIGESTED, case_statistics)

    def apply(self, connection: sa.Connection, segments: Sequence[StoredSegment], first_unseen: int) -> None:
        """Take in segments, in the caller's transaction; raises ModelOutdated."""
        heard = read(segments, first_unseen)
        if heard.parked:
            insert_new(connection, parked, heard.parked)
        told = marked(connection, heard.told, heard.ran) if heard.told or heard.ran else []
        new = _keep_new(connection, told) if told else []
        if new:
            known = _known(connection, {(event.case_hall, event.case_number) for event in new})
            # For how long a case waits to be looked at is told by the first event that it was not looked at with.
            due = touched(new[0].accepted_at_ms)
            rows = [case_row(key, case, due) for key, case in _fold(connection, known, new)]
            if rows:
                upsert(connection, cases, rows, TOLD_COLUMNS, least="next_look_ms")

    def digest(self, connection: sa.Connection) -> str:
        """Return the digest of the model."""
        return model_digest(connection)


def model_digest(connection: sa.Connection) -> str:
    """Return the digest, in hexadecimal, of what halls told: without what is reckoned, which goes by the wall clock and by the register."""
    reckoned = [column.name for column in cases.c if column.name not in TOLD_COLUMNS]
    return digest_rows(connection, DIGESTED, without=[*reckoned, "next_look_ms"])


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
    event = told.event
    return (
        told.ledger_index,
        told.hall,
        told.event_id,
        told.case_hall,
        told.case_number,
        event.kind,
        event.occurred_at_ms,
        told.recorded_at_ms,
        told.accepted_at_ms,
        told.epoch,
        told.journal_index,
        event.marks,
        event.reported_ms,
        told.payload,
    )


def _known(connection: sa.Connection, keys: set[Key]) -> dict[Key, Folded]:
    """Return the cases that are known."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for hall, number in keys:
        numbers[hall].append(number)
    found: dict[Key, Folded] = {}
    for hall, wanted in numbers.items():
        for chunk in _chunks(wanted):
            rows = connection.execute(_KNOWN, {"hall_read": hall, "numbers": chunk})
            found.update({(hall, number): decode_case(state, facts, last) for number, state, facts, last in rows})
    return found


_KNOWN = sa.select(cases.c.case_number, cases.c.state, cases.c.facts, cases.c.last_ledger_index).where(
    cases.c.hall == sa.bindparam("hall_read"),
    cases.c.case_number.in_(sa.bindparam("numbers", expanding=True)),
)


def _chunks(items: list[str]) -> Iterator[list[str]]:
    return (items[start : start + CASES_A_QUERY] for start in range(0, len(items), CASES_A_QUERY))


def _fold(connection: sa.Connection, known: dict[Key, Folded], new: Iterable[Told]) -> Iterator[tuple[Key, Folded]]:
    """Fold events into their cases; yield the cases that they touched."""
    touched: dict[Key, Folded] = {}
    anew: set[Key] = set()
    for told in new:
        key = (told.case_hall, told.case_number)
        case = known.get(key)
        if case is None:
            case = known[key] = Folded()
        if is_alone(case, told.event, told.case_hall):
            move(case, told.event)
        elif key not in anew and not take(case, told.event, told.case_hall):
            anew.add(key)
        if case.last == told.ledger_index:
            touched[key] = case
    yield from ((key, fold_again(connection, key)) for key in anew)
    yield from ((key, case) for key, case in touched.items() if key not in anew)


def case_row(key: Key, case: Folded, next_look_ms: int | None) -> tuple[Any, ...]:
    """Spell out the TOLD_COLUMNS of a case."""
    state, facts = case.state, case.facts
    if facts.runs:
        prune(facts)
    scoped = (state.department or None, state.item_code or None, state.referred_to or None, state.is_open)
    dated = (*key, state.status, state.listed_at_ms, *scoped, state.accepted_at_ms)
    return (*dated, case.last, encode(state), encode_facts(case), next_look_ms)
