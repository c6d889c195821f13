"""Keep the read model of records up with the ledger.

Laws: what the hub said of a batch decides which of its records count, and it stands behind them; of one key the record that was judged
last counts; what is removed leaves its place, so that it is known to be.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from certs.entries import LEDGER_MESSAGE
from certs.names import HUB
from directory.records import key_fault
from hub.bulk import insert_new, upsert
from hub.cases.times import milliseconds
from hub.consumers import digest_rows
from hub.exchange.stored import StoredSegment
from hub.records.judging import JUDGED
from hub.records.reading import records_in
from hub.records.tables import pending, records
from tongban.directory.v1 import register_pb2
from tongban.directory.v1.records_pb2 import Record, RecordsJudged
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

_JUDGED = JUDGED.encode()


class RecordConsumer:
    """The consumer that makes `records` and `records_pending`."""

    name = "records"
    author = ""
    tables: Sequence[sa.Table] = (records, pending)

    def apply(self, connection: sa.Connection, segments: Sequence[StoredSegment], first_unseen: int) -> None:
        """Take in segments, in the caller's transaction; raises DecodeError for what the hub did not log so."""
        for segment in segments:
            if segment.author != HUB:
                rows = [row for row in _sent(segment) if row[0] >= first_unseen]
                if rows:
                    insert_new(connection, pending, rows)
            elif segment.kind == LEDGER_MESSAGE and _JUDGED in segment.batch:
                for ledger_index, judged in _judgements(segment):
                    if ledger_index >= first_unseen:
                        _count(connection, judged)

    def digest(self, connection: sa.Connection) -> str:
        """Return the digest of the model."""
        return digest_rows(connection, self.tables)


def _sent(segment: StoredSegment) -> Iterator[tuple[Any, ...]]:
    """Yield rows of `records_pending`; what has no key that holds never counts, and no database need take it."""
    for sent in records_in(segment):
        header = sent.header
        if key_fault(header.subject):
            continue
        occurred = milliseconds(header.time) if header.HasField("time") else None
        place = (segment.ledger_first + sent.member, segment.ledger_first, header.resource, header.subject)
        told = (segment.author, occurred, segment.accepted_at_ms, segment.epoch, segment.journal_first + sent.member, sent.payload)
        yield *place, *told


def _judgements(segment: StoredSegment) -> Iterator[tuple[int, RecordsJudged]]:
    for member, raw in enumerate(Batch.FromString(segment.batch).envelopes):
        envelope = Envelope.FromString(raw)
        if Header.FromString(envelope.header).resource == JUDGED:
            yield segment.ledger_first + member, RecordsJudged.FromString(envelope.payload)


def _count(connection: sa.Connection, judged: RecordsJudged) -> None:
    """Let the records of one batch that hold count, the last of each key, and keep nothing of the others."""
    of_batch = pending.c.ledger_first == judged.ledger_index
    waiting = connection.execute(sa.select(pending).where(of_batch).order_by(pending.c.ledger_index)).all()
    held = {judged.ledger_index + member for member in _members(judged.runs)}
    last: dict[tuple[str, str], tuple[Any, ...]] = {}
    for ledger_index, _, resource, key, *told in waiting:
        if ledger_index in held:
            removed = Record.FromString(told[-1]).operation == register_pb2.OPERATION_REMOVE
            last[resource, key] = (resource, key, ledger_index, removed, *told)
    if last:
        upsert(connection, records, list(last.values()))
    connection.execute(pending.delete().where(of_batch))


def _members(runs: Sequence[int]) -> Iterator[int]:
    at = 0
    for skip, take in zip(runs[::2], runs[1::2], strict=True):
        yield from range(at + skip, at + skip + take)
        at += skip + take
