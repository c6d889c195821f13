"""Submit the journal: seal what waits, send it, and believe receipts that prove themselves.

Laws: sealed only while the stream is open and the lease is held; batches go in order, several of them in flight; receipts come
in order, and those that arrive within a moment are stored together; nothing is sent before the keys on the disk are those that
the journal names.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress

import structlog
from grpc import aio

from certs.entries import HELD, REFUSED
from node_agent import adoption, crash, hall_keys, journal, receipts, resume, successions
from node_agent.adoption import Trust
from node_agent.errors import HubRefused, HubUnreachable, ReceiptInvalid
from node_agent.journal import Limits, Sealed
from node_agent.link import refusals
from node_agent.link.line import Line
from node_agent.link.rooms import PROTOCOL_VERSION, RELEASE, LinkRooms
from node_agent.link.stream import Stream
from node_agent.link.together import either, together
from node_agent.receipts import Checked
from node_agent.resume import Resumption
from tongban.exchange.v1.exchange_pb2 import (
    Close,
    GetJournalRequest,
    GetJournalResponse,
    Pong,
    Receipt,
    SubmitOpen,
    SubmitOpened,
    SubmitRequest,
    SubmitResponse,
)
from tongban.exchange.v1.exchange_pb2_grpc import ExchangeServiceStub

_log = structlog.get_logger(__name__)

ADOPTED_TOGETHER = 16
"""Batches that are adopted in one transaction."""
STORED_WITHIN_SECONDS = 0.05
"""How long a checked receipt waits for others, to be stored with them: a transaction of its own costs as much as sealing."""
CHECKED_AT_ONCE = 16
"""Receipts over so few envelopes are checked on the spot: going to a thread and back takes longer."""
WATCH_SECONDS = 1.0
STEADY_SECONDS = 10.0
"""A stream that was open for so long without trouble is well, even with nothing to do."""


class SubmitSession:
    """One submit stream."""

    def __init__(self, rooms: LinkRooms, channel: aio.Channel, line: Line) -> None:
        self._rooms = rooms
        self._line = line
        self._stub: ExchangeServiceStub = ExchangeServiceStub(channel)
        self._finishing = asyncio.Event()
        self._in_flight: deque[Sealed] = deque()
        self._arrived: deque[tuple[Receipt, Sealed]] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._ended = asyncio.Event()
        self._checked: list[Checked] = []
        self._unstored = 0
        self._store_at = 0.0
        self._told_of_refusals = False
        self._told_of_held = False
        self._is_barred = False
        self._quiet_since = 0.0

    def finish(self) -> None:
        """Ask for the end: batches in flight get their receipts first."""
        self._finishing.set()
        self._room.set()

    async def run(self) -> None:
        """Serve one stream until it has ended well; raises AgentError."""
        stream: Stream[SubmitRequest, SubmitResponse] = Stream(self._stub.Submit(None))
        try:
            opened = await self._open(stream)
            limits = self._limits(opened)
            resumption = await self._resumed(opened)
            await self._settle()
            self._line.opened(lease=opened.lease, hub_size=opened.size, size=resumption.head.size)
            await together(self._send(stream, limits, resumption), self._read(stream), self._check(limits), self._watch())
        finally:
            stream.cancel()

    async def _open(self, stream: Stream[SubmitRequest, SubmitResponse]) -> SubmitOpened:
        rooms = self._rooms
        head = await rooms.writer.read(journal.load_head, rooms.hall.epoch)
        opening = SubmitOpen(
            protocol_version=PROTOCOL_VERSION,
            journal=rooms.hall.journal.name,
            size=head.size,
            release=RELEASE,
            ledger_checkpoint=rooms.view.newest_note,
        )
        await stream.write(SubmitRequest(open=opening))
        answer = await stream.read()
        while answer is not None and answer.WhichOneof("message") == "ping":
            await stream.write(SubmitRequest(pong=Pong(nonce=answer.ping.nonce)))
            answer = await stream.read()
        if answer is None:
            raise HubUnreachable("the hub ended the submit stream before it was open")
        if answer.WhichOneof("message") != "opened":
            raise HubRefused("REASON_UNEXPECTED_MESSAGE", "the hub did not answer `open` with `opened`")
        return answer.opened

    def _limits(self, opened: SubmitOpened) -> Limits:
        said = opened.limits
        in_flight = min(said.batches_in_flight or 1, self._rooms.config.link.batches_in_flight)
        skew = abs(self._rooms.now_ms() - opened.hub_time.ToMilliseconds()) / 1000
        self._rooms.pulse.tell(clock_skew_seconds=round(skew, 1))
        return Limits(said.frame_bytes, said.envelope_bytes, max(said.batch_length, 1), in_flight)

    async def _resumed(self, opened: SubmitOpened) -> Resumption:
        """Bring both sides to one history; raises JournalForked, TailDiverged or HubLostJournal."""
        rooms = self._rooms
        resumption = await rooms.writer.read(resume.compare, rooms.hall.epoch, opened.size, opened.root)
        if not resumption.adopt:
            return resumption
        _log.warning("adopting our journal from the hub", size=resumption.head.size, hub_size=opened.size)
        await rooms.writer.write(adoption.begin, rooms.hall.epoch, opened.size)
        await self._adopt(resumption)
        resumption = await rooms.writer.read(resume.compare, rooms.hall.epoch, opened.size, opened.root)
        if resumption.adopt:
            raise HubUnreachable(f"the hub gave back {resumption.head.size} of the {opened.size} it holds of this journal")
        return resumption

    async def _adopt(self, resumption: Resumption) -> None:
        rooms = self._rooms
        trust = Trust(rooms.log, rooms.hall, rooms.keys, rooms.view, rooms.adopt_cursor, rooms.adopt_acts)
        frontier = await rooms.writer.read(adoption.start, resumption.head, resumption.send_from)
        call = self._stub.GetJournal(GetJournalRequest(journal=rooms.hall.journal.name, first=resumption.send_from))
        answers: list[GetJournalResponse] = []
        try:
            async for answer in call:
                answers.append(answer)
                if len(answers) >= ADOPTED_TOGETHER:
                    frontier = await rooms.writer.write(adoption.adopt, answers, frontier, trust, now_ms=rooms.now_ms())
                    answers = []
        except aio.AioRpcError as error:
            raise refusals.named(error) from error
        if answers:
            await rooms.writer.write(adoption.adopt, answers, frontier, trust, now_ms=rooms.now_ms())

    async def _settle(self) -> None:
        """Let the log key be the one that the receipts say; raises LogKeyLost or StoreError."""
        rooms = self._rooms
        found = await rooms.writer.write(successions.settle, rooms.hall, rooms.keys, now_ms=rooms.now_ms())
        self._is_barred = found.waits
        if found.succeeded:
            rooms.hall = hall_keys.load(rooms.config)
            _log.info("the log key was succeeded", log_key=rooms.hall.journal.verifier.key_id.hex(), behind=rooms.hall.log_keys.behind)
        for one in found.refused:
            _log.warning("the hub refused the next log key: the present one stays in force", log_key=one.key_id, reason=one.reason_name)

    async def _send(self, stream: Stream[SubmitRequest, SubmitResponse], limits: Limits, resumption: Resumption) -> None:
        """Send what is unreceipted again, then seal and send for as long as the stream is wanted."""
        rooms, position = self._rooms, resumption.send_from
        while await self._may_send(limits):
            batch = await rooms.writer.read(journal.next_unreceipted, position)
            if batch is None:
                break
            position = batch.size
            await self._transmit(stream, batch)
        head = resumption.head
        while await self._may_send(limits):
            rooms.wake.clear()  # before looking, so that what is put meanwhile wakes us again
            sealed = await rooms.writer.write(journal.seal, rooms.hall.journal, head, limits, now_ms=rooms.now_ms())
            if sealed is None:
                if await rooms.writer.read(successions.is_waiting):
                    await self._settle()
                    if not self._is_barred:
                        continue
                await self._more_waits()
                continue
            batch, head, more = sealed
            crash.reached("sealed-after-commit")
            await self._transmit(stream, batch)
            if not more:
                await self._more_waits()  # what is put meanwhile has woken us
        await stream.close(SubmitRequest(close=Close()))

    async def _more_waits(self) -> None:
        """Wait until something is put, or it is time to look, or to end."""
        if not self._rooms.wake.is_set():
            await either(self._rooms.wake, self._finishing, seconds=self._rooms.config.link.poll.total_seconds())

    async def _may_send(self, limits: Limits) -> bool:
        """Wait for room; return False when the stream is to end."""
        while len(self._in_flight) >= limits.batches_in_flight or len(self._arrived) + self._unstored >= 2 * limits.batches_in_flight:
            if self._finishing.is_set():
                break
            self._room.clear()
            await self._room.wait()
        return not self._finishing.is_set()

    async def _transmit(self, stream: Stream[SubmitRequest, SubmitResponse], batch: Sealed) -> None:
        if not self._in_flight:
            self._quiet_since = asyncio.get_running_loop().time()
        self._in_flight.append(batch)  # first: the receipt may come before the write returns
        await stream.write(SubmitRequest(batch=batch.body))
        crash.reached("batch-sent")

    async def _read(self, stream: Stream[SubmitRequest, SubmitResponse]) -> None:
        while (answer := await stream.read()) is not None:
            match answer.WhichOneof("message"):
                case "receipt":
                    crash.reached("receipt-received")
                    self._take(answer.receipt)
                case "ping":
                    await stream.write(SubmitRequest(pong=Pong(nonce=answer.ping.nonce)))
                case "drain":
                    self.finish()
        self._ended.set()
        self._news.set()
        self.finish()

    def _take(self, receipt: Receipt) -> None:
        if not self._in_flight:
            raise ReceiptInvalid(f"a receipt for journal size {receipt.journal_size}, where none is awaited", (receipt.ledger_checkpoint,))
        self._arrived.append((receipt, self._in_flight.popleft()))
        self._quiet_since = asyncio.get_running_loop().time()
        self._news.set()
        self._room.set()

    async def _check(self, limits: Limits) -> None:
        """Check receipts as they arrive, and store those of a moment together."""
        while True:
            await self._news_or_time_to_store()
            if self._arrived:
                taken = [self._arrived.popleft() for _ in range(len(self._arrived))]
                self._unstored += len(taken)
                self._checked += await self._believed(taken)
            is_over = self._ended.is_set() and not self._arrived
            is_time = len(self._checked) >= limits.batches_in_flight or asyncio.get_running_loop().time() >= self._store_at
            if self._checked and (is_over or is_time):
                await self._store()
            if is_over:
                return

    async def _news_or_time_to_store(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._store_at if self._checked else None):
                await self._news.wait()
        self._news.clear()

    async def _believed(self, taken: Sequence[tuple[Receipt, Sealed]]) -> list[Checked]:
        """Check receipts, in a thread when there is much to hash; raises ReceiptInvalid or LedgerForked."""
        rooms, now = self._rooms, asyncio.get_running_loop().time()
        if not self._checked:
            self._store_at = now + STORED_WITHIN_SECONDS
        parts = (taken, rooms.log, rooms.keys, rooms.view)
        if sum(len(batch.leaves) for _, batch in taken) <= CHECKED_AT_ONCE:
            return receipts.check_all(*parts, now_ms=rooms.now_ms())
        return await asyncio.to_thread(receipts.check_all, *parts, now_ms=rooms.now_ms())

    async def _store(self) -> None:
        rooms, checked = self._rooms, self._checked
        await rooms.writer.write(receipts.store, checked, rooms.view)
        self._checked, self._unstored = [], 0
        self._stored(sum(one.count for one in checked), checked[-1].first + checked[-1].count)
        self._tell_of(Counter(bad.disposition for one in checked for bad in one.refused))

    def _tell_of(self, unrouted: Counter[int]) -> None:
        """Tell, once a stream, of what the hub did not route; more of it is in `tongban-agent status`."""
        if unrouted[REFUSED] and not self._told_of_refusals:
            self._told_of_refusals = True
            _log.warning("the hub did not route envelopes; `tongban-agent status` names them", count=unrouted[REFUSED])
        if unrouted[HELD] and not self._told_of_held:
            self._told_of_held = True
            _log.warning("held by the hub: this hall is in quarantine; what it sends goes out when it is released", count=unrouted[HELD])

    def _stored(self, count: int, size: int) -> None:
        self._room.set()
        if self._is_barred:
            self._rooms.wake.set()
        self._line.progressed()
        rooms = self._rooms
        rooms.pulse.count("sent", count, rooms.clock())
        rooms.pulse.tell(receipted_size=size, last_receipt_at=rooms.clock().isoformat())

    async def _watch(self) -> None:
        """Notice a hub that answers HTTP/2 pings and nothing else."""
        timeout = self._rooms.config.link.silence.total_seconds()
        opened_at, steady = asyncio.get_running_loop().time(), False
        while not self._ended.is_set():
            await either(self._ended, seconds=WATCH_SECONDS)
            if not steady and asyncio.get_running_loop().time() - opened_at > STEADY_SECONDS:
                steady = True
                self._line.progressed()
            if self._in_flight and asyncio.get_running_loop().time() - self._quiet_since > timeout:
                raise HubUnreachable(f"no receipt for {timeout:g} s")
