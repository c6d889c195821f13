"""Licences go from hall to hall by commands of real programs: looked at for a purpose, written down, ended, verified offline."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from directory.identifiers import citizen_id_check
from tests.e2e.copies import Founded, found
from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.hub.test_licences_canary import holding, spellings
from tests.province import business, directory, licensed, licensing
from tests.province.build import PROVINCE_HALL, Province
from tests.province.fixtures import POSTGRESQL
from tests.province.licensing import Licences, by_program, in_process, verdict
from tests.province.postgres import PostgreSQL
from tests.province.processes import executable, wait_until
from tests.province.small import SmallProvince

pytestmark = pytest.mark.slow

CODE = "22010219900101555"
CODE += citizen_id_check(CODE)
NAME, SUBJECT, BORN = "示例金丝雀乙", "示例金丝雀课目", "1990-01-01"
"""Synthetic: of nobody."""
TEACHER = {"holder_name": NAME, "holder_code": CODE, "holder_code_type": "111", "category": "2", "subject": SUBJECT, "born": BORN}
CANARIES = {one for word in (CODE, CODE[:-1], NAME, SUBJECT) for one in spellings(word)}
GRANTED = ("holder_name", "subject")
PURPOSE, RECIPIENT = "核验任教资格", "示例学校"
DIE_SECONDS = 30.0
CASES = "SELECT case_number FROM cases WHERE hall = :hall AND department = 'general' AND case_open ORDER BY case_number"
TYPES = "SELECT count(*) FROM register WHERE kind = 'licence-type'"
DECISIONS = "SELECT count(*) FROM decisions"


class Scene:
    """Two county halls, the organ that grants, and a licence that was issued and granted."""

    def __init__(self, small: SmallProvince) -> None:
        self.small, self.province = small, small.province
        self.issuer, self.reader = small.halls[:2]

    def open(self) -> None:
        """Start what runs, fill the directory, issue a licence and have it granted."""
        temporary = self.province.folder / "tmp"
        temporary.mkdir()
        for program in (self.province.hub, *self.province.agents.values()):
            program.env |= {"TMPDIR": str(temporary), "SQLITE_TMPDIR": str(temporary)}
        self.province.start_hub()
        for hall in (PROVINCE_HALL, self.issuer, self.reader):
            self.province.start_agent(hall)
        directory.fill(self.province)
        self.small.write(self.reader, 12)
        self.small.write(self.issuer, 12)
        wait_until(lambda: self.province.ledger(TYPES)[0][0] == directory.WANTED["licence-type"], "the types are in the register")
        halls = (self.issuer, self.reader)
        wait_until(lambda: all(self.province.models(CASES, hall=hall) for hall in halls), "the halls' cases are known")
        wait_until(self._replicas_know, "the halls know the types")
        self.licences = self.deal(in_process(self.province))
        self.licences.have_keys()
        self.licence = self.licences.issue(TEACHER)
        assert self.licences.grant(self.licences.apply()) == sorted(GRANTED)
        self.licences.wait_status(self.licence, "valid")

    def deal(self, commands: licensing.Commands, case_number: str = "") -> Licences:
        """Return the dealings of the scene by commands of one kind."""
        return Licences(
            commands=commands,
            issuer=self.issuer,
            licence_type=licensed.TEACHER,
            resource="teacher-qualification",
            provider="sheng-jiaoyu",
            reader=self.reader,
            department="general",
            case_number=case_number or str(self.province.models(CASES, hall=self.reader)[0][0]),
            fields=GRANTED,
            purpose=PURPOSE,
        )

    def _replicas_know(self) -> bool:
        newest = int(self.province.ledger("SELECT max(ledger_index) FROM register")[0][0])
        held = [self.province.report(hall)["directory"]["ledger_index"] for hall in (PROVINCE_HALL, self.issuer, self.reader)]
        return all(one is not None and int(one) >= newest for one in held)


@pytest.fixture(scope="module")
def scene(founded: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Give a running province in which a licence was issued and granted."""
    made = Scene(founded.copy(tmp_path_factory.mktemp("licences") / "province"))
    with made.province:
        made.open()
        yield made


def test_a_window_of_another_county_sees_in_one_call_what_it_was_granted_and_no_more(scene: Scene) -> None:
    answer = scene.deal(by_program(scene.province)).look(scene.licence)
    (found,) = answer["licences"]
    assert found["fields"] == {"holder_name": NAME, "subject": SUBJECT}
    assert (found["status"], found["issued_by"]) == ("valid", scene.issuer)
    by_holder = scene.licences.look_holder("111", CODE)
    assert [one["licence_id"] for one in by_holder["licences"]] == [scene.licence]
    assert by_holder["ledger_index"] > answer["ledger_index"]


def test_a_case_of_another_window_and_one_that_is_not_there_open_nothing(scene: Scene) -> None:
    foreign = str(scene.province.models(CASES, hall=scene.issuer)[0][0])
    for number in ("no-such-case", foreign):
        assert scene.deal(in_process(scene.province), number).look(scene.licence)["licences"] == []


