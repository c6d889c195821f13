"""What a hall acknowledges is durable when the hub says so, also where two of its streams are open at once (G1)."""

from pathlib import Path

import sqlalchemy as sa

from hub.tables import mailboxes
from tests.hub.hall_client import HallClient, Inbox, Journal, Stream, case_envelope
from tests.hub.running import RunningHub, make_province, running
from tests.hub.test_receive import begun, checked, next_of
from tests.hub.test_submit import opened, receipt
from tongban.exchange.v1 import exchange_pb2

SENDER, RECIPIENT = "gongzhuling", "jilin-sheng"


async def taken(hub: RunningHub, stream: Stream, inbox: Inbox, upto: int) -> str:
    """Take deliveries up to a size of the inbox; returns the acknowledgement, not yet said."""
    note = ""
    while inbox.frontier.size < upto:
        delivery = await next_of(stream, "delivery")
        for segment in delivery.segments:
            indices, leaves, _ = checked(hub, segment)
            note = inbox.acknowledge(indices, leaves)
    assert inbox.frontier.size == upto
    return note


async def acknowledged(stream: Stream, note: str) -> int:
    """Acknowledge, and return up to where the hub says that this is durable."""
    stream.say(exchange_pb2.ReceiveRequest(acknowledgement=exchange_pb2.Acknowledgement(checkpoint=note)))
    size: int = (await next_of(stream, "acknowledged")).size
    return size


async def kept(hub: RunningHub) -> int:
    """Return up to where the hub's database holds the recipient's acknowledgement."""

    def read() -> int:
        with hub.hub.rooms.database.reader.begin() as connection:
            return int(connection.scalar(sa.select(mailboxes.c.acknowledged_size).where(mailboxes.c.hall == RECIPIENT)) or 0)

    return await hub.hub.rooms.reading(read)


async def test_an_acknowledgement_behind_one_of_another_stream_is_kept(tmp_path: Path) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        sender, recipient = await hub.join(SENDER), await hub.join(RECIPIENT)
        again = HallClient(recipient.identity, hub.exchange)
        submitting, _ = await opened(sender)
        journal = Journal(sender.identity)
        older, _ = await begun(recipient)
        newer, _ = await begun(again)
        of_older, of_newer = Inbox(recipient.identity), Inbox(recipient.identity)
        await receipt(submitting, journal.seal([case_envelope(sender.identity, "a")]))
        note = await taken(hub, older, of_older, 3)
        await taken(hub, newer, of_newer, 3)
        assert await acknowledged(older, note) == await kept(hub) == 3
        await receipt(submitting, journal.seal([case_envelope(sender.identity, "b")]))
        assert await acknowledged(newer, await taken(hub, newer, of_newer, 4)) == 4
        assert await kept(hub) == 4
        for client in (sender, recipient, again):
            await client.close()
