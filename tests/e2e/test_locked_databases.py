"""A database that another process holds locked stops its owner alone: it says so, and goes on when the lock is gone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e import logs, standing
from tests.province.processes import wait_until
from tests.province.small import SmallProvince

pytestmark = pytest.mark.slow

SOME = 15
SECONDS = 30.0
"""Whoever wants to write waits five seconds for a lock before it gives up."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the write lock of a SQLite database."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def goes_on(small: SmallProvince) -> None:
    assert small.wait_arrived().faults == {}
    for hall in small.province.agents:
        standing.wait_healthy(small, hall)


def test_an_agent_whose_store_is_locked_says_so_and_goes_on(pair: SmallProvince) -> None:
    hall = pair.halls[0]
    pair.write(hall, SOME)
    goes_on(pair)
    agent = pair.province.agents[hall]
    behind = logs.end(agent.log)
    with locked(pair.province.hall_folder(hall) / "data" / "agent.db"):
        pair.write(hall, SOME)
        # Its pulse is in the store too: what it has to say stands in its log.
        wait_until(lambda: any("is locked" in str(entry.get("error")) for entry in logs.severe(agent.log, behind)), "it says so", SECONDS)
        assert pair.reckon().lost == SOME
    goes_on(pair)


def test_a_hub_whose_database_is_locked_says_so_and_goes_on(pair: SmallProvince) -> None:
    hall = pair.halls[0]
    pair.write(hall, SOME)
    goes_on(pair)
    with locked(pair.province.hub_folder / "hub.db"):
        pair.write(hall, SOME)
        assert "REASON_STORAGE_BUSY" in standing.wait_alarm(pair, hall, "submit refused", SECONDS)
        assert pair.reckon().lost == SOME
    goes_on(pair)
