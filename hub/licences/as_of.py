"""Know the register and the halls' keys as they stood at a place in the ledger.

Laws: what counts for an act is what the ledger holds before it, whatever was changed since, so that a registry made again judges the same;
what is no document or key entry that this release can read changes nothing.
"""

from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from certs.charter import Charter
from certs.errors import CertsError
from certs.key_entries import open_entry
from certs.keyring import Keyring
from directory.errors import DirectoryError
from directory.licences.judging import Issuing
from directory.licences.types import Types
from directory.register.changes import Change, Place
from directory.register.fold import Held, Register
from directory.register.judging import Whole
from directory.register.kinds import Kind
from directory.scopes.law import Law
from directory.scopes.reading import default_rules
from hub.bulk import insert_new, upsert
from hub.licences.tables import documents, key_entries

KINDS: Final = frozenset({Kind.HALL, Kind.DEPARTMENT, Kind.RESOURCE, Kind.RULE, Kind.LICENCE_TYPE})
"""What acts are judged by."""


class AsOf:
    """The register and the keyring behind what was taken in."""

    def __init__(self, connection: sa.Connection, charter: Charter) -> None:
        """Take up what was kept."""
        rows = connection.execute(sa.select(documents))
        self._register = Register((Place(row.kind, row.key, row.version), Held(row.ledger_index, row.document)) for row in rows)
        self.keyring = Keyring(charter)
        for row in connection.execute(sa.select(key_entries).order_by(key_entries.c.ledger_index)):
            self._count(row.ledger_index, row.leaf, row.note)
        self._changes: list[tuple[Any, ...]] = []
        self._entries: list[tuple[Any, ...]] = []
        self._issuing: Issuing | None = None

    def change(self, change: Change, ledger_index: int) -> None:
        """Let a change of the register count."""
        if change.place.kind not in KINDS:
            return
        self._register.apply(change, ledger_index)
        place = change.place
        self._changes.append((place.kind, place.key, place.version, ledger_index, change.document))
        self._issuing = None

    def key_entry(self, ledger_index: int, leaf: bytes, note: str) -> None:
        """Let a key entry count."""
        self._count(ledger_index, leaf, note)
        self._entries.append((ledger_index, leaf, note))

    def _count(self, ledger_index: int, leaf: bytes, note: str) -> None:
        try:
            self.keyring.apply(ledger_index, leaf, open_entry(note, self.keyring.charter.registry_verifier))
        except CertsError:
            return  # of a later release: what it introduces is unknown here, and what it signed does not verify

    def write(self, connection: sa.Connection) -> None:
        """Keep what was taken in since."""
        if self._changes:
            last = {row[:3]: row for row in self._changes}
            upsert(connection, documents, list(last.values()))
            self._changes.clear()
        if self._entries:
            insert_new(connection, key_entries, self._entries)
            self._entries.clear()

    def issuing(self, day: date) -> Issuing | None:
        """Return who issues what on a day in Asia/Shanghai; None where the register cannot tell: it names no halls."""
        if self._issuing is None or self._issuing.law.day != day:
            whole = Whole(self._register.documents(), day)
            departments = whole.things(Kind.DEPARTMENT)
            try:
                rules = whole.things(Kind.RULE) or default_rules()
                law = Law.compile(rules, whole.province, departments, day, whole.things(Kind.RESOURCE))
            except DirectoryError:
                return None
            self._issuing = Issuing.of(law, Types(whole.things(Kind.LICENCE_TYPE)), departments)
        return self._issuing
