"""Write down who did what to which account.

Law: an act is written in the transaction that does it, and never changed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from node_agent.accounts.tables import account_acts


class Act(StrEnum):
    """What can be done to an account."""

    ADDED = "added"
    ROLE_GIVEN = "role-given"
    ROLE_TAKEN = "role-taken"
    DISABLED = "disabled"
    ENABLED = "enabled"
    PASSWORD_SET = "password-set"  # noqa: S105 - the word for it
    PASSWORD_CHANGED = "password-changed"  # noqa: S105
    SESSIONS_ENDED = "sessions-ended"


@dataclass(frozen=True, slots=True)
class Done:
    """One act; `by` is empty for whoever sat at the agent's own machine."""

    at: datetime
    by: str
    number: str
    act: str
    detail: str


def note(connection: sa.Connection, done: Done) -> None:
    """Write an act down."""
    values = {"at": int(done.at.timestamp() * 1000), "by": done.by, "number": done.number, "act": done.act, "detail": done.detail}
    connection.execute(sa.insert(account_acts).values(**values))


def of(connection: sa.Connection, number: str, limit: int = 50) -> list[Done]:
    """Return what was done to an account, the newest first."""
    table = account_acts.c
    rows = connection.execute(sa.select(account_acts).where(table.number == number).order_by(table.id.desc()).limit(limit))
    return [Done(datetime.fromtimestamp(row.at / 1000, UTC), row.by, row.number, row.act, row.detail) for row in rows]
