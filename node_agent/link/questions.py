"""Ask the hub one thing for a person of the hall, over a channel of its own: the agent's streams need not run."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link import refusals
from node_agent.link.channel import exchange_channel

TIMEOUT_SECONDS = 30.0

_Answer = TypeVar("_Answer")


async def ask(config: Config, hall: HallKeys, question: Callable[[aio.Channel], Awaitable[_Answer]]) -> _Answer:
    """Return the hub's answer; raises HubRefused, HubUnreachable, OSError or CertsError."""
    async with exchange_channel(config, hall) as channel:
        try:
            return await question(channel)
        except aio.AioRpcError as error:
            raise refusals.named(error) from error
