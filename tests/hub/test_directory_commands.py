"""What operators change in the directory by command, with no hub running."""

import errno
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from directory.register.changes import Place
from directory.scopes.reading import default_rules, read_rules, rules_as_toml
from directory.scopes.vocabulary import Action, Role
from directory.validity import Period
from hub.cli import main
from hub.config import Config
from hub.db import open_database
from hub.registry import halls, staging
from tests.hub.copies import Made
from tests.province.provincial import DEPARTMENTS, ITEMS

HALL_COLUMNS = "hall,name,tier,superior,division_code"


@dataclass(frozen=True, slots=True)
class Operator:
    """Someone at the hub's command line."""

    folder: Path
    config: Config

    def run(self, *words: str | Path) -> tuple[int, str]:
        done = CliRunner().invoke(main, [*map(str, words), "--config", str(self.folder / "hub.toml")])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout

    def told(self, *words: str | Path) -> dict[str, Any]:
        code, said = self.run(*words, "--json")
        assert code == 0, said
        found: dict[str, Any] = json.loads(said)
        return found

    def look(self, question: Callable[[sa.Connection], Any]) -> Any:
        database = open_database(self.config.database)
        try:
            with database.reader.begin() as connection:
                return question(connection)
        finally:
            database.dispose()

    def write(self, name: str, *lines: str) -> Path:
        path = self.folder / name
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return path


@pytest.fixture
def operator(tmp_path: Path, made_province: Made) -> Operator:
    return Operator(tmp_path, made_province.copy(tmp_path))


def test_a_dry_run_says_what_would_change_and_changes_nothing(operator: Operator) -> None:
    code, said = operator.run("directory", "import", DEPARTMENTS, ITEMS, "--dry-run")
    assert code == 0
    assert "+ sheng-fagai" in said
    assert "item: 237 added, 0 changed, 0 removed" in said
    assert "department: 26 added" in said
    assert operator.told("directory", "status")["stagings"] == []


def test_what_is_imported_waits_whole_with_the_halls_it_needs(operator: Operator) -> None:
    told = operator.told("directory", "import", DEPARTMENTS, ITEMS, "--reason", "decision 7")
    number = told["staged"]
    planned = operator.look(staging.planned)
    counted: dict[str, int] = {}
    for place in planned:
        counted[place.kind] = counted.get(place.kind, 0) + 1
    assert counted == {"hall": 53, "department": 26, "item": 237, "offer": 237}
    (account,) = operator.told("directory", "status")["stagings"]
    assert (account["id"], account["state"], account["left"], account["reason"]) == (number, "waiting", 553, "decision 7")
    assert operator.told("directory", "import", DEPARTMENTS, ITEMS)["staged"] is None


def test_a_file_with_faults_is_told_line_by_line_and_changes_nothing(operator: Operator) -> None:
    rows = operator.write(
        "bad.csv", HALL_COLUMNS, "a,甲,county,changchun,22010", "b,乙,county,changchun,220102", "C,丙,county,changchun,220102"
    )
    code, said = operator.run("directory", "import", rows, "--json")
    told = json.loads(said)
    assert (code, told["exit"], [fault["line"] for fault in told["faults"]]) == (1, 1, [2, 4])
    assert {fault["file"] for fault in told["faults"]} == {str(rows)}
    assert operator.look(halls.load).get("b") is None


def test_a_name_that_looks_like_another_is_noted(operator: Operator) -> None:
    rows = operator.write("halls.csv", HALL_COLUMNS, "yushu-xin,榆树市政务大 厅,county,changchun,220182")
    code, said = operator.run("directory", "import", rows, "--dry-run")
    assert code == 0
    assert "line 2: the name '榆树市政务大 厅' looks like '榆树市政务大厅'" in said
    (note,) = operator.told("directory", "import", rows)["notes"]
    assert (note["file"], note["line"]) == (str(rows), 2)


