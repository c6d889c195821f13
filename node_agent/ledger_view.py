"""Remember what the hub has shown of the ledger.

Laws: every checkpoint is verified once and remembered by its text; two roots of one size are a fork, whoever brought them
(G7); the newest verified size never decreases.
"""

import json
import threading
from dataclasses import dataclass

import sqlalchemy as sa

from certs.checkpoints import Checkpoint, open_checkpoint
from certs.errors import CertsError
from certs.notes import Verifier
from node_agent.errors import Alarm, LedgerForked
from node_agent.tables import equivocations, ledger_seen

_REMEMBERED = 4_096
"""Checkpoints kept in memory, by text and by size: some minutes of a busy hub."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A verified ledger checkpoint with the note that proves it."""

    size: int
    root: bytes
    note: str


class LedgerView:
    """The ledger as this hall has seen it; safe to use from several threads."""

    def __init__(self, verifier: Verifier, newest: Seen | None) -> None:
        self._verifier = verifier
        self._lock = threading.Lock()
        self._by_note: dict[str, Checkpoint] = {}
        self._by_size: dict[int, Seen] = {}
        self._newest: Seen | None = None
        if newest is not None:
            self._remember(newest)

    @property
    def newest(self) -> Seen | None:
        """The verified checkpoint of the largest size."""
        return self._newest

    @property
    def newest_note(self) -> str:
        """The newest checkpoint as a note; empty if there is none."""
        return self._newest.note if self._newest else ""

    def open(self, note: str) -> Checkpoint:
        """Return a ledger checkpoint; raises CertsError for one that does not verify, LedgerForked for a second history."""
        known = self._by_note.get(note)
        if known is not None:
            return known
        checkpoint = open_checkpoint(note, self._verifier)
        with self._lock:
            self._remember(Seen(checkpoint.size, checkpoint.root, note))
            _bound(self._by_note)
            self._by_note[note] = checkpoint
        return checkpoint

    def peek(self, note: str) -> Checkpoint:
        """Return a ledger checkpoint without remembering it, for who proves first that it agrees with the others; raises CertsError."""
        return open_checkpoint(note, self._verifier)

    def _remember(self, seen: Seen) -> None:
        other = self._by_size.get(seen.size)
        if other is not None and other.root != seen.root:
            raise LedgerForked(f"the hub signed two ledgers of size {seen.size}", (other.note, seen.note))
        if other is None:
            _bound(self._by_size)
            self._by_size[seen.size] = seen
        if self._newest is None or seen.size > self._newest.size:
            self._newest = seen


def _bound(remembered: dict[str, Checkpoint] | dict[int, Seen]) -> None:
    if len(remembered) >= _REMEMBERED:
        remembered.pop(next(iter(remembered)))  # type: ignore[call-overload]  # the key comes from the same dict


def load(connection: sa.Connection, verifier: Verifier) -> LedgerView:
    """Take up the view where it was stored; raises CertsError for a store that was tampered with."""
    row = connection.execute(sa.select(ledger_seen)).one_or_none()
    if row is None:
        return LedgerView(verifier, None)
    checkpoint = open_checkpoint(row.checkpoint, verifier)
    return LedgerView(verifier, Seen(checkpoint.size, checkpoint.root, row.checkpoint))


_STORE = (
    "INSERT INTO ledger_seen (id, size, root, checkpoint) VALUES (1, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root, checkpoint = excluded.checkpoint"
    " WHERE excluded.size > ledger_seen.size"
)


def store(connection: sa.Connection, seen: Seen | None) -> None:
    """Keep the newest checkpoint; an older one changes nothing."""
    if seen is not None:
        connection.exec_driver_sql(_STORE, (seen.size, seen.root, seen.note))


_KEEP = "INSERT INTO equivocations (kind, what, notes, found_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"


def keep_evidence(connection: sa.Connection, alarm: Alarm, now_ms: int) -> None:
    """Keep the signed notes that an alarm rests on, once."""
    connection.exec_driver_sql(_KEEP, (type(alarm).__name__, str(alarm), json.dumps(alarm.notes), now_ms))


def evidence(connection: sa.Connection) -> list[dict[str, object]]:
    """Return what was kept of contradictions, newest first."""
    rows = connection.execute(sa.select(equivocations).order_by(equivocations.c.id.desc()).limit(100))
    return [{"kind": row.kind, "what": row.what, "notes": json.loads(row.notes), "found_at": row.found_at} for row in rows]


def claimed(note: str) -> tuple[str, int]:
    """Read origin and size of a checkpoint before its signature is checked: they decide which key must have signed.

    Raises CertsError.
    """
    lines = note.split("\n", 2)
    if len(lines) < 3 or not (lines[1].isascii() and lines[1].isdigit()) or len(lines[1]) > 19:  # noqa: PLR2004 - digits of 2^63
        raise CertsError("a checkpoint that names no origin and size")
    return lines[0], int(lines[1])
