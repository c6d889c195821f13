"""Cosign what the hub proposes, and keep what others cosigned.

Laws: a checkpoint is cosigned after its consistency with the last cosigned one and with the newest seen one is verified and
written down (C2SP tlog-cosignature); a second history is kept as evidence and never cosigned.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from certs import checkpoints, merkle, notes
from certs.errors import BadProof
from node_agent import ledger_view
from node_agent.errors import LedgerForked
from node_agent.keys_replica import KeysReplica
from node_agent.ledger_view import LedgerView, Seen
from node_agent.tables import cosigned, witnessed

KEPT = 1_440
"""Witnessed checkpoints that are kept: a day's, one a minute."""

ENOUGH = 2
"""Cosignatures of other halls that a hall wants to see, where there are so many."""


@dataclass(frozen=True, slots=True)
class Step:
    """A consistency proof that is needed: from the smaller checkpoint to the larger one."""

    older: Seen
    newer: Seen


def last_cosigned(connection: sa.Connection) -> Seen | None:
    """Return the checkpoint that this hall cosigned last."""
    row = connection.execute(sa.select(cosigned)).one_or_none()
    return Seen(row.size, row.root, row.checkpoint) if row is not None else None


def steps(proposed: Seen, known: Sequence[Seen | None]) -> list[Step]:
    """Return the consistency proofs that link a checkpoint to those known; raises LedgerForked for another root of one size."""
    needed = []
    for seen in known:
        if seen is None or seen.size == 0:
            continue
        if seen.size == proposed.size and seen.root != proposed.root:
            raise _fork(seen, proposed)
        if seen.size != proposed.size:
            needed.append(Step(*sorted((seen, proposed), key=lambda one: one.size)))
    return needed


def check_step(step: Step, proof: Sequence[bytes]) -> None:
    """Raise LedgerForked unless the newer ledger extends the older one."""
    older, newer = step.older, step.newer
    try:
        merkle.check_consistency(older.size, newer.size, older.root, newer.root, list(proof))
    except BadProof as error:
        raise _fork(older, newer) from error


def _fork(one: Seen, other: Seen) -> LedgerForked:
    return LedgerForked(f"the ledger of size {other.size} does not agree with the one of size {one.size}", (one.note, other.note))


_COSIGNED = (
    "INSERT INTO cosigned (id, size, root, checkpoint, cosigned_at) VALUES (1, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root, checkpoint = excluded.checkpoint,"
    " cosigned_at = excluded.cosigned_at WHERE excluded.size >= cosigned.size"
)


def store_cosigned(connection: sa.Connection, proposed: Seen, view: LedgerView, *, now_ms: int) -> None:
    """Write down what is about to be cosigned; durable when the caller's transaction is, and only then cosign."""
    connection.exec_driver_sql(_COSIGNED, (proposed.size, proposed.root, proposed.note, now_ms))
    ledger_view.store(connection, view.newest)


def cosign(proposed: Seen, signer: notes.Signer, *, now_seconds: int) -> str:
    """Return the cosignature line for a checkpoint that was verified and written down."""
    return checkpoints.cosign(notes.split(proposed.note)[0], signer, now_seconds)


def others(seen: Seen, keys: KeysReplica, own: str) -> list[str]:
    """Return the witnesses beside our own whose cosignatures on a checkpoint verify; raises BadSignature when one does not."""
    known = [verifier for verifier in keys.witnesses(seen.size) if verifier.name != own]
    return sorted(checkpoints.cosignatures(seen.note, known))


_WITNESSED = (
    "INSERT INTO witnessed (size, others, checkpoint, witnessed_at) VALUES (?, ?, ?, ?) ON CONFLICT (size) DO UPDATE SET"
    " others = excluded.others, checkpoint = excluded.checkpoint"
    " WHERE excluded.others >= witnessed.others"
)
_PRUNE = "DELETE FROM witnessed WHERE size < (SELECT size FROM witnessed ORDER BY size DESC LIMIT 1 OFFSET ?)"


def store_witnessed(connection: sa.Connection, seen: Seen, count: int, *, now_ms: int) -> None:
    """Keep a checkpoint that `count` other halls cosigned."""
    connection.exec_driver_sql(_WITNESSED, (seen.size, count, seen.note, now_ms))
    connection.exec_driver_sql(_PRUNE, (KEPT,))


def last_witnessed_ms(connection: sa.Connection) -> int | None:
    """Return when the newest checkpoint that others cosigned was seen first, Unix milliseconds; an old one shown again is no news."""
    query = sa.select(witnessed.c.witnessed_at).where(witnessed.c.others > 0).order_by(witnessed.c.size.desc()).limit(1)
    newest: int | None = connection.scalar(query)
    return newest
