"""Keep the key entries of the ledger, and give a new hall's mailbox all of them, and all changes of the register."""

from typing import NamedTuple

import sqlalchemy as sa

from certs.charter import Charter
from certs.key_entries import open_entry
from certs.keyring import Keyring
from hub.exchange import mailboxes
from hub.exchange.mailboxes import Entry
from hub.tables import key_entries, register_segments


class KeptEntry(NamedTuple):
    """A key entry as it stands in the ledger; `leaf` is its leaf hash in the hub's journal."""

    ledger_index: int
    leaf: bytes
    note: str


def keep(connection: sa.Connection, ledger_index: int, leaf: bytes, note: str) -> None:
    """Keep a key entry in the transaction that logs it."""
    count = (connection.scalar(sa.select(sa.func.max(key_entries.c.count))) or 0) + 1
    connection.execute(key_entries.insert(), {"count": count, "ledger_index": ledger_index, "leaf": leaf, "note": note})


def load_keyring(connection: sa.Connection, charter: Charter) -> Keyring:
    """Rebuild the keyring from the kept entries."""
    keyring = Keyring(charter)
    for entry in kept_after(connection, 0):
        apply(keyring, entry)
    return keyring


def kept_after(connection: sa.Connection, count: int) -> list[KeptEntry]:
    """Return the entries behind the first `count`, in order."""
    rows = connection.execute(sa.select(key_entries).where(key_entries.c.count > count).order_by(key_entries.c.count))
    return [KeptEntry(row.ledger_index, row.leaf, row.note) for row in rows]


def apply(keyring: Keyring, entry: KeptEntry) -> None:
    """Let a kept entry count."""
    keyring.apply(entry.ledger_index, entry.leaf, open_entry(entry.note, keyring.charter.registry_verifier))


def open_mailbox(connection: sa.Connection, hall: str, epoch: int, before: int) -> None:
    """Give a hall its queue, filled with every key entry and every change of the register below the ledger index `before`, in ledger order.

    A queue that exists stays as it is.
    """
    if mailboxes.get(connection, hall) is not None:
        return
    mailboxes.open_mailbox(connection, hall, epoch)
    entries: list[Entry] = []
    size = 0
    for first, count in _said_to_everyone(connection, before):
        entries.append(Entry(hall, size, count, first, ()))
        size += count
    if entries:
        mailboxes.append(connection, entries, [(hall, size)])


def _said_to_everyone(connection: sa.Connection, before: int) -> list[tuple[int, int]]:
    """Return (first ledger index, count) of every segment that goes to halls present and future."""
    keys = sa.select(key_entries.c.ledger_index).where(key_entries.c.ledger_index < before)
    table = register_segments.c
    changes = sa.select(table.ledger_first, table.count).where(table.ledger_first < before)
    found = [(index, 1) for index in connection.scalars(keys)] + [(row.ledger_first, row[1]) for row in connection.execute(changes)]
    return sorted(found)
