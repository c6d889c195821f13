"""Serve the API in the agent's own loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from node_agent import serving
from node_agent.api.agent import Agent
from node_agent.api.app import application
from node_agent.api.office import Office
from node_agent.api.rates import Rates
from node_agent.config import ApiSection
from node_agent.keeping import Keeping
from node_agent.licences.desks import Desks
from node_agent.serving import Door, Place, Signs

NAME: Final = "api"


async def run(agent: Agent, section: ApiSection, stopping: asyncio.Event) -> None:
    """Serve until told to stop; whatever ends it before is told and tried again."""
    place = Place(name=NAME, listen=section.listen, port=section.port, tls_certificate=section.tls_certificate, tls_key=section.tls_key)
    await serving.run(partial(_opened, agent, section), place, Signs(agent.pulse, agent.clock), stopping)


@contextlib.asynccontextmanager
async def _opened(agent: Agent, section: ApiSection) -> AsyncIterator[Door]:
    keeping = Keeping(agent.engine, NAME)
    office = Office(agent.config, agent.engine, agent.pulse, agent.clock, keeping, Desks(agent.config))
    try:
        yield Door(application(office, Rates(section.calls_a_minute)))
    finally:
        keeping.close()
