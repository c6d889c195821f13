"""Rebuild a hall's inbox log from what its mailbox holds."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from certs.entries import FULL, inbox_leaf_hashes
from hub.exchange import mailboxes
from hub.exchange.forms import Forms
from hub.exchange.mailboxes import Entry
from hub.exchange.segments import HASH_BYTES
from hub.tables import segments

ENTRIES_AT_ONCE = 500


def leaves(connection: sa.Connection, hall: str, start: int, end: int, forms: Forms) -> list[bytes]:
    """Return the leaf hashes of the entries [start, end); of those that `forms` does not name, in full.

    There are fewer when the mailbox holds fewer.
    """
    held = list(_held(connection, hall, start, end))
    taken = [forms.get(at, FULL) for at in range(start, start + len(held))]
    return inbox_leaf_hashes([index for index, _ in held], [leaf for _, leaf in held], taken)


def _held(connection: sa.Connection, hall: str, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield ledger index and ledger leaf hash of the mailbox's entries [start, end)."""
    at = start
    while at < end:
        entries = mailboxes.entries_from(connection, hall, at, ENTRIES_AT_ONCE)
        if not entries:
            return
        for position, index, leaf in _members(connection, entries):
            if at <= position < end:
                yield index, leaf
        at = entries[-1].first + entries[-1].count


def _members(connection: sa.Connection, entries: Sequence[Entry]) -> Iterator[tuple[int, int, bytes]]:
    """Yield inbox index, ledger index and ledger leaf hash of every member of mailbox entries."""
    table = segments.c
    query = sa.select(table.ledger_first, table.count, table.entries).where(table.ledger_first.in_([e.ledger_first for e in entries]))
    stored = {first: (count, hashes) for first, count, hashes in connection.execute(query)}
    for entry in entries:
        count, hashes = stored[entry.ledger_first]
        position = entry.first
        for start, end in entry.members(count):
            for member in range(start, end):
                yield position, entry.ledger_first + member, hashes[member * HASH_BYTES : (member + 1) * HASH_BYTES]
                position += 1
