"""Receive the mailbox: verify, store, acknowledge.

Laws: what is acknowledged is durable here; the next frame is read and verified while the last is stored; of several
acknowledgements the newest is enough; an inconsistency ends the stream before anything more is signed.
"""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import replace

import structlog
from grpc import aio

from certs.checkpoints import Checkpoint, open_checkpoint
from certs.errors import CertsError
from certs.notes import Signer
from node_agent import crash, inbox, keys_replica, successions, withheld, witness
from node_agent.deliveries import Checker, Verified
from node_agent.errors import HubRefused, HubUnreachable, InboxDiverged
from node_agent.inbox import Head
from node_agent.ledger_view import claimed
from node_agent.link.ledger import LedgerClient
from node_agent.link.line import Line
from node_agent.link.rooms import PROTOCOL_VERSION, LinkRooms, body_bytes
from node_agent.link.stream import Stream
from node_agent.link.together import either, together
from node_agent.link.witnessing import Witnessing
from node_agent.withheld import WithheldRange
from tongban.exchange.v1.exchange_pb2 import (
    Acknowledgement,
    Close,
    Delivery,
    Pong,
    ReceiveOpen,
    ReceiveOpened,
    ReceiveRequest,
    ReceiveResponse,
)
from tongban.exchange.v1.exchange_pb2_grpc import ExchangeServiceStub

_log = structlog.get_logger(__name__)

WINDOWS_HELD = 2
"""A hub that sends more than so many windows is not read until something is stored."""
STORED_TOGETHER = 16
CHECKED_AT_ONCE = 16
"""Deliveries from batches of so few envelopes are checked on the spot: going to a thread and back takes longer."""
WATCH_SECONDS = 1.0
STEADY_SECONDS = 10.0
"""A stream that was open for so long without trouble is well, even with nothing to do."""


