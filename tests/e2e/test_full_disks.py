"""With no room left an agent and the hub take nothing in, say why, and go on by themselves when there is room."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.e2e import standing
from tests.e2e.copies import SOON, Founded, living, setups
from tests.e2e.small_disks import SmallDisk, may_mount, mounted
from tests.province.build import PROVINCE_HALL
from tests.province.processes import ProgramFailed, wait_until
from tests.province.small import SmallProvince

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not may_mount(), reason="only root may mount a small disk")]

MEBIBYTE = 1 << 20
AGENT_BYTES = 12 * MEBIBYTE
HUB_BYTES = 16 * MEBIBYTE
FREE_BYTES = 2 * MEBIBYTE
SOME = 30
STILL_SECONDS = 3.0
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Crowded:
    """A province of a sender and a recipient, each program's data on a small disk of its own."""

    small: SmallProvince
    hub: SmallDisk
    agents: dict[str, SmallDisk]


@pytest.fixture(scope="module")
def crowded(founded: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowded]:
    """Run the provincial hall and one county hall."""
    small = founded.copy(tmp_path_factory.mktemp("crowded") / "province")
    for setup in setups(small.ground, sections={**SOON, "keep": {"free_bytes": FREE_BYTES}}):
        small.province.set_up(setup)
    with ExitStack() as disks:
        hub = disks.enter_context(mounted(small.province.hub_folder, HUB_BYTES))
        halls = (small.halls[0], PROVINCE_HALL)
        agents = {hall: disks.enter_context(mounted(small.province.hall_folder(hall) / "data", AGENT_BYTES)) for hall in halls}
        with living(small, without=small.halls[1:]):
            yield Crowded(small, hub, agents)


def all_is_well(small: SmallProvince) -> None:
    assert small.wait_arrived(SECONDS).faults == {}
    for hall in small.province.agents:
        standing.wait_healthy(small, hall)


@pytest.mark.parametrize("which", ["sender", "recipient"])
def test_an_agent_without_room_takes_nothing_in_and_goes_on_when_there_is_some(crowded: Crowded, which: str) -> None:
    small, sender = crowded.small, crowded.small.halls[0]
    hall = PROVINCE_HALL if which == "recipient" else sender
    small.write(sender, SOME)
    all_is_well(small)
    crowded.agents[hall].fill()
    small.write(sender, SOME)
    assert "MiB are free" in standing.wait_alarm(small, hall, "disk")
    with pytest.raises(ProgramFailed, match="has arrived"):
        small.wait_arrived(STILL_SECONDS)
    assert small.reckon().lost == SOME
    crowded.agents[hall].empty()
    all_is_well(small)


def refused(small: SmallProvince, hall: str) -> bool:
    return "submit refused" in standing.alarms(small, hall)


def test_a_hub_without_room_takes_nothing_in_and_goes_on_when_there_is_some(crowded: Crowded) -> None:
    small, sender = crowded.small, crowded.small.halls[0]
    crowded.hub.fill()
    while not refused(small, sender):  # what room the database has in its own files goes first
        small.write(sender, SOME)
        wait_until(lambda: refused(small, sender) or not small.reckon().lost, "it is taken or refused", SECONDS)
    assert "REASON_STORAGE_FULL" in standing.alarms(small, sender)["submit refused"]
    assert small.province.hub.running
    crowded.hub.empty()
    all_is_well(small)