def test_files_that_are_too_large_together_are_refused(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cli.directory.LARGEST", DEPARTMENTS.stat().st_size)
    assert operator.run("directory", "import", DEPARTMENTS, "--dry-run")[0] == 0
    code, said = operator.run("directory", "import", DEPARTMENTS, DEPARTMENTS, "--json")
    assert code == 1
    assert "divide it" in json.loads(said)["error"]


def test_a_reader_that_has_seen_enough_is_no_error(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("hub.cli.directory.show", gone)
    done = CliRunner().invoke(main, ["directory", "status", "--config", str(operator.folder / "hub.toml")])
    assert (done.output, done.exit_code) == ("", 1)


def test_halls_that_are_imported_are_in_the_list_at_once(operator: Operator) -> None:
    rows = operator.write("halls.csv", f"{HALL_COLUMNS},linked", "jingyue,净月政务大厅,county,changchun,220102,no")
    operator.told("directory", "import", rows)
    assert operator.look(halls.load).hall("jingyue").linked is False


def test_a_hall_is_never_removed(operator: Operator) -> None:
    rows = operator.write("halls.csv", HALL_COLUMNS, "jilin-sheng,吉林省政务大厅,province,,220000")
    code, said = operator.run("directory", "import", rows, "--whole", "--json")
    assert code == 1
    faults = json.loads(said)["faults"]
    assert len(faults) == 52
    assert all("none is ever removed" in fault["what"] for fault in faults)


def test_a_hall_that_has_ended_is_no_longer_linked(operator: Operator) -> None:
    rows = operator.write("halls.csv", f"{HALL_COLUMNS},from,to", "yushu,榆树市政务大厅,county,changchun,220182,1980-01-01,2026-01-01")
    operator.told("directory", "import", rows)
    assert operator.look(halls.load).hall("yushu").linked is False
    assert operator.told("directory", "import", rows)["staged"] is None


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        (["hall", "unlink", "yushu"], "linked", "no"),
        (
            ["hall", "add", "yushu", "--name", "新名", "--tier", "county", "--superior", "changchun", "--division-code", "220182"],
            "name",
            "新名",
        ),
    ],
    ids=["unlink", "add"],
)
def test_what_the_commands_of_halls_change_is_said_in_the_register(operator: Operator, words: list[str], field: str, value: str) -> None:
    operator.told(*words)
    document = operator.look(staging.planned)[Place("hall", "yushu", "1980-01-01")]
    assert json.loads(document)[field] == value
    assert len(operator.look(staging.planned)) == 53


@pytest.mark.parametrize("kind", ["hall", "department", "item", "offer"])
def test_what_is_exported_is_imported_as_the_same(operator: Operator, kind: str) -> None:
    operator.told("directory", "import", DEPARTMENTS, ITEMS)
    code, said = operator.run("directory", "export", kind)
    assert code == 0
    again = operator.folder / "again"
    again.write_text(said, encoding="utf-8")
    assert operator.told("directory", "import", again, "--whole")["staged"] is None
    out = operator.folder / "out"
    assert operator.run("directory", "export", kind, "--out", out) == (0, "")
    assert out.read_text("utf-8") == said


def test_a_kind_is_written_only_as_its_files_are(operator: Operator) -> None:
    assert operator.run("directory", "export", "hall", "--format", "toml")[0] == 1
    assert operator.run("directory", "export", "item", "--format", "csv")[0] == 1


def test_the_rules_that_count_are_exported_whether_they_were_imported_or_not(operator: Operator) -> None:
    rules = operator.folder / "rules.json"
    assert operator.run("directory", "export", "rule", "--format", "json", "--out", rules)[0] == 0
    assert read_rules(rules.read_bytes()).whole() == default_rules()
    assert len(operator.told("directory", "import", rules)["changes"]["rule"]["added"]) == len(default_rules())
    assert operator.told("directory", "import", rules)["staged"] is None


def test_rules_under_which_no_agent_could_work_are_refused(operator: Operator) -> None:
    rule = operator.write(
        "rules.toml",
        *('[[rule]]\nrule = "more"\nversion = 1\nroles = ["clerk"]\ntiers = ["county"]\nactions = ["card.read"]\nreach = "own-hall"',),
        'line = "any"\nfrom = 2026-01-01\nbasis = "a test"',
    )
    code, said = operator.run("directory", "import", rule)
    assert code == 1
    assert "cut off every hall of the tier county" in said
    assert "tongban-hub directory export rule" in said


