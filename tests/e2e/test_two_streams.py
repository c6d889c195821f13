"""What a hall acknowledges is durable when the hub says so, and one stream of its process at a time says so (G1)."""

from functools import partial
from pathlib import Path

import sqlalchemy as sa

from certs.merkle import Frontier
from hub.exchange import mailboxes
from hub.exchange.mailboxes import Acknowledged
from hub.tables import mailboxes as table
from tests.hub.hall_client import HallClient, Inbox, Journal, Stream, case_envelope
from tests.hub.running import RunningHub, make_province, running
from tests.hub.test_receive import begun, checked, next_of
from tests.hub.test_submit import opened, reason, receipt
from tongban.exchange.v1 import exchange_pb2

SENDER, RECIPIENT = "gongzhuling", "jilin-sheng"
KEY_ENTRIES = 2
"""What a mailbox of two halls begins with."""


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
            return int(connection.scalar(sa.select(table.c.acknowledged_size).where(table.c.hall == RECIPIENT)) or 0)

    return await hub.hub.rooms.reading(read)


async def test_while_a_receive_stream_answers_a_second_one_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        sender, recipient = await hub.join(SENDER), await hub.join(RECIPIENT)
        again = HallClient(recipient.identity, hub.exchange)
        first, _ = await begun(recipient)
        inbox = Inbox(recipient.identity)
        await acknowledged(first, await taken(hub, first, inbox, KEY_ENTRIES))
        second = await again.receive()
        ping = await next_of(first, "ping")
        first.say(exchange_pb2.ReceiveRequest(pong=exchange_pb2.Pong(nonce=ping.nonce)))
        assert await reason(second) == "REASON_LEASE_HELD"
        submitting, _ = await opened(sender)
        await receipt(submitting, Journal(sender.identity).seal([case_envelope(sender.identity, "a")]))
        assert await acknowledged(first, await taken(hub, first, inbox, KEY_ENTRIES + 1)) == await kept(hub) == KEY_ENTRIES + 1
        for client in (sender, recipient, again):
            await client.close()


async def test_a_silent_receive_stream_gives_way_and_what_the_next_one_acknowledges_is_kept(tmp_path: Path) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        await (await hub.join(SENDER)).close()
        recipient = await hub.join(RECIPIENT)
        again = HallClient(recipient.identity, hub.exchange)
        silent, _ = await begun(recipient)
        second, _ = await begun(again)
        assert await reason(silent) == "REASON_LEASE_LOST"
        note = await taken(hub, second, Inbox(recipient.identity), KEY_ENTRIES)
        assert await acknowledged(second, note) == await kept(hub) == KEY_ENTRIES
        for client in (recipient, again):
            await client.close()


async def test_an_acknowledgement_that_starts_before_the_one_held_is_kept_when_it_ends_behind_it(tmp_path: Path) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        recipient = await hub.join(RECIPIENT)
        none, some, more = (Frontier.empty().extend([bytes(32)] * size) for size in (0, 1, 3))
        for until in (some, more, some):
            done = Acknowledged(RECIPIENT, 1, none.size, none, until, f"signed at {until.size}", 1)
            await hub.hub.rooms.committer.deed(partial(mailboxes.acknowledge, done=done))
        assert await kept(hub) == more.size
        await recipient.close()