class ReceiveSession:
    """One receive stream."""

    def __init__(self, rooms: LinkRooms, channel: aio.Channel, line: Line) -> None:
        self._rooms = rooms
        self._line = line
        self._stub: ExchangeServiceStub = ExchangeServiceStub(channel)
        self._ledger = LedgerClient(channel)
        self._finishing = asyncio.Event()
        self._delivered: deque[Delivery] = deque()
        self._verified: asyncio.Queue[Verified | None] = asyncio.Queue(STORED_TOGETHER)
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._held = 0
        self._ended = asyncio.Event()
        self._acknowledged = 0
        self._waiting = 0
        self._heard_at = asyncio.get_running_loop().time()

    def finish(self) -> None:
        """Ask for the end: what has arrived is stored; the next stream's opening acknowledges it."""
        self._finishing.set()

    async def run(self) -> None:
        """Serve one stream until it has ended well; raises AgentError."""
        rooms = self._rooms
        await self._ledger.check_not_rolled_back(rooms.view)
        # What was applied in memory and not stored, because the last stream failed in between, is forgotten here.
        rooms.keys = await rooms.writer.read(keys_replica.load, rooms.hall.charter)
        stream: Stream[ReceiveRequest, ReceiveResponse] = Stream(self._stub.Receive(None))
        try:
            head = await rooms.writer.read(inbox.load_head, rooms.hall.epoch)
            opened = await self._open(stream, head)
            lost = self._lost(opened, head)
            self._acknowledged = min(opened.size, head.size)
            rooms.pulse.tell(inbox_size=head.size, inbox_waiting=opened.waiting)
            self._line.opened(hub_size=opened.size, size=head.size, waiting=opened.waiting)
            witnessing = Witnessing(rooms, self._ledger, stream)
            parts = (self._verify(head), self._store(stream, head, lost), self._close(stream), self._watch(), witnessing.run(self._ended))
            await together(self._read(stream, witnessing), *parts)
        finally:
            stream.cancel()
            if self._acknowledged:
                await rooms.writer.write(inbox.acknowledged, self._acknowledged)

    async def _open(self, stream: Stream[ReceiveRequest, ReceiveResponse], head: Head) -> ReceiveOpened:
        rooms = self._rooms
        cosigned = await rooms.writer.read(witness.last_cosigned)
        opening = ReceiveOpen(
            protocol_version=PROTOCOL_VERSION,
            inbox=rooms.hall.inbox.name,
            checkpoint=head.checkpoint,
            window_bytes=rooms.config.link.window_bytes,
            cosigned_size=cosigned.size if cosigned else 0,
            ledger_checkpoint=rooms.view.newest_note,
            not_full=withheld.not_full(await self._unsettled(head)),
        )
        await stream.write(ReceiveRequest(open=opening))
        answer = await stream.read()
        if answer is None:
            raise HubUnreachable("the hub ended the receive stream before it was open")
        if answer.WhichOneof("message") != "opened":
            raise HubRefused("REASON_UNEXPECTED_MESSAGE", "the hub did not answer `open` with `opened`")
        return answer.opened

    async def _unsettled(self, head: Head) -> list[WithheldRange]:
        """Return what came without its body and may not be known at the hub to be acknowledged."""
        if not head.checkpoint:
            return []
        return await self._rooms.writer.read(withheld.stored, head.acknowledged_size, claimed(head.checkpoint)[1])

    def _lost(self, opened: ReceiveOpened, head: Head) -> Checkpoint | None:
        """Return the acknowledgement that we gave and no longer hold; raises InboxDiverged when it is not ours."""
        if opened.size <= head.size:
            return None
        rooms = self._rooms
        checkpoint = None
        for verifier in (*rooms.hall.log_keys.of_inbox(), *rooms.keys.inbox_keys(rooms.log)):
            with suppress(CertsError):
                checkpoint = open_checkpoint(opened.checkpoint, verifier)
        if checkpoint is None or checkpoint.size != opened.size:
            raise InboxDiverged(f"the hub holds an acknowledgement of {opened.size} entries that is not this hall's", (opened.checkpoint,))
        _log.warning("receiving again what was lost", size=head.size, acknowledged=opened.size)
        return checkpoint

    async def _read(self, stream: Stream[ReceiveRequest, ReceiveResponse], witnessing: Witnessing) -> None:
        most = WINDOWS_HELD * self._rooms.config.link.window_bytes
        while (answer := await stream.read()) is not None:
            self._heard_at = asyncio.get_running_loop().time()
            self._line.heard()
            match answer.WhichOneof("message"):
                case "delivery":
                    crash.reached("delivery-received")
                    self._delivered.append(answer.delivery)
                    self._held += body_bytes(answer.delivery)
                    self._news.set()
                case "proposal":
                    witnessing.propose(answer.proposal)
                case "witnessed":
                    witnessing.witness(answer.witnessed)
                case "ping":
                    await stream.write(ReceiveRequest(pong=Pong(nonce=answer.ping.nonce)))
                case "drain":
                    self.finish()
                case "acknowledged":
                    self._acknowledged = max(self._acknowledged, answer.acknowledged.size)
                    self._rooms.pulse.tell(acknowledged_size=self._acknowledged)
            while self._held > most:
                self._room.clear()
                await self._room.wait()
        self._ended.set()
        self._news.set()
        self.finish()

    async def _verify(self, head: Head) -> None:
        """Verify deliveries one after the other, in a thread when there is much to hash."""
        rooms = self._rooms
        checker = Checker(rooms.hall.hall, head.frontier, rooms.keys, rooms.view)
        while True:
            await self._news.wait()
            self._news.clear()
            while self._delivered:
                delivery = self._delivered.popleft()
                weight = body_bytes(delivery)
                self._waiting = delivery.waiting
                small = sum(segment.count for segment in delivery.segments) <= CHECKED_AT_ONCE
                verified = checker.check(delivery) if small else await asyncio.to_thread(checker.check, delivery)
                del delivery
                await self._verified.put(verified)
                self._held -= weight
                self._room.set()
            if self._ended.is_set():
                await self._verified.put(None)
                return

    async def _store(self, stream: Stream[ReceiveRequest, ReceiveResponse], head: Head, lost: Checkpoint | None) -> None:
        """Store all that is verified in one transaction, then acknowledge it."""
        rooms = self._rooms
        more = True
        while more:
            taken, more = await self._taken()
            if not taken:
                continue
            head = replace(head, acknowledged_size=max(head.acknowledged_size, self._acknowledged))
            head, lost = self._moved(head, taken, lost)
            await rooms.writer.write(inbox.store, taken, head, rooms.view, now_ms=rooms.now_ms())
            self._stored(head, sum(one.entries for one in taken))
            if lost is None and more:
                not_full = withheld.not_full([found for one in taken for found in one.withheld])
                await stream.write(ReceiveRequest(acknowledgement=Acknowledgement(checkpoint=head.checkpoint, not_full=not_full)))
                crash.reached("acknowledgement-sent")

    async def _taken(self) -> tuple[list[Verified], bool]:
        """Return what is verified by now, and whether more may come."""
        taken: list[Verified] = []
        one = await self._verified.get()
        while one is not None:
            taken.append(one)
            if self._verified.empty() or len(taken) >= STORED_TOGETHER:
                return taken, True
            one = self._verified.get_nowait()
        return taken, False

    def _moved(self, head: Head, taken: list[Verified], lost: Checkpoint | None) -> tuple[Head, Checkpoint | None]:
        """Return the head behind what was taken. Until a lost acknowledgement is reached again, nothing new is signed."""
        if lost is None:
            return inbox.signed(head, taken[-1].frontier, self._signer()), None
        for one in taken:
            if one.frontier.size < lost.size:
                continue
            if (one.frontier.size, one.frontier.root()) != (lost.size, lost.root):
                raise InboxDiverged(f"what the hub gives back is not what this hall acknowledged at {lost.size} entries")
            return inbox.signed(head, taken[-1].frontier, self._signer()), None
        return replace(head, frontier=taken[-1].frontier), lost

    def _signer(self) -> Signer:
        """Return what signs acknowledgements; raises LogKeyLost when the ledger holds a later log key of this hall than there is here."""
        rooms = self._rooms
        successions.check_held(rooms.hall, rooms.keys)
        return rooms.hall.inbox

    def _stored(self, head: Head, count: int) -> None:
        rooms = self._rooms
        self._line.progressed()
        rooms.pulse.count("received", count, rooms.clock())
        rooms.pulse.tell(inbox_size=head.size, inbox_waiting=self._waiting, last_delivery_at=rooms.clock().isoformat())
        rooms.on_received()

    async def _close(self, stream: Stream[ReceiveRequest, ReceiveResponse]) -> None:
        """End the stream when asked: nothing more comes behind `close`."""
        await self._finishing.wait()
        if not self._ended.is_set():
            await stream.close(ReceiveRequest(close=Close()))

    async def _watch(self) -> None:
        """Notice a hub that answers HTTP/2 pings and nothing else: it sends a heartbeat of its own."""
        silence = self._rooms.config.link.silence.total_seconds()
        opened_at, steady = asyncio.get_running_loop().time(), False
        while not self._ended.is_set():
            await either(self._ended, seconds=WATCH_SECONDS)
            if not steady and asyncio.get_running_loop().time() - opened_at > STEADY_SECONDS:
                steady = True
                self._line.progressed()
            if asyncio.get_running_loop().time() - self._heard_at > silence:
                raise HubUnreachable(f"nothing heard for {silence:g} s")
