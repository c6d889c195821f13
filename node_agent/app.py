"""Build one agent by hand from its configuration, run it, and end it in order.

Laws: what is committed needs no farewell: at SIGTERM streams are closed, transactions finish, and the process ends within five
seconds, sources that hang or not.
"""

import asyncio
import contextlib
import importlib
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from certs.errors import CertsError
from node_agent import bell, db, hall_keys, keys_replica, ledger_view, lock, outbox, pulse, renewal
from node_agent.api.agent import Agent as ApiAgent
from node_agent.config import Config
from node_agent.console import site as console
from node_agent.errors import AgentError, HubRefused, HubUnreachable, StoreError
from node_agent.guidance.intake import Intake
from node_agent.hall_keys import HallKeys
from node_agent.licences import rebuilding
from node_agent.link import enrolment, refusals
from node_agent.link.attachments import Carrier
from node_agent.link.keeper import Link
from node_agent.link.rooms import LinkRooms
from node_agent.outbox import EnvelopeWriter
from node_agent.pulse import Pulse
from node_agent.schedule import PlannedSink, PlannedSource, Schedule
from node_agent.sinks.config import read_sinks
from node_agent.sinks.sql import SqlSink
from node_agent.sources import progress
from node_agent.sources.config import SqlSourceConfig, read_sources
from node_agent.sources.folder import FolderSource
from node_agent.sources.sql import SqlSource
from node_agent.tables import batches
from node_agent.writer import Writer

_log = structlog.get_logger(__name__)

