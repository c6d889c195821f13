"""Put halls into quarantine and release them, as an operator does beside a running hub, and send as they do."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from click.testing import CliRunner

from certs.checkpoints import open_checkpoint
from certs.merkle import leaf_hashes, root_from_range
from hub.cli import main
from hub.quarantine import forwards
from hub.tables import mailboxes, quarantines
from tests.hub.hall_client import HallClient, Journal, Stream, case_envelope
from tests.hub.running import RunningHub
from tests.hub.test_submit import opened, receipt
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1 import exchange_pb2
from tongban.exchange.v1.forward_pb2 import Forward

HALL = "yushu"
PROVINCE = "jilin-sheng"
SECONDS = 20.0


def command(hub: RunningHub, *words: str) -> str:
    """Run a command beside the hub; return what it says."""
    done = CliRunner().invoke(main, [*words, "--config", str(hub.folder / "hub.toml")])
    assert done.exit_code == 0, done.output
    return done.output


async def quarantine(hub: RunningHub, hall: str = HALL) -> None:
    """Put a hall into quarantine, and have the running hub look at once."""
    command(hub, "hall", "quarantine", hall, "--reason", "sends nonsense", "--operator", "op-1")
    await hub.hub.rooms.quarantine.take_in(hub.hub.calls)


async def released(hub: RunningHub, hall: str = HALL) -> None:
    """Release a hall, and wait until the hub has done so."""
    command(hub, "hall", "release", hall, "--operator", "op-2")
    async with asyncio.timeout(SECONDS):
        while rows(hub, quarantines):  # noqa: ASYNC110 - as seen from outside
            await asyncio.sleep(0.05)


def rows(hub: RunningHub, table: sa.Table) -> Sequence[sa.Row[Any]]:
    with hub.hub.rooms.database.reader.begin() as connection:
        return connection.execute(sa.select(table)).all()


@dataclass(slots=True)
class Sender:
    """A hall that submits."""

    client: HallClient
    journal: Journal
    stream: Stream

    @classmethod
    async def of(cls, client: HallClient, journal: Journal | None = None) -> "Sender":
        stream, _ = await opened(client)
        return cls(client, journal or Journal(client.identity), stream)

    async def send(self, *numbers: str, **changes: Any) -> exchange_pb2.Receipt:
        return await receipt(self.stream, self.journal.seal([case_envelope(self.client.identity, n, **changes) for n in numbers]))


def checked(hub: RunningHub, data: bytes) -> tuple[Forward, Header]:
    """Verify a forward as whoever receives it must; return it with the header of the message in it."""
    outer = Envelope.FromString(data)
    header = Header.FromString(outer.header)
    assert header.type == forwards.TYPE
    forward = Forward.FromString(outer.payload)
    inner = Header.FromString(Envelope.FromString(forward.envelope).header)
    size = int(forward.journal_checkpoint.split("\n")[1])
    note = open_checkpoint(forward.journal_checkpoint, hub.hub.rooms.keyring.log_key(inner.journal.split("/")[2], 1, size))
    run = [(forward.journal_index, forward.journal_index + 1)]
    assert root_from_range(size, run, leaf_hashes([forward.envelope]), list(forward.journal_proof)) == note.root
    assert (header.resource, header.subject, list(header.recipients)) == (inner.resource, inner.subject, list(inner.recipients))
    return forward, inner


def mailbox_size(hub: RunningHub, hall: str) -> int:
    with hub.hub.rooms.database.reader.begin() as connection:
        return connection.scalar(sa.select(mailboxes.c.size).where(mailboxes.c.hall == hall)) or 0


def linked(hub: RunningHub) -> set[str]:
    return {hall.hall for hall in hub.hub.rooms.registry.province if hall.linked}


async def released_already(hub: RunningHub) -> None:
    async with asyncio.timeout(SECONDS):
        while rows(hub, quarantines):  # noqa: ASYNC110 - as seen from outside
            await asyncio.sleep(0.05)
