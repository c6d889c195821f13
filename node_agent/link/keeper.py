"""Keep both streams to the hub open.

Laws: each stream ends and comes again by itself, so that one in trouble never stops the other; a renewed certificate means a
new channel, which both streams go over to before the old one is closed.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from grpc import aio

from certs.errors import CertsError
from node_agent.errors import Alarm, HubRefused, HubUnreachable, StoreError
from node_agent.link.channel import exchange_channel
from node_agent.link.line import Line
from node_agent.link.receive import ReceiveSession
from node_agent.link.rooms import LinkRooms
from node_agent.link.submit import SubmitSession
from node_agent.link.together import either, together

MOMENT = timedelta(milliseconds=500)
"""How long to stay away after a drain, or a stream that ended well."""

Session = SubmitSession | ReceiveSession


@dataclass(slots=True, eq=False)
class _Channel:
    """A channel and how many sessions use it."""

    channel: aio.Channel
    users: int = 0
    retired: bool = False


class Link:
    """The agent's connection to the hub; make it in the loop that runs it."""

    def __init__(self, rooms: LinkRooms) -> None:
        self._rooms = rooms
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._again = {"submit": asyncio.Event(), "receive": asyncio.Event()}
        self._resting: set[str] = set()
        self._sessions: dict[str, Session] = {}
        self._channel: _Channel | None = None

    def wake(self) -> None:
        """Tell that something waits in the outbox; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rooms.wake.set)

    def stop(self) -> None:
        """End both streams well, then `run`."""
        self._stopping.set()
        self._finish()

    def renewed(self) -> None:
        """Go over to a new channel: the hall has a new certificate."""
        if self._channel is not None:
            self._channel.retired = True
            self._channel = None
        self._finish()
        for again in self._again.values():
            again.set()

    async def run(self) -> None:
        """Keep the streams open until `stop`."""
        lines = [Line(name, self._rooms, self._reached) for name in self._again]
        try:
            await together(*(self._keep(line) for line in lines))
        finally:
            if self._channel is not None:
                await self._channel.channel.close(None)

    def _finish(self) -> None:
        for session in self._sessions.values():
            session.finish()

    def _reached(self) -> None:
        """Spare a stream the rest of its back-off: the other one has found the hub."""
        for name in self._resting:
            self._again[name].set()

    async def _keep(self, line: Line) -> None:
        again = self._again[line.name]
        while not self._stopping.is_set():
            again.clear()
            delay = await self._once(line)
            if not again.is_set():
                self._resting.add(line.name)
                await either(self._stopping, again, seconds=delay)
                self._resting.discard(line.name)
        line.closed()

    async def _once(self, line: Line) -> float:
        """Serve one session; return how many seconds to stay away."""
        try:
            used = self._current()
        except (OSError, CertsError) as error:
            return line.troubled(
                "certificate", f"the hall's certificate cannot be used: {error}", "restore `data_dir`/keys, or enrol again"
            )
        try:
            await self._served(line, used)
        except HubUnreachable as error:
            return line.offline(str(error))
        except HubRefused as error:
            return line.refused(error)
        except StoreError as error:
            return line.troubled("store", str(error), "make room on the disk of `data_dir`, or end what locks the database")
        except Alarm as error:
            return await line.alarmed(error)
        line.ended()
        return MOMENT.total_seconds()

    async def _served(self, line: Line, used: _Channel) -> None:
        make = SubmitSession if line.name == "submit" else ReceiveSession
        session = self._sessions[line.name] = make(self._rooms, used.channel, line)
        used.users += 1
        try:
            await session.run()
        finally:
            del self._sessions[line.name]
            used.users -= 1
            if used.retired and not used.users:
                await used.channel.close(None)

    def _current(self) -> _Channel:
        if self._channel is None:
            self._channel = _Channel(exchange_channel(self._rooms.config, self._rooms.hall))
        return self._channel
