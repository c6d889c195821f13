"""With no room left an agent and the hub take nothing in, say why, and go on by themselves when there is room."""

import time

import pytest

from tests.e2e import standing
from tests.e2e.copies import SOON, living, setups
from tests.e2e.small_disks import may_mount, mounted
from tests.province.build import PROVINCE_HALL
from tests.province.processes import ProgramFailed, wait_until
from tests.province.small import SmallProvince

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not may_mount(), reason="only root may mount a small disk")]

MEBIBYTE = 1 << 20
AGENT_BYTES = 12 * MEBIBYTE
HUB_BYTES = 16 * MEBIBYTE
FREE_BYTES = 2 * MEBIBYTE
SOME = 30
SECONDS = 40.0


@pytest.mark.parametrize("which", ["sender", "recipient"])
def test_an_agent_without_room_takes_nothing_in_and_goes_on_when_there_is_some(still: SmallProvince, which: str) -> None:
    hall = PROVINCE_HALL if which == "recipient" else still.halls[0]
    sender = still.halls[0]
    sections = {**SOON, "keep": {"free_bytes": FREE_BYTES}}
    for setup in setups(still.ground, sections=sections):
        still.province.set_up(setup)
    with mounted(still.province.hall_folder(hall) / "data", AGENT_BYTES) as disk, living(still, without=still.halls[1:]):
        still.write(sender, SOME)
        still.wait_arrived()
        disk.fill()
        still.write(sender, SOME)
        wait_until(lambda: bool(standing.alarms(still, hall)), f"{hall} says that there is no room", SECONDS)
        assert "disk" in standing.alarms(still, hall)
        with pytest.raises(ProgramFailed, match="has arrived"):
            still.wait_arrived(4)
        assert still.reckon().lost == SOME
        disk.empty()
        assert still.wait_arrived(SECONDS).faults == {}
        for one in still.province.agents:
            standing.wait_healthy(still, one)


def test_a_hub_without_room_takes_nothing_in_and_goes_on_when_there_is_some(still: SmallProvince) -> None:
    sender = still.halls[0]
    with mounted(still.province.hub_folder, HUB_BYTES) as disk, living(still, without=still.halls[1:]):
        still.write(sender, SOME)
        still.wait_arrived()
        disk.fill()
        while "submit refused" not in standing.alarms(still, sender):  # what room the database has in its own files goes first
            still.write(sender, SOME)
            time.sleep(0.5)
        assert "REASON_STORAGE_FULL" in standing.alarms(still, sender)["submit refused"]
        assert still.province.hub.running
        disk.empty()
        assert still.wait_arrived(SECONDS).faults == {}
        for one in still.province.agents:
            standing.wait_healthy(still, one)