PULSE_EVERY = timedelta(seconds=1)
RENEWAL_EVERY = timedelta(minutes=1)
RENEWAL_PRESSES = timedelta(days=14)
"""An unreachable enrolment port is an alarm when the certificate ends so soon."""
CLOSING = timedelta(seconds=4)
"""How long the streams may take to end."""
GUIDANCE = "guidance"
GUIDANCE_EVERY = timedelta(seconds=30)
SYNC = "sync"
"""The note by which another process asks for all sources to be read."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Parts:
    """What one running agent is made of."""

    engine: sa.Engine
    writer: Writer
    pulse: Pulse
    schedule: Schedule
    link: Link
    console: console.Agent
    carrier: Carrier
    api: ApiAgent


@dataclass(slots=True)
class Agent:
    """One agent; raises ConfigInvalid or NotEnrolled before anything is started."""

    config: Config
    hall: HallKeys = field(init=False)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Read the keys."""
        with contextlib.suppress(OSError, CertsError):  # what is wrong is named by the next line
            renewal.settle(self.config.keys_dir)
        self.hall = hall_keys.load(self.config)

    def stop(self) -> None:
        """End in order, as SIGTERM does."""
        self._stop.set()

    async def run(self, ready_file: Path | None = None) -> None:
        """Work until SIGTERM or SIGINT; raises AlreadyRunning or StoreError."""
        with lock.held(self.config.data_dir), self._built() as parts, self._woken(parts):
            _catch_signals(self._stop)
            parts.schedule.start()
            working = [asyncio.create_task(part) for part in (parts.link.run(), parts.carrier.run(), self._renew(parts), self._beat(parts))]
            # Not among `working`: whatever becomes of pages and calls, the agent goes on.
            doors = asyncio.gather(self._serve_pages(parts), self._serve_calls(parts))
            _announce(ready_file, self.config)
            stopped = asyncio.create_task(self._stop.wait())
            all_of_it: list[asyncio.Future[Any]] = [stopped, doors, *working]
            try:
                await asyncio.wait({stopped, *working}, return_when=asyncio.FIRST_COMPLETED)
                self._stop.set()
                await asyncio.gather(self._end(parts, working), asyncio.wait({doors}, timeout=CLOSING.total_seconds()))
            finally:
                for task in all_of_it:
                    task.cancel()
                await asyncio.gather(*all_of_it, return_exceptions=True)

    async def sync(self, most: timedelta) -> bool:
        """Read every source once, send and receive all there is, then end; return whether all went within `most`."""
        with lock.held(self.config.data_dir), self._built() as parts:
            async with _linked(parts):
                await asyncio.to_thread(parts.schedule.read_all)
                done = await self._drained(parts, most)
                parts.schedule.fill_all()
                return done

    async def send(self, until: Callable[[sa.Connection], bool], most: timedelta) -> bool:
        """Send and receive until the store says that something is so, then end; return whether it became so within `most`."""
        with lock.held(self.config.data_dir), self._built() as parts:
            async with _linked(parts):
                ends = _now() + most
                while _now() < ends:
                    if await parts.writer.read(until):
                        return True
                    await asyncio.sleep(0.05)
                return False

    async def _drained(self, parts: _Parts, most: timedelta) -> bool:
        ends = _now() + most
        while _now() < ends:
            facts = parts.pulse.fact
            opened = facts("submit") == "open" and facts("receive") == "open"
            if opened and not facts("inbox_waiting") and not await parts.writer.read(_backlog):
                return True
            await asyncio.sleep(0.05)
        return False

    @contextlib.contextmanager
    def _built(self) -> Iterator[_Parts]:
        """Put the parts together; raises ConfigInvalid or StoreError."""
        config, hall = self.config, self.hall
        sources, sinks = _planned_sources(config), _planned_sinks(config)
        engine = db.open_store(config.store_path)
        writer = Writer(engine)
        try:
            with db.reading(engine) as connection:
                view = ledger_view.load(connection, hall.ledger_verifier)
                keys = keys_replica.load(connection, hall.charter)
            told = Pulse()
            envelopes = EnvelopeWriter(config.trust_domain, config.hall, hall.epoch)
            # Guidance is filled as a sink is: when something was received, and by the clock.
            guidance = PlannedSink(GUIDANCE, Intake(engine, config.hall), GUIDANCE_EVERY)
            schedule = Schedule(config, engine, envelopes, told, sources, [*sinks, guidance])
            on_received = [schedule.received]
            received, adopt_acts = partial(_call_all, on_received), partial(rebuilding.take_back, hall)
            rooms = LinkRooms(config, hall, writer, view, keys, told, _now, progress.adopt, adopt_acts, received)
            link = Link(rooms)
            db.listen(engine, link.wake)
            pages = console.Agent(config, hall, engine, envelopes, told, _now, on_received)
            yield _Parts(engine, writer, told, schedule, link, pages, Carrier(rooms), ApiAgent(config, engine, told, _now))
        finally:
            writer.close()
            engine.dispose()

    def _woken(self, parts: _Parts) -> contextlib.AbstractContextManager[None]:
        """Take what other processes write as what is written here."""
        return bell.hung(self.config.data_dir, partial(db.tell, parts.engine))

    async def _serve_pages(self, parts: _Parts) -> None:
        if self.config.console is not None:
            # As below: halls without pages do not load them.
            server = await asyncio.to_thread(importlib.import_module, "node_agent.console.server")
            await server.run(parts.console, self.config.console, self._stop)

    async def _serve_calls(self, parts: _Parts) -> None:
        if self.config.api is not None:
            # It takes a second to load: commands and halls without an API do not pay for it, and sync does not wait.
            api = await asyncio.to_thread(importlib.import_module, "node_agent.api.server")
            await api.run(parts.api, self.config.api, self._stop)

    async def _end(self, parts: _Parts, working: list[asyncio.Task[None]]) -> None:
        """Close what is open, in order; a failed part ends the agent with its error."""
        _log.info("agent stops")
        parts.schedule.stop()
        parts.link.stop()
        linked, *others = working
        for task in others:
            if not task.done():
                task.cancel()
        await asyncio.wait({linked}, timeout=CLOSING.total_seconds())
        with contextlib.suppress(StoreError):
            await parts.writer.write(pulse.write, parts.pulse.snapshot(_now()), _now())
        for task in working:
            if task.done() and not task.cancelled():
                task.result()

    async def _beat(self, parts: _Parts) -> None:
        """Leave the pulse for other processes, and look for what they ask."""
        asked_at = _now()
        reading: asyncio.Task[None] | None = None
        while True:
            try:
                await parts.writer.write(pulse.write, parts.pulse.snapshot(_now()), _now())
                asked = await parts.writer.read(pulse.find, SYNC)
                parts.pulse.well("store")
            except StoreError as error:
                asked = None
                if parts.pulse.alarm("store", str(error), "make room on the disk of `data_dir`, or end what locks the database", _now()):
                    _log.error("the store cannot be written", error=str(error))
            if asked is not None and asked[1] > asked_at and (reading is None or reading.done()):
                asked_at = asked[1]
                reading = asyncio.create_task(self._read_all(parts))
            await asyncio.sleep(PULSE_EVERY.total_seconds())

    async def _read_all(self, parts: _Parts) -> None:
        await asyncio.to_thread(parts.schedule.read_all)
        parts.pulse.tell(synced_at=_now().isoformat())

    async def _renew(self, parts: _Parts) -> None:
        """Renew the certificate at half its life, and go over to it."""
        while True:
            try:
                if renewal.is_due(self.hall.folder, _now()):
                    await enrolment.renew(self.config, self.hall, _now)
                    _log.info("certificate renewed", until=self.hall.certificate.not_valid_after_utc.isoformat())
                    parts.link.renewed()
                parts.pulse.well("renewal")
            except HubUnreachable as error:
                if renewal.ends_in(self.hall.folder, _now()) < RENEWAL_PRESSES:
                    parts.pulse.alarm("renewal", str(error), "see that the enrolment port of the hub is reached from here", _now())
            except (AgentError, OSError, CertsError) as error:
                do = refusals.remedy(error.reason).do if isinstance(error, HubRefused) else "see what the text says, or enrol again"
                if parts.pulse.alarm("renewal", str(error), do, _now()):
                    _log.error("certificate not renewed", error=str(error), do=do)
            await asyncio.sleep(RENEWAL_EVERY.total_seconds())


