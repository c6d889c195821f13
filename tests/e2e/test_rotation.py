"""Halls change their log keys while they live: nothing is lost or doubled, what was said before and after is proved (G1, G2, G5)."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certs.names import journal_origin
from node_agent.hall_keys import LOG_KEY
from node_agent.log_keys import FILE
from tests.e2e import standing
from tests.e2e.copies import living
from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.province import evidence
from tests.province.build import PROVINCE_HALL, TRUST_DOMAIN
from tests.province.processes import executable, wait_until
from tests.province.small import SmallProvince

pytestmark = pytest.mark.slow

SOME = 8
SECONDS = 90.0
PLACES = "SELECT journal_index FROM case_events WHERE hall = :hall ORDER BY journal_index"
KEY_ENTRIES = "SELECT count(*) FROM key_entries"
OF_HUB = ("batch-admitted", "commit-written", "commit-durable", "receipt-sent")
OF_AGENT = ("batch-sent", "receipt-stored", "log-history-written")
AWAY_SECONDS = 3
ASKED_MOST = 10
"""How often the hub is asked until it dies: on a busy machine it may be asked too late."""


@pytest.fixture
def fresh(still: SmallProvince) -> Iterator[SmallProvince]:
    """Run the provincial hall and one county hall, for one test alone: a hall changes its log key once a day."""
    with living(still, without=still.halls[1:]) as small:
        yield small


@pytest.fixture
def dark(still: SmallProvince) -> Iterator[SmallProvince]:
    """Give the provincial hall and one county hall, for one test alone; nothing runs until it is started."""
    for hall in still.halls[1:]:
        del still.province.agents[hall]
    with still.province as province:
        yield still
        province.check_running()
        province.stop()


def rotate(small: SmallProvince, hall: str, *, crash_at: str = "", timeout: int = 60) -> tuple[int, dict[str, Any]]:
    """Run `rotate-key` in a hall; returns its exit code and what it said."""
    command = [executable("tongban-agent"), "rotate-key", "--json", "--timeout", str(timeout)]
    done = subprocess.run(
        [*command, "--config", str(small.province.hall_config(hall))],
        env={**os.environ, VARIABLE: crash_at},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, said[0] if said else {"error": done.stderr}


def key_files(small: SmallProvince, hall: str) -> set[str]:
    return {path.name for path in small.province.keys(hall).glob("log.*")}


def key_entries(small: SmallProvince) -> int:
    return int(small.province.ledger(KEY_ENTRIES)[0][0])


def sent_and_acknowledged(small: SmallProvince) -> None:
    """Let every county write some, and wait until it stands everywhere, once and in order."""
    for hall in small.halls:
        if hall in small.province.agents:
            small.write(hall, SOME)
    assert small.wait_arrived().faults == {}
    small.province.wait_accepted(sum(small.reckon().sent.values()))
    small.province.wait_acknowledged(PROVINCE_HALL)


def proved(small: SmallProvince, hall: str, indices: list[int], folder: Path) -> None:
    """Have author and recipient export evidence of these messages, and the offline verifier find all of it proved."""
    folder.mkdir()
    positions = [evidence.Position(hall, journal_origin(TRUST_DOMAIN, hall, 1), index) for index in indices]
    for caller in (hall, PROVINCE_HALL):
        files = list(evidence.export(small.province, caller, positions, folder))
        verdict = evidence.verify(small.province.root, files)
        assert (verdict.checked, verdict.bad) == (len(indices), 0), verdict.said


def test_evidence_of_before_and_after_is_proved_when_author_and_recipient_change_their_keys(fresh: SmallProvince, tmp_path: Path) -> None:
    hall = fresh.halls[0]
    sent_and_acknowledged(fresh)
    before = places(fresh, hall)
    proved(fresh, hall, [before[0], before[-1]], tmp_path / "first")
    kept = sorted((tmp_path / "first").iterdir())
    code, said = rotate(fresh, hall)  # asked of the running agent
    assert (code, said["in_force"]) == (0, True), said
    sent_and_acknowledged(fresh)
    code, said_province = rotate(fresh, PROVINCE_HALL)
    assert code == 0, said_province
    sent_and_acknowledged(fresh)
    after = places(fresh, hall)
    assert after[-1] > said["signs_from"] > before[-1]
    proved(fresh, hall, [before[0], before[-1], said["signs_from"], after[-1]], tmp_path / "second")
    assert evidence.verify(fresh.province.root, kept).bad == 0, "what was exported before holds"
    for one in (hall, PROVINCE_HALL):
        assert key_files(fresh, one) == {LOG_KEY, FILE}
        assert standing.status(fresh, one)["log_key"]["id"] == (said if one == hall else said_province)["log_key"]
        standing.wait_healthy(fresh, one)
    code, refused = rotate(fresh, hall)
    assert (code, "a day" in refused["error"]) == (1, True)


def places(small: SmallProvince, hall: str) -> list[int]:
    """Return where a hall's case events stand in its journal."""
    return [row.journal_index for row in small.province.models(PLACES, hall=hall)]


