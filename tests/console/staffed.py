"""Run the console of one hall in this process, with people who may sign in."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from directory import hall_versions
from directory.register.kinds import FORMS, Kind
from node_agent import db
from node_agent.accounts import users
from node_agent.accounts.passwords import Hasher
from node_agent.accounts.signing_in import Desk
from node_agent.accounts.users import Held
from node_agent.app import Agent, _Parts
from node_agent.config import Config, ConsoleSection
from node_agent.console import server
from node_agent.console.site import Agent as ConsoleAgent
from node_agent.keeping import Keeping
from node_agent.tables import directory
from tests.console.visitor import Page, Visitor
from tests.node_agent.linked import configuration, enrolled, until
from tests.node_agent.tiny_province import TinyProvince
from tests.province.processes import free_port

T = TypeVar("T")

PASSWORD = "早晨八点半开门 请先取号"
ADMINISTRATOR, CLERK = "7", "1024"
CHEAP = Hasher(memory_kib=64, passes=1)
"""What tests hash with where the cost is not what they are about."""


@dataclass
class Hands:
    """A clock that is set forward."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Staffed:
    """A hall whose console is open."""

    config: Config
    agent: ConsoleAgent
    port: int
    hands: Hands
    parts: _Parts = field(repr=False)

    @property
    def desk(self) -> Desk:
        """Where people sign in, as from another machine."""
        return Desk(Keeping(self.agent.engine, "another machine"), CHEAP)

    def visitor(self, **headers: str) -> Visitor:
        return Visitor(self.port, headers=headers)

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        with db.begin(self.agent.engine) as connection:
            return work(connection)

    def look(self, work: Callable[[sa.Connection], T]) -> T:
        with db.reading(self.agent.engine) as connection:
            return work(connection)

    async def add(self, number: str, *roles: str, name: str = "张三", must_change: bool = False) -> None:
        """Add a user who signs in with PASSWORD."""
        hashed = await CHEAP.hash(PASSWORD)

        def put(connection: sa.Connection) -> None:
            users.add(connection, number, name, hashed, self.hands.now())
            for role in roles:
                users.give(connection, number, Held(role))
            users.set_password(connection, number, hashed, self.hands.now(), must_change=must_change)

        self.write(put)

    async def signed_in(self, number: str, *, password: str = PASSWORD) -> Visitor:
        """Return someone who has signed in."""
        visitor = self.visitor()
        page = await ask(visitor.sign_in, number, password)
        assert page.status == 303, page.text
        return visitor


async def ask(question: Callable[..., Page], *words: object, **more: object) -> Page:
    """Ask in a thread: the console answers in this loop."""
    return await asyncio.to_thread(question, *words, **more)


@asynccontextmanager
async def staffed(folder: Path, *, sinks: Sequence[dict[str, str]] = ()) -> AsyncIterator[Staffed]:
    """Open the console of a hall that has heard of the province, with an administrator and a clerk."""
    config = configuration(folder).model_copy(update={"sink": tuple(sinks)})
    config._folder = folder
    enrolled(config, TinyProvince(folder / "province"))
    async with opened(config) as found:
        found.write(tell_halls)
        await found.add(ADMINISTRATOR, "hall-administrator", name="李主任")
        await found.add(CLERK, "clerk")
        yield found


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Staffed]:
    """Open the console of a hall that is enrolled; nobody may sign in yet."""
    port = free_port()
    section = ConsoleSection(public_origin=f"http://localhost:{port}", port=port)
    served = config.model_copy(update={"console": section})
    served._folder = config.folder
    hands = Hands()
    with Agent(served)._built() as parts:
        agent = replace(parts.console, clock=hands.now)
        stopping = asyncio.Event()
        serving = asyncio.create_task(server.run(agent, section, stopping, CHEAP))
        try:
            await until(lambda: _listens(port))
            yield Staffed(served, agent, port, hands, parts)
        finally:
            stopping.set()
            await asyncio.wait_for(serving, 20)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
        return True
    return False


def tell_halls(connection: sa.Connection) -> None:
    """Let a hall have heard which halls there are."""
    form = FORMS[Kind.HALL]
    halls = hall_versions.seed()
    for number, (hall, document) in enumerate(zip(halls, form.documents(halls), strict=True)):
        place = form.place(hall)
        values = {"kind": place.kind, "key": place.key, "version": place.version, "document": document, "reason": "test"}
        connection.execute(sa.insert(directory).values(**values, ledger_index=number, journal_epoch=1, journal_index=number))
