"""Prove from the recipients' acknowledgements that a message arrived.

Laws: a receipt is taken from the smallest acknowledgement that covers it; its inbox log is rebuilt from what was delivered,
and its root is the one that the hall signed, or nothing is handed out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from certs.checkpoints import parse_checkpoint
from certs.entries import FULL, InboxLeaf
from certs.evidence import ReceiptPart
from certs.keyring import Keyring
from certs.merkle import Frontier, Growth, leaf_hash
from certs.names import EVERY_HALL
from certs.notes import Verifier, join, split
from hub.errors import HubError
from hub.evidence.kept import Kept
from hub.evidence.positions import Stored
from hub.exchange import forms, inboxes, mailboxes
from hub.exchange.mailboxes import Entry
from hub.tables import acknowledgements, mailbox_entries

INBOXES_KEPT = 32


@dataclass(frozen=True, slots=True)
class _Acknowledgement:
    """One row of `acknowledgements`, with the log rebuilt; `forms` names the entries that were not taken in full."""

    epoch: int
    checkpoint: str
    growth: Growth
    forms: dict[int, int]


_kept: Kept[tuple[str, str], _Acknowledgement] = Kept(INBOXES_KEPT)


def inbox_index(connection: sa.Connection, hall: str, stored: Stored) -> int | None:
    """Return where a message stands in a hall's mailbox; None when it is not in it."""
    entry = _entry(connection, hall, stored.segment.ledger_first)
    at = entry.first if entry is not None else 0
    for start, end in entry.members(stored.segment.count) if entry is not None else ():
        if start <= stored.member < end:
            return at + stored.member - start
        at += end - start
    return None


_HOLDING = (
    sa.select(mailbox_entries.c.first, mailbox_entries.c.count, mailbox_entries.c.ledger_first, mailbox_entries.c.runs)
    .where(mailbox_entries.c.hall == sa.bindparam("of"), mailbox_entries.c.first <= sa.bindparam("position"))
    .order_by(mailbox_entries.c.first.desc())
    .limit(1)
)


def _entry(connection: sa.Connection, hall: str, ledger_first: int) -> Entry | None:
    """Find what a segment holds for a hall by halves: both indices ascend, and only the mailbox's own is indexed."""
    box = mailboxes.get(connection, hall)
    low, high = 0, box.size if box is not None else 0
    while low < high:
        first, count, found, runs = connection.execute(_HOLDING, {"of": hall, "position": (low + high) // 2}).one()
        if found == ledger_first:
            return Entry(hall, first, count, found, mailboxes.decode_runs(runs))
        if found < ledger_first:
            low = first + count
        else:
            high = first
    return None


def of(connection: sa.Connection, stored: Stored, keyring: Keyring) -> Iterator[ReceiptPart]:
    """Yield the receipts of a message that was sent on, in the order of the inbox logs' names."""
    found = (_receipt(connection, hall, stored, keyring) for hall in _recipients(stored, keyring))
    yield from sorted((receipt for receipt in found if receipt is not None), key=lambda receipt: receipt.origin)


def _recipients(stored: Stored, keyring: Keyring) -> Iterable[str]:
    stated = stored.header.recipients if stored.header is not None else ()
    return keyring.halls() if EVERY_HALL in stated else stated


def _receipt(connection: sa.Connection, hall: str, stored: Stored, keyring: Keyring) -> ReceiptPart | None:
    index = inbox_index(connection, hall, stored)
    found = _acknowledgement(connection, hall, index) if index is not None else None
    if index is None or found is None:
        return None
    leaf = InboxLeaf(stored.ledger_index, leaf_hash(stored.ledger_entry), found.forms.get(index, FULL)).encode()
    note = signed_alone(found.checkpoint, keyring.inbox_keys(hall, found.epoch))
    return ReceiptPart(note, index, leaf, tuple(found.growth.inclusion_proof(index)))


def signed_alone(note: str, verifiers: Iterable[Verifier]) -> str:
    """Return a log's checkpoint with its own signature and no other: a hall may have added lines of its own liking."""
    text, lines = split(note)
    known = {(verifier.name, verifier.key_id) for verifier in verifiers}
    return join(text, [line for line in lines if (line.name, line.key_id) in known][:1])


def _acknowledgement(connection: sa.Connection, hall: str, index: int) -> _Acknowledgement | None:
    """Return the smallest acknowledgement of a hall that covers an index of its inbox log."""
    table = acknowledgements.c
    query = sa.select(acknowledgements).where(table.hall == hall, table.size > index).order_by(table.size).limit(1)
    row = connection.execute(query).one_or_none()
    # An acknowledgement starts where the one before it ended, so a prior size behind the index would be a hole.
    if row is None or row.prior_size > index:
        return None
    key = (hall, row.checkpoint)
    return _kept.get(key) or _kept.keep(key, _rebuilt(connection, row))


def _rebuilt(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> _Acknowledgement:
    taken = forms.acknowledged(connection, row.hall, row.prior_size, row.size)
    leaves = inboxes.leaves(connection, row.hall, row.prior_size, row.size, taken)
    growth = Growth(Frontier.decode(row.prior_size, row.prior_frontier), leaves)
    if growth.root() != parse_checkpoint(split(row.checkpoint)[0]).root:
        msg = f"what was delivered to {row.hall} is not what it acknowledged at {row.size}; restore the database from a backup"
        raise HubError(msg)
    return _Acknowledgement(row.epoch, row.checkpoint, growth, taken)
