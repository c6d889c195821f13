"""The directory reaches the halls: imported at a real hub, it appears at its agents, and each change of it can be proved."""

import json
from pathlib import Path
from typing import Any

import pytest

from certs.names import HUB, journal_origin
from directory.identifiers import uscc_of
from hub.registry.registrar import BATCH_CHANGES
from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.province import evidence
from tests.province.build import PROVINCE_HALL, TRUST_DOMAIN, Province
from tests.province.evidence import Position
from tests.province.processes import ProgramFailed, executable, run, wait_until
from tests.province.small import SmallProvince

pytestmark = pytest.mark.slow

ARRIVE_SECONDS = 60.0
DOCUMENTS = "SELECT count(*) FROM register"
HALLS = 53
MANY = 2 * BATCH_CHANGES + 10
BATCHES = 3


def told(province: Province, *words: str) -> dict[str, Any]:
    """Run a command of the hub's about the directory; return what it says."""
    said = run([executable("tongban-hub"), "directory", *words, "--json", "--config", province.hub_config])
    found: dict[str, Any] = json.loads(said)
    return found


def departments(folder: Path, count: int, hall: str = PROVINCE_HALL) -> Path:
    path = folder / "departments.csv"
    rows = [f"window-{number},{uscc_of(f'11220000{number:09}')},第{number}窗口(示例),{hall}," for number in range(1, count + 1)]
    path.write_text("\n".join(["department,uscc,name,hall,superior", *rows, ""]), encoding="utf-8")
    return path


def replica(province: Province, hall: str) -> dict[str, Any]:
    found: dict[str, Any] = province.report(hall)["directory"]
    return found


def wait_same(province: Province, hall: str, documents: int) -> None:
    """Wait until the hub holds so many documents and a hall holds the same."""
    wait_until(lambda: province.ledger(DOCUMENTS)[0][0] == documents, f"the hub holds {documents} documents", ARRIVE_SECONDS)
    digest = told(province, "status")["digest"]
    wait_until(lambda: replica(province, hall)["digest"] == digest, f"{hall} holds what the hub does", ARRIVE_SECONDS)


def test_what_is_imported_appears_at_a_running_agent_and_at_one_that_was_away_and_is_proved(still: SmallProvince, tmp_path: Path) -> None:
    province = still.province
    running, away = PROVINCE_HALL, still.halls[0]
    with province:
        province.start_hub()
        province.start_agent(running)
        assert told(province, "import", str(departments(tmp_path, 3)), "--dry-run")["staged"] is None
        told(province, "import", str(departments(tmp_path, 3)), "--reason", "decision 7")
        wait_same(province, running, HALLS + 3)
        shown = json.loads(_of_agent(province, running, "show", "department", "window-2"))["documents"][0]
        assert (shown["document"]["name"], shown["reason"]) == ("第2窗口(示例)", "decision 7")
        province.start_agent(away)
        wait_same(province, away, HALLS + 3)
        province.start_agents()
        prove(province, [running, away], shown["journal_index"], tmp_path)
        province.hub.kill()
        assert "window-3" in _of_agent(province, away, "list", "department")


def _of_agent(province: Province, hall: str, *words: str) -> str:
    return run([executable("tongban-agent"), "directory", *words, "--json", "--config", province.hall_config(hall)])


def prove(province: Province, halls: list[str], index: int, folder: Path) -> None:
    """Let halls export evidence of a change when every hall has it, and judge it offline."""
    position = Position(HUB, journal_origin(TRUST_DOMAIN, HUB, 1), index)
    for hall in province.agents:
        province.wait_acknowledged(hall)
    for hall in halls:
        (file,) = evidence.export(province, hall, [position], folder)
        verdict = evidence.verify(province.root, [file])
        assert (verdict.checked, verdict.bad) == (1, 0), verdict.said


def test_a_hub_that_dies_between_two_batches_of_one_import_goes_on_behind_the_first(still: SmallProvince, tmp_path: Path) -> None:
    province, hall = still.province, still.halls[0]
    told(province, "import", str(departments(tmp_path, MANY)))
    with province:
        for batch in range(1, BATCHES + 1):
            province.hub.start(env={VARIABLE: "register-logged"})
            wait_until(lambda: not province.hub.running, "the hub dies behind a batch", ARRIVE_SECONDS)
            assert province.hub.exit_code == STATUS, province.hub.log_end()
            assert told(province, "status")["documents"] == HALLS + min(batch * BATCH_CHANGES, MANY)
        province.start_hub()
        province.start_agent(hall)
        wait_same(province, hall, HALLS + MANY)
        assert {one["state"] for one in told(province, "status")["stagings"]} == {"taken"}


def test_an_import_with_a_bad_row_names_it_and_changes_nothing(still: SmallProvince, tmp_path: Path) -> None:
    before = told(still.province, "status")
    path = departments(tmp_path, 9)
    path.write_text(path.read_text("utf-8").replace(uscc_of("11220000000000004"), "1" * 18), encoding="utf-8")
    with pytest.raises(ProgramFailed, match="line 5"):
        run([executable("tongban-hub"), "directory", "import", path, "--config", still.province.hub_config])
    assert told(still.province, "status") == before
