"""Keep each hall's queue: which members of which segments are addressed to it, and how far it has acknowledged."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from certs.merkle import Frontier
from hub.exchange import forms
from hub.exchange.forms import Forms
from hub.tables import acknowledgements, mailbox_entries, mailboxes

Runs = tuple[tuple[int, int], ...]
"""Half-open member ranges of a batch; empty means all of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one segment holds for one hall; `first` is its first index in the inbox log."""

    hall: str
    first: int
    count: int
    ledger_first: int
    runs: Runs

    def members(self, total: int) -> Runs:
        """Return the runs with the whole batch spelled out."""
        return self.runs or ((0, total),)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The head of one hall's queue."""

    hall: str
    epoch: int
    size: int
    acknowledged_size: int
    acknowledged_frontier: Frontier
    acknowledged_checkpoint: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An inbox checkpoint that was checked against what was delivered."""

    hall: str
    epoch: int
    prior_size: int
    prior_frontier: Frontier
    frontier: Frontier
    checkpoint: str
    recorded_at_ms: int
    not_full: Forms = field(default_factory=dict)
    """Forms of the entries that were not taken in full."""


def encode_runs(runs: Runs) -> bytes:
    """Write runs as alternating skip and take lengths, u16 each."""
    return struct.pack(f">{2 * len(runs)}H", *lengths(runs))


def lengths(runs: Runs) -> list[int]:
    """Write runs as alternating skip and take lengths."""
    out: list[int] = []
    at = 0
    for start, end in runs:
        out += (start - at, end - start)
        at = end
    return out


def decode_runs(data: bytes) -> Runs:
    """Read what `encode_runs` wrote."""
    numbers = struct.unpack(f">{len(data) // 2}H", data)
    runs: list[tuple[int, int]] = []
    at = 0
    for skip, take in zip(numbers[::2], numbers[1::2], strict=True):
        runs.append((at + skip, at + skip + take))
        at += skip + take
    return tuple(runs)


_ADD = mailbox_entries.insert()
_GROW = mailboxes.update().where(mailboxes.c.hall == sa.bindparam("at")).values(size=sa.bindparam("new_size"))


_MOVE = (
    mailboxes.update()
    # Not only from where this acknowledgement starts: another stream may have moved it, and the hall was promised that this one is kept.
    .where(mailboxes.c.hall == sa.bindparam("at"), mailboxes.c.acknowledged_size < sa.bindparam("new_size"))
    .values(
        acknowledged_size=sa.bindparam("new_size"),
        acknowledged_frontier=sa.bindparam("new_frontier"),
        acknowledged_checkpoint=sa.bindparam("new_checkpoint"),
    )
)
_ACKNOWLEDGE = acknowledgements.insert()
_SETTLED = sa.select(mailboxes.c.acknowledged_size).where(mailboxes.c.hall == sa.bindparam("at"))


def open_mailbox(connection: sa.Connection, hall: str, epoch: int) -> None:
    """Give a hall its empty queue; a queue that exists stays as it is."""
    exists = connection.scalar(sa.select(mailboxes.c.hall).where(mailboxes.c.hall == hall))
    if exists is None:
        fresh = {
            "hall": hall,
            "epoch": epoch,
            "size": 0,
            "acknowledged_size": 0,
            "acknowledged_frontier": b"",
            "acknowledged_checkpoint": "",
        }
        connection.execute(mailboxes.insert(), fresh)


def sizes(connection: sa.Connection) -> dict[str, int]:
    """Return how many entries each hall's queue holds."""
    return {row.hall: row.size for row in connection.execute(sa.select(mailboxes.c.hall, mailboxes.c.size))}


def get(connection: sa.Connection, hall: str) -> Mailbox | None:
    """Return the head of a hall's queue."""
    row = connection.execute(sa.select(mailboxes).where(mailboxes.c.hall == hall)).one_or_none()
    if row is None:
        return None
    frontier = Frontier.decode(row.acknowledged_size, row.acknowledged_frontier)
    return Mailbox(row.hall, row.epoch, row.size, row.acknowledged_size, frontier, row.acknowledged_checkpoint)


def append(connection: sa.Connection, entries: Sequence[Entry], new_sizes: Iterable[tuple[str, int]]) -> None:
    """Add entries to queues and move the queues' sizes."""
    rows = [
        {"hall": e.hall, "first": e.first, "count": e.count, "ledger_first": e.ledger_first, "runs": encode_runs(e.runs)} for e in entries
    ]
    connection.execute(_ADD, rows)
    connection.execute(_GROW, [{"at": hall, "new_size": size} for hall, size in new_sizes])


def _entry(row: Iterable[Any]) -> Entry:
    hall, first, count, ledger_first, runs = row
    return Entry(hall, first, count, ledger_first, decode_runs(runs))


def entries_from(connection: sa.Connection, hall: str, position: int, limit: int) -> list[Entry]:
    """Return up to `limit` entries, the first being the one that holds `position`."""
    start = (
        sa.select(sa.func.coalesce(sa.func.max(mailbox_entries.c.first), position))
        .where(mailbox_entries.c.hall == hall, mailbox_entries.c.first <= position)
        .scalar_subquery()
    )
    query = (
        sa.select(mailbox_entries)
        .where(mailbox_entries.c.hall == hall, mailbox_entries.c.first >= start)
        .order_by(mailbox_entries.c.first)
        .limit(limit)
    )
    found = (_entry(row) for row in connection.execute(query))
    return [entry for entry in found if entry.first + entry.count > position]


def acknowledge(connection: sa.Connection, done: Acknowledged) -> None:
    """Record an acknowledgement; one that is not newer than what is held changes nothing."""
    settled = connection.scalar(_SETTLED, {"at": done.hall}) if done.not_full else 0
    moved = connection.execute(
        _MOVE,
        {
            "at": done.hall,
            "new_size": done.frontier.size,
            "new_frontier": done.frontier.encode(),
            "new_checkpoint": done.checkpoint,
        },
    )
    if moved.rowcount != 1:
        return
    row = {
        "hall": done.hall,
        "size": done.frontier.size,
        "epoch": done.epoch,
        "prior_size": done.prior_size,
        "prior_frontier": done.prior_frontier.encode(),
        "checkpoint": done.checkpoint,
        "recorded_at_ms": done.recorded_at_ms,
    }
    connection.execute(_ACKNOWLEDGE, row)
    # Another stream may have recorded a part of it already.
    fresh = forms.ranges({at: form for at, form in done.not_full.items() if at >= (settled or 0)})
    if fresh:
        forms.acknowledge(connection, done.hall, fresh)
