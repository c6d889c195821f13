"""Keep in the hall's book which copies of licences were made (加注件): who made each, for whom, for what, until when.

Laws: a copy is written down in the transaction that makes it, before it leaves the hall; which fields it discloses is kept, never what they
hold. A request makes one copy.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from directory.licences.identifiers import parse_licence_id
from node_agent.licences.declining import decline
from node_agent.licences.tables import licence_copies


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A copy as the book has it: its number, and who made it; `hall` issued the licence, `case_number` is empty where there is none."""

    id: str
    licence_id: str
    hall: str
    disclosed: tuple[str, ...]
    recipient: str
    purpose: str
    case_number: str
    made_at: datetime
    expires_at: datetime
    role: str
    department: str
    officer: str


def check_new(connection: sa.Connection, request: str) -> None:
    """Raise LicenceDeclined for a request that has made a copy already."""
    if connection.scalar(sa.select(licence_copies.c.id).where(licence_copies.c.request == request)) is not None:
        decline("request", [("request", "this request has made a copy already: see `tongban-agent licence copies`")])


def write(connection: sa.Connection, request: str, made: Noted) -> None:
    """Write a copy down; durable with the caller's transaction, which makes it."""
    values = {name: getattr(made, name) for name in _ALIKE}
    more = {"root": parse_licence_id(made.licence_id).root, "disclosed": " ".join(made.disclosed)}
    times = {"made_at": _ms(made.made_at), "expires_at": _ms(made.expires_at)}
    connection.execute(sa.insert(licence_copies).values(request=request, **values, **more, **times))


def newest(connection: sa.Connection, root: str = "", limit: int = 100) -> list[Noted]:
    """Return the copies that were made, of one licence where it is given, the newest first."""
    query = sa.select(licence_copies).order_by(licence_copies.c.position.desc()).limit(limit)
    if root:
        query = query.where(licence_copies.c.root == root)
    return [_noted(row) for row in connection.execute(query)]


_ALIKE = ("id", "licence_id", "hall", "recipient", "purpose", "case_number", "role", "department", "officer")


def _noted(row: Any) -> Noted:  # noqa: ANN401 - a row
    alike = {name: getattr(row, name) for name in _ALIKE}
    return Noted(**alike, disclosed=tuple(row.disclosed.split()), made_at=_moment(row.made_at), expires_at=_moment(row.expires_at))


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
