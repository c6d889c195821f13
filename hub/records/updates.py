"""Keep when each resource was last updated.

Law: an update is a record that holds; it counts by the hub's time of acceptance, for a provider cannot make its resource fresher by what
its own clock says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa

from directory.calendar import beijing_day
from hub.bulk import upsert
from hub.tables import resource_updates

RESOURCES_A_QUERY = 500


@dataclass(frozen=True, slots=True)
class Update:
    """What one batch adds to a resource; `ledger_index` is that of the last record in it."""

    resource: str
    hall: str
    accepted_at_ms: int
    ledger_index: int
    records: int


def add(connection: sa.Connection, updates: Sequence[Update]) -> None:
    """Take updates of different resources in."""
    if not updates:
        return
    query = sa.select(resource_updates.c.resource, resource_updates.c.records).where(
        resource_updates.c.resource.in_([update.resource for update in updates])
    )
    before = {row.resource: row.records for row in connection.execute(query)}
    rows = [(u.resource, u.hall, u.accepted_at_ms, u.ledger_index, before.get(u.resource, 0) + u.records) for u in updates]
    upsert(connection, resource_updates, rows)


def last_updates(connection: sa.Connection, resources: Sequence[str]) -> dict[str, date]:
    """Return the day (of Beijing) of the last update of each of these resources; those never updated are left out."""
    found: dict[str, date] = {}
    for start in range(0, len(resources), RESOURCES_A_QUERY):
        wanted = resources[start : start + RESOURCES_A_QUERY]
        query = sa.select(resource_updates.c.resource, resource_updates.c.last_update_ms).where(resource_updates.c.resource.in_(wanted))
        found |= {resource: beijing_day(datetime.fromtimestamp(at_ms / 1000, UTC)) for resource, at_ms in connection.execute(query)}
    return found
