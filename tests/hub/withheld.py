"""Take from a superior what waits for it while the hub runs, and look at what it gets."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from certs.merkle import Frontier, leaf_hashes
from directory.scopes.law import Law
from hub.db import open_database, transaction
from hub.exchange import forms
from hub.exchange.own_journal import Message
from hub.registry import halls
from hub.registry.changes import apply_pending
from tests.hub.hall_client import HallClient, Inbox, Journal, Stream, case_envelope
from tests.hub.running import RunningHub
from tests.hub.test_receive import acknowledgement, begun, checked, forms_of, next_of
from tests.hub.test_submit import opened, receipt
from tongban.exchange.v1 import exchange_pb2

AUTHOR, FORMER, LATER = "gongzhuling", "changchun", "siping"
BIG = "x" * 100_000
WINDOW = 65_536


async def moved(hub: RunningHub, hall: str = AUTHOR, superior: str = LATER) -> None:
    """Put a hall under another superior, as an operator's command does beside the running hub."""
    rooms = hub.hub.rooms
    database = open_database(hub.config.database)
    with transaction(database.writer) as connection:
        halls.store(connection, [replace(rooms.registry.province.hall(hall), superior=superior)])
    database.dispose()
    await apply_pending(rooms.registry, hub.hub.calls)


async def sent(client: HallClient, *batches: Sequence[list[str]], text: str = "") -> list[list[bytes]]:
    """Send batches from a hall that has sent nothing yet: for each envelope its recipients."""
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    out = []
    for number, batch in enumerate(batches):
        envelopes = [case_envelope(client.identity, f"{number}-{at}", recipients=to, dataschema=text) for at, to in enumerate(batch)]
        await receipt(stream, journal.seal(envelopes))
        out.append(envelopes)
    await stream.end()
    return out


async def halls_of(hub: RunningHub, *names: str) -> list[HallClient]:
    return [await hub.join(name) for name in names]


def noted(hub: RunningHub, hall: str = FORMER) -> dict[int, int]:
    with hub.hub.rooms.database.reader.begin() as connection:
        return forms.noted(connection, hall, 0, 1_000)


def settled(hub: RunningHub, hall: str = FORMER) -> dict[int, int]:
    with hub.hub.rooms.database.reader.begin() as connection:
        return forms.acknowledged(connection, hall, 0, 1_000)


async def take_one(hub: RunningHub, stream: Stream, inbox: Inbox) -> list[bytes]:
    """Take one delivery, acknowledge it, and return the bodies of messages in it."""
    delivery = await next_of(stream, "delivery")
    assert delivery.first == inbox.frontier.size
    parts = [(segment, *checked(hub, segment)) for segment in delivery.segments]
    leaves = [leaf for _, _, entries, _ in parts for leaf in entries]
    taken = [form for segment, _, entries, _ in parts for form in forms_of(segment, len(entries))]
    stream.say(acknowledgement(inbox, [at for _, indices, _, _ in parts for at in indices], leaves, taken))
    return [body for segment, _, _, envelopes in parts if segment.kind == exchange_pb2.LEDGER_KIND_MESSAGE for body in envelopes]


async def until_acknowledged(stream: Stream, size: int) -> None:
    while (await next_of(stream, "acknowledged")).size < size:
        pass


def law_of(hub: RunningHub) -> Law:
    return hub.hub.rooms.laws.in_force().law


async def heard(hub: RunningHub, client: HallClient, **opening: Any) -> tuple[Stream, list[int], list[bytes], list[int]]:
    """Open a stream and take what waits without acknowledging it: ledger indices, ledger leaves and forms."""
    stream, where = await begun(client, **opening)
    indices: list[int] = []
    leaves: list[bytes] = []
    got: list[int] = []
    while len(got) < where.waiting:
        for segment in (await next_of(stream, "delivery")).segments:
            at, entries, _ = checked(hub, segment)
            indices, leaves, got = indices + at, leaves + entries, got + forms_of(segment, len(entries))
    return stream, indices, leaves, got


def journal_behind(*envelopes: bytes) -> Frontier:
    return Frontier.empty().extend(leaf_hashes(envelopes))


async def replay(hub: RunningHub, client: HallClient) -> tuple[Stream, list[tuple[int, bool]]]:
    """Lose everything and open; return for each acknowledged entry the form of its leaf, and whether its body came."""
    stream, where = await begun(client)
    found: list[tuple[int, bool]] = []
    while len(found) < where.size:
        delivery = await next_of(stream, "delivery")
        assert delivery.replay
        for segment in delivery.segments:
            entries = checked(hub, segment)[1]
            bare = {one.position for one in segment.withheld}
            found += [(form, at not in bare) for at, form in enumerate(forms_of(segment, len(entries)))]
    return stream, found


async def said_by_hub(hub: RunningHub, recipient: str, count: int) -> None:
    at = hub.hub.rooms.clock()
    messages = [Message(source="x", resource="record", type="x", subject=str(n), payload=b"x", at=at) for n in range(count)]
    await hub.hub.rooms.registry.own.say(messages, (recipient,), lambda _connection, _first: None)
