"""Keep which halls are in quarantine, and what operators did about it that is not logged yet.

Laws: the switch counts as soon as it is written, whether a hub runs or not; who threw it, when and why waits beside it until it is in the
ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from hub.errors import HubError
from hub.tables import held, quarantine_acts, quarantines


class State(StrEnum):
    """How a hall stands that is not as others are."""

    QUARANTINED = "quarantined"
    """What it sends is held, and nothing is delivered to it."""
    RELEASING = "releasing"
    """What was held is being forwarded; until then it sends nothing more."""


class Act(StrEnum):
    """What an operator does, as the command is called."""

    QUARANTINE = "quarantine"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Switch:
    """How a hall stands, and who brought it there when and why."""

    hall: str
    state: State
    reason: str
    operator: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What an operator asked for."""

    hall: str
    act: Act
    reason: str
    operator: str
    at: datetime


def load(connection: sa.Connection) -> Mapping[str, Switch]:
    """Return every hall that is in quarantine or being released."""
    rows = connection.execute(sa.select(quarantines).order_by(quarantines.c.hall))
    return {row.hall: Switch(row.hall, State(row.state), row.reason, row.operator, row.since_ms) for row in rows}


def throw(connection: sa.Connection, asked: Asked) -> bool:
    """Put a hall into quarantine, or begin to release it; False when it stands so already."""
    present = connection.scalar(sa.select(quarantines.c.state).where(quarantines.c.hall == asked.hall))
    wanted = State.QUARANTINED if asked.act is Act.QUARANTINE else State.RELEASING
    if present == wanted or (present is None and wanted is State.RELEASING):
        return False
    at_ms = int(asked.at.timestamp() * 1000)
    said = {"hall": asked.hall, "reason": asked.reason, "operator": asked.operator}
    connection.execute(quarantines.delete().where(quarantines.c.hall == asked.hall))
    connection.execute(quarantines.insert(), said | {"state": wanted, "since_ms": at_ms})
    connection.execute(quarantine_acts.insert(), said | {"act": asked.act, "asked_at_ms": at_ms})
    return True


def first_unlogged(connection: sa.Connection) -> tuple[int, Asked] | None:
    """Return what is to be logged next, with its number."""
    row = connection.execute(sa.select(quarantine_acts).order_by(quarantine_acts.c.id).limit(1)).one_or_none()
    if row is None:
        return None
    at = datetime.fromtimestamp(row.asked_at_ms / 1000, UTC)
    return row.id, Asked(row.hall, Act(row.act), row.reason, row.operator, at)


def logged(connection: sa.Connection, number: int) -> None:
    """Strike off what was asked for, in the transaction that logs it; raises HubError when that was done, so nothing is logged twice."""
    if connection.execute(quarantine_acts.delete().where(quarantine_acts.c.id == number)).rowcount != 1:
        raise HubError("what an operator did is in the ledger already")


def settle(connection: sa.Connection, hall: str) -> bool:
    """End the release of a hall of which nothing is held any more; False when it goes on, or the hall is in quarantine again."""
    waits = sa.exists().where(held.c.hall == hall)
    done = connection.execute(quarantines.delete().where(quarantines.c.hall == hall, quarantines.c.state == State.RELEASING, ~waits))
    return done.rowcount == 1
