"""Hold together what every page of the console uses."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from directory.calendar import beijing_day
from node_agent import db, law
from node_agent.accounts.passwords import Hasher
from node_agent.accounts.signing_in import Desk
from node_agent.config import Config, ConsoleSection
from node_agent.console.asking import Asking
from node_agent.console.live import Live
from node_agent.console.standing import LinkStanding, link_standing
from node_agent.guidance.rulebook import Rulebooks
from node_agent.hall_keys import HallKeys
from node_agent.keeping import Keeping
from node_agent.law import Known
from node_agent.licences.desks import Desks
from node_agent.outbox import EnvelopeWriter
from node_agent.pulse import Pulse
from node_agent.tables import directory

LOOK_AGAIN: Final = timedelta(seconds=5)
"""How old the law of pages may be; the hub's own decides what it is asked."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Agent:
    """The agent that the console is a door of."""

    config: Config
    hall: HallKeys
    engine: sa.Engine
    envelopes: EnvelopeWriter
    pulse: Pulse
    clock: Clock
    on_received: list[Callable[[], None]]
    """Called, from any thread, after something was received."""


@dataclass(slots=True)
class _Read:
    """The law as it was read, from a replica up to this place, for this day."""

    known: Known | None
    place: tuple[int, date]
    looked_at: datetime


@dataclass(slots=True)
class Site:
    """One console; make it in the loop that serves it."""

    agent: Agent
    section: ConsoleSection
    keeping: Keeping
    desk: Desk
    asking: Asking
    live: Live
    desks: Desks
    rules: Rulebooks = field(default_factory=Rulebooks)
    """By which guidance goes."""
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something was written that others may want to know of."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _read: _Read | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, agent: Agent, section: ConsoleSection, hasher: Hasher) -> "Site":
        """Put a console together."""
        keeping = Keeping(agent.engine, "console")
        site = cls(agent, section, keeping, Desk(keeping, hasher), Asking(agent.config, agent.hall), Live(), Desks(agent.config))
        agent.on_received.append(site.received)
        db.listen(agent.engine, site.stir)
        return site

    def received(self) -> None:
        """Tell the pages that something came in; from any thread."""
        for topic in ("exchange", "todo"):
            self.live.publish_from_thread(topic)

    def stir(self) -> None:
        """Have a look taken at what was written; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.stirred.set)

    def close(self) -> None:
        """Tell every open page that this is over."""
        self.agent.on_received.remove(self.received)
        db.unlisten(self.agent.engine, self.stir)
        self.live.end(self.live.sessions)

    @property
    def hall(self) -> str:
        """The hall's id."""
        return self.agent.config.hall

    @property
    def link(self) -> LinkStanding:
        """How the link to the hub stands."""
        return link_standing(self.agent.pulse)

    def now(self) -> datetime:
        """Return the time."""
        return self.agent.clock()

    async def known(self) -> Known | None:
        """Return what the hall knows of the province today; None while it has not heard of it. Raises StoreError."""
        async with self._turn:
            now = self.now()
            if self._read is None or now - self._read.looked_at >= LOOK_AGAIN:
                held = self._read
                self._read = await self.keeping.read(lambda connection: _looked(connection, held, self.hall, now))
            return self._read.known


def _looked(connection: sa.Connection, held: _Read | None, hall: str, now: datetime) -> _Read:
    newest = connection.scalar(sa.select(sa.func.max(directory.c.ledger_index)))
    place = (-1 if newest is None else int(newest), beijing_day(now))
    if held is not None and held.place == place:
        return _Read(held.known, place, now)
    return _Read(law.compiled(connection, hall, place[1]), place, now)
