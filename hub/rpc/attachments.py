"""Serve tongban.guidance.v1.AttachmentService: the files that guidance names.

Laws: the caller's hall is known by its certificate; a file that a hall may not have is as if it were not there; what is said to be done is
durable. One call at a time hands in one file of a hall. Of a file that was kept for long enough it is said since when it is gone.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import grpc
import structlog

from directory.contract import timestamp
from directory.guidance.attachments import HASH_BYTES
from hub.errors import Refusal
from hub.guidance.consumer import moment
from hub.guidance.files import Files, Wanted, chunks, read_piece
from hub.rooms import Rooms
from hub.rpc.door import Doorkeeper, Streaming, serve
from hub.rpc.streams import OpenCall
from tongban.errors.v1 import errors_pb2
from tongban.guidance.v1 import attachment_pb2 as said

_log = structlog.get_logger(__name__)

AGAIN = timedelta(seconds=5)
LATER = timedelta(minutes=1)
"""How long to keep a file back that there is no room for."""


@dataclass(frozen=True, slots=True)
class AttachmentService:
    """Put and Get."""

    rooms: Rooms
    files: Files
    _open: set[tuple[str, bytes]] = field(default_factory=set)

    def register(self, server: grpc.aio.Server, keeper: Doorkeeper) -> None:
        """Serve the methods behind a doorkeeper."""
        methods: dict[str, Streaming] = {"Put": self.put, "Get": self.get}
        serve(server, said.DESCRIPTOR.services_by_name["AttachmentService"], methods, keeper)

    async def put(self, requests: AsyncIterator[said.PutRequest], call: OpenCall) -> AsyncIterator[said.PutResponse]:
        """Take a file in, from where it broke off."""
        opening = await anext(aiter(requests), None)
        if opening is None or opening.WhichOneof("message") != "open":
            raise Refusal(errors_pb2.REASON_UNEXPECTED_MESSAGE, "the first message says which file is to come")
        wanted = Wanted(call.caller.hall, opening.open.sha256, opening.open.size)
        turn = (wanted.hall, wanted.sha256)
        if turn in self._open:
            raise Refusal(errors_pb2.REASON_QUOTA, "another call hands this file in", retry_after=AGAIN)
        self._open.add(turn)
        try:
            held = await asyncio.to_thread(self.files.begin, wanted)
            yield said.PutResponse(wanted=said.PutWanted(offset=held))
            yield said.PutResponse(done=said.PutDone(media_type=await self._taken(requests, wanted, held)))
        except OSError as error:
            _log.error("a file could not be kept", hall=wanted.hall, error=str(error))
            raise Refusal(errors_pb2.REASON_STORAGE_FULL, "the hub cannot keep files now", retry_after=LATER) from error
        finally:
            self._open.discard(turn)

    async def _taken(self, requests: AsyncIterator[said.PutRequest], wanted: Wanted, held: int) -> str:
        """Take the rest of a file; return its kind once it is durable."""
        known = await asyncio.to_thread(self.files.media_type, wanted)
        if known is not None:
            return known
        while held < wanted.size:
            request = await anext(aiter(requests), None)
            if request is None or request.WhichOneof("message") != "chunk" or not request.chunk:
                raise Refusal(errors_pb2.REASON_UNEXPECTED_MESSAGE, f"{wanted.size - held} bytes of the file have not come")
            held = await asyncio.to_thread(self.files.append, wanted, request.chunk)
        media_type = await asyncio.to_thread(self.files.complete, wanted)
        now_ms = self.rooms.now_ms()
        await self.rooms.committer.deed(lambda connection: self.files.note(connection, wanted, media_type, now_ms=now_ms))
        return media_type

    async def get(self, request: said.GetRequest, call: OpenCall) -> AsyncIterator[said.GetResponse]:
        """Give a file out, from an offset on."""
        hall, sha256 = call.caller.hall, request.sha256
        path, is_hash = self.files.path(sha256), len(sha256) == HASH_BYTES
        may = is_hash and await asyncio.to_thread(self.files.may_read, hall, sha256)
        if not may and is_hash and (gone := await asyncio.to_thread(self.files.swept, hall, sha256)) is not None:
            yield said.GetResponse(size=gone.size, swept_at=timestamp(moment(gone.at_ms * 1000)))
            return
        if not may or not path.exists():
            raise Refusal(errors_pb2.REASON_NOT_FOUND, "there is no such file, or none that this hall may have")
        yield said.GetResponse(size=path.stat().st_size)
        for piece in chunks(path, request.offset):
            yield said.GetResponse(chunk=await asyncio.to_thread(read_piece, path, piece))
