"""Give every test the same ground: a loop without leftovers, properties without a stopwatch."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.province import bytecode
from tests.province.fixtures import backend, hub_database, postgres_server, province, province_on_each

__all__ = ["backend", "ground", "hub_database", "postgres_server", "province", "province_on_each", "settled_loop"]

# The first example of a property often pays for imports and key generation; two cores are shared with the programs under test.
settings.register_profile("tongban", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("tongban")

bytecode.keep()

# Modules and the tests themselves stay until the end: to look through them for garbage again and again takes a sixth of the time.
gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage from here on, and only in what the tests make."""
    gc.collect()
    gc.freeze()
    gc.enable()


# What a hub in this process logs of a fault is read when a test fails: to draw it takes a fifth of the time of the hub's tests.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

SETTLING_SECONDS = 10.0
"""How long a task may need to end after its test: grpc.aio ends its handlers behind server.stop()."""


@pytest.fixture
async def settled_loop() -> AsyncIterator[None]:
    """Fail a test that leaves a task running on the session's loop, where it would disturb the tests after it."""
    before = asyncio.all_tasks()
    yield
    started = asyncio.all_tasks() - before - {asyncio.current_task()}
    if not started:
        return
    _, pending = await asyncio.wait(started, timeout=SETTLING_SECONDS)
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending, timeout=SETTLING_SECONDS)
        pytest.fail(f"left running on the loop: {sorted(repr(task.get_coro()) for task in pending)}")


@pytest.fixture(autouse=True)
def ground(request: pytest.FixtureRequest) -> None:
    """Put `settled_loop` under every asynchronous test, before any other fixture of it."""
    if request.node.get_closest_marker("asyncio") is not None:
        request.getfixturevalue("settled_loop")
