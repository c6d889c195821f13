"""Tell pages that are open what changed, in order.

Law: a reader who was away for longer than is kept is told so, and looks at everything again.
"""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from node_agent import db
from node_agent.guidance.tables import changes

KEPT: Final = 10_000
"""Changes that are kept."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in a thread: a message of this kind, or who looks after it, or a note. An empty thread: knowledge."""

    id: int
    asking_hall: str
    thread: str
    what: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after a cursor; `missed`: more than is kept."""

    changes: tuple[Change, ...]
    cursor: int
    missed: bool = False


def note(connection: sa.Connection, key: tuple[str, str], what: str) -> None:
    """Note a change, in the transaction that makes it; listeners of the store are told when it is durable."""
    done = connection.execute(sa.insert(changes).values(asking_hall=key[0], thread=key[1], what=what))
    if done.inserted_primary_key is not None:
        connection.execute(sa.delete(changes).where(changes.c.id <= done.inserted_primary_key[0] - KEPT))
    db.wake_after(connection)


def changes_after(connection: sa.Connection, cursor: int, limit: int = 200) -> Changes:
    """Return what changed after a cursor, the oldest first; 0 for a reader who has seen nothing."""
    rows = connection.execute(sa.select(changes).where(changes.c.id > cursor).order_by(changes.c.id).limit(limit)).all()
    found = tuple(Change(row.id, row.asking_hall, row.thread, row.what) for row in rows)
    missed = bool(found) and found[0].id > cursor + 1
    return Changes(found, found[-1].id if found else cursor, missed)


def newest(connection: sa.Connection) -> int:
    """Return the cursor behind all changes."""
    return connection.scalar(sa.select(sa.func.max(changes.c.id))) or 0
