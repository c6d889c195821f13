"""Tell a batch that was sent again from a journal that forked; a fork is evidence and is kept."""

import asyncio
import time

import sqlalchemy as sa

from hub.db import Database
from hub.errors import Refusal
from hub.exchange import segments
from hub.exchange.committer import Committer
from hub.exchange.intake import JournalTail, Replayed
from hub.exchange.segments import Segment
from hub.tables import contradictions
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1.exchange_pb2 import Batch


async def settle_replay(database: Database, committer: Committer, replayed: Replayed, tail: JournalTail) -> Segment:
    """Return the segment of a batch that the hub holds; raises Refusal JOURNAL_FORK, keeping both notes, when it holds another."""
    found = await asyncio.to_thread(_find, database, tail, replayed.first)
    if found is not None and found.journal_first == replayed.first and found.leaves == b"".join(replayed.leaves):
        return found
    if found is None:
        # Admitted on this stream and not committed yet: the order is the author's slip, not a fork.
        raise Refusal(
            errors_pb2.REASON_JOURNAL_GAP,
            f"a batch from {replayed.first} is still being written",
            metadata={"size": str(tail.frontier.size)},
        )
    held = Batch.FromString(found.batch).checkpoint
    await committer.deed(lambda connection: keep_contradiction(connection, tail.origin, held, replayed.checkpoint))
    msg = f"the batch from {replayed.first} contradicts what this hub holds and gave a receipt for; both signed notes are kept"
    raise Refusal(errors_pb2.REASON_JOURNAL_FORK, msg, metadata={"size": str(tail.frontier.size)})


def _find(database: Database, tail: JournalTail, index: int) -> Segment | None:
    with database.reader.begin() as connection:
        return segments.at_journal(connection, tail.hall, tail.epoch, index)


def keep_contradiction(connection: sa.Connection, origin: str, held: str, offered: str) -> None:
    """Keep two signed notes of one log that cannot both be true."""
    row = {"origin": origin, "held": held, "offered": offered, "seen_at_ms": time.time_ns() // 1_000_000}
    connection.execute(contradictions.insert(), row)
