"""Copy a province that was founded once, so that each test has one of its own without waiting for it.

Laws: a copy listens on ports of its own; what a test does to its copy no other test sees. The halls are enrolled and have sent
nothing. Links come back soon, because a test has no minute to spare.
"""

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.province import business
from tests.province.build import COUNTIES, SQLITE, HallSetup, Province
from tests.province.business import HallLog
from tests.province.ground import Ground
from tests.province.processes import free_port
from tests.province.small import EVERY, OVERLAP, SmallProvince

WITNESS_EVERY = "1s"
SOON: Mapping[str, Mapping[str, object]] = {"link": {"back_off_first": "100ms", "back_off_most": "400ms", "parked": "1s"}}


@dataclass(frozen=True, slots=True)
class Founded:
    """A province whose halls are enrolled and whose programs do not run."""

    folder: Path
    ports: tuple[int, int, int]
    logs: Sequence[HallLog]
    database: str = SQLITE

    @property
    def halls(self) -> tuple[str, ...]:
        """The county halls."""
        return COUNTIES[: len(self.logs)]

    def in_place(self) -> SmallProvince:
        """Take it up where it stands; for one test alone."""
        return _with_business(taken_up(self.folder, self.ports, self.logs, database=self.database))

    def copy(self, folder: Path, *, proxied: str = "", logs: Sequence[HallLog] = ()) -> SmallProvince:
        """Copy it, with business databases that hold no event yet, for these logs or its own; nothing runs."""
        shutil.copytree(self.folder, folder)
        ports = (free_port(), free_port(), free_port())
        for path in (folder / "hub" / "hub.toml", *folder.glob("halls/*/data/keys/exchange")):
            text = path.read_text("utf-8")
            for old, new in zip(self.ports, ports, strict=True):
                text = text.replace(f":{old}", f":{new}")
            path.write_text(text, "utf-8")
        return _with_business(taken_up(folder, ports, logs or self.logs, proxied=proxied))


def found(folder: Path, logs: Sequence[HallLog], database: str = SQLITE) -> Founded:
    """Make a province of the provincial hall and of a county hall for each log, enrolled."""
    with Province(folder, database=database, witness_every=WITNESS_EVERY) as province:
        for setup in setups(_ground(folder, logs)):
            province.set_up(setup)
        province.found()
        province.start_hub()
        province.enrol()
        province.stop()
    return Founded(folder, province.ports, logs, database)


def found_once(folder: Path, logs: Sequence[HallLog]) -> Founded:
    """Make such a province in a folder that processes share: the first to come makes it, the others wait and take it."""
    folder.mkdir(exist_ok=True)
    province, ports = folder / "province", folder / "ports.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ports.exists():
            shutil.rmtree(province, ignore_errors=True)
            ports.write_text(json.dumps(found(province, logs).ports), "utf-8")
    exchange, enrolment, admin = json.loads(ports.read_text("utf-8"))
    return Founded(province, (exchange, enrolment, admin), logs)


def taken_up(
    folder: Path, ports: tuple[int, int, int], logs: Sequence[HallLog], *, proxied: str = "", database: str = SQLITE
) -> SmallProvince:
    """Take up a province that stands in a folder already; nothing runs."""
    province = Province(folder, database=database, witness_every=WITNESS_EVERY)
    province.ports = ports
    ground = _ground(folder, logs)
    for setup in setups(ground, proxied=proxied):
        province.set_up(setup)
    return SmallProvince(province, ground)


def _with_business(small: SmallProvince) -> SmallProvince:
    for hall, path in small.ground.business.items():
        business.create_business(path, small.ground.logs[hall])
    return small


def _ground(folder: Path, logs: Sequence[HallLog]) -> Ground:
    return Ground.of(logs, business.mapping_of(), 0, folder)


def setups(ground: Ground, *, proxied: str = "", sections: Mapping[str, Mapping[str, object]] = SOON) -> Iterator[HallSetup]:
    """Give the halls' configurations, with links that come back soon."""
    for setup in ground.setups(OVERLAP, proxied=proxied, every=EVERY):
        yield replace(setup, sections=sections)


@contextmanager
def living(small: SmallProvince, without: Sequence[str] = ()) -> Iterator[SmallProvince]:
    """Run hub and agents while the block lasts, leaving some halls out; what fails in it leaves no process."""
    for hall in without:
        del small.province.agents[hall]
    with small.province as province:
        province.start_hub()
        province.start_agents()
        yield small
        province.check_running()
        province.stop()
