"""Hold the rooms of licences, built from what they share.

Law: a hub without the key that opens payloads, or the one that seals the registry, answers no question about licences, and serves all else.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from certs.errors import UnknownKey
from certs.keyring import Keyring
from certs.names import HUB
from certs.readers import Opener
from directory.licences.types import Types
from hub.cases.times import unix_ms
from hub.db import Database
from hub.keys import Keys
from hub.licences.answering import Answering
from hub.licences.consumer import Secrets
from hub.licences.looking import Looking
from hub.licences.nonces import Nonces
from hub.licences.queries import Row
from hub.licences.saying import Saying
from hub.licences.sealing import Seal
from hub.licences.statuses import Statuses
from hub.records.granted import Grants
from hub.tables import segments


@dataclass(frozen=True, slots=True)
class Licences:
    """The room of licences; `open` comes first. Without `seal` the hub keeps no licences."""

    database: Database
    keyring: Keyring
    seal: Seal | None
    answering: Answering | None
    nonces: Nonces
    statuses: Statuses
    saying: Saying
    looking: Looking
    types: Callable[[], Types]
    grants: Callable[[], Grants]
    clock: Callable[[], datetime]

    async def open(self) -> None:
        """Take up which questions were answered."""
        await asyncio.to_thread(self._open)

    def _open(self) -> None:
        with self.database.reader.begin() as connection:
            self.nonces.open(connection)

    def counts(self, row: Row) -> bool:
        """Tell whether the key that signed a licence counts for it: one that was stolen is revoked from then on."""
        try:
            return self.keyring.licence_key(row.key_id).counts_at(row.made)
        except UnknownKey:
            return False


class HeardUpTo:
    """Tells up to when a registry that has come to a place in the ledger has heard of everything."""

    def __init__(self, database: Database, ledger_size: Callable[[], int], clock: Callable[[], datetime]) -> None:
        self._database = database
        self._ledger_size = ledger_size
        self._clock = clock
        self._known: tuple[int, int] = (0, 0)

    def __call__(self, next_ledger_index: int) -> int:
        """Return it in Unix milliseconds, given the first ledger index that is not taken in; may read the database."""
        if next_ledger_index >= self._ledger_size():
            return unix_ms(self._clock())
        if self._known[0] != next_ledger_index:
            query = sa.select(segments.c.accepted_at_ms).where(segments.c.ledger_first < next_ledger_index)
            with self._database.reader.begin() as connection:
                found = connection.scalar(query.order_by(segments.c.ledger_first.desc()).limit(1))
            self._known = (next_ledger_index, found or 0)
        return self._known[1]


def secrets_of(keys: Keys, seal: Seal | None) -> Secrets | None:
    """Return what the registry is made with; None where a key is missing."""
    if keys.reading is None or seal is None:
        return None
    return Secrets(keys.charter, Opener(HUB, keys.reading, keys.charter.trust_domain), seal)
