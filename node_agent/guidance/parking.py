"""Keep messages that cannot be applied where they are seen, with the reason, until they can.

Law: a parked message holds up no other, and none is ever dropped in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from node_agent.guidance.tables import parked

INBOX: Final = "inbox"
JOURNAL: Final = "journal"
MOST: Final = 500
"""Tried again at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message where it stands in one of the two logs: `position` there, `journal_index` in its author's journal."""

    origin: str
    position: int
    hall: str
    epoch: int
    journal_index: int
    envelope: bytes
    ledger_index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A message that cannot be applied, since when, and when it was last tried; Unix milliseconds."""

    id: int
    entry: Entry
    subject: str
    reason: str
    parked_at: int
    tried_at: int


def park(connection: sa.Connection, entry: Entry, subject: str, reason: str, *, now_ms: int) -> None:
    """Park a message, or note that it still cannot be applied."""
    row = {
        "origin": entry.origin,
        "position": entry.position,
        "hall": entry.hall,
        "subject": subject,
        "reason": reason,
        "parked_at": now_ms,
        "tried_at": now_ms,
        "envelope": entry.envelope,
        "ledger_index": entry.ledger_index,
        "epoch": entry.epoch,
        "journal_index": entry.journal_index,
    }
    again = {"reason": reason, "tried_at": now_ms}
    connection.execute(insert(parked).values(row).on_conflict_do_update(index_elements=["origin", "position"], set_=again))


def waiting(connection: sa.Connection, limit: int = MOST) -> Sequence[Parked]:
    """Return the parked messages, the one that was tried longest ago first."""
    rows = connection.execute(sa.select(parked).order_by(parked.c.tried_at, parked.c.id).limit(limit))
    return [_parked(row) for row in rows]


def release(connection: sa.Connection, one: Parked) -> None:
    """Let go of a message that could be applied."""
    connection.execute(sa.delete(parked).where(parked.c.id == one.id))


def count(connection: sa.Connection) -> int:
    """Count the parked messages."""
    return connection.scalar(sa.select(sa.func.count()).select_from(parked)) or 0


def _parked(row: "sa.Row[Any]") -> Parked:
    entry = Entry(
        origin=row.origin,
        position=row.position,
        hall=row.hall,
        epoch=row.epoch,
        journal_index=row.journal_index,
        envelope=row.envelope,
        ledger_index=row.ledger_index,
    )
    return Parked(id=row.id, entry=entry, subject=row.subject, reason=row.reason, parked_at=row.parked_at, tried_at=row.tried_at)
