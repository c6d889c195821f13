"""Check receipts, and mark what they cover.

Laws: a receipt is believed when the ledger entries that it implies lead to a root that the hub signed; nothing is marked
before; a batch keeps its receipt as evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from certs.entries import ACCEPTED, REFUSED, ledger_leaf_hashes
from certs.errors import CertsError
from certs.merkle import root_from_range
from certs.names import LogName
from node_agent import crash, journal, ledger_view
from node_agent.errors import ReceiptInvalid
from node_agent.journal import Sealed
from node_agent.keys_replica import KeysReplica
from node_agent.ledger_view import LedgerView
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1.exchange_pb2 import Batch, Receipt

_EMPTY = journal.hash_of_recipients("")


@dataclass(frozen=True, slots=True)
class Refused:
    """One envelope that the hub did not route; `reason` is a tongban.errors.v1.Reason, 0 when HELD."""

    journal_index: int
    event_id: str
    disposition: int
    reason: int


@dataclass(frozen=True, slots=True)
class Checked:
    """A receipt that proves what it says; `receipted_at` in Unix milliseconds."""

    first: int
    count: int
    receipt: bytes
    receipted_at: int
    refused: tuple[Refused, ...] = ()


def check_all(pairs: Sequence[tuple[Receipt, Sealed]], log: LogName, keys: KeysReplica, view: LedgerView, *, now_ms: int) -> list[Checked]:
    """Check receipts, each with its batch; raises ReceiptInvalid, or LedgerForked, for the first that fails."""
    return [check(receipt, batch, log, keys, view, now_ms=now_ms) for receipt, batch in pairs]


def check(  # noqa: PLR0913 - a receipt, its batch, and what is known about both
    receipt: Receipt, batch: Sealed, log: LogName, keys: KeysReplica, view: LedgerView, *, now_ms: int
) -> Checked:
    """Check a receipt against the batch it is for; raises ReceiptInvalid, or LedgerForked."""
    count = len(batch.leaves)
    if (receipt.journal_size, receipt.count) != (batch.size, count):
        raise _invalid(batch, f"it is for {receipt.count} envelopes up to {receipt.journal_size}", receipt)
    many = {len(receipt.dispositions), len(receipt.reasons)}
    if not many <= {0, count}:
        raise _invalid(batch, "it does not state one disposition for each envelope", receipt)
    chain = keys.chain_at(receipt.keys.count)
    if chain is not None and chain != receipt.keys.hash:
        raise _invalid(batch, "it commits to other key entries than this hall was given", receipt)
    try:
        checkpoint = view.open(receipt.ledger_checkpoint)
        run = (receipt.ledger_first, receipt.ledger_first + count)
        root = root_from_range(checkpoint.size, [run], _ledger_leaves(receipt, batch, log), list(receipt.ledger_proof))
    except CertsError as error:
        raise _invalid(batch, str(error), receipt) from error
    if root != checkpoint.root:
        raise _invalid(batch, f"its ledger entries are not in the ledger of size {checkpoint.size}", receipt)
    return Checked(batch.first, count, receipt.SerializeToString(), now_ms, _refused(receipt, batch))


def _ledger_leaves(receipt: Receipt, batch: Sealed, log: LogName) -> list[bytes]:
    recipients = batch.recipients
    if receipt.reasons:
        # The hub reads no header of an envelope that it finds too large.
        too_large = errors_pb2.REASON_ENVELOPE_TOO_LARGE
        recipients = [_EMPTY if reason == too_large else known for reason, known in zip(receipt.reasons, recipients, strict=True)]
    return ledger_leaf_hashes(
        kind=receipt.kind,
        author=log.hall,
        epoch=log.epoch,
        indices=range(batch.first, batch.size),
        leaves=batch.leaves,
        dispositions=list(receipt.dispositions),
        accepted_at_ms=receipt.accepted_at.ToMilliseconds(),
        recipients_hashes=recipients,
        key_count=receipt.keys.count,
        key_chain=receipt.keys.hash,
    )


def _refused(receipt: Receipt, batch: Sealed) -> tuple[Refused, ...]:
    if not receipt.dispositions or set(receipt.dispositions) == {ACCEPTED}:
        return ()
    body = Batch.FromString(batch.body)
    hash_only = set(body.hash_only)
    refused = []
    for at, disposition in enumerate(receipt.dispositions):
        if disposition != ACCEPTED:
            event_id = "" if at in hash_only else journal.header_of(body.envelopes[at]).id
            reason = receipt.reasons[at] if receipt.reasons and disposition == REFUSED else 0
            refused.append(Refused(batch.first + at, event_id, disposition, reason))
    return tuple(refused)


def _invalid(batch: Sealed, why: str, receipt: Receipt) -> ReceiptInvalid:
    return ReceiptInvalid(
        f"the receipt of [{batch.first}, {batch.size}) proves nothing: {why}", (batch.checkpoint, receipt.ledger_checkpoint)
    )


_MARK = "UPDATE batches SET receipt = ?, receipted_at = ? WHERE first = ?"
_REFUSE = (
    "INSERT INTO refusals (journal_index, event_id, disposition, reason, receipted_at) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (journal_index) DO UPDATE SET disposition = excluded.disposition, reason = excluded.reason,"
    " receipted_at = excluded.receipted_at"
)


def store(connection: sa.Connection, checked: Sequence[Checked], view: LedgerView) -> None:
    """Mark all batches whose receipts have arrived; durable when the caller's transaction is."""
    connection.exec_driver_sql(_MARK, [(one.receipt, one.receipted_at, one.first) for one in checked])
    refused = [(bad.journal_index, bad.event_id, bad.disposition, bad.reason, one.receipted_at) for one in checked for bad in one.refused]
    if refused:
        connection.exec_driver_sql(_REFUSE, refused)
    ledger_view.store(connection, view.newest)
    crash.reached("receipt-stored")
