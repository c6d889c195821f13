"""A hall is put into quarantine and released, under real agents and a hub that dies on the way: nothing is lost, doubled or moved."""

import pytest

from tests.e2e import logs
from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.province.build import PROVINCE_HALL, Province
from tests.province.processes import executable, run, wait_until
from tests.province.small import SmallProvince

pytestmark = pytest.mark.slow

SECONDS = 60.0
SOME = 6
BURSTS = 3
HELD = "SELECT coalesce(sum(waiting), 0) FROM held"
APART = "SELECT count(*) FROM quarantines"


def hall(province: Province, *words: str) -> str:
    return run([executable("tongban-hub"), "hall", *words, "--config", province.hub_config])


def held(province: Province) -> int:
    return int(province.ledger(HELD)[0][0])


def quarantined(small: SmallProvince, name: str) -> None:
    """Put a hall into quarantine and wait until its agent was told."""
    hall(small.province, "quarantine", name, "--reason", "sends nonsense", "--operator", "op-1")
    refused = "refused: REASON_HALL_QUARANTINED"
    wait_until(lambda: small.province.report(name)["link"]["receive"] == refused, f"{name} was told", SECONDS)


def test_what_a_hall_sends_in_quarantine_arrives_at_its_release_while_others_go_on(pair: SmallProvince) -> None:
    province, name = pair.province, pair.halls[0]
    pair.write(name, SOME)
    pair.wait_arrived()
    quarantined(pair, name)
    behind = logs.end(province.agents[name].log)
    events = pair.write(name, SOME)
    wait_until(lambda: held(province) >= events, "it is held", SECONDS)
    assert pair.reckon().lost
    wait_until(lambda: province.report(name)["held"]["count"] >= events, "its agent knows", SECONDS)
    assert any(entry["event"].startswith("held by the hub") for entry in logs.lines(province.agents[name].log, behind))
    assert "held by the hub" in run([executable("tongban-agent"), "status", "--config", province.hall_config(name)])
    hall(province, "release", name, "--operator", "op-1")
    assert pair.wait_arrived().faults == {}
    wait_until(lambda: province.ledger(APART)[0][0] == 0, "it is released", SECONDS)
    pair.write(name, SOME)
    assert pair.wait_arrived().faults == {}
    province.wait_acknowledged(PROVINCE_HALL)


@pytest.mark.parametrize("step", ["quarantine-logged", "forwards-logged", "commit-written", "commit-durable"])
def test_a_hub_that_dies_while_it_forwards_loses_and_doubles_nothing(pair: SmallProvince, step: str) -> None:
    province, name = pair.province, pair.halls[0]
    quarantined(pair, name)
    waiting = 0
    for _ in range(BURSTS):
        waiting += pair.write(name, SOME)
        wait_until(lambda: held(province) >= waiting, "it is held", SECONDS)  # noqa: B023
    province.hub.kill()
    hall(province, "release", name, "--operator", "op-1")
    dies_at(province, step)
    province.start_hub()
    assert pair.wait_arrived().faults == {}
    wait_until(lambda: province.ledger(APART)[0][0] == 0, "it is released", SECONDS)
    pair.write(name, SOME)
    assert pair.wait_arrived().faults == {}


def dies_at(province: Province, step: str) -> None:
    province.hub.start(env={VARIABLE: step})
    wait_until(lambda: not province.hub.running, f"the hub dies at {step}", SECONDS)
    assert province.hub.exit_code == STATUS, province.hub.log_end()
