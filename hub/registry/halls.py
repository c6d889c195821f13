"""Keep the province's halls in the hub's database."""

from collections.abc import Iterable

import sqlalchemy as sa

from directory.halls import Hall, Province, Tier
from hub.tables import halls

_COLUMNS = ("hall", "display_name", "tier", "superior", "division_code", "linked")


def load(connection: sa.Connection) -> Province:
    """Return the province as it is kept; raises HallsMalformed when it is no tree, as when it is empty."""
    return Province(kept(connection))


def kept(connection: sa.Connection) -> list[Hall]:
    """Return the halls as they are kept."""
    rows = connection.execute(sa.select(halls).order_by(halls.c.hall))
    return [Hall(r.hall, r.display_name, Tier(r.tier), r.superior, r.division_code, linked=r.linked) for r in rows]


def store(connection: sa.Connection, wanted: Iterable[Hall]) -> list[Hall]:
    """Add halls or replace what is kept of them; return those that differ. Raises HallsMalformed when the whole would not hold."""
    before = {hall.hall: hall for hall in kept(connection)}
    changed = [hall for hall in wanted if before.get(hall.hall) != hall]
    Province((before | {hall.hall: hall for hall in changed}).values())
    for hall in changed:
        connection.execute(halls.delete().where(halls.c.hall == hall.hall))
    rows = [{name: getattr(hall, name) for name in _COLUMNS} | {"tier": hall.tier.value} for hall in changed]
    if rows:
        connection.execute(halls.insert(), rows)
    return changed
