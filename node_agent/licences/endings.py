"""End a licence by two officers: one proposes, another confirms.

Laws: whoever proposed an ending does not confirm it, for it takes a right from its holder (行政许可法 Art 69, 70); both may do it at all,
and both are named. It counts from its confirmation. A proposal is known by the number of its request, and waits as long as it takes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from directory.licences import lifecycle
from directory.licences.acts import Act, Objection
from directory.licences.judging import judge, not_entitled
from directory.licences.vocabulary import ENDINGS, ActKind, Fault
from directory.scopes.principal import Principal
from node_agent.licences import acting, book, rebuilding
from node_agent.licences.asked import Asked
from node_agent.licences.book import Done
from node_agent.licences.declining import check, decline, licence_of
from node_agent.licences.desk import Desk
from node_agent.licences.tables import licence_endings

_SOMEBODY_ELSE = "\N{MIDDLE DOT}"
"""Stands for the second officer while there is none; no staff number is written so."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A proposed ending: what, by whom, when; `confirmed_by` and `dropped_by` are empty while it waits."""

    id: str
    asked: Asked
    proposed_at: datetime
    confirmed_by: str = ""
    dropped_by: str = ""

    @property
    def waits(self) -> bool:
        """Tell whether nobody has confirmed or dropped it."""
        return not self.confirmed_by and not self.dropped_by


def propose(connection: sa.Connection, desk: Desk, asked: Asked, now: datetime) -> Ending:
    """Write an ending down for another officer to confirm, or return the one that this request proposed before.

    Raises LicenceDeclined for whatever would keep it from being done now.
    """
    acting.check_request(asked.request)
    before = find(connection, asked.request)
    if before is not None:
        if before.asked != asked:
            decline("request", [("request", "this number was used for another request: give each request its own")])
        return before
    if asked.kind not in ENDINGS:
        decline(Fault.INCOMPLETE, [("", f"an ending is one of: {', '.join(ENDINGS)}")])
    book.done_before(connection, asked.request, b"an ending that nobody has confirmed")  # declines a number that is taken
    _check_possible(connection, desk, asked, now)
    connection.execute(sa.insert(licence_endings).values(**_row(asked, now)))
    return Ending(asked.request, asked, now)


def confirm(connection: sa.Connection, desk: Desk, ending: str, officer: Principal, now: datetime) -> Done:
    """Do a proposed ending, confirmed by another officer; raises LicenceDeclined."""
    found = _waiting(connection, ending, officer.person)
    licence = licence_of(found.asked.licence)
    check(not_entitled(found.asked.kind, licence, officer, found.asked.officer.person, desk.register.issuing))
    done = acting.do(connection, desk, found.asked, now, second_officer=officer.person)
    _settle(connection, ending, now, confirmed_by=officer.person)
    return done


def drop(connection: sa.Connection, desk: Desk, ending: str, officer: Principal, now: datetime) -> Ending:
    """Take a proposed ending back, as anyone who may end the licence; raises LicenceDeclined."""
    found = _waiting(connection, ending, officer.person)
    check(not_entitled(found.asked.kind, licence_of(found.asked.licence), officer, _SOMEBODY_ELSE, desk.register.issuing))
    _settle(connection, ending, now, dropped_by=officer.person)
    return found


def pending(connection: sa.Connection) -> list[Ending]:
    """Return the endings that wait for a second officer, oldest first."""
    waits = licence_endings.c.settled_at.is_(None)
    return _found(connection, sa.select(licence_endings).where(waits).order_by(licence_endings.c.proposed_at))


def find(connection: sa.Connection, ending: str) -> Ending | None:
    """Return an ending by the number of its request."""
    return next(iter(_found(connection, sa.select(licence_endings).where(licence_endings.c.id == ending))), None)


def _check_possible(connection: sa.Connection, desk: Desk, asked: Asked, now: datetime) -> None:
    """Judge the ending as if somebody else confirmed it now."""
    rebuilding.check_whole(connection, desk)
    licence = licence_of(asked.licence)
    act = Act(
        kind=asked.kind,
        licence=licence,
        effective_at=now.astimezone(UTC),
        ground=asked.ground,
        basis=asked.basis,
        document=asked.document,
        case_number=asked.case_number,
        second_officer=_SOMEBODY_ELSE,
    )
    check(judge(act, asked.officer, desk.register.issuing, now))
    after = lifecycle.apply(rebuilding.newest(connection, act), act)
    check(after if isinstance(after, Objection) else None)


def _waiting(connection: sa.Connection, ending: str, person: str) -> Ending:
    found = find(connection, ending)
    if found is None:
        decline("request", [("ending", "no ending of this number was proposed here: see `tongban-agent licence pending`")])
    if not found.waits:
        decline(Fault.OUT_OF_TURN, [("ending", "it was confirmed or taken back already")])
    if not person:
        decline(Fault.SECOND_OFFICER, [("person", "say who you are, by staff number")])
    return found


def _settle(connection: sa.Connection, ending: str, now: datetime, **by: str) -> None:
    values = {**by, "settled_at": int(now.timestamp() * 1000)}
    connection.execute(sa.update(licence_endings).where(licence_endings.c.id == ending).values(**values))


def _row(asked: Asked, now: datetime) -> dict[str, Any]:
    return {
        "id": asked.request,
        "licence_id": asked.licence,
        "kind": asked.kind.value,
        "ground": asked.ground,
        "basis": asked.basis,
        "document": asked.document,
        "case_number": asked.case_number,
        "hall": asked.officer.hall,
        "role": asked.officer.role,
        "department": asked.officer.department,
        "officer": asked.officer.person,
        "proposed_at": int(now.timestamp() * 1000),
    }


def _found(connection: sa.Connection, query: sa.Select[Any]) -> list[Ending]:
    return [_ending(row) for row in connection.execute(query)]


def _ending(row: Any) -> Ending:  # noqa: ANN401 - a row
    asked = Asked(
        request=row.id,
        kind=ActKind(row.kind),
        officer=Principal(row.hall, row.role, row.department, row.officer),
        licence=row.licence_id,
        ground=row.ground,
        basis=row.basis,
        document=row.document,
        case_number=row.case_number,
    )
    return Ending(row.id, asked, datetime.fromtimestamp(row.proposed_at / 1000, UTC), row.confirmed_by or "", row.dropped_by or "")
