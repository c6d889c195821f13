"""Keep what an operator, or somebody at a hall, wants to change in the register until the running hub has logged it, or refused it.

Laws: what one command stages is taken in whole or refused whole; stagings are settled in their order; what of one is logged leaves it in
the transaction that logs it, so a hub that dies between two batches goes on behind the first.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from directory.register.changes import Change, Place, read_author, write_author
from directory.register.fold import Documents, changed
from directory.scopes.principal import Principal
from hub.errors import HubError
from hub.registry import register_log
from hub.registry.tables import staging_authors
from hub.tables import staged_changes, stagings
from tongban.directory.v1.register_pb2 import Author

MAX_FAULTS = 1_000
"""How many reasons of a refusal are kept."""


class State(StrEnum):
    """What became of a staging."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Authors:
    """Who changed something from a hall, and who confirmed it where somebody had to."""

    author: Principal
    confirmed_by: Principal | None = None


@dataclass(frozen=True, slots=True)
class Staging:
    """What one command staged, as far as it is not logged yet; `ordinals` are the rows of its changes."""

    id: int
    reason: str
    changes: tuple[Change, ...]
    ordinals: tuple[int, ...]
    by: Authors | None = None
    """None: an operator staged it."""

    @property
    def begun(self) -> bool:
        """Tell whether some of what was staged is logged already."""
        return bool(self.ordinals) and self.ordinals[0] > 0


@dataclass(frozen=True, slots=True)
class Account:
    """What became of a staging, for people; `left` of its changes wait to be logged."""

    id: int
    state: State
    reason: str
    changes: int
    left: int
    faults: tuple[str, ...]
    staged_at_ms: int
    settled_at_ms: int


def stage(connection: sa.Connection, changes: Sequence[Change], reason: str, now: datetime) -> int | None:
    """Have changes wait for the running hub; return the number of the staging, None when there is nothing to change."""
    if not changes:
        return None
    row = {"state": State.WAITING, "reason": reason, "changes": len(changes), "faults": "[]", "staged_at_ms": _ms(now), "settled_at_ms": 0}
    number: int = connection.execute(stagings.insert().returning(stagings.c.id), row).scalar_one()
    rows = [
        {
            "staging": number,
            "ordinal": ordinal,
            "kind": change.place.kind,
            "key": change.place.key,
            "version": change.place.version,
            "document": change.document,
        }
        for ordinal, change in enumerate(changes)
    ]
    connection.execute(staged_changes.insert(), rows)
    return number


def sign(connection: sa.Connection, number: int, by: Authors) -> None:
    """Keep whose a staging is, in the transaction that stages it."""
    author, confirmed = write_author(by.author) or Author(), write_author(by.confirmed_by) or Author()
    row = {"staging": number, "author": author.SerializeToString(), "confirmed_by": confirmed.SerializeToString()}
    connection.execute(staging_authors.insert(), row)


def _authors(connection: sa.Connection, number: int) -> Authors | None:
    row = connection.execute(sa.select(staging_authors).where(staging_authors.c.staging == number)).one_or_none()
    author = read_author(Author.FromString(row.author)) if row is not None else None
    return Authors(author, read_author(Author.FromString(row.confirmed_by))) if row is not None and author is not None else None


def first_waiting(connection: sa.Connection) -> Staging | None:
    """Return the staging that is to be settled next."""
    query = sa.select(stagings.c.id, stagings.c.reason).where(stagings.c.state == State.WAITING).order_by(stagings.c.id).limit(1)
    row = connection.execute(query).one_or_none()
    return _staging(connection, row.id, row.reason) if row is not None else None


def count_waiting(connection: sa.Connection) -> int:
    """Return how many stagings are to be settled."""
    return connection.scalar(sa.select(sa.func.count()).where(stagings.c.state == State.WAITING)) or 0


def _staging(connection: sa.Connection, number: int, reason: str) -> Staging:
    query = sa.select(staged_changes).where(staged_changes.c.staging == number).order_by(staged_changes.c.ordinal)
    rows = connection.execute(query).all()
    by = _authors(connection, number)
    signed = (by.author, by.confirmed_by) if by else ()
    changes = tuple(Change(Place(row.kind, row.key, row.version), row.document, reason, *signed) for row in rows)
    return Staging(number, reason, changes, tuple(row.ordinal for row in rows), by)


def planned(connection: sa.Connection) -> Documents:
    """Return the register as it will be when all that waits was taken in."""
    documents = register_log.documents(connection)
    query = sa.select(stagings.c.id, stagings.c.reason).where(stagings.c.state == State.WAITING).order_by(stagings.c.id)
    for row in connection.execute(query).all():
        documents = changed(documents, _staging(connection, row.id, row.reason).changes)
    return documents


def logged(connection: sa.Connection, staging: Staging, ordinals: Sequence[int], now: datetime) -> None:
    """Strike off what of a staging is logged, given by its rows in order; the staging is taken when nothing is left.

    Raises HubError when they are not there any more, so that nothing is logged twice.
    """
    table = staged_changes.c
    rows = table.ordinal.between(ordinals[0], ordinals[-1])
    gone = connection.execute(staged_changes.delete().where(table.staging == staging.id, rows)).rowcount
    if gone != len(ordinals):
        msg = f"staging {staging.id}: {gone} of {len(ordinals)} changes are left to be logged; another program works on them"
        raise HubError(msg)
    if ordinals[-1] == staging.ordinals[-1]:
        _settle(connection, staging, State.TAKEN, (), now)


def refuse(connection: sa.Connection, staging: Staging, faults: Sequence[str], now: datetime) -> None:
    """Drop a staging, and keep why."""
    connection.execute(staged_changes.delete().where(staged_changes.c.staging == staging.id))
    _settle(connection, staging, State.REFUSED, faults, now)


def _settle(connection: sa.Connection, staging: Staging, state: State, faults: Sequence[str], now: datetime) -> None:
    told = json.dumps(list(faults[:MAX_FAULTS]), ensure_ascii=False)
    values = {"state": state, "faults": told, "settled_at_ms": _ms(now)}
    connection.execute(stagings.update().where(stagings.c.id == staging.id).values(values))


def account(connection: sa.Connection, number: int) -> Account | None:
    """Return what became of one staging; None where there is no such."""
    return next(iter(_accounts(connection, _accounted.where(stagings.c.id == number))), None)


def accounts(connection: sa.Connection, limit: int) -> list[Account]:
    """Return the last stagings, the newest first."""
    return _accounts(connection, _accounted.order_by(stagings.c.id.desc()).limit(limit))


_LEFT = sa.select(sa.func.count()).select_from(staged_changes).where(staged_changes.c.staging == stagings.c.id).scalar_subquery()
_accounted = sa.select(stagings, _LEFT.label("left"))


def _accounts(connection: sa.Connection, query: sa.Select[Any]) -> list[Account]:
    rows = connection.execute(query)
    return [
        Account(r.id, State(r.state), r.reason, r.changes, r.left, tuple(json.loads(r.faults)), r.staged_at_ms, r.settled_at_ms)
        for r in rows
    ]


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
