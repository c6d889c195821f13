"""A witness that is away for weeks keeps nobody from seeing what the others cosigned since (G6, G7)."""

import asyncio
import time
from pathlib import Path

from tests.hub.hall_client import HallClient, Journal, Stream, case_envelope, cosignature
from tests.hub.running import make_province, running
from tests.hub.test_receive import begun, next_of
from tests.hub.test_submit import opened, receipt
from tongban.exchange.v1 import exchange_pb2

AWAY, *HERE = HALLS = ("siping", "gongzhuling", "jilin-sheng")
SEEN_SECONDS = 30.0


def size_of(note: str) -> int:
    return int(note.split("\n")[1])


async def cosign(client: HallClient, stream: Stream, at_least: int) -> int:
    """Cosign proposals up to the first of so many entries; returns its size."""
    size = 0
    while size < at_least:
        proposal = await next_of(stream, "proposal")
        size = size_of(proposal.checkpoint)
        line = cosignature(client.identity, proposal.checkpoint, int(time.time()))
        stream.say(exchange_pb2.ReceiveRequest(cosignature=exchange_pb2.Cosignature(ledger_size=size, line=line)))
    return size


async def sees(stream: Stream, size: int) -> bool:
    """Tell whether a checkpoint of so many entries is handed out soon."""
    try:
        async with asyncio.timeout(SEEN_SECONDS):
            while size_of((await next_of(stream, "witnessed")).checkpoint) < size:
                pass
    except TimeoutError:
        return False
    return True


async def test_what_two_halls_cosigned_is_handed_out_although_a_third_is_away(tmp_path: Path) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        clients = {hall: await hub.join(hall) for hall in HALLS}
        streams = {hall: (await begun(client))[0] for hall, client in clients.items()}
        together = [await cosign(clients[hall], streams[hall], len(HALLS)) for hall in HALLS]
        assert len(set(together)) == 1
        await streams[AWAY].end()
        submitting, _ = await opened(clients[HERE[0]])
        await receipt(submitting, Journal(clients[HERE[0]].identity).seal([case_envelope(clients[HERE[0]].identity, "a")]))
        newer = [await cosign(clients[hall], streams[hall], together[0] + 1) for hall in HERE]
        assert await sees(streams[HERE[-1]], max(newer))
        for client in clients.values():
            await client.close()
