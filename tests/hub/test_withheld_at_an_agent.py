"""A real hub and a real agent agree on what was withheld, from the mailbox to the evidence."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from certs.entries import LEDGER_KEY, WITHDRAWN
from hub.exchange import mailboxes
from node_agent import db, hall_keys, inbox, status, store_check
from node_agent.app import Agent, _linked
from node_agent.config import Config
from node_agent.enrolment import Invitation
from node_agent.link import enrolment as enrolling
from tests.hub.hall_client import TRUST_DOMAIN, HallClient, Journal, case_envelope
from tests.hub.running import RunningHub
from tests.hub.test_evidence import findings, position
from tests.hub.test_submit import opened, receipt
from tests.hub.withheld import AUTHOR, FORMER, moved, settled
from tests.node_agent.linked import until
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

HURRIED = {"back_off_first": "20ms", "back_off_most": "50ms", "parked": "100ms", "poll": "50ms"}


async def enrolled(hub: RunningHub, folder: Path, hall: str) -> Config:
    """Enrol an agent's hall at the hub."""
    port = hub.enrolment.rpartition(":")[2]
    addresses = {"address": f"localhost:{hub.exchange.rpartition(':')[2]}", "enrolment_address": f"localhost:{port}"}
    raw = {"hall": hall, "trust_domain": TRUST_DOMAIN, "data_dir": "data", "hub": addresses, "link": HURRIED, "keep": {"free_bytes": 0}}
    config = Config.read(raw, folder)
    application = hub.application(hall)
    await enrolling.enrol(config, Invitation(application.token, application.root))
    return config


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[None]:
    """Keep an agent's link up for a while."""
    with Agent(config)._built() as parts:
        async with _linked(parts):
            yield


def look(config: Config, question: Callable[[sa.Connection], Any]) -> Any:
    engine = db.connect(config.store_path)
    try:
        with db.reading(engine) as connection:
            return question(connection)
    finally:
        engine.dispose()


def came(config: Config) -> list[str]:
    """Return what the messages are about whose bodies came."""
    found = look(config, lambda c: [one for one in inbox.received(c, 0, 1_000) if one.kind != LEDGER_KEY and not one.is_withheld])
    return [Header.FromString(Envelope.FromString(one.envelope).header).subject for one in found]


def acknowledged(hub: RunningHub) -> int:
    """Return how many entries the hall acknowledged durably."""
    with hub.hub.rooms.database.reader.begin() as connection:
        box = mailboxes.get(connection, FORMER)
    return box.acknowledged_size if box is not None else 0


async def send(client: HallClient, journal: Journal, *names: str) -> None:
    stream, _ = await opened(client)
    await receipt(stream, journal.seal([case_envelope(client.identity, name, recipients=[FORMER]) for name in names]))
    await stream.end()


async def test_a_superior_that_was_away_gets_hashes_for_what_it_may_no_longer_have_and_loses_its_store_afterwards(
    hub: RunningHub, tmp_path: Path
) -> None:
    author = await hub.join(AUTHOR)
    journal = Journal(author.identity)
    config = await enrolled(hub, tmp_path / "agent", FORMER)
    await send(author, journal, "a", "b")
    async with running(config):
        await until(lambda: acknowledged(hub) == 4)
    await send(author, journal, "c", "d")
    await moved(hub)
    async with running(config):
        await until(lambda: look(config, inbox.size) == 6)
        await until(lambda: settled(hub) == {4: WITHDRAWN, 5: WITHDRAWN})
    assert came(config) == ["a", "b"]
    assert status.report(config, datetime.now(UTC))["inbox"]["withheld"] == 2
    [first, third] = await findings(author, position(author, 0), position(author, 2))
    assert [one.form for one in (*first.received, *third.received)] == [1, WITHDRAWN]
    before = look(config, lambda c: inbox.load_head(c, 1).frontier)
    for path in config.data_dir.glob("agent.db*"):
        path.unlink()
    async with running(config):
        await until(lambda: look(config, inbox.size) == 6)
    assert look(config, lambda c: inbox.load_head(c, 1).frontier) == before
    assert came(config) == []  # it may not have those either any more
    assert look(config, lambda c: store_check.check_inbox(c, hall_keys.load(config))).fault == ""
    await moved(hub, superior=FORMER)
    await send(author, journal, "e")
    async with running(config):
        await until(lambda: came(config) == ["e"])
    await author.close()
