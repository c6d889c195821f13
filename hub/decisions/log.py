"""Write decision records into the hub's own journal.

Laws: a record is durable in the ledger when `write` returns, and only then may the answer leave; records that wait for one
commit go together into the next; whoever stops waiting stops nothing.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from hub.exchange.intake import Also
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


@dataclass(frozen=True, slots=True)
class Beside:
    """A row that is kept in the transaction of a record: `keep` writes the rows of all records that go together."""

    keep: Callable[[sa.Connection, Sequence[bytes]], None]
    row: bytes


@dataclass(frozen=True, slots=True)
class _Waiting:
    message: Message
    beside: Beside | None
    done: asyncio.Future[int]


class DecisionLog:
    """Where decisions are written down."""

    def __init__(self, own: OwnJournal, owned: Owned) -> None:
        self._own = own
        self._owned = owned
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def write(self, record: DecisionRecord, at: datetime, beside: Beside | None = None) -> int:
        """Return the ledger index of a record, made at a time, once it is in the ledger; raises what keeps it from being committed."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(message_of(record, at), beside, done))
        if self._writing is None or self._writing.done():
            self._writing = self._owned.start(self._write_waiting())
        return await done

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            try:
                messages, also = [one.message for one in batch], _beside(batch)
                said = await (self._own.say(messages, also=also) if also else self._own.say(messages))
            except Exception as error:  # noqa: BLE001 - every cause is handed to whoever waits for it
                _settle(batch, error)
            else:
                _settle(batch, said.ledger_first)

    def _next_batch(self) -> list[_Waiting]:
        batch = [self._waiting.popleft()]
        size = len(batch[0].message.payload)
        while self._waiting and len(batch) < BATCH_RECORDS and size < BATCH_BYTES:
            batch.append(self._waiting.popleft())
            size += len(batch[-1].message.payload)
        return batch


def _beside(batch: Sequence[_Waiting]) -> Also | None:
    """Return what writes the rows of a batch; None where there are none."""
    rows: dict[Callable[[sa.Connection, Sequence[bytes]], None], list[bytes]] = {}
    for one in batch:
        if one.beside is not None:
            rows.setdefault(one.beside.keep, []).append(one.beside.row)
    return partial(_keep, list(rows.items())) if rows else None


def _keep(
    rows: Sequence[tuple[Callable[[sa.Connection, Sequence[bytes]], None], Sequence[bytes]]], connection: sa.Connection, _first: int
) -> None:
    for keep, given in rows:
        keep(connection, given)


def _settle(batch: Sequence[_Waiting], outcome: int | Exception) -> None:
    """Tell everyone of a batch its ledger index, given that of the first, or why there is none."""
    for at, one in enumerate(batch):
        if one.done.done():
            continue
        if isinstance(outcome, Exception):
            one.done.set_exception(outcome)
        else:
            one.done.set_result(outcome + at)
