"""Find decisions in their read model.

Laws: pages are in the order of the ledger and cost the same wherever they stand (keyset); a time is looked up once as a
place in the ledger, for the ledger's times never fall.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import sqlalchemy as sa

from hub.decisions.tables import decision_cases, decision_holders, decision_records, decisions, licence_questions


@dataclass(frozen=True, slots=True)
class Kept:
    """One decision where it stands; `record` is the serialised tongban.directory.v1.DecisionRecord."""

    ledger_index: int
    accepted_at_ms: int
    epoch: int
    journal_index: int
    record: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for; empty and None ask for everything. Times are Unix milliseconds, the later one exclusive."""

    hall: str = ""
    person: str = ""
    case: tuple[str, str] | None = None
    """Hall and number."""
    record: tuple[str, str] | None = None
    """Resource and key."""
    from_ms: int | None = None
    before_ms: int | None = None


def list_decisions(connection: sa.Connection, wanted: Wanted, after: int | None, limit: int) -> list[Kept]:
    """Return up to `limit` decisions behind a ledger index."""
    found = connection.execute(page(wanted, _bounds(connection, wanted, after), limit))
    return [Kept(*row) for row in found]


def page(wanted: Wanted, bounds: tuple[int, int | None], limit: int) -> sa.Select[int, int, int, int, bytes]:
    """Return the query for decisions from one ledger index on, and before another if there is one."""
    query: sa.Select[int, int, int, int, bytes] = sa.select(*(decisions.c[field.name] for field in fields(Kept)))
    place: sa.ColumnElement[int] = decisions.c.ledger_index
    if wanted.case is not None:
        place = decision_cases.c.ledger_index
        query = query.join(decision_cases, place == decisions.c.ledger_index)
    if wanted.record is not None:
        place = decision_records.c.ledger_index
        query = query.join(decision_records, place == decisions.c.ledger_index)
    first, end = bounds
    query = query.where(*_filters(wanted), place >= first)
    if end is not None:
        query = query.where(place < end)
    return query.order_by(place).limit(limit)


def _filters(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.hall:
        yield decisions.c.hall == wanted.hall
    if wanted.person:
        yield decisions.c.person == wanted.person
    if wanted.case is not None:
        yield decision_cases.c.case_hall == wanted.case[0]
        yield decision_cases.c.case_number == wanted.case[1]
    if wanted.record is not None:
        yield decision_records.c.resource == wanted.record[0]
        yield decision_records.c.key == wanted.record[1]


def _bounds(connection: sa.Connection, wanted: Wanted, after: int | None) -> tuple[int, int | None]:
    first = 0 if after is None else after + 1
    end = None
    if wanted.from_ms is not None:
        since = _first_at(connection, wanted.from_ms)
        first = max(first, since) if since is not None else _NOWHERE
    if wanted.before_ms is not None:
        end = _first_at(connection, wanted.before_ms)
    return first, end


_NOWHERE = (1 << 63) - 1
"""Behind every ledger index."""


def _first_at(connection: sa.Connection, at_ms: int) -> int | None:
    """Return the ledger index of the first decision at a time or later."""
    behind = sa.select(decisions.c.ledger_index).where(decisions.c.accepted_at_ms >= at_ms)
    return connection.scalar(behind.order_by(decisions.c.accepted_at_ms, decisions.c.ledger_index).limit(1))


def of_holder(connection: sa.Connection, holder: bytes, before: int | None, limit: int) -> list[Kept]:
    """Return up to `limit` decisions that showed a holder's licences, newest first, before a ledger index if one is given."""
    place = decision_holders.c.ledger_index
    query = _kept().join(decision_holders, place == decisions.c.ledger_index).where(decision_holders.c.holder == holder)
    if before is not None:
        query = query.where(place < before)
    return [Kept(*row) for row in connection.execute(query.order_by(place.desc()).limit(limit))]


def on_licences(connection: sa.Connection, from_ms: int, before_ms: int, limit: int) -> list[Kept]:
    """Return up to `limit` decisions that showed licences within a time, in the order of the ledger."""
    place, at = licence_questions.c.ledger_index, licence_questions.c.accepted_at_ms
    query = _kept().join(licence_questions, place == decisions.c.ledger_index).where(at >= from_ms, at < before_ms)
    return [Kept(*row) for row in connection.execute(query.order_by(at, place).limit(limit))]


def _kept() -> sa.Select[int, int, int, int, bytes]:
    return sa.select(*(decisions.c[field.name] for field in fields(Kept)))
