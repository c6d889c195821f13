"""A database that another process holds locked stops its owner alone: it says so, and goes on when the lock is gone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e import logs, standing
from tests.province.build import PROVINCE_HALL
from tests.province.processes import wait_until
from tests.province.small import SmallProvince

pytestmark = pytest.mark.slow

SOME = 15
SECONDS = 60.0
"""Whoever wants to write waits five seconds for a lock before it gives up."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the write lock of a SQLite database."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_whose_database_is_locked_says_so_and_goes_on(pair: SmallProvince) -> None:
    province, hall = pair.province, pair.halls[0]
    recipient = province.agents[PROVINCE_HALL]
    pair.write(hall, SOME)
    pair.wait_arrived()
    behind = logs.end(recipient.log)
    store = province.hall_folder(PROVINCE_HALL) / "data" / "agent.db"
    with locked(province.hub_folder / "hub.db"), locked(store):
        pair.write(hall, SOME)
        assert "REASON_STORAGE_BUSY" in standing.wait_alarm(pair, hall, "submit refused", SECONDS)
        # The agent's pulse is in its store too: what it has to say stands in its log.
        wait_until(
            lambda: any("is locked" in str(entry.get("error")) for entry in logs.severe(recipient.log, behind)), "it says so", SECONDS
        )
        assert pair.reckon().lost == SOME
    assert pair.wait_arrived().faults == {}
    for one in province.agents:
        standing.wait_healthy(pair, one)
