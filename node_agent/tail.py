"""Unseal the end of the journal that has no receipt.

Laws: a receipted batch is never touched; envelopes go back in front of what waits, in their order and as they were serialised, so
that a hall's order holds (G3). What the hub holds after all is adopted at the next connection, and struck off again.
"""

import sqlalchemy as sa

from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.errors import MalformedName
from certs.merkle import Frontier
from certs.names import parse_source_uri
from certs.notes import Signer
from node_agent import journal
from node_agent.journal import Head
from node_agent.tables import batches, outbox, sent_events
from tongban.case.v1.case_pb2 import SourceRun
from tongban.exchange.v1.exchange_pb2 import Batch

_SOURCE_RUN = SourceRun.DESCRIPTOR.full_name
_INSERT = (
    "INSERT INTO outbox (id, event_id, attempt, source, source_run, recipients, envelope, size) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (event_id) DO NOTHING"
)

Row = tuple[str, int, str, bool, str, bytes, int]


def unseal(connection: sa.Connection, signer: Signer, epoch: int) -> int:
    """Put every unreceipted envelope back into the outbox; return how many. `connection` is in a write transaction.

    Envelopes that were too large to be carried are not kept; their source gives them again.
    """
    head = journal.load_head(connection, epoch)
    first = journal.receipted_size(connection, head)
    if first == head.size:
        return 0
    rows = [row for _, body in journal.unreceipted(connection) for row in _rows(body)]
    lowest = connection.scalar(sa.select(sa.func.min(outbox.c.id)))
    start = (1 if lowest is None else lowest) - len(rows)
    connection.execute(sa.delete(sent_events).where(sent_events.c.journal_index >= first))
    if rows:
        connection.exec_driver_sql(_INSERT, [(start + at, *row) for at, row in enumerate(rows)])
    frontier = Frontier.decode(first, connection.execute(sa.select(batches.c.frontier).where(batches.c.first == first)).scalar_one())
    connection.execute(sa.delete(batches).where(batches.c.first >= first))
    checkpoint = sign_checkpoint(Checkpoint(signer.name, first, frontier.root()), signer) if first else ""
    journal.move_head(connection, Head(epoch, frontier, checkpoint))
    return len(rows)


def _rows(body: bytes) -> list[Row]:
    batch = Batch.FromString(body)
    hash_only = set(batch.hash_only)
    return [_row(envelope) for at, envelope in enumerate(batch.envelopes) if at not in hash_only]


def _row(envelope: bytes) -> Row:
    header = journal.header_of(envelope)
    try:
        source = parse_source_uri(header.source)[2]
    except MalformedName:
        source = ""
    return header.id, header.attempt, source, header.type == _SOURCE_RUN, " ".join(header.recipients), envelope, len(envelope)
