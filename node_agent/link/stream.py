"""Hold one open stream to the hub.

Laws: writers take turns (grpc.aio allows one write at a time); every failure leaves here as HubRefused or HubUnreachable.
"""

import asyncio
from typing import Any, Generic, TypeVar

import grpc
from grpc import aio

from node_agent.errors import HubUnreachable
from node_agent.link import refusals

_EOF: Any = aio.EOF  # type: ignore[attr-defined]  # grpc-stubs leave it out

Request = TypeVar("Request")
Response = TypeVar("Response")


class Stream(Generic[Request, Response]):
    """A bidirectional call: `Request` up, `Response` down."""

    def __init__(self, call: Any) -> None:  # noqa: ANN401 - grpc-stubs have no type for an aio stream-stream call
        self._call = call
        self._turn = asyncio.Lock()
        self._closed = False

    async def write(self, message: Request) -> None:
        """Send one message; returns when gRPC has taken it. Behind `close` nothing is sent: nobody listens."""
        async with self._turn:
            if not self._closed:
                await self._written(message)

    async def close(self, message: Request) -> None:
        """Send the last message."""
        async with self._turn:
            if not self._closed:
                self._closed = True
                await self._written(message)
                await self._call.done_writing()

    async def _written(self, message: Request) -> None:
        try:
            await self._call.write(message)
        except aio.AioRpcError as error:
            raise refusals.named(error) from error
        except asyncio.InvalidStateError as error:  # the call has ended: its status says why
            raise await self._ended() from error

    async def read(self) -> Response | None:
        """Return the next message, or None when the hub has ended the stream well."""
        try:
            message: Response = await self._call.read()
        except aio.AioRpcError as error:
            raise refusals.named(error) from error
        return None if message is _EOF else message

    def cancel(self) -> None:
        """Give the call up, if it has not ended."""
        self._call.cancel()

    async def _ended(self) -> Exception:
        """Name the status of a call that ended under a writer."""
        call = self._call
        code, details, trailing = await call.code(), await call.details(), await call.trailing_metadata()
        if code is grpc.StatusCode.OK:
            return HubUnreachable("the hub has ended the stream")
        return refusals.named(aio.AioRpcError(code, aio.Metadata(), trailing or aio.Metadata(), details, None))
