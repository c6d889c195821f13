"""The process that keeps the read models up is replaced when it dies, and ends with the hub however that ends."""

import os
import signal
from pathlib import Path

from tests.e2e import logs
from tests.province.processes import wait_until
from tests.province.small import SmallProvince

SOME = 10
SECONDS = 60.0


def children(pid: int) -> list[int]:
    """Return the processes right under one (proc(5))."""
    tasks = Path("/proc", str(pid), "task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text("ascii").split()]


def runs(pid: int) -> bool:
    """Tell whether a process lives; one that waits for its parent to notice its end does not."""
    try:
        state = Path("/proc", str(pid), "stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def followers(small: SmallProvince) -> tuple[int, int]:
    """Return the process under the hub and the one under that, which does the work."""
    (supervisor,) = children(small.province.hub.pid)
    wait_until(lambda: len(children(supervisor)) == 1, "the follower works", SECONDS)
    return supervisor, children(supervisor)[0]


def follows(small: SmallProvince, events: int) -> None:
    """Wait until the read model has taken in so many events."""
    wait_until(lambda: small.province.accepted() == events, f"the read model holds {events} events", SECONDS)


def test_a_follower_that_dies_is_replaced(pair: SmallProvince) -> None:
    hub, hall = pair.province.hub, pair.halls[0]
    events = pair.write(hall, SOME)
    pair.wait_arrived()
    follows(pair, events)
    behind = logs.end(hub.log)
    supervisor, worker = followers(pair)
    os.kill(worker, signal.SIGKILL)
    events += pair.write(hall, SOME)
    pair.wait_arrived()
    follows(pair, events)
    assert followers(pair)[0] == supervisor
    assert followers(pair)[1] != worker
    assert [entry["event"] for entry in logs.severe(hub.log, behind)] == ["read models ended"]


def test_no_follower_outlives_its_hub(pair: SmallProvince) -> None:
    province, hall = pair.province, pair.halls[0]
    before = province.accepted()
    started = followers(pair)
    os.kill(province.hub.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(runs, started)), "both have ended", SECONDS)
    province.hub.kill()
    province.start_hub()
    before += pair.write(hall, SOME)
    pair.wait_arrived()
    follows(pair, before)
    started = followers(pair)
    assert province.hub.stop() == 0
    assert not any(map(runs, started))
