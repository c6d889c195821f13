"""Choose where in the hall's status lists the status of a licence stands.

Law: a place is never given twice, and a list that is nearly full is left for the next (certs.status_list.free_index).
"""

import sqlalchemy as sa

from certs.status_list import free_index
from node_agent.licences.tables import licence_acts


class _Taken:
    """The places of one list that are taken; asked one by one, for a list is never read whole."""

    def __init__(self, connection: sa.Connection, number: int) -> None:
        self._connection = connection
        self._number = number

    def __contains__(self, index: object) -> bool:
        table = licence_acts.c
        query = sa.select(table.position).where(table.status_list == self._number, table.status_index == index)
        return self._connection.scalar(query) is not None


def choose(connection: sa.Connection) -> tuple[int, int]:
    """Return (number of the list, index in it); taken with the caller's transaction."""
    table = licence_acts.c
    number = connection.scalar(sa.select(sa.func.max(table.status_list))) or 1
    while True:
        count = connection.scalar(sa.select(sa.func.count()).where(table.status_list == number)) or 0
        index = free_index(_Taken(connection, number), count)
        if index is not None:
            return number, index
        number += 1