def test_the_holder_is_told_who_looked_and_a_file_verifies_offline_until_the_licence_has_ended(scene: Scene, tmp_path: Path) -> None:
    dealt, root = scene.deal(in_process(scene.province)), scene.province.root
    licence = dealt.issue(TEACHER)
    found = dealt.wait_status(licence, "valid")

    def looks() -> list[dict[str, Any]]:
        return [one for one in dealt.accesses("111", CODE) if one["licence_id"] == licence]

    wait_until(lambda: bool(looks()), "the look is on the holder's list")
    assert {(one["hall"], one["department"], one["purpose"], *one["fields"]) for one in looks()} == {
        (scene.reader, "general", PURPOSE, *sorted(GRANTED))
    }
    before = dealt.copied(found, RECIPIENT, tmp_path, "before")
    command: list[str | Path] = [executable("tongban-verify"), "licence", before, "--root", root, "--recipient", RECIPIENT]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert verdict(before, root, "另一学校")["verdict"] == "not-valid"
    dealt.end(licence)
    begun = datetime.now(UTC)
    ended = dealt.wait_status(licence, "cancelled")

    def is_told() -> bool:
        return bool(verdict(dealt.copied(ended, RECIPIENT, tmp_path, "after"), root, RECIPIENT)["verdict"] == "not-valid")

    wait_until(is_told, "the list says that it has ended", every=0.5)
    assert (datetime.now(UTC) - begun).total_seconds() < 15
    assert "ended" in " ".join(verdict(tmp_path / "after.licence", root, RECIPIENT)["not_valid"])


def test_the_page_to_print_says_for_whom_and_for_what_it_is_and_loads_nothing(scene: Scene, tmp_path: Path) -> None:
    out, page = tmp_path / "own.licence", tmp_path / "own.html"
    words = ("annotate", scene.licence, "--recipient", RECIPIENT, "--purpose", PURPOSE, "--until", "2036-01-01")
    out_of = ("--person", "1024", "--out", out, "--page", page)
    scene.licences.commands(scene.issuer, "licence", *words, *out_of)
    text = page.read_text("utf-8")
    assert text.count(f"仅供 {RECIPIENT} 用于{PURPOSE}") > 20
    assert "<svg" in text
    assert (NAME in text, CODE in text) == (True, False)
    assert not re.search(r"<script|<link|<img|url\(|@import|src=", text)
    assert verdict(out, scene.province.root, RECIPIENT)["verdict"] == "valid"


@pytest.mark.parametrize("server", [POSTGRESQL])
def test_on_postgresql_too_a_look_is_granted_written_down_told_and_named_in_no_file(
    server: str, postgres_server: PostgreSQL, tmp_path: Path
) -> None:
    scene = Scene(found(tmp_path / "province", business.read_log()[:2], postgres_server.new_database()).in_place())
    with scene.province:
        scene.open()
        dealt = scene.licences
        assert dealt.look(scene.licence)["licences"][0]["fields"] == {"holder_name": NAME, "subject": SUBJECT}
        wait_until(lambda: {one["licence_id"] for one in dealt.accesses("111", CODE)} == {scene.licence}, "the holder hears of the looks")
        dealt.end(scene.licence)
        assert dealt.wait_status(scene.licence, "cancelled")["fields"]["holder_name"] == NAME
        for folder in (postgres_server.folder, tmp_path):
            assert holding(folder, CANARIES) == []
        assert holding(postgres_server.folder, {scene.licence.encode()})


def test_a_hub_that_dies_between_record_and_answer_has_written_it_down_and_answered_nothing(scene: Scene) -> None:
    province = scene.province
    before = _decisions(province)
    province.hub.kill()
    province.start_hub(env={VARIABLE: "access-recorded"})
    refused = _query(scene)
    assert (refused.returncode, refused.stdout.count("presentation")) == (5, 0)
    wait_until(lambda: not province.hub.running, "the hub dies between record and answer", DIE_SECONDS)
    assert province.hub.exit_code == STATUS, province.hub.log_end()
    province.start_hub()
    wait_until(lambda: _decisions(province) == before + 1, "the record is there, once")
    assert scene.licences.wait_status(scene.licence, "valid")["licence_id"] == scene.licence


def test_a_name_and_a_citizen_id_are_in_no_file_of_hub_or_halls(scene: Scene) -> None:
    folder = scene.province.folder
    scene.licences.look_holder("111", CODE)
    scene.licences.accesses("111", CODE)
    assert holding(folder, CANARIES) == []
    assert holding(folder, {scene.licence.encode()})  # what may be seen is found, so the looking is good
    scene.province.hub.kill()
    assert holding(folder, CANARIES) == []
    scene.province.start_hub()


def _decisions(province: Province) -> int:
    return int(province.models(DECISIONS)[0][0])


def _query(scene: Scene) -> "subprocess.CompletedProcess[str]":
    case = scene.licences.case_number
    words: list[str | Path] = [executable("tongban-agent"), "licence", "query", scene.licence, "--purpose", PURPOSE, "--case", case]
    who: list[str | Path] = ["--department", "general", "--person", "7", "--json", "--config", scene.province.hall_config(scene.reader)]
    return subprocess.run([*words, *who], capture_output=True, text=True, timeout=60, check=False)
