"""Serve the console in the agent's own loop, whatever happens to it.

Laws: what fails here ends neither the agent nor its sync: it is told as an alarm and tried again; at the end open pages get a moment to
be answered, no more.
"""

import asyncio
import contextlib
import socket as sockets
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import structlog
import uvicorn

from node_agent.accounts.passwords import Hasher
from node_agent.config import ConsoleSection
from node_agent.console.app import application
from node_agent.console.site import Agent, Site
from node_agent.console.watching import watch, watch_guidance

_log = structlog.get_logger(__name__)

ALARM: Final = "console"
AGAIN_AFTER: Final = timedelta(seconds=5)
CLOSING_SECONDS: Final = 2
MOST_CONNECTIONS: Final = 2_000
KEEP_ALIVE_SECONDS: Final = 30
MOST_HEADER_BYTES: Final = 16 * 1024
SOCKET_BYTES: Final = 4 * 1024
"""Pages have nothing to say over the live connection."""


async def run(agent: Agent, section: ConsoleSection, stopping: asyncio.Event, hasher: Hasher | None = None) -> None:
    """Serve until told to stop; whatever ends it before is told and tried again. Another `hasher` has other costs."""
    checks: Hasher = await asyncio.to_thread(Hasher) if hasher is None else hasher
    while not stopping.is_set():
        try:
            await _serve(agent, section, checks, stopping)
            agent.pulse.well(ALARM)
        except Exception as error:  # noqa: BLE001 - whatever it is, the agent goes on
            what = f"the console does not run: {str(error) or type(error).__name__}"
            if agent.pulse.alarm(ALARM, what, "see that its port is free and its certificate can be read", agent.clock()):
                _log.error("the console failed", error=str(error), kind=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), AGAIN_AFTER.total_seconds())


async def _serve(agent: Agent, section: ConsoleSection, hasher: Hasher, stopping: asyncio.Event) -> None:
    listener = _listener(section)
    site = Site.of(agent, section, hasher)
    server = _server(site, section)
    async with _watched(site):
        serving = asyncio.create_task(server.serve([listener]))
        stopped = asyncio.create_task(stopping.wait())
        try:
            agent.pulse.well(ALARM)
            _log.info("console ready", origin=section.public_origin)
            await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            server.should_exit = True
            stopped.cancel()
            site.close()
            try:
                await serving
            finally:
                listener.close()
                site.keeping.close()


@contextlib.asynccontextmanager
async def _watched(site: Site) -> AsyncIterator[None]:
    watching = [asyncio.create_task(watch(site)), asyncio.create_task(watch_guidance(site))]
    try:
        yield
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


def _listener(section: ConsoleSection) -> sockets.socket:
    """Bind the port; raises OSError."""
    family = sockets.AF_INET6 if ":" in section.listen else sockets.AF_INET
    return sockets.create_server((section.listen, section.port), family=family)


def _server(site: Site, section: ConsoleSection) -> uvicorn.Server:
    config = uvicorn.Config(
        application(site),
        http="h11",
        loop="none",
        ws="websockets-sansio",
        ws_max_size=SOCKET_BYTES,
        ws_per_message_deflate=False,  # news are a few signs; a compressor each would be most of what a page costs
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=CLOSING_SECONDS,
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        ssl_certfile=section.tls_certificate,
        ssl_keyfile=section.tls_key,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )
    server = uvicorn.Server(config)
    # The agent owns the signals.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    return server