def test_the_doctor_notes_what_no_rule_of_the_province_speaks_of(operator: Operator) -> None:
    def noted() -> list[str]:
        return [finding["note"] for finding in operator.told("doctor")["findings"] if finding["check"] == "rules of access"]

    assert noted() == [""]
    ended = [
        replace(rule, period=Period(rule.period.start, date(2026, 1, 2))) for rule in default_rules() if Action.SHARE_APPLY in rule.actions
    ]
    others = [rule for rule in default_rules() if Action.SHARE_APPLY not in rule.actions]
    rules = operator.folder / "rules.toml"
    rules.write_bytes(rules_as_toml([*others, *ended]))
    operator.told("directory", "import", rules)
    (note,) = noted()
    assert note.startswith("no rule in force speaks of ")
    assert "share.apply" in note
    assert "case.read" not in note
    code, said = operator.run("doctor")
    assert code == 0
    assert "note  rules of access: no rule in force" in said
    rules.write_bytes(rules_as_toml(replace(rule, version=rule.version + 1, period=Period(date(2026, 1, 2))) for rule in ended))
    operator.told("directory", "import", rules)
    assert noted() == [""]


def test_a_decision_is_explained_by_the_rule_that_makes_it(operator: Operator) -> None:
    told = operator.told("explain", "--actor", "gongzhuling/node", "--action", "exchange.submit", "--subject", "gongzhuling")
    assert (told["allowed"], told["decision"]["rule"]) == (True, "node-exchanges")
    code, said = operator.run("explain", "--actor", "gongzhuling/auditor", "--action", "decisions.read", "--subject", "hub")
    assert code == 0
    assert said.startswith("no: ")
    assert "may not assert the role" in said


def test_rules_and_departments_of_the_register_are_the_law(operator: Operator) -> None:
    question = ("explain", "--actor", "jilin-sheng/clerk/sheng-fagai/7", "--action", "case.read", "--subject", "jilin-sheng/sheng-fagai")
    assert operator.told(*question)["waiting"] == 0
    assert operator.told(*question)["decision"]["rule"] == "clerk-reads-own-hall"  # a hall without registered departments is believed
    rule = operator.write(
        "rules.toml",
        *('[[rule]]\nrule = "all"\nversion = 1\nroles = ["clerk"]\ntiers = ["province"]\nactions = ["case.read"]\nreach = "own-hall"',),
        'line = "any"\nfrom = 2020-01-01\nbasis = "a test"',
    )
    nodes = operator.folder / "nodes.toml"
    nodes.write_bytes(rules_as_toml(rule for rule in default_rules() if rule.roles == {Role.NODE}))
    operator.told("directory", "import", DEPARTMENTS, rule, nodes)
    assert operator.told(*question)["decision"]["rule"] == "all"
    assert operator.told(*question, "--day", "2019-12-31")["allowed"] is False
    assert operator.told(*question)["waiting"] == 1
    assert "with what waits to be taken in" in operator.run(*question)[1]
    stranger = [word.replace("sheng-fagai/7", "nobodys/7") for word in question]
    assert operator.told(*stranger)["decision"]["why"] == "foreign-department"


@pytest.mark.parametrize(
    "words",
    [
        ("--actor", "gongzhuling", "--subject", "gongzhuling"),
        ("--actor", "a/b/c/d/e", "--subject", "gongzhuling"),
        ("--actor", "gongzhuling/clerk", "--subject", "gongzhuling", "--given", "nothing=1"),
        ("--actor", "gongzhuling/clerk", "--subject", "gongzhuling", "--given", "case_open=perhaps"),
    ],
)
def test_a_question_that_is_none_is_refused(operator: Operator, words: tuple[str, ...]) -> None:
    assert operator.run("explain", "--action", "case.read", *words)[0] == 1


def test_what_is_known_of_the_subject_may_be_given(operator: Operator) -> None:
    question = ("explain", "--actor", "changchun/guide", "--action", "case.read", "--subject", "yushu")
    wanted = operator.told(*question, "--given", "thread_halls=changchun,yushu", "--given", "case_open=yes")
    assert set(wanted["subject"]["thread_halls"]) == {"changchun", "yushu"}
    assert wanted["subject"]["case_open"] is True
