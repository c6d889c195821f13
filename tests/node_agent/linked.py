"""Run the agent's link, for real and in this process, against a fake hub over mTLS."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from certs import authority, enrolment
from certs.notes import Signer
from node_agent import crash, db, hall_keys, inbox, journal
from node_agent import enrolment as enrolling
from node_agent.app import Agent, _Parts
from node_agent.config import Config
from node_agent.enrolment import Invitation
from node_agent.hall_keys import HallKeys
from node_agent.outbox import EnvelopeWriter, put
from node_agent.pulse import Trouble
from node_agent.tables import batches, refusals
from tests.node_agent.fake_hub import FakeHub
from tests.node_agent.tiny_province import TD, TinyProvince, draft, event_id
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

HALL = "gongzhuling"
CLOSING_SECONDS = 20.0
UNTIL_SECONDS = 30.0
ROOT = Path(__file__).parents[2]


def configuration(folder: Path, **link: Any) -> Config:
    """Return a configuration that hurries: nobody waits in tests."""
    hurried = {"back_off_first": "20ms", "back_off_most": "50ms", "parked": "100ms", "poll": "50ms", "silence": "10s"} | link
    raw = {
        "hall": HALL,
        "trust_domain": TD,
        "data_dir": "data",
        "hub": {"address": "localhost:1", "enrolment_address": "localhost:1"},
        "link": hurried,
        "keep": {"free_bytes": 0},
    }
    return Config.read(raw, folder)


def enrolled(config: Config, province: TinyProvince) -> HallKeys:
    """Enrol the hall without a network."""
    root = (province.keys / authority.ROOT).read_bytes()
    token = enrolment.make_token(config.hall, province.authority.root, b"s" * 32)
    invitation = Invitation(token, root)
    enrolling.accept(config, invitation, province.enrol(enrolling.request(config, invitation, 1), config.hall))
    return hall_keys.load(config)


@dataclass
class Linked:
    """One hall, its store, its hub."""

    config: Config
    province: TinyProvince
    hub: FakeHub
    more: str = ""
    """What the configuration file of commands has besides, such as sources."""

    def __post_init__(self) -> None:
        self.writer = EnvelopeWriter(TD, HALL, 1)
        self.parts: _Parts | None = None

    @property
    def origin(self) -> str:
        return f"{TD}/journal/{HALL}/1"

    def at_hub(self, config: Config | None = None) -> Config:
        """Return the configuration with the hub's present ports."""
        config = config or self.config
        exchange, enrolment_port = self.hub.ports
        hub = config.hub.model_copy(update={"address": f"localhost:{exchange}", "enrolment_address": f"localhost:{enrolment_port}"})
        copied = config.model_copy(update={"hub": hub})
        copied._folder = config.folder
        return copied

    @asynccontextmanager
    async def running(self, config: Config | None = None, *, killed: bool = False) -> AsyncIterator[_Parts]:
        """Keep the link up for a while, then end it in order, or cut it off where it stands."""
        with Agent(self.at_hub(config))._built() as parts:
            self.parts = parts
            task = asyncio.create_task(parts.link.run())
            try:
                yield parts
                if not killed:
                    parts.link.stop()
                    await asyncio.wait_for(task, CLOSING_SECONDS)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                self.parts = None

    @asynccontextmanager
    async def store(self) -> AsyncIterator[sa.Engine]:
        """Open the store of an agent that does not run."""
        engine = db.open_store(self.config.store_path)
        try:
            yield engine
        finally:
            engine.dispose()

    @property
    def signer(self) -> Signer:
        return hall_keys.load(self.config).journal

    def lose_store(self) -> None:
        """Lose the database, but not the keys."""
        for path in self.config.data_dir.glob("agent.db*"):
            path.unlink()

    def written(self) -> Path:
        """Write the configuration to a file, for commands."""
        path = self.config.folder / "agent.toml"
        exchange, enrolment_port = self.hub.ports
        path.write_text(
            f'hall = "{HALL}"\ntrust_domain = "{TD}"\ndata_dir = "data"\n'
            f'[hub]\naddress = "localhost:{exchange}"\nenrolment_address = "localhost:{enrolment_port}"\n{self.more}',
            encoding="utf-8",
        )
        return path

    async def command(self, *words: str, crash_at: str = "") -> tuple[int, str]:
        """Run the agent's command line, dying at a step if one is named; return its exit code and what it printed."""
        process = await self._process(words, {crash.VARIABLE: crash_at})
        out, err = await process.communicate()
        return process.returncode or 0, (out + err).decode()

    async def agent(self) -> asyncio.subprocess.Process:
        """Run the agent in a process of its own; return it when it works."""
        ready = self.config.folder / "agent.ready"
        process = await self._process(("run", "--ready-file", str(ready)), {})
        await until(ready.exists)
        return process

    async def _process(self, words: Sequence[str], environment: Mapping[str, str]) -> asyncio.subprocess.Process:
        command = [sys.executable, "-m", "node_agent", *words, "--config", str(self.written())]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment}
        return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=env, cwd=ROOT)

    def put(self, *names: str, **more: Any) -> None:
        """Put drafts, as a source does; the running agent's engine if it runs."""
        drafts = [draft(name, **more) for name in names]
        engine = self.parts.engine if self.parts else db.open_store(self.config.store_path)
        with db.begin(engine) as connection:
            put(connection, drafts, self.writer)
        if not self.parts:
            engine.dispose()

    def look(self, question: Callable[[sa.Connection], Any]) -> Any:
        """Ask the store something."""
        engine = db.connect(self.config.store_path)
        try:
            with db.reading(engine) as connection:
                return question(connection)
        finally:
            engine.dispose()

    def unreceipted(self) -> int:
        return int(self.look(lambda c: c.scalar(sa.select(sa.func.count()).select_from(batches).where(batches.c.receipted_at.is_(None)))))

    def receipted(self) -> int:
        head = self.look(lambda c: journal.receipted_size(c, journal.load_head(c, 1)))
        return int(head)

    def refused(self) -> list[tuple[str, int, int]]:
        columns = (refusals.c.event_id, refusals.c.disposition, refusals.c.reason)
        return [tuple(row) for row in self.look(lambda c: c.execute(sa.select(*columns).order_by(refusals.c.journal_index)).all())]

    def inbox(self) -> inbox.Head:
        head: inbox.Head = self.look(lambda c: inbox.load_head(c, 1))
        return head

    def troubles(self) -> dict[str, Trouble]:
        assert self.parts is not None
        return {trouble.name: trouble for trouble in self.parts.pulse.troubles}

    def at_hub_events(self) -> list[str]:
        """Name the events that the hub holds of this hall, in order."""
        journal_ = self.province.journals.get(self.origin)
        return [header.subject for raw, _ in (journal_.answers if journal_ else []) for header in headers(raw)]


def headers(raw: bytes) -> Iterator[Header]:
    """Yield the headers of a batch."""
    batch = Batch.FromString(raw)
    for at, data in enumerate(batch.envelopes):
        if at not in batch.hash_only:
            yield Header.FromString(Envelope.FromString(data).header)


async def until(wanted: Callable[[], Any], seconds: float = UNTIL_SECONDS) -> None:
    """Wait until something is so, or fail."""
    ends = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < ends, "it did not become so"
        await asyncio.sleep(0.01)


__all__ = ["HALL", "Linked", "configuration", "enrolled", "event_id", "headers", "until"]
