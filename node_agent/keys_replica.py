"""Keep the hall's replica of all key entries.

Laws: key entries come in ledger order through the mailbox, none left out: their number and chain are those that every ledger
leaf commits to; what is applied in memory is stored with the delivery that brought it, or built anew.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from certs.charter import Charter
from certs.entries import GENESIS_CHAIN, next_chain
from certs.errors import UnknownKey
from certs.key_entries import open_entry
from certs.keyring import Keyring
from certs.names import LogName
from certs.notes import Verifier
from node_agent.errors import DeliveryInvalid
from node_agent.tables import key_entries


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One key entry as it stands in the ledger; `position` counts from 1."""

    position: int
    ledger_index: int
    leaf: bytes
    note: str


class KeysReplica:
    """The province's keys, as far as this hall has received them."""

    def __init__(self, charter: Charter, entries: Sequence[KeyEntry]) -> None:
        self.keyring = Keyring(charter)
        self._registry = charter.registry_verifier
        self._chains = [GENESIS_CHAIN]
        for entry in entries:
            self.apply(entry.ledger_index, entry.leaf, entry.note)

    @property
    def count(self) -> int:
        """How many key entries are known."""
        return len(self._chains) - 1

    def apply(self, ledger_index: int, leaf: bytes, note: str) -> KeyEntry:
        """Take in the next key entry; raises CertsError when the registry did not sign it."""
        self.keyring.apply(ledger_index, leaf, open_entry(note, self._registry))
        self._chains.append(next_chain(self._chains[-1], leaf))
        return KeyEntry(self.count, ledger_index, leaf, note)

    def chain_at(self, count: int) -> bytes | None:
        """Return the chain behind so many key entries; None when they are not known yet."""
        return self._chains[count] if count < len(self._chains) else None

    def check_chain(self, count: int, chain: bytes, where: str) -> None:
        """Raise DeliveryInvalid when a ledger entry commits to other key entries than were received."""
        known = self.chain_at(count)
        if known is None:
            raise DeliveryInvalid(f"{where} counts {count} key entries, this hall was given {self.count}: the hub withholds some")
        if known != chain:
            raise DeliveryInvalid(f"{where} commits to other key entries than this hall was given")

    def log_key(self, log: LogName, size: int) -> Verifier:
        """Return the key that must have signed a journal's checkpoint of this size; raises UnknownKey."""
        return self.keyring.log_key(log.hall, log.epoch, size)

    def revoked_at(self, log: LogName) -> int | None:
        """Return the ledger index from which nothing by this journal's keys counts; None while all does."""
        return self.keyring.revoked_at(log.hall, log.epoch)

    def log_keys(self, log: LogName) -> list[tuple[int, Verifier]]:
        """Return a hall's log keys, each with the number of leaves behind which it signs; none while its key entry is not known."""
        try:
            return self.keyring.log_keys(log.hall, log.epoch)
        except UnknownKey:
            return []

    def inbox_keys(self, log: LogName) -> list[Verifier]:
        """Return the keys that may have signed a hall's inbox checkpoints; none while its key entry is not known."""
        try:
            return self.keyring.inbox_keys(log.hall, log.epoch)
        except UnknownKey:
            return []

    @property
    def hall_count(self) -> int:
        """How many halls were ever introduced."""
        return sum(1 for _ in self.keyring.halls())

    def witnesses(self, ledger_size: int) -> list[Verifier]:
        """Return the cosigning keys that were in force at a ledger size."""
        found = []
        for hall in self.keyring.halls():
            with suppress(UnknownKey):  # revoked by then
                found.append(self.keyring.cosigning_key(hall, ledger_size))
        return found


def load(connection: sa.Connection, charter: Charter) -> KeysReplica:
    """Build the keyring from what is stored; raises CertsError for a store that was tampered with."""
    rows = connection.execute(sa.select(key_entries).order_by(key_entries.c.position))
    return KeysReplica(charter, [KeyEntry(row.position, row.ledger_index, row.leaf_hash, row.note) for row in rows])


def notes_about(connection: sa.Connection, charter: Charter, halls: Collection[str]) -> list[str]:
    """Return the notes of the key entries that are about some halls, in ledger order; raises CertsError as `load` does."""
    notes = connection.scalars(sa.select(key_entries.c.note).order_by(key_entries.c.position))
    return [note for note in notes if open_entry(note, charter.registry_verifier).hall in halls]


def store(connection: sa.Connection, entries: Sequence[KeyEntry]) -> None:
    """Keep key entries beside the delivery that brought them."""
    if entries:
        rows = [(entry.position, entry.ledger_index, entry.leaf, entry.note) for entry in entries]
        connection.exec_driver_sql("INSERT OR IGNORE INTO key_entries (position, ledger_index, leaf_hash, note) VALUES (?, ?, ?, ?)", rows)
