"""Deliver one hall's mailbox and take its acknowledgements and cosignatures: the receive stream.

Laws: at most the window's bytes are under way unacknowledged (credits bound what a frozen or revoked peer may still get);
a peer that answers nothing for a while is let go; an acknowledgement frees its credit only once it is durable here; what leaves holds
no body that the hall may not have at that moment, and what leaves without a body is noted first.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from functools import partial

import structlog

from certs.names import INBOX
from hub.crash import crash_at
from hub.errors import Refusal
from hub.exchange import forms, inboxes, mailboxes, omissions, witnesses
from hub.exchange.acknowledgements import InboxTail, Kept, Said, open_inbox
from hub.exchange.delivery import Frame
from hub.exchange.leases import Holder
from hub.exchange.mailboxes import Acknowledged as Acknowledging
from hub.exchange.mailboxes import Mailbox
from hub.exchange.witnesses import checkpoint_size
from hub.rooms import Rooms
from hub.rpc.outgoing import Outgoing, ready
from hub.rpc.streams import OpenCall
from hub.rpc.submit import PROTOCOL_VERSION, check_own_log, first_of
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1 import exchange_pb2
from tongban.exchange.v1.exchange_pb2 import Acknowledged, Drain, Ping, ReceiveOpen, ReceiveOpened, ReceiveRequest, ReceiveResponse

_log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 10.0
SILENCE_SECONDS = 45.0
WINDOW_MOST = 64 * 1024 * 1024
PREPARED_FRAMES = 2
MERGED_ENTRIES = 256
PROPOSALS_KEPT = 64
"""Proposed on a stream and not cosigned yet."""


Spoken = Outgoing[ReceiveResponse | Frame]
"""What a stream is about to say: a frame is looked at once more when its turn comes."""


@dataclass(slots=True, eq=False)
class ReceiveSession:
    """One receive stream of one hall."""

    rooms: Rooms
    call: OpenCall
    requests: AsyncIterator[ReceiveRequest]
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _proposed: asyncio.Event = field(default_factory=asyncio.Event)
    _window: int = 0
    _heard: float = 0.0
    _cosigned: int = 0
    _draining: bool = False
    _alive: asyncio.Event = field(default_factory=asyncio.Event)
    _proposals: dict[int, str] = field(default_factory=dict)

    async def responses(self) -> AsyncIterator[ReceiveResponse]:
        """Yield what the hub says; raises Refusal for what ends the stream."""
        opening = await first_of(self.requests)
        if opening is None:
            return
        if opening.WhichOneof("message") != "open":
            raise Refusal(errors_pb2.REASON_UNEXPECTED_MESSAGE, "a receive stream begins with `open`")
        epoch = check_own_log(opening.open.inbox, INBOX, self.call.caller.hall, self.rooms)
        out: Spoken = Outgoing(PREPARED_FRAMES)
        holder = Holder(ping=lambda: out.say(ReceiveResponse(ping=Ping(nonce=0))), end=self.call.end, alive=self._alive)
        await self.rooms.leases.hold(opening.open.inbox, holder)
        try:
            async for response in self._served(opening.open, epoch, out):
                yield response
        finally:
            self.rooms.leases.release(opening.open.inbox, holder)

    async def _served(self, opening: ReceiveOpen, epoch: int, out: Spoken) -> AsyncIterator[ReceiveResponse]:
        box = await self._checked(opening, epoch)
        tail, adopted = await self._resumed(opening, box, out)
        self._window = min(max(opening.window_bytes, 65_536), WINDOW_MOST)
        self._cosigned = opening.cosigned_size
        self._heard = time.monotonic()
        self.call.drain = partial(self._drain, out)
        hall = self.call.caller.hall
        waker, listener = self._moved.set, self._proposed.set
        self.rooms.mail.listen(hall, waker)
        self.rooms.witnesses.listen(listener)
        self._proposed.set()
        try:
            feeders = (self._read(tail, out), self._deliver(tail, adopted, out), self._propose(out), self._beat(out))
            async with out.fed_by(*feeders):
                async for spoken in out:
                    if isinstance(spoken, ReceiveResponse):
                        yield spoken
                        continue
                    async for frame in self._leaving(spoken, tail):
                        yield ReceiveResponse(delivery=frame.message)
                        crash_at("delivery-sent")
        finally:
            self.rooms.mail.leave(hall, waker)
            self.rooms.witnesses.leave(listener)

    async def _leaving(self, prepared: Frame, tail: InboxTail) -> AsyncIterator[Frame]:
        """Yield a frame that was prepared a moment ago as it may leave now; mostly as it is, and rarely in parts."""
        delivery, parts = self.rooms.delivery, deque([prepared])
        while parts:
            frame = parts.popleft()
            if frame.withheld and not frame.message.replay:
                note = partial(forms.note, hall=tail.hall, forms=omissions.by_index(frame.withheld))
                await self.rooms.committer.plain(note, patient=False)
                tail.withheld(frame.withheld)
            # Last of all: nothing may be waited for between this look and the leaving.
            if frame.entitlements is delivery.withholding.now():
                if frame.withheld:
                    _log.info("bodies withheld", hall=tail.hall, first=frame.first, count=len(frame.withheld))
                yield frame
            else:
                again = await self.rooms.reading(delivery.as_of_now, tail.hall, frame)
                parts.extendleft(reversed(again))

    def _drain(self, out: Spoken) -> None:
        self._draining = True
        self._moved.set()
        out.say(ReceiveResponse(drain=Drain()))

    async def _checked(self, opening: ReceiveOpen, epoch: int) -> Mailbox:
        if opening.protocol_version != PROTOCOL_VERSION:
            msg = f"this hub speaks version {PROTOCOL_VERSION} of the protocol, the agent {opening.protocol_version}"
            raise Refusal(errors_pb2.REASON_PROTOCOL_VERSION, msg)
        await self.rooms.reading(self.rooms.check_not_ahead, opening.ledger_checkpoint)
        box = await self.rooms.reading(self._mailbox)
        if box is None:
            raise Refusal(errors_pb2.REASON_UNKNOWN_HALL, "this hall has no mailbox; enrol it again")
        if epoch != box.epoch:
            raise Refusal(errors_pb2.REASON_FOREIGN_JOURNAL, f"the inbox of {box.hall} is in epoch {box.epoch}, not {epoch}")
        return box

    def _mailbox(self) -> Mailbox | None:
        with self.rooms.database.reader.begin() as connection:
            return mailboxes.get(connection, self.call.caller.hall)

    async def _resumed(self, opening: ReceiveOpen, box: Mailbox, out: Spoken) -> tuple[InboxTail, int]:
        """Bring both sides to one size; return the tail and the size up to which bodies go out again without new leaves."""
        tail = InboxTail(self.rooms.trust_domain, box.hall, box.epoch, box.acknowledged_frontier, box.acknowledged_size)
        size = 0
        if opening.checkpoint:
            checkpoint = open_inbox(opening.checkpoint, self.rooms.trust_domain, box.hall, box.epoch, self.rooms.keyring)
            size = checkpoint.size
        if size > box.size:
            msg = f"your inbox log has {size} entries, this mailbox only {box.size}: the hub was set back and must be recovered"
            raise Refusal(errors_pb2.REASON_AHEAD_OF_HUB, msg, metadata={"checkpoint_size": str(size), "hub_size": str(box.size)})
        if size > box.acknowledged_size:
            await self._catch_up(tail, size, _said(opening.checkpoint, opening.not_full))
        opened = ReceiveOpened(size=tail.frontier.size, checkpoint=box.acknowledged_checkpoint, waiting=box.size - tail.frontier.size)
        out.say(ReceiveResponse(opened=opened))
        _log.info("mailbox opened", hall=box.hall, acknowledged=tail.frontier.size, waiting=opened.waiting)
        return tail, min(size, tail.frontier.size)

    async def _catch_up(self, tail: InboxTail, size: int, said: Said) -> None:
        """Take an acknowledgement whose receipt was lost: the hall holds more than the hub knows of."""
        leaves, kept = await self.rooms.reading(self._held, tail, size)
        tail.delivered(leaves, 0)
        tail.withheld(kept)
        done = tail.acknowledged(said, self.rooms.keyring, self.rooms.now_ms())
        if done is not None:
            await self._record(done)

    def _held(self, tail: InboxTail, size: int) -> tuple[list[bytes], dict[int, Kept]]:
        """Return the leaves behind what is acknowledged, up to a size, with those of the entries that ever left without their body."""
        start = tail.frontier.size
        with self.rooms.database.reader.begin() as connection:
            noted = forms.noted(connection, tail.hall, start, size)
            full = inboxes.leaves(connection, tail.hall, start, size, {})
            bare = inboxes.leaves(connection, tail.hall, start, size, noted) if noted else full
        return full, {at: Kept(form, bare[at - start]) for at, form in noted.items() if at - start < len(bare)}

    async def _record(self, done: Acknowledging) -> None:
        little = done.frontier.size - done.prior_size < MERGED_ENTRIES
        await self.rooms.committer.plain(lambda connection: mailboxes.acknowledge(connection, done), patient=little)

    async def _read(self, tail: InboxTail, out: Spoken) -> None:
        async for request in self.requests:
            self._heard = time.monotonic()
            self._alive.set()
            match request.WhichOneof("message"):
                case "acknowledgement":
                    await self._acknowledge(request.acknowledgement, tail, out)
                case "cosignature":
                    await self._cosigns(request.cosignature, out)
                case "pong":
                    pass
                case "close":
                    out.close()
                    return
                case _:
                    raise Refusal(errors_pb2.REASON_UNEXPECTED_MESSAGE, "`open` comes once, and what else was said is not known here")
        out.close()

    async def _acknowledge(self, said: exchange_pb2.Acknowledgement, tail: InboxTail, out: Spoken) -> None:
        done = tail.acknowledged(_said(said.checkpoint, said.not_full), self.rooms.keyring, self.rooms.now_ms())
        if done is None:
            return
        crash_at("acknowledgement-checked")
        self._moved.set()
        await self._record(done)
        crash_at("acknowledgement-durable")
        out.say(ReceiveResponse(acknowledged=Acknowledged(size=done.frontier.size)))
        self._moved.set()

    async def _cosigns(self, said: exchange_pb2.Cosignature, out: Spoken) -> None:
        hall, rooms = self.call.caller.hall, self.rooms
        note = self._proposals.pop(said.ledger_size, None)
        if note is None:
            raise Refusal(errors_pb2.REASON_COSIGNATURE_INVALID, f"no checkpoint of size {said.ledger_size} was proposed on this stream")
        signed_at = witnesses.check(note, said.line, hall, rooms.keyring, rooms.clock())
        await rooms.committer.deed(lambda c: witnesses.keep(c, said.ledger_size, hall, signed_at, said.line))
        self._cosigned = max(self._cosigned, said.ledger_size)
        await self._hand_out(out)

    async def _hand_out(self, out: Spoken) -> None:
        for witnessed in await self.rooms.reading(self._witnessed):
            out.say(ReceiveResponse(witnessed=exchange_pb2.Witnessed(checkpoint=witnessed)))

    def _witnessed(self) -> list[str]:
        """Return the newest checkpoint that a hall and two others cosigned, and newer ones of fewer: a third may be away for weeks."""
        found: dict[int, str] = {}
        with self.rooms.database.reader.begin() as connection:
            for halls in (3, 2, 1):
                newer = witnesses.cosigned(connection, self.rooms.signer, at_least=halls, from_size=max(found, default=0) + 1)
                found |= [newer] if newer is not None else []
        return list(found.values())

    async def _deliver(self, tail: InboxTail, adopted: int, out: Spoken) -> None:
        """Send what waits, as far as the window allows; first what a restored hall has lost."""
        hall, delivery = tail.hall, self.rooms.delivery
        while adopted < tail.frontier.size:
            frame = await self.rooms.reading(delivery.frame, hall, adopted, tail.frontier.size, replay=True)
            if frame is None:
                break
            adopted = frame.end
            await out.promise(ready(frame))
        while not self._draining:
            self._moved.clear()
            waiting = self.rooms.mail.size(hall) - tail.sent
            # A frame costs its recipient as much as a hundred entries: while one is under way, little ones wait for each other.
            merging = tail.unacknowledged_bytes > 0 and waiting < MERGED_ENTRIES
            if tail.unacknowledged_bytes >= self._window or waiting <= 0 or merging:
                await self._moved.wait()
                continue
            end = tail.sent + waiting
            if delivery.is_at_hand(hall, tail.sent):
                frame = delivery.frame(hall, tail.sent, end)
            else:
                frame = await self.rooms.reading(delivery.frame, hall, tail.sent, end)
            if frame is None:
                await self._moved.wait()
                continue
            tail.delivered(frame.leaves, frame.weight)
            crash_at("delivery-composed")
            await out.promise(ready(frame))

    async def _propose(self, out: Spoken) -> None:
        while True:
            await self._proposed.wait()
            self._proposed.clear()
            proposal = await self.rooms.reading(self.rooms.witnesses.proposal, self._cosigned)
            if proposal is not None:
                # By now the last one has the cosignatures of those who came after this hall.
                await self._hand_out(out)
                self._proposals[checkpoint_size(proposal.checkpoint)] = proposal.checkpoint
                while len(self._proposals) > PROPOSALS_KEPT:
                    del self._proposals[next(iter(self._proposals))]
                out.say(ReceiveResponse(proposal=proposal))

    async def _beat(self, out: Spoken) -> None:
        """Keep asking for a sign of life: HTTP/2 keepalive never notices a peer that does not read."""
        nonce = 0
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if time.monotonic() - self._heard > SILENCE_SECONDS:
                self.call.end(Refusal(errors_pb2.REASON_LEASE_LOST, f"nothing heard for {SILENCE_SECONDS:g} s"))
                return
            nonce += 1
            out.say(ReceiveResponse(ping=Ping(nonce=nonce)))


def _said(checkpoint: str, not_full: Iterable[exchange_pb2.FormRange]) -> Said:
    return Said(checkpoint, tuple((part.first, part.count, part.form) for part in not_full))
