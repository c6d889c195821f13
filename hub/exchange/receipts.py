"""Say to an author what became of a batch, with the proof."""

from hub.exchange.ledger import LedgerSigner
from hub.exchange.segments import Segment, hashes
from tongban.exchange.v1.exchange_pb2 import KeyChain, Receipt


def receipt(segment: Segment, note: str) -> Receipt:
    """Build the receipt of a segment under the checkpoint of its commit."""
    message = Receipt(
        journal_size=segment.journal_size,
        count=segment.count,
        ledger_first=segment.ledger_first,
        dispositions=segment.dispositions,
        reasons=segment.reasons,
        keys=KeyChain(count=segment.key_count, hash=segment.key_chain),
        ledger_checkpoint=note,
        ledger_proof=hashes(segment.ledger_proof),
        kind=segment.kind,
    )
    message.accepted_at.FromMilliseconds(segment.accepted_at_ms)
    return message


def note_of(segment: Segment, signer: LedgerSigner, root: bytes) -> str:
    """Return the checkpoint of the commit that holds a segment."""
    return signer.note(segment.ledger_size, root)
