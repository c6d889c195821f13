"""Say what the hub keeps of a batch: the segment, as other rooms read it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """One accepted batch: `batch` is the serialised tongban.exchange.v1.Batch as its author sent it.

    `dispositions` holds one byte per envelope (certs.entries numbers), or is empty when all are ACCEPTED.
    `accepted_at_ms` is Unix time in milliseconds, by the hub's clock. `kind` is certs.entries.LEDGER_*.
    """

    ledger_first: int
    count: int
    kind: int
    author: str
    epoch: int
    journal_first: int
    accepted_at_ms: int
    dispositions: bytes
    batch: bytes
