"""Tell a batch that was sent again from a journal that forked; a fork is evidence and is kept."""

import asyncio
from datetime import datetime

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.entries import ACCEPTED
from certs.merkle import Frontier, Growth
from hub.db import Database
from hub.errors import Refusal
from hub.exchange import segments
from hub.exchange.committer import Committer
from hub.exchange.intake import KEY_SUCCESSION, JournalTail, Replayed
from hub.exchange.segments import Segment, hashes
from hub.tables import contradictions
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1.exchange_pb2 import Batch


async def settle_replay(database: Database, committer: Committer, replayed: Replayed, tail: JournalTail, now: datetime) -> Segment:
    """Return the segment of a batch that the hub holds.

    Raises Refusal: JOURNAL_GAP when it holds the same envelopes in other batches or is still writing them, ROOT_MISMATCH when the
    checkpoint is not over what was sent, JOURNAL_FORK, keeping both notes, when the author signed another history.
    """
    held = await asyncio.to_thread(_held, database, tail, replayed)
    again = {"size": str(tail.frontier.size)}
    if not held:
        msg = f"a batch from {replayed.first} is still being written; resume from {tail.frontier.size}"
        raise Refusal(errors_pb2.REASON_JOURNAL_GAP, msg, metadata=again)
    first = held[0]
    if first.journal_first == replayed.first and first.leaves == b"".join(replayed.leaves):
        return first
    known = [leaf for segment in held for leaf in hashes(segment.leaves)][replayed.first - first.journal_first :]
    if known[: len(replayed.leaves)] == list(replayed.leaves[: len(known)]):
        msg = f"these envelopes are held already, in other batches; resume from {tail.frontier.size}"
        raise Refusal(errors_pb2.REASON_JOURNAL_GAP, msg, metadata=again)
    before = Frontier.decode(first.journal_first, first.journal_frontier)
    before = before.extend(hashes(first.leaves)[: replayed.first - first.journal_first])
    if Growth(before, replayed.leaves).root() != replayed.checkpoint.root:
        msg = f"the checkpoint of size {replayed.checkpoint.size} is not over these envelopes"
        raise Refusal(errors_pb2.REASON_ROOT_MISMATCH, msg, metadata=again)
    note = Batch.FromString(first.batch).checkpoint
    await committer.deed(lambda connection: _keep(connection, tail.origin, note, replayed.note, now))
    msg = f"the batch from {replayed.first} contradicts what this hub holds and gave a receipt for; both signed notes are kept"
    raise Refusal(errors_pb2.REASON_JOURNAL_FORK, msg, metadata=again)


def _held(database: Database, tail: JournalTail, replayed: Replayed) -> list[Segment]:
    """Return the segments that hold the batch's place in the journal, in order."""
    with database.reader.begin() as connection:
        held = segments.journal_after(connection, tail.hall, tail.epoch, replayed.first, len(replayed.leaves))
    return [segment for segment in held if segment.journal_first < replayed.checkpoint.size]


def last_succession(database: Database, tail: JournalTail) -> bytes:
    """Return the payload of the journal's last leaf when that names a successor key."""
    with database.reader.begin() as connection:
        segment = segments.at_journal(connection, tail.hall, tail.epoch, tail.frontier.size - 1) if tail.frontier.size else None
    if segment is None or segment.disposition(segment.count - 1) != ACCEPTED:
        return b""
    try:
        envelope = Envelope.FromString(Batch.FromString(segment.batch).envelopes[-1])
        return envelope.payload if Header.FromString(envelope.header).resource == KEY_SUCCESSION else b""
    except DecodeError:
        return b""


def _keep(connection: sa.Connection, origin: str, held: str, offered: str, now: datetime) -> None:
    """Keep two signed notes of one log that cannot both be true, once."""
    known = sa.select(contradictions.c.id).where(contradictions.c.origin == origin, contradictions.c.offered == offered)
    if connection.scalar(known) is None:
        seen_at_ms = int(now.timestamp() * 1000)
        connection.execute(contradictions.insert(), {"origin": origin, "held": held, "offered": offered, "seen_at_ms": seen_at_ms})
