"""Two halls talk by commands through a real hub, each while the other is away and the hub dies in between; files come whole."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from node_agent.cli import main
from tests.hub.guidance_told import CITY, COUNTY
from tests.hub.test_guidance_rpc import departments
from tests.province.build import HallSetup, Province
from tests.province.processes import executable, run, wait_until

pytestmark = pytest.mark.slow

CLERK = ("--department", "yushu-rs", "--person", "1024")
GUIDE = ("--role", "guide", "--department", "changchun-rs", "--person", "7")
SEEN_SECONDS = 60.0


@pytest.fixture
def founded(tmp_path: Path) -> Iterator[Province]:
    """Give a province whose halls have enrolled and hold its register; nothing of it runs any more."""
    with Province(tmp_path) as built:
        for hall in (COUNTY, CITY):
            # No agent finds by looking what a command has written: it is woken.
            built.set_up(HallSetup(hall, sections={"link": {"back_off_most": "500ms", "poll": "1h"}}))
        built.found()
        built.start_hub()
        built.enrol()
        (tmp_path / "departments.csv").write_bytes(departments().data)
        run([executable("tongban-hub"), "directory", "import", str(tmp_path / "departments.csv"), "--config", built.hub_config])
        for hall in (COUNTY, CITY):
            built.start_agent(hall)
            wait_until(lambda: documents(built, hall), "the register is here", SEEN_SECONDS)  # noqa: B023
            built.agents[hall].stop()
        built.hub.stop()
        yield built


def documents(province: Province, hall: str) -> bool:
    kinds: dict[str, int] = province.report(hall)["directory"]["kinds"]
    return kinds.get("department", 0) == len(departments().data.splitlines()) - 1


def agent(province: Province, hall: str, *words: str) -> Any:
    return json.loads(run([executable("tongban-agent"), "guidance", *words, "--json", "--config", province.hall_config(hall)]))


def look(province: Province, hall: str, *words: str) -> Any:
    """Ask the same within this process: what is asked until it is so would start a program each time."""
    said = CliRunner().invoke(main, ["guidance", *words, "--json", "--config", str(province.hall_config(hall))], catch_exceptions=False)
    assert said.exit_code == 0, said.output
    return json.loads(said.stdout)


def texts(province: Province, hall: str, thread: str) -> list[str]:
    return [line["text"] for line in look(province, hall, "show", thread)["lines"] if line["kind"] != "note"]


def sent(province: Province, hall: str) -> bool:
    backlog = province.report(hall)["backlog"]
    return not backlog["waiting"] and not backlog["sealed_unreceipted"]


def files(province: Province, hall: str, thread: str) -> list[str]:
    return [file["state"] for line in look(province, hall, "show", thread)["lines"] for file in line["attachments"]]


def test_a_question_and_its_answer_cross_while_everybody_is_away_in_turn(founded: Province, tmp_path: Path) -> None:
    drawing = tmp_path / "图纸.pdf"
    drawing.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 8_000)
    founded.start_agent(COUNTY)  # the hub is not there
    thread = agent(founded, COUNTY, "ask", CITY, "--text", "施工许可需要哪些材料?", "--case", "1", "--file", str(drawing), *CLERK)["thread"]
    agent(founded, COUNTY, "follow-up", thread, "--text", "第二问", *CLERK)
    founded.start_hub()
    wait_until(lambda: files(founded, COUNTY, thread) == ["here"] and sent(founded, COUNTY), "all is sent", SEEN_SECONDS)
    founded.agents[COUNTY].stop()

    founded.start_agent(CITY)
    wait_until(lambda: look(founded, CITY, "list", "--queue", "unclaimed", *GUIDE)["threads"], "the city is asked", SEEN_SECONDS)
    assert agent(founded, CITY, "claim", thread, *GUIDE)["claim"]["person"] == "7"
    founded.hub.kill()
    agent(founded, CITY, "note", thread, "--text", "先问法规处", *GUIDE)
    agent(founded, CITY, "answer", thread, "--text", "第一答", *GUIDE)
    agent(founded, CITY, "answer", thread, "--text", "第二答", *GUIDE)
    founded.start_hub()
    wait_until(lambda: files(founded, CITY, thread) == ["here"], "the file has come", SEEN_SECONDS)
    wait_until(lambda: sent(founded, CITY), "the answers are sent", SEEN_SECONDS)
    founded.agents[CITY].stop()

    founded.start_agent(COUNTY)
    said = ["施工许可需要哪些材料?", "第二问", "第一答", "第二答"]
    wait_until(lambda: texts(founded, COUNTY, thread) == said, "the answers are here", SEEN_SECONDS)
    assert texts(founded, CITY, thread) == said
    assert agent(founded, COUNTY, "close", thread, *CLERK)["state"] == "closed"
    assert agent(founded, COUNTY, "rate", thread, "--grade", "5", *CLERK)["flags"] == []
    founded.start_agent(CITY)
    wait_until(lambda: look(founded, CITY, "show", thread)["grade"] == 5, "the city sees its grade", SEEN_SECONDS)
    assert agent(founded, CITY, "list")["parked"] == []

    (sha256,) = [file["sha256"] for line in agent(founded, CITY, "show", thread)["lines"] for file in line["attachments"]]
    agent(founded, CITY, "file", sha256[:12], "--to", str(tmp_path / "came.pdf"))
    assert (tmp_path / "came.pdf").read_bytes() == drawing.read_bytes()
    published = ("publish", "k-1", "--thread", thread, "--title", "施工许可的材料", *GUIDE)
    assert agent(founded, CITY, *published)["published"]
    wait_until(lambda: look(founded, COUNTY, "search", "许可 材料")["knowledge"], "the county finds it", SEEN_SECONDS)
    assert agent(founded, COUNTY, "search", "第二答")["knowledge"][0]["department"] == "changchun-rs"
    assert not agent(founded, CITY, "withdraw", "k-1", "--ground", "有误", *GUIDE)["published"]
    wait_until(lambda: not look(founded, COUNTY, "search", "许可 材料")["knowledge"], "the county finds it no more", SEEN_SECONDS)
    assert agent(founded, CITY, "waiting", "--person", "3")["threads"] == []

    assert founded.models("SELECT count(*) FROM guidance_messages")[0][0] == 6
    rebuilt = json.loads(run([executable("tongban-hub"), "rebuild", "guidance", "--json", "--config", founded.hub_config]))
    assert rebuilt["model"] == "guidance"
