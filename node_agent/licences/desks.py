"""Keep the licence officers' desk open for as long as what it rests on is the same.

Law: a desk is of one day, of the register and of the keys as they stand in the store; the moment one of them changes, another is opened.
Work under way in several threads may share one.
"""

import threading
from datetime import date, datetime

import sqlalchemy as sa

from directory.calendar import beijing_day
from node_agent import hall_keys, keys_replica
from node_agent.config import Config
from node_agent.keys_replica import KeysReplica
from node_agent.licences.desk import ContentKeys, Desk, open_desk
from node_agent.tables import directory, key_entries

_Standing = tuple[int | None, int | None, date]


class Desks:
    """The desk of one hall, opened when it is needed."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._content_keys = ContentKeys()
        self._turn = threading.Lock()
        self._keys: tuple[int | None, KeysReplica] | None = None
        self._held: tuple[_Standing, Desk] | None = None

    def at(self, connection: sa.Connection, now: datetime) -> Desk:
        """Return the desk of now; raises what `hall_keys.load` and `open_desk` raise."""
        with self._turn:
            entries = _entries(connection)
            register = connection.scalar(sa.select(sa.func.max(directory.c.ledger_index)))
            standing = register, entries, beijing_day(now)
            if self._held is None or self._held[0] != standing:
                hall = hall_keys.load(self._config)
                self._held = standing, open_desk(connection, hall, self._replica(connection, entries), now, self._content_keys)
            return self._held[1]

    def keys(self, connection: sa.Connection) -> KeysReplica:
        """Return the province's keys as they stand in the store; raises CertsError or NotEnrolled."""
        with self._turn:
            return self._replica(connection, _entries(connection))

    def _replica(self, connection: sa.Connection, entries: int | None) -> KeysReplica:
        if self._keys is None or self._keys[0] != entries:
            self._keys = entries, keys_replica.load(connection, hall_keys.load(self._config).charter)
        return self._keys[1]


def _entries(connection: sa.Connection) -> int | None:
    newest: int | None = connection.scalar(sa.select(sa.func.max(key_entries.c.position)))
    return newest
