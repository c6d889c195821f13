"""Propose checkpoints of the ledger to the halls, and keep their cosignatures (G7)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from certs.checkpoints import add_lines, check_cosignature, parse_checkpoint
from certs.errors import CertsError
from certs.keyring import Keyring
from certs.merkle import consistency_proof
from certs.notes import split
from hub.db import Database
from hub.errors import Refusal
from hub.exchange import ledger
from hub.exchange.ledger import LedgerSigner
from hub.tables import cosignatures
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1.exchange_pb2 import Proposal

SKEW = timedelta(minutes=5)
PROOFS_KEPT = 64


@dataclass(slots=True)
class Witnesses:
    """The checkpoint on the table now, and who is to hear of it."""

    database: Database
    signer: LedgerSigner
    size: int = 0
    root: bytes = b""
    _proofs: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)
    _listeners: set[Callable[[], None]] = field(default_factory=set)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` for every new proposal."""
        self._listeners.add(listener)

    def leave(self, listener: Callable[[], None]) -> None:
        """Stop calling `listener`."""
        self._listeners.discard(listener)

    def propose(self) -> bool:
        """Put the newest checkpoint on the table; False when it lies there already."""
        with self.database.reader.begin() as connection:
            size, root = ledger.newest_commit(connection)
        if size == self.size:
            return False
        self.size, self.root = size, root
        return True

    def announce(self) -> None:
        """Tell every listener."""
        for listener in list(self._listeners):
            listener()

    def _proof(self, from_size: int, size: int) -> list[bytes]:
        """Make a consistency proof once: most halls cosigned the same checkpoint last."""
        found = self._proofs.get((from_size, size))
        if found is None:
            with self.database.reader.begin() as connection:
                found = consistency_proof(from_size, size, ledger.nodes(connection))
            if len(self._proofs) >= PROOFS_KEPT:
                self._proofs.clear()
            self._proofs[from_size, size] = found
        return found

    def proposal(self, from_size: int) -> Proposal | None:
        """Return the proposal for a hall that cosigned `from_size` last; None when there is nothing new to cosign."""
        size, root = self.size, self.root
        if size == 0 or from_size >= size:
            return None
        proof = self._proof(from_size, size) if from_size else []
        return Proposal(checkpoint=self.signer.note(size, root), from_size=from_size, consistency_proof=proof)


def checkpoint_size(note: str) -> int:
    """Return the size that a checkpoint of ours names."""
    return parse_checkpoint(split(note)[0]).size


def check(note: str, line: str, hall: str, keyring: Keyring, now: datetime) -> int:
    """Return the time of a cosignature in Unix seconds, or raise Refusal.

    The time bounds from above when others' messages were accepted, so it must be about now.
    """
    try:
        signed_at = check_cosignature(split(note)[0], line, keyring.cosigning_key(hall))
    except CertsError as error:
        raise Refusal(errors_pb2.REASON_COSIGNATURE_INVALID, f"cosignature of {hall}: {error}") from error
    if abs(signed_at - now.timestamp()) > SKEW.total_seconds():
        msg = f"cosignature of {hall}: its time is more than {SKEW.total_seconds():g} s off the hub's; set the clock"
        raise Refusal(errors_pb2.REASON_COSIGNATURE_INVALID, msg)
    return signed_at


def keep(connection: sa.Connection, size: int, hall: str, signed_at: int, line: str) -> None:
    """Keep a cosignature; the first of a hall on a checkpoint stays."""
    held = sa.select(cosignatures.c.hall).where(cosignatures.c.ledger_size == size, cosignatures.c.hall == hall)
    if connection.scalar(held) is None:
        connection.execute(cosignatures.insert(), {"ledger_size": size, "hall": hall, "signed_at": signed_at, "line": line})


def cosigned(connection: sa.Connection, signer: LedgerSigner, *, at_least: int, from_size: int = 0) -> tuple[int, str] | None:
    """Return (size, note with cosignatures) of the newest checkpoint of `from_size` or more that so many halls cosigned."""
    size = _newest_cosigned(connection, at_least, from_size) if at_least else ledger.newest_commit(connection)[0]
    root = ledger.root_at(connection, size) if size else None
    if root is None or size < from_size:
        return None
    lines = connection.scalars(sa.select(cosignatures.c.line).where(cosignatures.c.ledger_size == size).order_by(cosignatures.c.hall))
    return size, add_lines(signer.note(size, root), list(lines))


def _newest_cosigned(connection: sa.Connection, at_least: int, from_size: int) -> int:
    """Read cosigned sizes from the newest on, in the order of the primary key, until one has enough."""
    query = (
        sa.select(cosignatures.c.ledger_size)
        .where(cosignatures.c.ledger_size >= from_size)
        .group_by(cosignatures.c.ledger_size)
        .having(sa.func.count() >= at_least)
        .order_by(cosignatures.c.ledger_size.desc())
        .limit(1)
    )
    return connection.scalar(query) or 0
