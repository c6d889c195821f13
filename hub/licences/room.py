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

    def read_up_to_ms(self, next_ledger_index: int, ledger_size: int) -> int:
        """Return up to when the registry has heard of everything, given how far it has come; in Unix milliseconds."""
        if next_ledger_index >= ledger_size:
            return unix_ms(self.clock())
        query = sa.select(segments.c.accepted_at_ms).where(segments.c.ledger_first < next_ledger_index)
        with self.database.reader.begin() as connection:
            found: int | None = connection.scalar(query.order_by(segments.c.ledger_first.desc()).limit(1))
        return found or 0


def secrets_of(keys: Keys, seal: Seal | None) -> Secrets | None:
    """Return what the registry is made with; None where a key is missing."""
    if keys.reading is None or seal is None:
        return None
    return Secrets(keys.charter, Opener(HUB, keys.reading, keys.charter.trust_domain), seal)
