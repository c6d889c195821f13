"""Tell what proves a hall's licence keys: the charter, and the key entries that are about the hall."""

from dataclasses import dataclass, field

from certs.charter import Charter
from certs.errors import CertsError
from certs.key_entries import open_entry
from certs.keyring import Keyring
from hub.db import Database
from hub.registry import key_log


@dataclass(slots=True)
class Chains:
    """The signed notes by hall, read again when there is a key entry more; safe to share between threads."""

    database: Database
    keyring: Keyring
    charter_note: str
    _known: tuple[int, dict[str, tuple[str, ...]]] = field(default=(-1, {}))

    def of(self, hall: str) -> tuple[str, ...]:
        """Return the charter and the key entries of a hall, in ledger order; may read the database."""
        known = self._known
        if known[0] != self.keyring.count:
            self._known = known = self._read()
        return known[1].get(hall, (self.charter_note,))

    def _read(self) -> tuple[int, dict[str, tuple[str, ...]]]:
        with self.database.reader.begin() as connection:
            entries = key_log.kept_after(connection, 0)
        found: dict[str, tuple[str, ...]] = {}
        for entry in entries:
            hall = _about(entry.note, self.keyring.charter)
            found[hall] = (*found.get(hall, (self.charter_note,)), entry.note)
        return len(entries), found


def _about(note: str, charter: Charter) -> str:
    try:
        return open_entry(note, charter.registry_verifier).hall
    except CertsError:
        return ""  # of a later release
