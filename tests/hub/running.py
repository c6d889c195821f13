"""Run a real hub on this loop, with its own CA and database, for tests that speak to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from certs.authority import ROOT
from certs.identity import read_certificate
from hub.app import Hub
from hub.cli import main
from hub.config import Config, load
from hub.db import open_database, transaction
from hub.registry import tokens
from hub.tables import staged_changes, stagings
from tests.hub.hall_client import TRUST_DOMAIN, Application, HallClient, Identity


@dataclass(slots=True)
class RunningHub:
    """A hub that listens."""

    folder: Path
    config: Config
    hub: Hub
    exchange: str
    enrolment: str

    def application(self, hall: str) -> Application:
        """Invite a hall."""
        root = (self.config.keys / ROOT).read_bytes()
        database = open_database(self.config.database)
        with transaction(database.writer) as connection:
            token = tokens.issue(connection, hall, read_certificate(root), datetime.now(UTC))
        database.dispose()
        return Application(token, root)

    async def enrol(self, hall: str) -> Identity:
        """Invite a hall and enrol it."""
        return await self.application(hall).enrol(self.enrolment)

    async def join(self, hall: str) -> HallClient:
        """Enrol a hall and connect it."""
        return HallClient(await self.enrol(hall), self.exchange)


def make_province(folder: Path, database: str = "sqlite:///hub.db", *, halls_said: bool = False) -> Config:
    """Make a province by the command that operators use; its ledger begins empty unless the halls are to be said to every hall."""
    names = ["--name", "localhost", "--name", "127.0.0.1"]
    ports = ["--host", "127.0.0.1", "--ports", "0", "0", "0", "--database", database, "--witness-every", "200ms"]
    unlinked = ["--unlinked", "changbai"]
    done = CliRunner().invoke(main, ["ca", "init", str(folder), "--trust-domain", TRUST_DOMAIN, *names, *ports, *unlinked])
    assert done.exit_code == 0, done.output
    config = load(folder / "hub.toml")
    if not halls_said:
        _say_nothing(config)
    return config


def _say_nothing(config: Config) -> None:
    """Drop the halls that wait to be said in the register: most tests count what is in ledger and mailboxes."""
    ledger = open_database(config.database)
    with transaction(ledger.writer) as connection:
        for table in (staged_changes, stagings):
            connection.execute(table.delete())
    ledger.dispose()


@asynccontextmanager
async def running(folder: Path, config: Config) -> AsyncIterator[RunningHub]:
    """Run a hub until the block ends, then drain it."""
    ready = folder / "ready"
    ready.unlink(missing_ok=True)
    hub = Hub(config)
    task = asyncio.create_task(hub.run(ready))
    while not ready.exists():
        if task.done():
            await task
        await asyncio.sleep(0.01)
    where = json.loads(ready.read_text())
    try:
        yield RunningHub(folder, config, hub, where["exchange"], where["enrolment"])
    finally:
        hub.stop()
        await task
