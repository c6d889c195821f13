"""Commands of a hall edit the register as its pages do."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from certs.authority import CHARTER
from node_agent.cli import main
from node_agent.config import load
from tests.hub.copies import Made
from tests.hub.edited import HEADER, PROVINCE, RENAMED, Scene, edited, row, rules, tomorrow
from tests.hub.hall_client import TRUST_DOMAIN
from tests.hub.test_api_at_a_hub import write_keys

REASON = ("--reason", "榆政办〔2026〕3号")


@dataclass(frozen=True, slots=True)
class Commands:
    """A hall's commands at a running hub, and a folder for its files."""

    scene: Scene
    folder: Path

    async def run(self, *words: str, person: str = "7") -> tuple[int, dict[str, Any]]:
        """Run a command; return its exit code and what it says to machines."""
        all_words = ["register", *words, "--person", person, "--config", str(self.folder / "agent.toml"), "--json"]
        done = await asyncio.to_thread(CliRunner().invoke, main, all_words)
        return done.exit_code, json.loads(done.stdout.splitlines()[-1])

    async def told(self, *words: str) -> str:
        """Run a command; return what it says to people."""
        all_words = ["register", *words, "--person", "7", "--config", str(self.folder / "agent.toml")]
        return (await asyncio.to_thread(CliRunner().invoke, main, all_words)).output

    def file(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)


@pytest.fixture
async def commands(tmp_path: Path, made_province: Made) -> AsyncIterator[Commands]:
    async with edited(tmp_path, made_province.copy(tmp_path)) as scene:
        await scene.editor(PROVINCE)
        folder = tmp_path / "agent"
        folder.mkdir()
        hub = f'[hub]\naddress = "{scene.hub.exchange}"\nenrolment_address = "{scene.hub.enrolment}"\n'
        own = f'hall = "{PROVINCE}"\ntrust_domain = "{TRUST_DOMAIN}"\ndata_dir = "data"\n'
        (folder / "agent.toml").write_text(own + hub, "utf-8")
        config = load(folder / "agent.toml")
        write_keys(config, scene.clients[PROVINCE].identity, (scene.hub.config.keys / CHARTER).read_bytes())
        yield Commands(scene, folder)


async def test_a_file_is_looked_at_and_saved(commands: Commands) -> None:
    file = commands.file("departments.csv", RENAMED.content)
    code, said = await commands.run("edit", file, "--dry-run")
    assert (code, said["saved"], [one["key"] for one in said["judged"]["rows"]]) == (0, None, ["yushu-rs"])
    assert commands.scene.document("department", "yushu-rs")["name"] == "榆树市人社局（示例）"
    told = await commands.told("edit", file, "--dry-run")
    assert 'name: "榆树市人社局（示例）" -> "榆树市人力资源和社会保障局（示例）"' in told
    assert "this was a dry run" in told
    code, said = await commands.run("edit", file, *REASON)
    assert (code, said["saved"]["changes"]) == (0, 1)
    assert "nothing to change" in await commands.told("edit", file, *REASON)
    _, said = await commands.run("history", "department", "yushu-rs")
    assert [one["change"]["reason"] for one in said["changes"]] == [REASON[1], "a test"]
    assert f"{PROVINCE} 7  {REASON[1]}" in await commands.told("history", "department", "yushu-rs")


async def test_every_fault_is_told_by_its_row(commands: Commands) -> None:
    wrong = "\n".join([HEADER, row("yushu-rs", 111, "", "yushu"), row("yushu-rs", 111, "甲", "nowhere"), ""])
    file = commands.file("departments.csv", wrong.encode())
    code, said = await commands.run("edit", file, *REASON)
    assert (code, said["error"]) == (1, "2 things are wrong; nothing was changed")
    told = await commands.told("edit", file, *REASON)
    assert "departments.csv line 2: the name ''" in told
    assert "departments.csv line 3: " in told


async def test_what_is_saved_of_rules_waits_for_another(commands: Commands) -> None:
    file = commands.file("rules.toml", rules(clerk_asks=tomorrow()).content)
    _, said = await commands.run("edit", file, *REASON)
    waits = said["saved"]["pending"]
    assert [one["pending"] for one in (await commands.run("pending"))[1]["pending"]] == [waits]
    assert (await commands.run("confirm", waits))[1]["reason"] == "REASON_SECOND_PERSON"
    assert (await commands.run("confirm", waits, person="8"))[1]["saved"]["changes"] == 1
    _, said = await commands.run("edit", commands.file("rules.toml", rules(clerk_writes=tomorrow()).content), *REASON)
    assert (await commands.run("withdraw", said["saved"]["pending"]))[0] == 0
    assert "nothing waits" in await commands.told("pending")


async def test_too_large_a_file_is_not_sent(commands: Commands) -> None:
    file = commands.file("large.csv", b"x" * (256 * 1024 + 1))
    assert "more than 256 KiB" in await commands.told("edit", file)
