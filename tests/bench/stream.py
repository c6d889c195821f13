"""Measure a bare grpc.aio stream under mTLS: what the exchange would be if it did nothing.

Laws: client and server are processes of their own, with the credentials and limits of the exchange; messages are put into a frame by
the one and taken out of it by the other, and nothing else is done with them; the server counts, from the first frame to the last.
"""

import argparse
import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
from grpc import aio

from certs.tls import CertificateFiles, agent_channel_credentials, exchange_server_credentials
from tongban.exchange.v1.exchange_pb2 import Batch

MESSAGE_BYTES = 1_024
FRAMES = 16
"""How many times a frame of distinct messages; they are sent over and over."""
METHOD = "/tongban.bench.Bare/Stream"
FRAME_BYTES = 4 * 1024 * 1024


async def _count(requests: AsyncIterator[Batch], _context: grpc.aio.ServicerContext[Batch, bytes]) -> bytes:
    messages = 0
    begun = ended = time.perf_counter()
    async for batch in requests:
        ended = time.perf_counter()
        if not messages:
            begun = ended
        for _ in batch.envelopes:
            messages += 1
    return json.dumps({"messages": messages, "seconds": ended - begun}).encode()


async def serve(files: CertificateFiles, ready: Path) -> None:
    """Count what comes, until SIGTERM."""
    server = aio.server(options=[("grpc.max_receive_message_length", FRAME_BYTES), ("grpc.so_reuseport", 0)])
    handler = grpc.stream_unary_rpc_method_handler(_count, Batch.FromString, bytes)
    service, method = METHOD.strip("/").split("/")
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
    port = server.add_secure_port("127.0.0.1:0", exchange_server_credentials(files))
    await server.start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    draft = ready.with_suffix(".draft")
    draft.write_text(json.dumps({"pid": os.getpid(), "port": port}), encoding="utf-8")
    draft.replace(ready)
    await stopped.wait()
    await server.stop(0)


async def send(files: CertificateFiles, address: str, messages_a_frame: int, seconds: float) -> bytes:
    """Send frames for so long; return what the server counted."""
    frames = [[os.urandom(MESSAGE_BYTES) for _ in range(messages_a_frame)] for _ in range(FRAMES)]
    async with aio.secure_channel(address, agent_channel_credentials(files)) as channel:
        await channel.channel_ready()
        # None: frames are written by hand, not drawn from an iterator.
        call = channel.stream_unary(METHOD, Batch.SerializeToString, bytes)(None)
        ends = time.perf_counter() + seconds
        sent = 0
        while time.perf_counter() < ends:
            await call.write(Batch(envelopes=frames[sent % FRAMES]))
            sent += 1
        await call.done_writing()
        counted: bytes = await call
    return counted


def main() -> None:
    """Serve, or send."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stream", description=__doc__)
    parser.add_argument("files", nargs=3, type=Path, metavar="FILE", help="key, certificate chain, root")
    parser.add_argument("--serve", type=Path, metavar="READY_FILE")
    parser.add_argument("--send", metavar="ADDRESS")
    parser.add_argument("--messages-a-frame", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    files = CertificateFiles(*options.files)
    if options.serve:
        asyncio.run(serve(files, options.serve))
    else:
        print(asyncio.run(send(files, options.send, options.messages_a_frame, options.seconds)).decode())


if __name__ == "__main__":
    main()
