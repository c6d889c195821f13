"""Call the API of a hall as a business system would; synthetic."""

import asyncio
import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from node_agent import db
from node_agent.api import keys, server
from node_agent.api.agent import Agent
from node_agent.api.keys import Given
from node_agent.api.operations import Operation
from node_agent.config import ApiSection, Config
from node_agent.pulse import Pulse
from tests.node_agent.licensed_hall import NOW
from tests.node_agent.linked import until
from tests.province.processes import free_port

ALL = frozenset(Operation)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    said: Any

    @property
    def reason(self) -> str:
        """The word of a refusal."""
        return str(self.said["error"]["reason"])


@dataclass
class Calling:
    """A hall whose API is open; `now` is its clock. An agent in a process of its own keeps engine and pulse to itself."""

    config: Config
    engine: sa.Engine | None
    port: int
    pulse: Pulse | None
    now: datetime = NOW
    trusted: Path | None = None
    keys: dict[str, str] = field(default_factory=dict)

    def add_key(self, system: str = "food", *, operations: frozenset[Operation] = ALL, person: str = "1024", **given: Any) -> str:
        """Give a system a key; return its text."""
        usual: dict[str, Any] = {"role": "licence-officer", "department": "", "expires_at": self.now + timedelta(days=30)} | given
        assert self.engine is not None
        with db.begin(self.engine) as connection:
            made, text = keys.add(connection, Given(system=system, operations=operations, person=person, **usual), self.now)
        self.keys[text] = made.id
        return text

    async def call(self, path: str, body: Any = None, key: str = "", number: str = "", **headers: str) -> Reply:
        """Call in a thread: the API answers in this loop. A body that is bytes is sent as it is."""
        sent = {"Content-Type": "application/json"} | headers
        if key:
            sent["Authorization"] = f"Bearer {key}"
        if number:
            sent["Idempotency-Key"] = number
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return await asyncio.to_thread(self._ask, path, None if body is None else data, sent)

    def _ask(self, path: str, data: bytes | None, headers: dict[str, str]) -> Reply:
        connection: http.client.HTTPConnection
        if self.trusted is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        else:
            trust = ssl.create_default_context(cafile=str(self.trusted))
            connection = http.client.HTTPSConnection("localhost", self.port, timeout=20, context=trust)
        try:
            # A body in parts says no length beforehand.
            body = iter([data[:1000], data[1000:]]) if data is not None and "Transfer-Encoding" in headers else data
            connection.request("GET" if data is None else "POST", path, body, headers, encode_chunked=True)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(text))


@asynccontextmanager
async def calling(config: Config, **section: Any) -> AsyncIterator[Calling]:
    """Open the API of a hall that is enrolled."""
    port = free_port()
    opened = ApiSection(port=port, **({"calls_a_minute": 100_000} | section))
    engine = db.open_store(config.store_path)
    pulse = Pulse()
    found = Calling(config, engine, port, pulse)
    stopping = asyncio.Event()
    serving = asyncio.create_task(server.run(Agent(config, engine, pulse, lambda: found.now), opened, stopping))
    try:
        await until(lambda: _listens(port))
        yield found
    finally:
        stopping.set()
        await asyncio.wait_for(serving, 20)
        engine.dispose()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
        return True
    return False


def today() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