@contextlib.asynccontextmanager
async def _linked(parts: _Parts) -> AsyncIterator[None]:
    """Keep the link up for as long as the block lasts, then leave the pulse and end the link in order."""
    linked = asyncio.create_task(parts.link.run())
    carrying = asyncio.create_task(parts.carrier.run())
    try:
        yield
        await parts.writer.write(pulse.write, parts.pulse.snapshot(_now()), _now())
        parts.link.stop()
        await asyncio.wait({linked}, timeout=CLOSING.total_seconds())
    finally:
        for task in (linked, carrying):
            task.cancel()
        await asyncio.gather(linked, carrying, return_exceptions=True)


def _planned_sources(config: Config) -> list[PlannedSource]:
    planned = []
    for one in read_sources(config.source, config.folder):
        source = SqlSource(one, config.hall) if isinstance(one, SqlSourceConfig) else FolderSource(one, config.hall)
        planned.append(PlannedSource(one.name, source, one.every, one.cron))
    return planned


def _planned_sinks(config: Config) -> list[PlannedSink]:
    return [PlannedSink(one.name, SqlSink(one), one.every) for one in read_sinks(config.sink, config.folder)]


def _call_all(listeners: Sequence[Callable[[], None]]) -> None:
    for listener in tuple(listeners):
        listener()


def _backlog(connection: sa.Connection) -> int:
    """Count what is not receipted yet."""
    sealed = connection.scalar(sa.select(sa.func.count()).select_from(batches).where(batches.c.receipted_at.is_(None)))
    return outbox.waiting(connection)[0] + (sealed or 0)


def _announce(ready_file: Path | None, config: Config) -> None:
    _log.info("agent ready", hall=config.hall, pid=os.getpid())
    if ready_file is not None:
        draft = ready_file.with_suffix(".draft")
        draft.write_text(json.dumps({"pid": os.getpid(), "hall": config.hall}), encoding="utf-8")
        draft.replace(ready_file)


def _catch_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
