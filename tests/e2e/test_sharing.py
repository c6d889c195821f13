"""Halls share resources by commands, at a real hub: also when it dies behind an act, and when it does not run."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.hub.sharing_ground import HOUSING, MARKET, PROVIDER, READER, RESOURCE, SEATS, SECRET, catalogue, departments
from tests.province.build import HallSetup, Province
from tests.province.processes import executable, run, wait_until

pytestmark = pytest.mark.slow

READER_IS = ("--department", HOUSING, "--person", "1024")
PROVIDER_IS = ("--department", MARKET, "--person", "7")
DIE_SECONDS = 30.0


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """Give a province whose hub runs, with two halls that have enrolled; their agents do not run."""
    folder = tmp_path_factory.mktemp("sharing")
    with Province(folder) as built:
        for hall in (READER, PROVIDER):
            built.set_up(HallSetup(hall))
        built.found()
        for file in (departments(SEATS), catalogue()):
            (folder / file.name).write_bytes(file.data)
        built.start_hub()
        built.enrol()
        files = [str(folder / "departments.csv"), str(folder / "resources.toml")]
        command: list[str | Path] = [executable("tongban-hub"), "directory", "import", *files, "--config", built.hub_config]
        run(command)
        wait_until(lambda: agent(built, READER, "catalogue", "list")["resources"], "the resources are in the register")
        yield built


def agent(province: Province, hall: str, *words: str) -> Any:
    return json.loads(run([executable("tongban-agent"), *words, "--json", "--config", province.hall_config(hall)]))


def refused(province: Province, hall: str, *words: str) -> tuple[int, str]:
    """Return the exit code and the reason with which a command fails."""
    command: list[str | Path] = [executable("tongban-agent"), *words, "--json", "--config", province.hall_config(hall)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout).get("reason", "")


def said(province: Province, hall: str, *words: str) -> str:
    return run([executable("tongban-agent"), *words, "--config", province.hall_config(hall)])


def hub(province: Province, *words: str) -> Any:
    return json.loads(run([executable("tongban-hub"), *words, "--json", "--config", province.hub_config]))


def application(purpose: str, resource: str = RESOURCE) -> tuple[str, ...]:
    until = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    fields = ("--field", "name", "--field", "uscc")
    return ("share", "apply", resource, *fields, "--purpose", purpose, "--basis", "行政许可法第三十一条", "--until", until, *READER_IS)


def test_an_application_goes_from_hall_to_hall_and_back_by_commands(founded: Province) -> None:
    assert said(founded, READER, "share", "list", *READER_IS) == "no applications\n"
    ident = agent(founded, READER, *application("核验"))["share"]["application"]["application"]
    assert agent(founded, PROVIDER, "share", "answer", ident, *PROVIDER_IS)["share"]["phase"] == "answered"
    shared = agent(founded, PROVIDER, "share", "grant", ident, "--field", "name", *PROVIDER_IS)
    assert (shared["share"]["grant"]["fields"], shared["not_live"]) == (["name"], "")
    assert "granted" in said(founded, READER, "share", "show", ident, *READER_IS)
    assert [one["share"]["phase"] for one in agent(founded, PROVIDER, "share", "list", "--side", "provider", *PROVIDER_IS)["shares"]] == [
        "granted"
    ]
    (listed,) = hub(founded, "share", "list")["shares"]
    assert (listed["application"], listed["phase"], listed["overdue"]) == (ident, "granted", False)
    assert hub(founded, "share", "list", "--overdue") == {"shares": []}
    ended = agent(founded, READER, "share", "withdraw", ident, "--ground", "不再需要", *READER_IS)
    assert ended["share"]["phase"] == "withdrawn"
    other = agent(founded, READER, *application("另一用途"))["share"]["application"]["application"]
    assert agent(founded, PROVIDER, "share", "refuse", other, "--ground", "超出职责范围", *PROVIDER_IS)["share"]["phase"] == "refused"


def test_what_is_refused_says_why_with_a_reason_and_an_exit_code(founded: Province) -> None:
    assert refused(founded, READER, *application("核验", SECRET)) == (1, "REASON_NOT_SHARED")
    assert refused(founded, READER, "share", "show", "s-nothing", *READER_IS) == (1, "REASON_NOT_FOUND")
    assert refused(founded, READER, "share", "list", "--role", "clerk", *READER_IS) == (1, "REASON_SCOPE_DENIED")
    assert refused(founded, READER, "share", "list", *PROVIDER_IS) == (1, "REASON_FOREIGN_ACTOR")
    assert refused(founded, PROVIDER, "share", "grant", "s-nothing", "--until", "2027-01-01") == (2, "")


def test_an_error_is_reported_answered_and_closed_by_commands(founded: Province) -> None:
    assert said(founded, READER, "correction", "list", *READER_IS) == "no reports\n"
    words = ("--record", "17", "--field", "name", "--what", "名称不一致")
    ident = agent(founded, READER, "correction", "report", RESOURCE, *words, *READER_IS)["report"]["report"]
    answered = agent(founded, PROVIDER, "correction", "answer", ident, "--outcome", "rejected", "--text", "与档案一致", *PROVIDER_IS)
    assert (answered["report"]["state"], answered["provider_hall"]) == ("rejected", PROVIDER)
    assert agent(founded, READER, "correction", "close", ident, *READER_IS)["report"]["state"] == "closed"
    assert [one["report"]["report"] for one in agent(founded, READER, "correction", "list", *READER_IS)["reports"]] == [ident]
    assert agent(founded, READER, "correction", "list", "--overdue", *READER_IS)["reports"] == []


def test_the_catalogue_is_looked_up_by_halls_and_by_operators(founded: Province) -> None:
    assert {one["resource"] for one in agent(founded, READER, "catalogue", "list", "--provider-hall", PROVIDER)["resources"]} >= {RESOURCE}
    assert said(founded, READER, "catalogue", "list", "--provider-hall", READER) == "no resources\n"
    page = agent(founded, READER, "catalogue", "list", "--limit", "1")
    assert (len(page["resources"]), page["more"]) == (1, True)
    assert "name" in said(founded, READER, "catalogue", "show", RESOURCE)
    every = {one["resource"] for one in hub(founded, "catalogue", "list")["resources"]}
    assert {one["resource"] for one in hub(founded, "catalogue", "list", "--stale")["resources"]} == every
    assert {one["resource"] for one in hub(founded, "catalogue", "list", "--overdue")["resources"]} == every


def test_a_hub_that_dies_behind_an_act_has_done_it_once(founded: Province) -> None:
    before = len(hub(founded, "share", "list")["shares"])
    founded.hub.kill()
    founded.start_hub(env={VARIABLE: "move-said"})
    assert refused(founded, READER, *application("崩溃之前"))[0] == 5
    wait_until(lambda: not founded.hub.running, "the hub dies behind the act", DIE_SECONDS)
    assert founded.hub.exit_code == STATUS, founded.hub.log_end()
    assert len(hub(founded, "share", "list")["shares"]) == before + 1
    founded.start_hub()
    again = agent(founded, READER, *application("崩溃之前"))
    assert (again["share"]["phase"], again["share"]["events"]) == ("applied", 1)
    assert len(hub(founded, "share", "list")["shares"]) == before + 1
    findings = hub(founded, "doctor")["findings"]
    assert [one for one in findings if one["fault"] and one["check"] in {"register", "shares, corrections, cards and orders"}] == []
    assert "shares, corrections, cards and orders" in {one["check"] for one in findings}


def test_commands_are_told_that_the_hub_is_not_there(founded: Province, tmp_path: Path) -> None:
    founded.hub.kill()
    assert refused(founded, READER, "share", "list", *READER_IS) == (5, "")
    assert hub(founded, "catalogue", "list")["resources"] != []
    missing = subprocess.run(
        [executable("tongban-agent"), "share", "list", "--config", tmp_path / "agent.toml"], capture_output=True, check=False
    )
    assert missing.returncode == 2
