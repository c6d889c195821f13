"""What `tongban-agent evidence` exports, by real agents from a real hub, checked by the real verifier."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from certs.authority import ROOT
from certs.identity import read_certificate
from certs.verifier import Verifier
from node_agent import db, messages
from node_agent.evidence import keep
from node_agent.messages import Position
from tests.hub.hall_client import TRUST_DOMAIN
from tests.hub.running import RunningHub, make_province, running
from tests.province.processes import executable

pytestmark = pytest.mark.slow

CONFIG = """
hall = "{hall}"
trust_domain = "{trust_domain}"
data_dir = "data"

[hub]
address = "{exchange}"
enrolment_address = "{enrolment}"

[keep]
free_bytes = 0
"""

SOURCE = """
[[source]]
name = "window"
kind = "folder"
path = "in"
settle = "0s"
recipients = ["jilin-sheng"]
key = "row"
fields = { case_number = "case", occurred_at = "at" }
code = { column = "code" }
event = [ { code = "applied", kind = "applied" }, { code = "accepted", kind = "accepted" } ]
"""

ROWS = [("2026-0017", "applied"), ("2026-0018", "applied"), ("2026-0017", "accepted"), ("2026-00171", "applied")]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.out)
        return facts


async def said(*words: object) -> Said:
    """Run a command of ours as a process of its own: it has a loop of its own, and this one goes on serving."""
    program, *rest = map(str, words)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(executable(program), *rest, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall's folder, enrolled."""

    folder: Path

    async def agent(self, command: str, *words: object) -> Said:
        return await said("tongban-agent", command, *words, "--config", self.folder / "agent.toml")

    async def evidence(self, *words: object) -> Said:
        return await self.agent("evidence", *words, "--out", self.folder / "out", "--json")


async def hall(hub: RunningHub, name: str, more: str = "") -> Hall:
    """Configure and enrol a hall as its operator does."""
    folder = hub.folder / name
    folder.mkdir()
    where = {"hall": name, "trust_domain": TRUST_DOMAIN, "exchange": hub.exchange, "enrolment": hub.enrolment}
    (folder / "agent.toml").write_text(CONFIG.format(**where) + more, "utf-8")
    token = await said("tongban-hub", "token", name, "--config", hub.folder / "hub.toml", "--out", folder / "token")
    assert token.code == 0, token.err
    enrolled = await Hall(folder).agent("enrol", folder / "token")
    assert enrolled.code == 0, enrolled.err
    return Hall(folder)


@dataclass(frozen=True, slots=True)
class Scene:
    """A province to which a county has sent four messages about three cases."""

    root: Path
    county: Hall
    province: Hall


