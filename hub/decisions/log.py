"""Write decision records into the hub's own journal.

Laws: a record is durable in the ledger when `write` returns, and only then may the answer leave; records that wait for one
commit go together into the next; whoever stops waiting stops nothing.
"""

import asyncio
from collections import deque
from datetime import datetime

from hub.exchange.own_journal import Message, OwnJournal
from hub.owned import Owned
from tongban.directory.v1.decisions_pb2 import DecisionRecord

RESOURCE = "decision-record"
TYPE = DecisionRecord.DESCRIPTOR.full_name
BATCH_RECORDS = 256
BATCH_BYTES = 1024 * 1024


def message_of(record: DecisionRecord, at: datetime) -> Message:
    """Return the message that holds a record, made at a time."""
    # Clear header: which hall asked is known to whoever sees the ledger's traffic, who asked and for what is not.
    return Message(source="decisions", resource=RESOURCE, type=TYPE, subject=record.hall, payload=record.SerializeToString(), at=at)


class DecisionLog:
    """Where decisions are written down."""

    def __init__(self, own: OwnJournal, owned: Owned) -> None:
        self._own = own
        self._owned = owned
        self._waiting: deque[tuple[Message, asyncio.Future[None]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def write(self, record: DecisionRecord, at: datetime) -> None:
        """Return when a record, made at a time, is in the ledger; raises what keeps it from being committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((message_of(record, at), done))
        if self._writing is None or self._writing.done():
            self._writing = self._owned.start(self._write_waiting())
        await done

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            try:
                await self._own.say([message for message, _ in batch])
            except Exception as error:  # noqa: BLE001 - every cause is handed to whoever waits for it
                _settle(batch, error)
            else:
                _settle(batch, None)

    def _next_batch(self) -> list[tuple[Message, asyncio.Future[None]]]:
        batch = [self._waiting.popleft()]
        size = len(batch[0][0].payload)
        while self._waiting and len(batch) < BATCH_RECORDS and size < BATCH_BYTES:
            batch.append(self._waiting.popleft())
            size += len(batch[-1][0].payload)
        return batch


def _settle(batch: list[tuple[Message, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
