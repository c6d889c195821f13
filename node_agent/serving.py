"""Serve an ASGI application in the agent's own loop, whatever happens to it.

Laws: what fails here ends neither the agent nor its sync: it is told as an alarm and tried again; at the end open calls get a moment to
be answered, no more. The agent owns the signals.
"""

import asyncio
import contextlib
import socket as sockets
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
import uvicorn
from starlette.types import ASGIApp

from node_agent.patience import Impatient, most_connections
from node_agent.pulse import Pulse

_log = structlog.get_logger(__name__)

AGAIN_AFTER: Final = timedelta(seconds=5)
CLOSING_SECONDS: Final = 2
KEEP_ALIVE_SECONDS: Final = 30
MOST_HEADER_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Door:
    """An application that is open; `end` tells it that this is over, before the calls under way are waited for."""

    application: ASGIApp
    end: Callable[[], None] = lambda: None


Opened = Callable[[], AbstractAsyncContextManager[Door]]
"""Opens a door, and puts it away once nobody stands in it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an application is served; its alarm is `door` and its name.

    `socket_bytes` is the longest message of a WebSocket, 0 for no WebSockets.
    """

    name: str
    listen: str
    port: int
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    socket_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Signs:
    """Where it is told how the serving goes."""

    pulse: Pulse
    clock: Callable[[], datetime]


async def run(opened: Opened, place: Place, signs: Signs, stopping: asyncio.Event) -> None:
    """Serve until told to stop; whatever ends it before is told and tried again."""
    alarm = f"door {place.name}"
    while not stopping.is_set():
        try:
            await _serve(opened, place, signs, stopping)
            signs.pulse.well(alarm)
        except Exception as error:  # noqa: BLE001 - whatever it is, the agent goes on
            what = f"the {place.name} does not run: {str(error) or type(error).__name__}"
            if signs.pulse.alarm(alarm, what, "see that its port is free and its certificate can be read", signs.clock()):
                _log.error("the door failed", door=place.name, error=str(error), kind=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), AGAIN_AFTER.total_seconds())


async def _serve(opened: Opened, place: Place, signs: Signs, stopping: asyncio.Event) -> None:
    with _listener(place) as listener:
        async with opened() as door:
            server = _server(door.application, place)
            serving = asyncio.create_task(server.serve([listener]))
            stopped = asyncio.create_task(stopping.wait())
            try:
                signs.pulse.well(f"door {place.name}")
                _log.info("door open", door=place.name, listen=place.listen, port=place.port)
                await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                server.should_exit = True
                stopped.cancel()
                door.end()
                await serving


def _listener(place: Place) -> sockets.socket:
    """Bind the port; raises OSError."""
    family = sockets.AF_INET6 if ":" in place.listen else sockets.AF_INET
    return sockets.create_server((place.listen, place.port), family=family)


def _server(application: ASGIApp, place: Place) -> uvicorn.Server:
    sized: dict[str, Any] = {"ws": "websockets-sansio", "ws_max_size": place.socket_bytes} if place.socket_bytes else {"ws": "none"}
    # News are a few signs; a compressor for each page would be most of what it costs.
    sized["ws_per_message_deflate"] = False
    config = uvicorn.Config(
        application,
        http=Impatient,
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=most_connections(),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=CLOSING_SECONDS,
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        ssl_certfile=place.tls_certificate,
        ssl_keyfile=place.tls_key,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
        **sized,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    return server
