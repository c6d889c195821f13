"""Keep which segments hold messages of halls in quarantine that wait to be forwarded.

Laws: a segment is noted in the transaction that accepts it; what of it is forwarded is struck off in the transaction that logs the
forwards, so nothing is forwarded twice and nothing is forgotten.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from certs.entries import HELD
from hub.errors import HubError
from hub.exchange.segments import Segment
from hub.tables import held


@dataclass(frozen=True, slots=True)
class Held:
    """A segment of which `waiting` messages, the first at or behind `next_member`, wait to be forwarded."""

    ledger_first: int
    hall: str
    next_member: int
    waiting: int
    accepted_at_ms: int


def note(connection: sa.Connection, written: Iterable[Segment]) -> None:
    """Note what is held of the segments of one commit."""
    rows = [
        {
            "ledger_first": segment.ledger_first,
            "hall": segment.author,
            "next_member": 0,
            "waiting": segment.dispositions.count(HELD),
            "accepted_at_ms": segment.accepted_at_ms,
        }
        for segment in written
        if HELD in segment.dispositions
    ]
    if rows:
        connection.execute(held.insert(), rows)


def first_of(connection: sa.Connection, hall: str) -> Held | None:
    """Return what of a hall is to be forwarded next, which is what it sent first."""
    row = connection.execute(sa.select(held).where(held.c.hall == hall).order_by(held.c.ledger_first).limit(1)).one_or_none()
    return Held(row.ledger_first, row.hall, row.next_member, row.waiting, row.accepted_at_ms) if row is not None else None


def strike_off(connection: sa.Connection, one: Held, behind: int, count: int) -> None:
    """Strike off `count` messages of a segment, all those before the member `behind`.

    Raises HubError when they are not there any more, so that nothing is forwarded twice.
    """
    same = (held.c.ledger_first == one.ledger_first) & (held.c.next_member == one.next_member) & (held.c.waiting == one.waiting)
    if count == one.waiting:
        done = connection.execute(held.delete().where(same))
    else:
        done = connection.execute(held.update().where(same).values(next_member=behind, waiting=one.waiting - count))
    if done.rowcount != 1:
        msg = f"what is held of the segment at {one.ledger_first} was forwarded or dropped meanwhile"
        raise HubError(msg)


def drop_before(connection: sa.Connection, accepted_before_ms: int) -> dict[str, int]:
    """Stop waiting with what was accepted before a time; return how many messages of which hall. They stay in the ledger."""
    old = held.c.accepted_at_ms < accepted_before_ms
    query = sa.select(held.c.hall, sa.func.sum(held.c.waiting)).where(old).group_by(held.c.hall)
    dropped = {hall: int(count) for hall, count in connection.execute(query)}
    if dropped:
        connection.execute(held.delete().where(old))
    return dropped


def counts(connection: sa.Connection) -> dict[str, int]:
    """Return how many messages of which hall wait."""
    query = sa.select(held.c.hall, sa.func.sum(held.c.waiting)).group_by(held.c.hall)
    return {hall: int(count) for hall, count in connection.execute(query)}
