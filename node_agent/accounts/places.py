"""Remember from which addresses a user has signed in.

Laws: only a right password makes an address one of the user's; it is forgotten when it was not used for KEPT.
"""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from node_agent.accounts.tables import sign_in_places

KEPT: Final = timedelta(days=30)


def is_known(connection: sa.Connection, number: str, address: str, now: datetime) -> bool:
    """Tell whether a user has signed in from an address of late."""
    table = sign_in_places.c
    found = sa.select(table.at).where(table.number == number, table.address == address, table.at >= _ms(now - KEPT))
    return connection.scalar(found) is not None


def note(connection: sa.Connection, number: str, address: str, now: datetime) -> None:
    """Remember that a user has signed in from an address."""
    connection.execute(sa.delete(sign_in_places).where(sign_in_places.c.at < _ms(now - KEPT)))
    values = {"number": number, "address": address, "at": _ms(now)}
    connection.execute(sa.insert(sign_in_places).prefix_with("OR REPLACE").values(**values))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
