"""Carry the files that guidance names: to the hub, and from it.

Laws: offline is normal: what waits is tried again, from where it broke off; a file in trouble holds up no other, and no message. Nothing
here ends the agent.
"""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from grpc import aio

from certs.errors import CertsError
from node_agent import crash
from node_agent.errors import AgentError, HubRefused, HubUnreachable
from node_agent.guidance import files
from node_agent.guidance.files import FOLDER, File, State
from node_agent.link import refusals
from node_agent.link.channel import exchange_channel
from node_agent.link.rooms import LinkRooms
from tongban.guidance.v1 import attachment_pb2 as said
from tongban.guidance.v1.attachment_pb2_grpc import AttachmentServiceStub

_log = structlog.get_logger(__name__)

LOOK_EVERY: Final = timedelta(seconds=1)
AWAY: Final = timedelta(seconds=5)
"""How long to stay away from a hub that is not reached."""
SOON: Final = timedelta(seconds=3)
"""How long a file rests that the hub has not yet: its sender follows, and the hub's read model a moment later."""
LATER: Final = timedelta(minutes=1)
_NOT_YET: Final = "REASON_NOT_FOUND"
CALL_SECONDS: Final = 600.0
CHUNK: Final = 256 * 1024


_Carry = Callable[["AttachmentServiceStub", File], AsyncIterator[None]]


class _SweptError(Exception):
    """The hub kept the file for as long as it keeps files; `at_ms` is since when it is gone, Unix milliseconds."""

    def __init__(self, at_ms: int) -> None:
        super().__init__()
        self.at_ms = at_ms


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carries the files of one agent; `rooms.hall` may change while it runs."""

    rooms: LinkRooms

    async def run(self) -> None:
        """Carry what waits, until cancelled."""
        while True:
            rest = LOOK_EVERY
            try:
                await self.carry()
            except HubUnreachable:
                rest = AWAY
            except (AgentError, OSError, CertsError) as error:
                _log.warning("files cannot be carried", error=str(error))
                rest = AWAY
            await asyncio.sleep(rest.total_seconds())

    async def carry(self) -> int:
        """Carry the files that wait now; return how many. Raises HubUnreachable, StoreError, OSError or CertsError."""
        found = await self.rooms.writer.read(files.waiting, self.rooms.now_ms())
        if not found:
            return 0
        async with exchange_channel(self.rooms.config, self.rooms.hall) as channel:
            return sum([await self._one(AttachmentServiceStub(channel), file) for file in found])

    async def _one(self, stub: "AttachmentServiceStub", file: File) -> bool:
        """Carry one file; tell whether it got there."""
        try:
            carry: _Carry = self._send if await self._can_send(file) else self._fetch
            async for _ in carry(stub, file):
                pass
        except aio.AioRpcError as error:
            named = refusals.named(error)
            if not isinstance(named, HubRefused):
                raise named from error
            await self._refused(file, named)
        except _SweptError as swept:
            files.part_of(self._folder, file.sha256).unlink(missing_ok=True)
            await self.rooms.writer.write(files.gone, file.sha256, at_ms=swept.at_ms)
        except (OSError, EOFError) as error:
            await self._failed(file, f"{type(error).__name__}: {error}", LATER)
        else:
            await self.rooms.writer.write(files.done, file.sha256)
            return True
        return False

    async def _can_send(self, file: File) -> bool:
        """Tell whether a file has to be sent and can be. What is not here any more, or is another by now, is fetched from the hub."""
        if file.state is not State.TO_SEND:
            return False
        if await asyncio.to_thread(files.is_whole, self._folder, file.sha256):
            return True
        _log.warning("a file of guidance is not what was attached", sha256=file.sha256)
        files.path_of(self._folder, file.sha256).unlink(missing_ok=True)
        return False

    async def _refused(self, file: File, named: HubRefused) -> None:
        """Note why the hub did not take or give a file, and when it is asked again."""
        is_lost = named.reason == _NOT_YET and file.state is State.TO_SEND
        why = "it is not here any more, and the hub does not have it: attach it to a new message" if is_lost else str(named)
        await self._failed(file, why, SOON if named.reason == _NOT_YET and not is_lost else LATER)

    async def _failed(self, file: File, why: str, rest: timedelta) -> None:
        again_ms = self.rooms.now_ms() + rest // timedelta(milliseconds=1)
        await self.rooms.writer.write(files.failed, file.sha256, why, again_ms=again_ms)

    async def _send(self, stub: "AttachmentServiceStub", file: File) -> AsyncIterator[None]:
        """Hand a file in; raises AioRpcError, OSError or EOFError."""
        call = stub.Put(None, timeout=CALL_SECONDS)
        try:
            opening = said.PutOpen(sha256=bytes.fromhex(file.sha256), size=file.size)
            with suppress(asyncio.InvalidStateError):  # a call that has ended says why when it is read
                await call.write(said.PutRequest(open=opening))
            answer = await call.read()
            offset = answer.wanted.offset if isinstance(answer, said.PutResponse) else file.size
            with files.path_of(self._folder, file.sha256).open("rb") as data:
                data.seek(offset)
                while chunk := await asyncio.to_thread(data.read, CHUNK):
                    with suppress(asyncio.InvalidStateError):
                        await call.write(said.PutRequest(chunk=chunk))
                    crash.reached("file-piece-sent")
                    yield
            await call.done_writing()
            answer = await call.read()
            if not isinstance(answer, said.PutResponse) or not answer.HasField("done"):
                raise EOFError("the hub did not say that it holds the file")
        finally:
            call.cancel()

    async def _fetch(self, stub: "AttachmentServiceStub", file: File) -> AsyncIterator[None]:
        """Fetch a file, from where it broke off; raises AioRpcError, OSError or EOFError."""
        part = files.part_of(self._folder, file.sha256)
        if files.path_of(self._folder, file.sha256).exists():
            return
        if wrong := files.room_fault(self._folder, file.size, self.rooms.config.keep.free_bytes):
            raise OSError(errno.ENOSPC, wrong)
        held = part.stat().st_size if part.exists() else 0
        with part.open("ab") as data:
            async for answer in stub.Get(said.GetRequest(sha256=bytes.fromhex(file.sha256), offset=held), timeout=CALL_SECONDS):
                if answer.HasField("swept_at"):
                    raise _SweptError(answer.swept_at.ToMilliseconds())
                held += len(answer.chunk)
                if max(held, answer.size) > file.size:
                    break
                if not answer.chunk:  # the first says the size alone
                    continue
                await asyncio.to_thread(data.write, answer.chunk)
                data.flush()
                crash.reached("file-piece-fetched")
                yield
        if not await asyncio.to_thread(files.settle, self._folder, file.sha256):
            raise EOFError("what came is not the file that the message names; it is fetched anew")

    @property
    def _folder(self) -> Path:
        return self.rooms.config.data_dir / FOLDER
