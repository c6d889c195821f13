"""Keep what one person saved until another confirms it, or somebody takes it back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from secrets import token_hex

import sqlalchemy as sa

from directory.register.changes import read_author, write_author
from directory.scopes.principal import Principal
from hub.registry.tables import pending_changes
from tongban.directory.v1.register_pb2 import Author, SaveChangesRequest

MOST_WAITING = 20
"""Whoever decides on them is shown all of them, each judged as things stand."""
ID_BYTES = 8


class State(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits to be confirmed, and who saved it."""

    id: str
    author: Principal
    request: SaveChangesRequest
    saved_at: datetime


def add(connection: sa.Connection, author: Principal, request: SaveChangesRequest, now: datetime) -> str | None:
    """Have changes wait; return their id, None where too much waits already."""
    if len(waiting(connection)) >= MOST_WAITING:
        return None
    ident = f"e-{token_hex(ID_BYTES)}"
    row = {"id": ident, "state": State.WAITING, "request": request.SerializeToString(), "saved_at_ms": _ms(now)}
    signed = {"author": _written(author), "settled_by": b"", "settled_at_ms": 0}
    connection.execute(pending_changes.insert(), row | signed)
    return ident


def waiting(connection: sa.Connection) -> list[Pending]:
    """Return what waits, the oldest first."""
    table = pending_changes.c
    rows = connection.execute(sa.select(pending_changes).where(table.state == State.WAITING).order_by(table.saved_at_ms, table.id))
    return [_read(row.id, row.author, row.request, row.saved_at_ms) for row in rows]


def find(connection: sa.Connection, ident: str) -> Pending | None:
    """Return one that waits; None where there is no such."""
    return next((one for one in waiting(connection) if one.id == ident), None)


def settle(connection: sa.Connection, ident: str, state: State, by: Principal, now: datetime) -> bool:
    """Say what became of one that waits; return whether it still waited."""
    table = pending_changes.c
    query = pending_changes.update().where(table.id == ident, table.state == State.WAITING)
    done = connection.execute(query.values(state=state, settled_by=_written(by), settled_at_ms=_ms(now)))
    return done.rowcount == 1


def _read(ident: str, author: bytes, request: bytes, saved_at_ms: int) -> Pending:
    who = read_author(Author.FromString(author))
    if who is None:
        raise ValueError("what waits to be confirmed has an author")
    return Pending(ident, who, SaveChangesRequest.FromString(request), datetime.fromtimestamp(saved_at_ms / 1000, UTC))


def _written(who: Principal) -> bytes:
    return (write_author(who) or Author()).SerializeToString()


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
