"""Live in a small province: the hub, the provincial hall, two county halls with a few real cases each.

Law: a county hall writes when it is told to, the next of its log, so that a test knows what has to arrive.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.province import business
from tests.province.build import SQLITE, Province, province
from tests.province.feeding import makes_event
from tests.province.ground import Ground
from tests.province.processes import wait_until
from tests.province.reckoning import Reckoning, reckon

HALLS = 2
CASES = 60
EVERY = "200ms"
OVERLAP = 20
ARRIVE_SECONDS = 60.0


@dataclass(slots=True)
class SmallProvince:
    """A running province and its ground; `halls` are its counties."""

    province: Province
    ground: Ground
    written: dict[str, int] = field(default_factory=dict)

    @property
    def halls(self) -> tuple[str, ...]:
        """The county halls."""
        return tuple(self.ground.logs)

    def write(self, hall: str, count: int) -> int:
        """Let a hall write the next changes of its log; returns how many events they are."""
        before = self.written.get(hall, 0)
        changes = self.ground.logs[hall].changes[before : before + count]
        if len(changes) != count:
            raise ValueError(f"the log of {hall} has only {len(changes)} changes left")
        with closing(sqlite3.connect(self.ground.business[hall], timeout=30)) as connection, connection:
            business.insert_changes(connection, changes)
        self.written[hall] = before + count
        return sum(map(makes_event, changes))

    def reckon(self) -> Reckoning:
        """Compare what the halls wrote with what arrived."""
        return reckon(self.ground.business, self.ground.sink)

    def wait_arrived(self, seconds: float = ARRIVE_SECONDS) -> Reckoning:
        """Wait until nothing is lost any more; returns what SQL finds then."""
        wait_until(self._all_there, "everything written has arrived", seconds)
        return self.reckon()

    def _all_there(self) -> bool:
        self.province.check_running()
        try:
            return not self.reckon().lost
        except sqlite3.OperationalError:
            return False  # the sink has not made its table yet


@contextmanager
def small_province(folder: Path, database: str = SQLITE, *, proxied: str = "") -> Iterator[SmallProvince]:
    """Run a small province for as long as the block lasts; `proxied` is the county hall that can be cut off."""
    ground = Ground.of(business.read_log()[:HALLS], business.mapping_of(), CASES, folder)
    for path in ground.business.values():
        path.parent.mkdir(parents=True)
    for hall, log in ground.logs.items():
        business.create_business(ground.business[hall], log)
    with province(folder, list(ground.setups(OVERLAP, proxied=proxied, every=EVERY)), database=database) as built:
        yield SmallProvince(built, ground)
