"""Ask the hub for the person before the screen.

Laws: a page waits at most PATIENCE for all its questions together, whatever becomes of the hub, and no longer than JUDGING where the hub
has to judge the whole register with what is changed in it; the person who is signed in is who asks;
a hub that is away is an answer like others, and the page says so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Generic, TypeVar

from certs.errors import CertsError
from node_agent.config import Config
from node_agent.errors import HubRefused, HubUnreachable
from node_agent.hall_keys import HallKeys

_Answer = TypeVar("_Answer")
_Question = TypeVar("_Question")

PATIENCE: Final = timedelta(seconds=2.5)
JUDGING: Final = timedelta(seconds=15)
AT_ONCE: Final = 32
"""Questions under way of all pages together: each has a connection of its own."""

Verb = Callable[[Config, HallKeys, _Question], Awaitable[_Answer]]
"""A function of node_agent.link that asks one thing."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[_Answer]):
    """What the hub said."""

    said: _Answer


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The hub was not reached, or not in time; or it refused, and `reason` says why."""

    reason: str = ""


class Asking:
    """Questions to the hub."""

    def __init__(self, config: Config, hall: HallKeys) -> None:
        self._config = config
        self._hall = hall
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def ask(
        self, verb: Verb[_Question, _Answer], question: _Question, patience: timedelta = PATIENCE
    ) -> Answered[_Answer] | Unanswered:
        """Ask one thing."""
        try:
            async with asyncio.timeout(patience.total_seconds()), self._turns:
                return Answered(await verb(self._config, self._hall, question))
        except HubRefused as error:
            return Unanswered(error.reason)
        except (HubUnreachable, TimeoutError, OSError, CertsError):
            return Unanswered()
