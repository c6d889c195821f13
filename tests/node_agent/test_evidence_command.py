"""What `tongban-agent evidence` exports, by real agents from a real hub, checked by the real verifier."""

import json
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from certs.identity import read_certificate
from certs.verifier import Verifier
from node_agent import db, messages
from node_agent.cli import main
from node_agent.evidence import keep
from node_agent.messages import Position
from tests.province.build import PROVINCE_HALL, HallSetup, Province
from tests.province.processes import executable, run

pytestmark = pytest.mark.slow

COUNTY = "gongzhuling"
SOURCE = {
    "name": "window",
    "kind": "folder",
    "path": "in",
    "settle": "0s",
    "recipients": [PROVINCE_HALL],
    "key": "row",
    "fields": {"case_number": "case", "occurred_at": "at"},
    "otherwise": {"kind": "step"},
}
CASES = ["2026-0017", "2026-0018", "2026-0017", "2026-00171"]
"""What the county's messages are about, by their index in its journal."""


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


def said(*words: object) -> Said:
    program, *rest = map(str, words)
    done = subprocess.run([executable(program), *rest], capture_output=True, text=True, timeout=60, check=False)
    return Said(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall by its folder."""

    folder: Path

    def evidence(self, *words: object) -> Said:
        return said("tongban-agent", "evidence", *words, "--out", self.folder / "out", "--json", "--config", self.folder / "agent.toml")


@dataclass(frozen=True, slots=True)
class Scene:
    """A province to which a county has sent four messages about three cases."""

    root: Path
    county: Hall
    province: Hall


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Province(tmp_path_factory.mktemp("evidence")) as built:
        built.set_up(HallSetup(PROVINCE_HALL))
        built.set_up(HallSetup(COUNTY, sources=[SOURCE]))
        built.found()
        built.start_hub()
        built.enrol()
        dropped = built.hall_folder(COUNTY) / "in" / "day.jsonl"
        dropped.parent.mkdir()
        rows = [{"row": at, "case": case, "at": "2026-03-02T09:00:00Z"} for at, case in enumerate(CASES)]
        dropped.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
        for hall in (COUNTY, PROVINCE_HALL):
            run([executable("tongban-agent"), "sync", "--config", built.hall_config(hall)])
        yield Scene(built.root, Hall(built.hall_folder(COUNTY)), Hall(built.hall_folder(PROVINCE_HALL)))


@pytest.fixture(scope="module")
def about_case(scene: Scene) -> Said:
    """Let the county export what it sent about one case."""
    return scene.county.evidence("--case", "2026-0017")


def verdicts(answer: Said) -> list[tuple[str, int, str]]:
    return [(one["hall"], one["index"], one["verdict"]) for one in answer.facts["messages"]]


def files(answer: Said) -> list[Path]:
    return [Path(one["file"]) for one in answer.facts["messages"]]


def in_process(hall: Hall, *words: object) -> Result:
    """Run the command in this process, as far as it goes without the hub."""
    return CliRunner().invoke(main, ["evidence", *map(str, words), "--config", str(hall.folder / "agent.toml")])


def test_a_hall_exports_what_it_sent_about_a_case_and_the_verifier_agrees(scene: Scene, about_case: Said) -> None:
    assert (about_case.code, verdicts(about_case)) == (0, [(COUNTY, 0, "proved"), (COUNTY, 2, "proved")])
    assert [file.name for file in files(about_case)] == ["gongzhuling-1-0.evidence", "gongzhuling-1-2.evidence"]
    judged = said("tongban-verify", "--root", scene.root, "--json", *files(about_case))
    assert judged.code == 0
    found = [json.loads(line) for line in judged.out.splitlines()[:-1]]
    assert [one["event"]["subject"] for one in found] == ["2026-0017"] * 2
    assert [[received["hall"] for received in one["received"]] for one in found] == [[PROVINCE_HALL]] * 2


def test_only_the_owner_may_read_what_was_exported(about_case: Said) -> None:
    assert [stat.S_IMODE(file.stat().st_mode) for file in files(about_case)] == [0o600, 0o600]


def test_a_recipient_exports_what_it_received_by_index_and_by_case(scene: Scene) -> None:
    answer = scene.province.evidence("--author", COUNTY, "--index", 0, "--case", "2026-0018")
    assert (answer.code, verdicts(answer)) == (0, [(COUNTY, 0, "proved"), (COUNTY, 1, "proved")])


def test_what_is_not_there_keeps_nothing_else_from_being_exported(scene: Scene) -> None:
    answer = scene.county.evidence("--index", 1, "--index", 99, "--index", 100, "--index", 3, "--index", 0)
    assert answer.code == 1
    assert [verdict for _, _, verdict in verdicts(answer)] == ["proved"] * 3 + ["missing"] * 2
    assert [one["file"] is None for one in answer.facts["messages"]] == [False] * 3 + [True] * 2


def test_what_others_sent_to_others_is_missing_and_people_get_words(scene: Scene) -> None:
    config, out = scene.county.folder / "agent.toml", scene.county.folder / "words"
    answer = said("tongban-agent", "evidence", "--author", PROVINCE_HALL, "--index", 0, "--out", out, "--config", config)
    assert (answer.code, answer.out.splitlines()) == (
        1,
        [
            "jilin-sheng, message 0: missing: the hub holds no such message that this hall sent or received",
            f"0 files in {out}: 1 missing",
        ],
    )


def test_what_does_not_verify_or_is_of_another_message_is_not_kept(scene: Scene, about_case: Said, tmp_path: Path) -> None:
    data = files(about_case)[0].read_bytes()
    verifier = Verifier(read_certificate(scene.root.read_bytes()))
    spoiled = bytearray(data)
    spoiled[len(data) // 2] ^= 1
    kept = [
        keep(tmp_path, Position(COUNTY, 1, 0), bytes(spoiled), verifier),
        keep(tmp_path, Position(COUNTY, 1, 1), data, verifier),
        keep(tmp_path, Position("yushu", 1, 0), data, verifier),
    ]
    assert [one.verdict for one in kept] == ["refused"] * 3
    assert list(tmp_path.iterdir()) == []
    assert keep(tmp_path, Position(COUNTY, 1, 0), data, verifier).verdict == "proved"


def test_looking_through_the_journal_tells_how_far_it_is(scene: Scene) -> None:
    engine = db.connect(scene.county.folder / "data" / "agent.db")
    looked: list[int] = []
    with db.reading(engine) as connection:
        total = messages.count(connection, received=False)
        found = list(messages.sent_about(connection, "2026-00171", looked.append))
    engine.dispose()
    assert (found, sum(looked)) == ([Position(COUNTY, 1, 3)], total)


def test_a_case_of_which_nothing_was_sent_is_named(scene: Scene) -> None:
    answer = in_process(scene.county, "--case", "2026-9999")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "keeps no receipted message of gongzhuling about 2026-9999" in answer.stderr


def test_asking_for_nothing_is_wrong_usage(scene: Scene) -> None:
    answer = in_process(scene.county)
    assert answer.exit_code == 2
    assert "--index or by --case" in answer.stderr


def test_a_hall_that_is_not_enrolled_is_told_what_to_do(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text((scene.county.folder / "agent.toml").read_text("utf-8"), "utf-8")
    answer = in_process(Hall(tmp_path), "--index", 0)
    assert answer.exit_code == 3
    assert "tongban-agent enrol" in answer.stderr