@pytest.fixture(scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("evidence")
    async with running(folder, make_province(folder)) as hub:
        province, county = await hall(hub, "jilin-sheng"), await hall(hub, "gongzhuling", SOURCE)
        dropped = county.folder / "in" / "day.jsonl"
        dropped.parent.mkdir()
        rows = [{"row": at, "case": case, "code": code, "at": "2026-03-02T09:00:00Z"} for at, (case, code) in enumerate(ROWS)]
        dropped.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
        for each in (county, province):
            synced = await each.agent("sync")
            assert synced.code == 0, synced.err
        yield Scene(hub.config.keys / ROOT, county, province)


def verdicts(answer: Said) -> list[tuple[str, int, str]]:
    return [(one["hall"], one["index"], one["verdict"]) for one in answer.facts["messages"]]


async def verified(root: Path, files: Sequence[str]) -> Said:
    return await said("tongban-verify", "--root", root, "--json", *files)


async def test_a_hall_exports_what_it_sent_about_a_case_and_the_verifier_agrees(scene: Scene) -> None:
    answer = await scene.county.evidence("--case", "2026-0017")
    assert (answer.code, verdicts(answer)) == (0, [("gongzhuling", 0, "proved"), ("gongzhuling", 2, "proved")])
    files = [one["file"] for one in answer.facts["messages"]]
    assert [Path(file).name for file in files] == ["gongzhuling-1-0.evidence", "gongzhuling-1-2.evidence"]
    judged = await verified(scene.root, files)
    assert judged.code == 0
    found = [json.loads(line) for line in judged.out.splitlines()[:-1]]
    assert [one["event"]["subject"] for one in found] == ["2026-0017"] * 2
    assert [[received["hall"] for received in one["received"]] for one in found] == [["jilin-sheng"]] * 2


async def test_a_recipient_exports_what_it_received_by_index_and_by_case(scene: Scene) -> None:
    by_index = await scene.province.evidence("--author", "gongzhuling", "--index", 1)
    by_case = await scene.province.evidence("--author", "gongzhuling", "--case", "2026-0018")
    assert verdicts(by_index) == verdicts(by_case) == [("gongzhuling", 1, "proved")]
    assert (await verified(scene.root, [by_index.facts["messages"][0]["file"]])).code == 0


async def test_only_the_owner_may_read_what_was_exported(scene: Scene) -> None:
    answer = await scene.county.evidence("--index", 3)
    mode = Path(answer.facts["messages"][0]["file"]).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


async def test_one_that_is_not_there_keeps_the_others_from_nothing(scene: Scene) -> None:
    answer = await scene.county.evidence("--index", 1, "--index", 99, "--index", 100, "--index", 0)
    assert answer.code == 1
    assert [verdict for _, _, verdict in verdicts(answer)] == ["proved", "proved", "missing", "missing"]
    assert [one["file"] is None for one in answer.facts["messages"]] == [False, False, True, True]


async def test_what_another_hall_sent_to_others_is_missing(scene: Scene) -> None:
    answer = await scene.county.evidence("--author", "jilin-sheng", "--index", 0)
    assert (answer.code, verdicts(answer)) == (1, [("jilin-sheng", 0, "missing")])


async def test_a_case_of_which_nothing_was_sent_is_named(scene: Scene) -> None:
    answer = await scene.county.evidence("--case", "2026-9999")
    assert (answer.code, answer.out) == (1, "")
    assert "keeps no receipted message of gongzhuling about 2026-9999" in answer.err
    assert (await scene.county.evidence()).code == 2


async def test_people_get_words(scene: Scene) -> None:
    answer = await scene.county.agent("evidence", "--index", 0, "--index", 50, "--out", scene.county.folder / "words")
    assert answer.out.splitlines() == [
        "gongzhuling, message 50: missing: the hub holds no such message that this hall sent or received",
        f"1 files in {scene.county.folder / 'words'}: 1 proved, 1 missing",
    ]


async def test_what_does_not_verify_or_is_of_another_message_is_not_kept(scene: Scene, tmp_path: Path) -> None:
    answer = await scene.county.evidence("--index", 0)
    data = Path(answer.facts["messages"][0]["file"]).read_bytes()
    verifier = Verifier(read_certificate(scene.root.read_bytes()))
    spoiled = bytearray(data)
    spoiled[len(data) // 2] ^= 1
    kept = [
        keep(tmp_path, Position("gongzhuling", 1, 0), bytes(spoiled), verifier),
        keep(tmp_path, Position("gongzhuling", 1, 1), data, verifier),
        keep(tmp_path, Position("yushu", 1, 0), data, verifier),
    ]
    assert [one.verdict for one in kept] == ["refused"] * 3
    assert list(tmp_path.iterdir()) == []


async def test_looking_through_the_journal_tells_how_far_it_is(scene: Scene) -> None:
    engine = db.connect(scene.county.folder / "data" / "agent.db")
    looked: list[int] = []
    with db.reading(engine) as connection:
        total = messages.count(connection, received=False)
        found = list(messages.sent_about(connection, "2026-00171", looked.append))
    engine.dispose()
    assert (found, sum(looked)) == ([Position("gongzhuling", 1, 3)], total)


async def test_a_hall_that_is_not_enrolled_is_told_so(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text((scene.county.folder / "agent.toml").read_text("utf-8"), "utf-8")
    answer = await Hall(tmp_path).evidence("--index", 0)
    assert answer.code == 3
    assert "tongban-agent enrol" in answer.err
