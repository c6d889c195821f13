"""Keep where records stand, and how far they were handed on under each grant.

Laws: rows are written in the transaction that says what they are about; a cursor moves from where it was said to stand, or not at all, so
that what is said with it is said once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from hub.errors import HubError
from hub.exchange.mailboxes import Runs, decode_runs, encode_runs
from hub.tables import extracts, grant_cursors, record_events, record_segments

EVENTS_A_QUERY = 500
"""Bound parameters of one query: below every database's limit."""


class Cursor(NamedTuple):
    """What comes next under a grant: the place where its resource's records were judged, and the member of their segment."""

    judged: int
    member: int


START = Cursor(0, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """The records of one resource in one segment that hold."""

    judged: int
    ledger_first: int
    runs: Runs

    def members(self) -> Iterable[int]:
        """Return the members of the segment."""
        return (member for start, end in self.runs for member in range(start, end))


def runs_of(members: Sequence[int]) -> Runs:
    """Return the runs of ascending members."""
    runs: list[tuple[int, int]] = []
    for member in members:
        if runs and runs[-1][1] == member:
            runs[-1] = (runs[-1][0], member + 1)
        else:
            runs.append((member, member + 1))
    return tuple(runs)


def keep(connection: sa.Connection, judged: int, ledger_first: int, held: Mapping[str, Sequence[int]]) -> None:
    """Note which members of a segment hold, by their resource."""
    rows = [
        {"resource": resource, "judged": judged, "ledger_first": ledger_first, "runs": encode_runs(runs_of(members))}
        for resource, members in held.items()
    ]
    if rows:
        connection.execute(record_segments.insert(), rows)


def after(connection: sa.Connection, resource: str, judged: int, limit: int) -> list[Place]:
    """Return up to `limit` places of a resource's records from one on, in the order in which they were judged."""
    query = (
        sa.select(record_segments.c.judged, record_segments.c.ledger_first, record_segments.c.runs)
        .where(record_segments.c.resource == resource, record_segments.c.judged >= judged)
        .order_by(record_segments.c.judged)
        .limit(limit)
    )
    return [Place(judged, first, decode_runs(runs)) for judged, first, runs in connection.execute(query)]


def newest(connection: sa.Connection) -> dict[str, int]:
    """Return where the newest records of each resource were judged."""
    last = sa.func.max(record_segments.c.judged).label("newest")
    query = sa.select(record_segments.c.resource, last).group_by(record_segments.c.resource)
    return {row.resource: row.newest for row in connection.execute(query)}


def known_events(connection: sa.Connection, hall: str, event_ids: Sequence[bytes]) -> set[bytes]:
    """Return which events of a hall's records have taken effect."""
    query = sa.select(record_events.c.event_id).where(
        record_events.c.hall == hall, record_events.c.event_id.in_(sa.bindparam("ids", expanding=True))
    )
    found: set[bytes] = set()
    for start in range(0, len(event_ids), EVENTS_A_QUERY):
        found.update(connection.scalars(query, {"ids": event_ids[start : start + EVENTS_A_QUERY]}))
    return found


def keep_events(connection: sa.Connection, hall: str, event_ids: Sequence[bytes]) -> None:
    """Note that events of a hall's records take effect."""
    if event_ids:
        connection.execute(record_events.insert(), [{"hall": hall, "event_id": event_id} for event_id in event_ids])


def cursors(connection: sa.Connection) -> dict[str, Cursor]:
    """Return every grant's cursor."""
    rows = connection.execute(sa.select(grant_cursors.c.grant, grant_cursors.c.judged, grant_cursors.c.member))
    return {grant: Cursor(judged, member) for grant, judged, member in rows}


def move(connection: sa.Connection, grant: str, was: Cursor, to: Cursor) -> None:
    """Move a grant's cursor; raises HubError when it does not stand where it was said to."""
    mine = grant_cursors.c.grant == grant
    held = connection.execute(sa.select(grant_cursors.c.judged, grant_cursors.c.member).where(mine)).one_or_none()
    if (Cursor(*held) if held is not None else START) != was:
        raise HubError(f"records are handed on under grant {grant} from another place by now")
    row = {"grant": grant, "judged": to.judged, "member": to.member}
    connection.execute(grant_cursors.insert().values(row) if held is None else grant_cursors.update().where(mine).values(row))


def keep_extracts(connection: sa.Connection, ledger_first: int, grant: str) -> None:
    """Note under which grant a segment of the hub's own hands records on."""
    connection.execute(extracts.insert().values(ledger_first=ledger_first, grant=grant))


def grant_of(connection: sa.Connection, ledger_first: int) -> str:
    """Return the grant under which a segment hands records on; empty for any other segment."""
    return connection.scalar(sa.select(extracts.c.grant).where(extracts.c.ledger_first == ledger_first)) or ""
