"""Take one hall's batches: the submit stream, from its opening to its close."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TypeVar

import structlog

from certs.errors import MalformedName, UnknownKey
from certs.names import JOURNAL, parse_origin
from hub.crash import crash_at
from hub.errors import Refusal
from hub.exchange.forks import last_succession, settle_replay
from hub.exchange.intake import Admitted, JournalTail, Replayed, admit
from hub.exchange.leases import Holder
from hub.exchange.receipts import receipt
from hub.exchange.segments import Segment
from hub.rooms import Rooms
from hub.rpc.outgoing import Outgoing, ready
from hub.rpc.streams import OpenCall
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1.exchange_pb2 import Drain, Limits, Ping, SubmitOpen, SubmitOpened, SubmitRequest, SubmitResponse

_log = structlog.get_logger(__name__)

T = TypeVar("T")

PROTOCOL_VERSION = 1
OPEN_WITHIN_SECONDS = 10.0


@dataclass(slots=True, eq=False)
class SubmitSession:
    """One submit stream of one hall."""

    rooms: Rooms
    call: OpenCall
    requests: AsyncIterator[SubmitRequest]

    async def responses(self) -> AsyncIterator[SubmitResponse]:
        """Yield what the hub says; raises Refusal for what ends the stream."""
        opening = await first_of(self.requests)
        if opening is None:
            return
        if opening.WhichOneof("message") != "open":
            raise Refusal(errors_pb2.REASON_UNEXPECTED_MESSAGE, "a submit stream begins with `open`")
        origin = self._checked(opening.open)
        await self.rooms.reading(self.rooms.check_not_ahead, opening.open.ledger_checkpoint)
        out: Outgoing[SubmitResponse] = Outgoing(self.rooms.limits.batches_in_flight)
        holder = Holder(ping=lambda: out.say(SubmitResponse(ping=Ping(nonce=1))), end=self.call.end)
        tail = await self.rooms.leases.claim(origin, holder)
        await self._settle_succession(tail)
        self.call.drain = lambda: out.say(SubmitResponse(drain=Drain()))
        try:
            yield SubmitResponse(opened=self._opened(tail))
            async with out.fed_by(self._read(tail, holder, out)):
                async for response in out:
                    yield response
                    crash_at("receipt-sent")
        finally:
            self.rooms.leases.release(origin, holder)

    def _checked(self, opening: SubmitOpen) -> str:
        if opening.protocol_version != PROTOCOL_VERSION:
            msg = f"this hub speaks version {PROTOCOL_VERSION} of the protocol, the agent {opening.protocol_version}"
            raise Refusal(errors_pb2.REASON_PROTOCOL_VERSION, msg)
        check_own_log(opening.journal, JOURNAL, self.call.caller.hall, self.rooms)
        return opening.journal

    def _opened(self, tail: JournalTail) -> SubmitOpened:
        limits = self.rooms.limits
        opened = SubmitOpened(
            lease=tail.lease,
            size=tail.frontier.size,
            root=tail.frontier.root(),
            limits=Limits(
                frame_bytes=limits.frame_bytes,
                envelope_bytes=limits.envelope_bytes,
                batch_length=limits.batch_length,
                batches_in_flight=limits.batches_in_flight,
            ),
        )
        opened.hub_time.FromDatetime(self.rooms.clock())
        _log.info("journal opened", hall=tail.hall, size=tail.frontier.size, lease=tail.lease)
        return opened

    async def _read(self, tail: JournalTail, holder: Holder, out: Outgoing[SubmitResponse]) -> None:
        """Admit batches as they come; their receipts follow in order."""
        async for request in self.requests:
            match request.WhichOneof("message"):
                case "batch":
                    tail = await self._take(request.batch, tail, out)
                case "pong":
                    holder.alive.set()
                case "close":
                    out.close()
                    return
                case _:
                    raise Refusal(errors_pb2.REASON_UNEXPECTED_MESSAGE, "`open` comes once, and what else was said is not known here")
        # EOF without `close`: the peer went away; what is in flight is committed all the same.
        out.close()

    async def _take(self, raw: bytes, tail: JournalTail, out: Outgoing[SubmitResponse]) -> JournalTail:
        judged = admit(raw, tail, self.rooms.keyring, self.rooms.intake_rules)
        if isinstance(judged, Replayed):
            segment = await settle_replay(self.rooms.database, self.rooms.committer, judged, tail, self.rooms.clock())
            await out.promise(ready(self._receipt(segment)))
            return tail
        crash_at("batch-admitted")
        commit = self.rooms.owned.start(self._commit(judged))
        await out.promise(commit)
        if judged.succession:
            # Its key entry says who must have signed the next batch: one that came by the old key would be delivered and never verify.
            await asyncio.wait({commit})
        return judged.next_tail

    async def _commit(self, batch: Admitted) -> SubmitResponse:
        segment = await self.rooms.committer.batch(batch)
        if batch.succession:
            await self.rooms.registry.succeed(batch.tail.hall, batch.tail.epoch, segment.journal_size - 1, batch.succession)
        return self._receipt(segment)

    async def _settle_succession(self, tail: JournalTail) -> None:
        """Let a successor count that the journal ends with: the hub may have died between its leaf and its key entry."""
        said = await self.rooms.reading(last_succession, self.rooms.database, tail)
        if said:
            await self.rooms.registry.succeed(tail.hall, tail.epoch, tail.frontier.size - 1, said)

    def _receipt(self, segment: Segment) -> SubmitResponse:
        return SubmitResponse(receipt=receipt(segment, self.rooms.note_of(segment)))


async def first_of(requests: AsyncIterator[T]) -> T | None:
    """Return what a stream begins with; raises Refusal when nothing comes for a while."""
    try:
        return await asyncio.wait_for(anext(requests, None), OPEN_WITHIN_SECONDS)
    except TimeoutError:
        raise Refusal(errors_pb2.REASON_UNEXPECTED_MESSAGE, f"no `open` within {OPEN_WITHIN_SECONDS:g} s") from None


def check_own_log(origin: str, log: str, hall: str, rooms: Rooms) -> int:
    """Return the epoch of a log that the caller names as its own; raises Refusal when it is another's, or no key entry introduces it."""
    try:
        name = parse_origin(origin)
    except MalformedName as error:
        raise Refusal(errors_pb2.REASON_FIELD_INVALID, str(error), field=log) from error
    if (name.trust_domain, name.log, name.hall) != (rooms.trust_domain, log, hall):
        raise Refusal(errors_pb2.REASON_FOREIGN_JOURNAL, f"{origin} is not the {log} of {hall}, whose certificate this is")
    try:
        revoked = rooms.keyring.revoked_at(hall, name.epoch) is not None
    except UnknownKey as error:
        raise Refusal(errors_pb2.REASON_UNKNOWN_KEY, str(error)) from error
    if revoked:
        raise Refusal(errors_pb2.REASON_UNKNOWN_KEY, f"the keys of {origin} are revoked")
    return name.epoch
