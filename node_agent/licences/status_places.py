"""Choose where in the hall's status lists the status of a licence stands.

Law: a place is never given twice, and a list that is nearly full is left for the next (certs.status_list.free_index).
"""

from typing import Final

import sqlalchemy as sa

from certs.status_list import free_index

_NEWEST: Final = "SELECT coalesce(max(status_list), 1) FROM licence_acts"
_COUNT: Final = "SELECT count(*) FROM licence_acts WHERE status_list = ?"
_TAKEN: Final = "SELECT 1 FROM licence_acts WHERE status_list = ? AND status_index = ?"
_COUNTED: Final = "tongban_status_places"


def is_taken(connection: sa.Connection, number: int, index: int) -> bool:
    """Tell whether a place of a list is some licence's."""
    return connection.exec_driver_sql(_TAKEN, (number, index)).first() is not None


class _Taken:
    """The places of one list that are taken; asked one by one, for a list is never read whole."""

    def __init__(self, connection: sa.Connection, number: int) -> None:
        self._connection = connection
        self._number = number

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and is_taken(self._connection, self._number, index)


def choose(connection: sa.Connection) -> tuple[int, int]:
    """Return (number of the list, index in it); taken with the caller's transaction."""
    number = int(connection.exec_driver_sql(_NEWEST).scalar_one())
    while True:
        index = free_index(_Taken(connection, number), _count(connection, number))
        if index is not None:
            return number, index
        number += 1


def _count(connection: sa.Connection, number: int) -> int:
    """Return how many places of a list are taken, roughly.

    It is counted once a connection, then guessed: counting for each licence would make the loading of a stock quadratic, and a list that
    is left a little too early or too late harms nobody.
    """
    kept: tuple[int, int] = connection.info.get(_COUNTED, (0, 0))
    held, count = kept
    if held != number:
        count = int(connection.exec_driver_sql(_COUNT, (number,)).scalar_one())
    connection.info[_COUNTED] = number, count + 1
    return count
