"""Put what a stream sends into one line, in order, from all that speak on it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Generic, TypeVar

M = TypeVar("M")


class Outgoing(Generic[M]):
    """Responses of one stream, some of them still to come; ends with `close` or with the first error."""

    def __init__(self, at_most: int) -> None:
        self._queue: asyncio.Queue[M | asyncio.Future[M] | Exception | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(at_most)

    def say(self, message: M) -> None:
        """Send a small message in its turn."""
        self._queue.put_nowait(message)

    async def promise(self, message: asyncio.Future[M]) -> None:
        """Send what a future will hold; waits while too many are outstanding."""
        message.add_done_callback(_noticed)
        await self._room.acquire()
        self._queue.put_nowait(message)

    def fail(self, error: Exception) -> None:
        """End the stream with an error, behind what was said before."""
        self._queue.put_nowait(error)

    def close(self) -> None:
        """End the stream well, behind what was said before."""
        self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[M]:
        """Yield everything in order; raises the error that ended the stream."""
        while (item := await self._queue.get()) is not None:
            if isinstance(item, Exception):
                raise item
            if isinstance(item, asyncio.Future):
                self._room.release()
                yield await asyncio.shield(item)
            else:
                yield item

    @asynccontextmanager
    async def fed_by(self, *feeders: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
        """Run feeders beside the stream; an error of one ends the stream, and the stream's end ends them."""
        tasks = [asyncio.create_task(self._watched(feeder)) for feeder in feeders]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

    async def _watched(self, feeder: Coroutine[Any, Any, None]) -> None:
        try:
            await feeder
        except Exception as error:  # noqa: BLE001 - handed to the stream, whose door names it
            self.fail(error)


def ready(message: M) -> "asyncio.Future[M]":
    """Return a promise that is kept already."""
    future: asyncio.Future[M] = asyncio.get_running_loop().create_future()
    future.set_result(message)
    return future


def _noticed(message: "asyncio.Future[M]") -> None:
    """Look at what a promise came to, even when its stream ended before."""
    if not message.cancelled():
        message.exception()
