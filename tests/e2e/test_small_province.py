"""Life in a small province: being away is normal (G6) and holds up nobody else (G8); what was said is proved (G5)."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e import logs, standing
from tests.e2e.kills import settle
from tests.e2e.load import feeder
from tests.e2e.load import written as last_change
from tests.province import evidence
from tests.province.build import PROVINCE_HALL
from tests.province.processes import Program, wait_until
from tests.province.small import SmallProvince

pytestmark = pytest.mark.slow

A_SECOND = 25.0
CUT_SECONDS = 2.5
DRAIN_SECONDS = 10.0
AGENT_STOP_SECONDS = 10.0
"""Five are promised; a loaded machine takes some to end a process."""
ARRIVE_SECONDS = 60.0


@contextmanager
def load(small: SmallProvince) -> Iterator[None]:
    """Let the halls write for as long as the block lasts."""
    written = feeder(small.ground.business, small.ground.logs, A_SECOND)
    written.start()
    try:
        yield
        assert not written.done, "the load ended too early"
    finally:
        written.stop()
        small.written |= {hall: last_change(path) for hall, path in small.ground.business.items()}


def arrived_of(small: SmallProvince, hall: str) -> int:
    return small.reckon().arrived.get(hall, 0)


def wait_more(small: SmallProvince, hall: str) -> None:
    """Wait until more of a hall arrives than is there now."""
    before = arrived_of(small, hall)
    wait_until(lambda: arrived_of(small, hall) > before, f"more of {hall} arrives", ARRIVE_SECONDS, every=0.1)


def test_a_county_that_is_cut_off_while_it_sends_catches_up_and_delays_nobody(shared: SmallProvince) -> None:
    far, near, _ = shared.halls
    proxy = shared.province.proxies[far]
    with load(shared):
        wait_more(shared, far)
        proxy.cut()
        wait_until(lambda: standing.status(shared, far)["link"]["submit"] == "offline", "the cut is noticed", ARRIVE_SECONDS)
        there = arrived_of(shared, far)
        time.sleep(CUT_SECONDS)
        wait_more(shared, near)
        assert arrived_of(shared, far) == there
        assert standing.alarms(shared, far) == {}  # offline is normal
        proxy.restore()
        wait_more(shared, far)
    assert settle(shared).faults == {}
    standing.wait_healthy(shared, far)


def test_a_line_that_falls_silent_loses_nothing(shared: SmallProvince) -> None:
    far, near, _ = shared.halls
    proxy = shared.province.proxies[far]
    with load(shared):
        wait_more(shared, far)
        proxy.freeze()
        time.sleep(CUT_SECONDS)
        wait_more(shared, near)
        proxy.restore()
    assert settle(shared).faults == {}


def test_a_hub_that_drains_under_load_ends_in_time_and_the_halls_only_reconnect(shared: SmallProvince) -> None:
    province = shared.province
    with load(shared):
        wait_more(shared, shared.halls[0])
        behind = {hall: logs.end(agent.log) for hall, agent in province.agents.items()}
        at_hub = logs.end(province.hub.log)
        begun = time.monotonic()
        assert province.hub.stop(DRAIN_SECONDS) == 0
        assert time.monotonic() - begun < DRAIN_SECONDS
        province.start_hub()
        wait_more(shared, shared.halls[0])
    assert settle(shared).faults == {}
    assert logs.severe(province.hub.log, at_hub) == []
    for hall, agent in province.agents.items():
        assert logs.severe(agent.log, behind[hall]) == []
        standing.wait_healthy(shared, hall)


@pytest.mark.parametrize("which", ["sender", "recipient"])
def test_an_agent_that_is_stopped_under_load_ends_in_time_and_loses_nothing(shared: SmallProvince, which: str) -> None:
    hall = PROVINCE_HALL if which == "recipient" else shared.halls[0]
    agent = shared.province.agents[hall]
    with load(shared):
        wait_more(shared, shared.halls[0])
        behind, at_hub = logs.end(agent.log), logs.end(shared.province.hub.log)
        assert agent.stop(AGENT_STOP_SECONDS) == 0
        assert logs.severe(agent.log, behind) == []
        assert logs.severe(shared.province.hub.log, at_hub) == []
        shared.province.start_agent(hall)
        wait_more(shared, shared.halls[0])
    assert settle(shared).faults == {}


def test_a_recipient_that_is_frozen_takes_all_when_it_thaws(shared: SmallProvince) -> None:
    agent = shared.province.agents[PROVINCE_HALL]
    with load(shared):
        wait_more(shared, shared.halls[0])
        with frozen(agent):
            before = shared.province.accepted()
            wait_until(lambda: shared.province.accepted() > before + 50, "the hub goes on to accept", ARRIVE_SECONDS)
    assert settle(shared).faults == {}
    standing.wait_healthy(shared, PROVINCE_HALL)


@contextmanager
def frozen(program: Program) -> Iterator[None]:
    """Stop a program in its tracks (SIGSTOP) for as long as the block lasts."""
    program.send(signal.SIGSTOP)
    try:
        yield
    finally:
        program.send(signal.SIGCONT)


def test_a_hall_behind_a_slow_line_loses_nothing(shared: SmallProvince) -> None:
    proxy = shared.province.proxies[shared.halls[0]]
    proxy.delay(0.3)
    shared.write(shared.halls[0], 20)
    try:
        assert shared.wait_arrived().faults == {}
    finally:
        proxy.delay(0.0)


def test_evidence_is_proved_by_author_and_recipient_and_a_changed_byte_is_seen(shared: SmallProvince, tmp_path: Path) -> None:
    hall = shared.halls[1]
    shared.write(hall, 10)
    shared.wait_arrived()
    shared.province.wait_accepted(sum(shared.reckon().sent.values()))
    shared.province.wait_acknowledged(PROVINCE_HALL)
    positions = [position for position in evidence.spread(shared.province, 4) if position.hall == hall]
    root = shared.province.root
    for caller in (hall, PROVINCE_HALL):
        files = list(evidence.export(shared.province, caller, positions, tmp_path))
        assert len(files) == 4
        verdict = evidence.verify(root, files)
        assert (verdict.checked, verdict.bad) == (4, 0), verdict.said
        spoiled = bytearray(files[0].read_bytes())
        spoiled[len(spoiled) // 2] ^= 1
        files[0].write_bytes(spoiled)
        assert evidence.verify(root, files).bad == 4  # one bad file spoils the exit code of its batch


def test_another_hall_gets_no_evidence(shared: SmallProvince, tmp_path: Path) -> None:
    first, second, _ = shared.halls
    shared.write(first, 5)
    shared.wait_arrived()
    shared.province.wait_accepted(sum(shared.reckon().sent.values()))
    positions = [position for position in evidence.spread(shared.province, 1) if position.hall == first]
    with pytest.raises(Exception, match="NOT_FOUND"):
        list(evidence.export(shared.province, second, positions, tmp_path))


def test_an_agent_says_on_its_command_line_how_it_is(shared: SmallProvince) -> None:
    hall = shared.halls[0]
    shared.write(hall, 5)
    shared.wait_arrived()
    said = shared.province.status(hall)
    assert said["hall"] == hall
