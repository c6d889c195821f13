"""Serve the console in the agent's own loop.

Law: at the end open pages are told that it is over, before anything waits for them.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from node_agent import serving
from node_agent.accounts.passwords import Hasher
from node_agent.config import ConsoleSection
from node_agent.console.app import application
from node_agent.console.site import Agent, Site
from node_agent.console.watching import watch, watch_guidance
from node_agent.serving import Door, Place, Signs

NAME: Final = "console"
SOCKET_BYTES: Final = 4 * 1024
"""Pages have nothing to say over the live connection."""


async def run(agent: Agent, section: ConsoleSection, stopping: asyncio.Event, hasher: Hasher | None = None) -> None:
    """Serve until told to stop; whatever ends it before is told and tried again. Another `hasher` has other costs."""
    if hasher is None:
        hasher = await asyncio.to_thread(Hasher)
    place = Place(
        name=NAME,
        listen=section.listen,
        port=section.port,
        tls_certificate=section.tls_certificate,
        tls_key=section.tls_key,
        socket_bytes=SOCKET_BYTES,
    )
    await serving.run(partial(_opened, agent, section, hasher), place, Signs(agent.pulse, agent.clock), stopping)


@contextlib.asynccontextmanager
async def _opened(agent: Agent, section: ConsoleSection, hasher: Hasher) -> AsyncIterator[Door]:
    site = Site.of(agent, section, hasher)
    watching = [asyncio.create_task(watch(site)), asyncio.create_task(watch_guidance(site))]
    try:
        yield Door(application(site), site.close)
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        site.keeping.close()
