"""Choose where in the hall's status lists the status of a licence stands.

Laws: a place is random among those not taken, and is never given twice, so that nobody learns from it which licences were issued together
or how many there are; a list is left while a quarter of it is still free, so that the choice stays wide.
"""

import secrets
from typing import Final

import sqlalchemy as sa

from node_agent.licences.tables import licence_acts

CAPACITY: Final = 2**17
FULL: Final = CAPACITY * 3 // 4


def choose(connection: sa.Connection) -> tuple[int, int]:
    """Return (number of the list, index in it); taken with the caller's transaction."""
    number, used = _last_list(connection)
    if used >= FULL:
        number += 1
    while _is_taken(connection, number, index := secrets.randbelow(CAPACITY)):
        pass  # four tries in the worst case, on average
    return number, index


def _last_list(connection: sa.Connection) -> tuple[int, int]:
    table = licence_acts.c
    number = connection.scalar(sa.select(sa.func.max(table.status_list))) or 1
    return number, connection.scalar(sa.select(sa.func.count()).where(table.status_list == number)) or 0


def _is_taken(connection: sa.Connection, number: int, index: int) -> bool:
    table = licence_acts.c
    return connection.scalar(sa.select(table.position).where(table.status_list == number, table.status_index == index)) is not None
