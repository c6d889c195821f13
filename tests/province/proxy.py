"""Stand between a program and its peer on the network, and disturb them.

Laws: it forwards bytes and knows nothing of what they mean; it runs on a loop and in a thread of its own, so that it works beside
tests of either kind. What it forwards arrives late, but in order.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

CHUNK_BYTES = 65_536
CHUNKS_WAITING = 256
START_SECONDS = 10.0


class TcpProxy:
    """Forward connections to `127.0.0.1:port` of ours to a target, unless told otherwise."""

    def __init__(self, target: tuple[str, int], port: int = 0) -> None:
        self.target = target
        self.port = port
        self._delay = 0.0
        self._cut = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    @property
    def address(self) -> str:
        """Where to connect to instead of the target, `host:port`."""
        return f"127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """How many connections it forwards now."""
        return len(self._connections)

    def start(self) -> Self:
        """Begin to listen; the port is known, and stays, from here on."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(START_SECONDS)
        return self

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._in_loop(self._break_all)

    def freeze(self) -> None:
        """Forward nothing more, and let nobody notice: no connection ends, and new ones find silence."""
        self._in_loop(self._flowing.clear)

    def restore(self) -> None:
        """Forward again, after a cut or a freeze."""
        self._in_loop(self._open_again)

    def delay(self, seconds: float) -> None:
        """Let whatever is read from now on arrive so much later, each way."""
        self._delay = seconds

    def stop(self) -> None:
        """Break everything and listen no more."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(START_SECONDS)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(START_SECONDS)
            self._loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _in_loop(self, act: Callable[[], object]) -> None:
        async def acted() -> None:
            act()

        asyncio.run_coroutine_threadsafe(acted(), self._loop).result(START_SECONDS)

    def _break_all(self) -> None:
        self._cut = True
        for connection in self._connections:
            connection.cancel()

    def _open_again(self) -> None:
        self._cut = False
        self._flowing.set()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._break_all()
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            _reset(writer)
            return
        task = asyncio.get_running_loop().create_task(self._forward(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far: asyncio.StreamWriter | None = None
        try:
            far_reader, far = await asyncio.open_connection(*self.target)
            async with asyncio.TaskGroup() as both:
                for giver, taker in ((reader, far), (far_reader, writer)):
                    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_WAITING)
                    both.create_task(self._read(giver, waiting))
                    both.create_task(self._deliver(waiting, taker))
        except (OSError, ExceptionGroup):
            pass  # one side is gone: the other is told below
        finally:
            for end in (writer, far):
                if end is not None:
                    _reset(end)

    async def _read(self, reader: asyncio.StreamReader, waiting: asyncio.Queue[tuple[float, bytes]]) -> None:
        """Read until the end, which is an empty chunk; a slow taker slows the giver."""
        chunk = b"-"
        while chunk:
            chunk = await reader.read(CHUNK_BYTES)
            await waiting.put((self._loop.time() + self._delay, chunk))

    async def _deliver(self, waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due, chunk = await waiting.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            await self._flowing.wait()
            if not chunk:
                writer.write_eof()
                return
            writer.write(chunk)
            await writer.drain()


def _reset(end: asyncio.StreamWriter) -> None:
    """Break a connection so that its peer knows at once: a close that lingers for no time sends RST."""
    plain = end.get_extra_info("socket")
    if plain is not None and plain.fileno() >= 0:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.transport.abort()
