"""Say to an author what became of a batch, with the proof."""

from collections.abc import Iterable
from typing import cast

from hub.exchange.segments import Segment, hashes
from tongban.errors.v1.errors_pb2 import Reason
from tongban.exchange.v1.exchange_pb2 import Disposition, KeyChain, LedgerKind, Receipt


def receipt(segment: Segment, note: str) -> Receipt:
    """Build the receipt of a segment under the checkpoint of its commit."""
    message = Receipt(
        journal_size=segment.journal_size,
        count=segment.count,
        ledger_first=segment.ledger_first,
        dispositions=cast("Iterable[Disposition]", segment.dispositions),
        reasons=cast("Iterable[Reason]", segment.reasons),
        keys=KeyChain(count=segment.key_count, hash=segment.key_chain),
        ledger_checkpoint=note,
        ledger_proof=hashes(segment.ledger_proof),
        kind=cast("LedgerKind", segment.kind),
    )
    message.accepted_at.FromMilliseconds(segment.accepted_at_ms)
    return message
