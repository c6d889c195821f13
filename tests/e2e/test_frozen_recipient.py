"""A recipient that is frozen, far behind its window, holds up no other recipient of the same messages (G8)."""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e import standing
from tests.e2e.copies import SOON
from tests.province import business
from tests.province.build import PROVINCE_HALL, HallSetup
from tests.province.processes import wait_until
from tests.province.small import EVERY, SmallProvince

pytestmark = pytest.mark.slow

WINDOW = 65_536
"""The least that a hall may be configured to take unacknowledged."""
CHANGES = 600
ARRIVE_SECONDS = 60.0
STILL_SECONDS = 2.0
LINK = {**SOON["link"], "window_bytes": WINDOW}


def test_what_the_province_sends_reaches_one_county_while_another_is_frozen(still: SmallProvince) -> None:
    province, (icy, well, _) = still.province, still.halls
    del province.agents[still.halls[2]]
    log = still.ground.logs[icy]
    outgoing = province.hall_folder(PROVINCE_HALL) / "business.db"
    business.create_business(outgoing, log)
    source = {"name": "orders", "kind": "sql", "url": "sqlite:///business.db", "every": EVERY, "mapping": str(still.ground.mapping)}
    province.set_up(HallSetup(PROVINCE_HALL, sources=[source | {"recipients": [icy, well]}], sections=SOON))
    for hall in (icy, well):
        sink = {"name": "orders", "kind": "sql", "url": "sqlite:///orders.db"}
        province.set_up(HallSetup(hall, sinks=[sink], sections={"link": LINK}))
    with province:
        province.start_hub()
        province.start_agents()
        for hall in (icy, well):
            standing.wait_healthy(still, hall)
        province.agents[icy].send(signal.SIGSTOP)
        with closing(sqlite3.connect(outgoing)) as connection, connection:
            business.insert_changes(connection, log.changes[:CHANGES])
        wait_until(lambda: taken(province.hall_folder(well)) == CHANGES, f"{well} has all", ARRIVE_SECONDS)
        province.wait_acknowledged(well)
        waiting = province.waiting(icy)
        time.sleep(STILL_SECONDS)
        assert province.waiting(icy) == waiting >= CHANGES
        province.agents[icy].send(signal.SIGCONT)
        wait_until(lambda: taken(province.hall_folder(icy)) == CHANGES, f"{icy} has all", ARRIVE_SECONDS)
        province.wait_acknowledged(icy)
        province.check_running()
        province.stop()


def taken(folder: Path) -> int:
    """Count what a county's sink wrote; each event once, by its table's own constraint, so the count tells all."""
    with closing(sqlite3.connect(folder / "orders.db", timeout=30)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'deliveries'").fetchone():
            return 0
        return int(connection.execute("SELECT count(*) FROM deliveries").fetchone()[0])
