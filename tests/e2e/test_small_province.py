from pathlib import Path

import pytest

from tests.province import evidence
from tests.province.build import PROVINCE_HALL
from tests.province.processes import ProgramFailed
from tests.province.small import SmallProvince

pytestmark = pytest.mark.slow


def test_what_halls_write_around_a_kill_of_hub_and_agents_arrives_once_and_in_order(province_on_each: SmallProvince) -> None:
    small, province = province_on_each, province_on_each.province
    first, second = small.halls
    written = small.write(first, 30) + small.write(second, 10)
    small.wait_arrived()
    written += small.write(first, 20)
    province.hub.kill()
    written += small.write(first, 20) + small.write(second, 10)
    province.agents[first].kill()
    province.agents[PROVINCE_HALL].kill()
    province.start_agents()
    province.start_hub()
    found = small.wait_arrived()
    assert found.faults == {}
    assert sum(found.arrived.values()) == written
    province.wait_accepted(written)
    assert province.accepted() == written
    province.wait_acknowledged(PROVINCE_HALL)


def test_a_hall_that_is_cut_off_works_on_and_catches_up(province: SmallProvince) -> None:
    near, far = province.halls[1], province.halls[0]
    province.write(far, 10)
    province.wait_arrived()
    proxy = province.province.proxies[far]
    proxy.cut()
    written = province.write(far, 20)
    province.write(near, 10)
    with pytest.raises(ProgramFailed, match="has arrived"):
        province.wait_arrived(3)
    assert province.reckon().lost == written
    proxy.restore()
    assert province.wait_arrived().faults == {}


def test_a_hall_behind_a_slow_line_loses_nothing(province: SmallProvince) -> None:
    proxy = province.province.proxies[province.halls[0]]
    proxy.delay(0.3)
    province.write(province.halls[0], 20)
    try:
        assert province.wait_arrived().faults == {}
    finally:
        proxy.delay(0.0)


def test_evidence_is_proved_by_author_and_recipient_and_a_changed_byte_is_seen(province: SmallProvince, tmp_path: Path) -> None:
    hall = province.halls[1]
    province.write(hall, 10)
    province.wait_arrived()
    province.province.wait_accepted(sum(province.reckon().sent.values()))
    province.province.wait_acknowledged(PROVINCE_HALL)
    positions = [position for position in evidence.spread(province.province, 4) if position.hall == hall]
    root = province.province.root
    for caller in (hall, PROVINCE_HALL):
        files = list(evidence.export(province.province, caller, positions, tmp_path))
        assert len(files) == 4
        verdict = evidence.verify(root, files)
        assert (verdict.checked, verdict.bad) == (4, 0), verdict.said
        spoiled = bytearray(files[0].read_bytes())
        spoiled[len(spoiled) // 2] ^= 1
        files[0].write_bytes(spoiled)
        assert evidence.verify(root, files).bad == 4  # one bad file spoils the exit code of its batch


def test_another_hall_gets_no_evidence(province: SmallProvince, tmp_path: Path) -> None:
    first, second = province.halls
    province.write(first, 5)
    province.wait_arrived()
    province.province.wait_accepted(sum(province.reckon().sent.values()))
    positions = [position for position in evidence.spread(province.province, 1) if position.hall == first]
    with pytest.raises(Exception, match="NOT_FOUND"):
        list(evidence.export(province.province, second, positions, tmp_path))


def test_an_agent_says_how_it_is(province: SmallProvince) -> None:
    hall = province.halls[0]
    province.write(hall, 5)
    province.wait_arrived()
    said = province.province.status(hall)
    assert said["hall"] == hall
