"""Gather batches and deeds from all streams into group commits, one transaction at a time.

Laws: a commit starts as soon as the last one has ended, so an idle hub adds no waiting; batches are taken round-robin by
hall, so that none is starved (G8); whatever fails with others is tried again alone; a receipt is released only behind the
commit, its head and the signed checkpoint.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
import structlog

from hub.crash import crash_at
from hub.db import Database, transaction
from hub.errors import Fenced, HubError, Refusal
from hub.exchange import ledger, mailboxes
from hub.exchange.commit import Committed, Deed, Desk, commit
from hub.exchange.intake import Admitted
from hub.exchange.segments import Segment
from tongban.errors.v1 import errors_pb2

_log = structlog.get_logger(__name__)

JOIN_WITHIN_SECONDS = 0.02
"""How long what is patient waits for a transaction to join: one of its own costs as much as a batch."""

P = ParamSpec("P")
T = TypeVar("T")

Observer = Callable[[Committed], None]


@dataclass(slots=True)
class _BatchWork:
    batch: Admitted
    done: asyncio.Future[Segment]


@dataclass(slots=True)
class _DeedWork:
    deed: Deed
    done: asyncio.Future[Any]


def _desk(connection: sa.Connection, head: ledger.Head) -> Desk:
    return Desk(head, head.frontier.root(), mailboxes.sizes(connection), ledger.open_tiles(connection, head.frontier.size))


class Committer:
    """The one writer of the ledger; runs its transactions in a thread of its own."""

    def __init__(self, database: Database, *, group_batches: int, clock_ms: Callable[[], int] | None = None) -> None:
        self._database = database
        self._group = group_batches
        self._clock_ms = clock_ms or (lambda: time.time_ns() // 1_000_000)
        self._thread = ThreadPoolExecutor(1, "committer")
        self._waiting: dict[str, deque[_BatchWork]] = {}
        self._deeds: deque[_DeedWork] = deque()
        self._wake = asyncio.Event()
        self._observers: list[Observer] = []
        self._stopping = False
        self._fenced: Fenced | None = None
        self.desk: Desk | None = None

    def watch(self, observer: Observer) -> None:
        """Call `observer` on the loop behind every commit, before receipts are released."""
        self._observers.append(observer)

    async def start(self) -> ledger.Head:
        """Take the database over: any other hub process on it is fenced from now on."""
        self.desk = await self._in_thread(self._open)
        return self.desk.head

    def _open(self) -> Desk:
        with transaction(self._database.writer) as connection:
            head = ledger.take_over(connection)
            return _desk(connection, head)

    def _read(self) -> Desk:
        with self._database.reader.begin() as connection:
            return _desk(connection, ledger.current(connection))

    def batch(self, batch: Admitted) -> asyncio.Future[Segment]:
        """Queue one batch behind those of its journal.

        The future raises Refusal when the batch no longer fits, StorageBusy or StorageFull when it cannot be written.
        """
        work = _BatchWork(batch, asyncio.get_running_loop().create_future())
        self._admit()
        self._waiting.setdefault(batch.tail.origin, deque()).append(work)
        self._wake.set()
        return work.done

    def deed(self, deed: Callable[[sa.Connection], T]) -> asyncio.Future[T]:
        """Have something else written in the next transaction; the future holds what it returned."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._admit()
        self._deeds.append(_DeedWork(Deed(deed), done))
        self._wake.set()
        return done

    def plain(self, deed: Callable[[sa.Connection], T], *, patient: bool) -> asyncio.Future[T]:
        """Have something plain (commit.Deed) written, with the next batch that comes if it is patient, by itself when none comes soon."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._admit()
        self._deeds.append(_DeedWork(Deed(deed, is_plain=True), done))
        if patient:
            asyncio.get_running_loop().call_later(JOIN_WITHIN_SECONDS, self._wake.set)
        else:
            self._wake.set()
        return done

    def _admit(self) -> None:
        if self._fenced is not None:
            raise self._fenced
        if self._stopping:
            raise Refusal(errors_pb2.REASON_DRAINING, "the hub is shutting down; reconnect in a moment")

    async def run(self) -> None:
        """Commit until `stop`; raises Fenced when another process took over."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while batches_and_deeds := self._take():
                await self._commit(*batches_and_deeds)
            if self._stopping:
                return

    def stop(self) -> None:
        """Take no more work; `run` ends when what was taken is written."""
        self._stopping = True
        self._wake.set()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _take(self) -> tuple[list[_BatchWork], list[_DeedWork]] | None:
        """Take work round-robin by journal, in order within each."""
        batches: list[_BatchWork] = []
        while self._waiting and len(batches) < self._group:
            for origin in list(self._waiting):
                queue = self._waiting[origin]
                batches.append(queue.popleft())
                if not queue:
                    del self._waiting[origin]
                if len(batches) >= self._group:
                    break
        # Who came first this time comes last next time.
        for origin in list(self._waiting)[:1]:
            self._waiting[origin] = self._waiting.pop(origin)
        deeds = list(self._deeds)
        self._deeds.clear()
        return (batches, deeds) if batches or deeds else None

    async def _commit(self, batches: list[_BatchWork], deeds: list[_DeedWork]) -> None:
        try:
            committed = await self._in_thread(self._write, [work.batch for work in batches], [work.deed for work in deeds])
        except Fenced as error:
            self._end(error, [*batches, *deeds])
            raise
        except Exception as error:  # noqa: BLE001 - every cause is handed to whoever waits for it
            await self._look_again([*batches, *deeds])
            await self._commit_alone(batches, deeds, error)
            return
        self._settle(committed, batches, deeds)

    async def _look_again(self, works: Sequence[_BatchWork | _DeedWork]) -> None:
        """Read the head after a failure, for the commit may have come through and only its answer been lost."""
        try:
            desk = await self._in_thread(self._read)
        except Exception as error:  # noqa: BLE001 - the database is away; the next commit finds out
            _log.warning("head not read", error=repr(error))
            return
        if self.desk is None or desk.head.frontier.size == self.desk.head.frontier.size:
            return
        if desk.head.term != self.desk.head.term:
            fenced = Fenced("another hub process took over this database; this one stops")
            self._end(fenced, works)
            raise fenced
        _log.warning("a commit came through whose answer was lost", ledger_size=desk.head.frontier.size)
        sizes = desk.mailbox_sizes
        self._settle(Committed(desk.head, desk.root, None, (), (), (), sizes, (), desk.open_tiles), [], [])

    def _end(self, error: Fenced, works: Sequence[_BatchWork | _DeedWork]) -> None:
        """Take no more work, and let go of what was taken."""
        self._fenced = error
        self._fail([*works, *self._deeds, *(work for queue in self._waiting.values() for work in queue)], error)
        self._deeds.clear()
        self._waiting.clear()

    async def _commit_alone(self, batches: list[_BatchWork], deeds: list[_DeedWork], error: Exception) -> None:
        """Write a failed group one by one, so that only the culprit fails."""
        if len(batches) + len(deeds) == 1:
            if not isinstance(error, HubError):
                _log.error("commit failed", error=repr(error))
            self._fail([*batches, *deeds], error)
            return
        for deed in deeds:
            await self._commit([], [deed])
        for batch in batches:
            await self._commit([batch], [])

    def _write(self, batches: Sequence[Admitted], deeds: Sequence[Deed]) -> Committed:
        assert self.desk is not None, "start() comes first"  # noqa: S101 - a programming error
        if batches:  # the claim of a lease is a commit too, and comes first
            crash_at("commit-begun")
        with transaction(self._database.writer) as connection:
            committed = commit(connection, self.desk, batches, deeds, self._clock_ms())
            if batches:
                crash_at("commit-written")
        if batches:
            crash_at("commit-durable")
        return committed

    def _settle(self, committed: Committed, batches: list[_BatchWork], deeds: list[_DeedWork]) -> None:
        self.desk = Desk(committed.head, committed.root, committed.mailbox_sizes, committed.open_tiles)
        for observer in self._observers:
            try:
                observer(committed)
            except Exception as error:  # noqa: BLE001 - who looks on must not stop the ledger
                _log.error("observer failed", error=repr(error), exc_info=error)
        for work, segment, refusal in zip(batches, committed.segments, committed.refusals, strict=True):
            if work.done.done():
                continue
            if segment is not None:
                work.done.set_result(segment)
            elif refusal is not None:
                work.done.set_exception(refusal)
        for deed, result in zip(deeds, committed.deeds, strict=True):
            if deed.done.done():
                continue
            if isinstance(result, Refusal):
                deed.done.set_exception(result)
            else:
                deed.done.set_result(result)

    def _fail(self, works: Sequence[_BatchWork | _DeedWork], error: Exception) -> None:
        for work in works:
            if not work.done.done():
                work.done.set_exception(error)

    async def _in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*args, **kwargs))