def test_a_hall_that_lost_all_but_its_keys_goes_on_and_a_copy_with_the_old_key_stops(fresh: SmallProvince, tmp_path: Path) -> None:
    hall = fresh.halls[0]
    data = fresh.province.hall_folder(hall) / "data"
    agent = fresh.province.agents[hall]
    sent_and_acknowledged(fresh)
    agent.kill()
    older = shutil.copytree(data, tmp_path / "older")
    code, said = rotate(fresh, hall)  # nothing runs: the command sends by itself
    assert (code, said.get("in_force")) == (0, True), said
    for path in data.iterdir():
        if path.name != "keys":
            path.unlink()
    fresh.province.start_agent(hall)
    sent_and_acknowledged(fresh)
    assert standing.status(fresh, hall)["log_key"]["id"] == said["log_key"]
    agent.kill()
    newest = shutil.copytree(data / "keys", tmp_path / "newest")
    put(older, data)
    fresh.province.start_agent(hall)
    assert f"the log key in force is {said['log_key']}" in standing.wait_alarm(fresh, hall, "submit alarm")
    there = places(fresh, hall)
    fresh.write(hall, SOME)
    wait_until(lambda: standing.status(fresh, hall)["backlog"]["waiting"] >= SOME, "what is written waits")
    assert places(fresh, hall) == there
    agent.kill()
    put(newest, data / "keys")
    fresh.province.start_agent(hall)
    sent_and_acknowledged(fresh)
    standing.wait_healthy(fresh, hall)


def put(kept: Path, place: Path) -> None:
    """Put a copy in the place of what is there."""
    shutil.rmtree(place)
    shutil.copytree(kept, place)


@pytest.mark.parametrize("step", OF_HUB)
def test_a_hub_that_dies_with_a_succession_in_its_hands_makes_one_key_entry_of_it(dark: SmallProvince, step: str) -> None:
    hall, hub = dark.halls[0], dark.province.hub
    dark.write(hall, SOME)
    entries = key_entries(dark)
    dark.province.start_hub(env={VARIABLE: step})
    for _ in range(ASKED_MOST):
        rotate(dark, hall, timeout=AWAY_SECONDS)
        if not hub.running:
            break
    assert hub.wait() == STATUS
    dark.province.start_hub()
    goes_on(dark, hall)
    assert key_entries(dark) == entries + 1


@pytest.mark.parametrize("step", OF_AGENT)
def test_a_hall_that_dies_on_the_way_to_a_new_key_goes_on_to_it(dark: SmallProvince, step: str) -> None:
    hall = dark.halls[0]
    dark.write(hall, SOME)
    entries = key_entries(dark)
    dark.province.start_hub()
    assert rotate(dark, hall, crash_at=step)[0] == STATUS
    goes_on(dark, hall)
    assert key_entries(dark) == entries + 1


def goes_on(small: SmallProvince, hall: str) -> None:
    """Start a hall that was on the way to a new log key, and the provincial hall; see that it comes there and loses nothing."""
    small.province.start_agents()
    wait_until(lambda: key_files(small, hall) == {LOG_KEY, FILE}, "the new log key is in force")
    sent_and_acknowledged(small)
    standing.wait_healthy(small, hall)
    said = standing.status(small, hall)
    assert said["succession"]["last"]["id"] == said["log_key"]["id"]
