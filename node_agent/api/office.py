"""Hold together what every call of a business system uses."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

import sqlalchemy as sa

from certs.errors import CertsError
from node_agent import db, hall_keys
from node_agent.api import keys
from node_agent.api.keys import ApiKey, Unknown
from node_agent.api.operations import Operation
from node_agent.api.refusing import Refused
from node_agent.config import Config
from node_agent.errors import HubUnreachable
from node_agent.hall_keys import HallKeys
from node_agent.keeping import Keeping
from node_agent.licences.desk import Desk
from node_agent.licences.desks import Desks
from node_agent.pulse import Pulse

_T = TypeVar("_T")

PATIENCE: Final = timedelta(seconds=20)
"""How long a question to the hub may take."""
AT_ONCE: Final = 64
"""Questions to the hub under way of all keys together: each has a connection of its own."""


@dataclass(slots=True)
class Office:
    """One API; make it in the loop that serves it."""

    config: Config
    engine: sa.Engine
    pulse: Pulse
    clock: Callable[[], datetime]
    keeping: Keeping
    desks: Desks
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @property
    def hub_reached(self) -> bool:
        """Tell whether what is queued goes at once."""
        return self.pulse.fact("submit") == "open"

    async def known(self, text: str) -> ApiKey | Unknown:
        """Tell whose a key is; raises StoreError."""
        now = self.clock()
        return await self.keeping.read(lambda connection: keys.known(connection, text, now))

    async def at_desk(self, work: Callable[[sa.Connection, Desk, datetime], _T]) -> _T:
        """Do something at the desk in one transaction; raises what the work and `Desks.at` raise."""
        now = self.clock()

        def in_thread() -> _T:
            # The desk is opened before the write lock is taken: nobody waits for the register to be read.
            with db.reading(self.engine) as connection:
                desk = self.desks.at(connection, now)
            with db.begin(self.engine) as connection:
                return work(connection, desk, now)

        return await self.keeping.apart(in_thread)

    async def ask(self, question: Callable[[HallKeys], Awaitable[_T]]) -> _T:
        """Ask the hub with the keys of now; raises HubRefused, HubUnreachable or TimeoutError."""
        hall = await self.keeping.apart(lambda: hall_keys.load(self.config))
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()), self._turns:
                return await question(hall)
        except (OSError, CertsError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise HubUnreachable("no channel to the hub can be opened") from error


def check_may(key: ApiKey, operation: Operation) -> None:
    """Raise Refused for what a key does not open."""
    if operation not in key.given.operations:
        raise Refused("REASON_CALLER_NOT_ALLOWED", f"this API key does not open `{operation}`: the hall's administrator gives keys")
