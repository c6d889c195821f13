"""People of a hall speak by commands, while nothing runs and the hub is away."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from directory.guidance.vocabulary import Kind as Said
from directory.register.kinds import Kind
from node_agent.cli import main
from node_agent.config import load
from node_agent.guidance.speaking import Spoken
from node_agent.inbox import Received
from tests.directory.register.made import HALLS, register
from tests.node_agent.guidance.halls import CITY, COUNTY, GUIDE, Hall
from tests.node_agent.guidance.test_desk import put
from tests.node_agent.linked import enrolled
from tests.node_agent.tiny_province import TinyProvince

CONFIG = """
hall = "gongzhuling"
trust_domain = "jilin.test"
data_dir = "data"

[hub]
enrolment_address = "127.0.0.1:1"
"""
WHO = ("--department", "gongzhuling-rs", "--person", "1024")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> TinyProvince:
    return TinyProvince(tmp_path_factory.mktemp("province"))


@pytest.fixture
def config(tmp_path: Path, province: TinyProvince) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(CONFIG)
    enrolled(load(path), province)
    return path


@pytest.fixture
def at_city(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(CITY, tmp_path / "city.db")
    yield hall
    hall.engine.dispose()


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["guidance", *words, "--config", str(config)])


def facts(config: Path, *words: str) -> Any:
    done = run(config, *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def asked(config: Path, text: str = "施工许可需要哪些材料?") -> str:
    return str(facts(config, "ask", CITY, "--text", text, "--case", "2026-17", *WHO)["thread"])


def test_a_question_is_asked_shown_listed_and_found(config: Path) -> None:
    thread = asked(config)
    shown = facts(config, "show", thread[:8], *WHO)
    assert (shown["state"], shown["case_hall"], shown["case_number"], shown["unread"]) == ("asked", COUNTY, "2026-17", False)
    assert [(line["kind"], line["person"], line["refused"]) for line in shown["lines"]] == [("asked", "1024", "")]
    listed = facts(config, "list", "--queue", "mine", *WHO)
    assert [one["thread"] for one in listed["threads"]] == [thread]
    assert (listed["counts"]["mine"], listed["parked"]) == (1, [])
    assert [one["thread"] for one in facts(config, "search", "材料 许可")["threads"]] == [thread]
    assert "待答复" in run(config, "list").stdout
    assert "施工许可需要哪些材料?" in run(config, "show", thread).stdout
    assert run(config, "search", "营业").stdout == "nothing found\n"


def test_a_thread_is_closed_reopened_and_rated(config: Path) -> None:
    thread = asked(config)
    facts(config, "follow-up", thread, "--text", "还有?", *WHO)
    assert facts(config, "close", thread, *WHO)["state"] == "closed"
    assert facts(config, "reopen", thread, *WHO)["state"] == "reopened"
    facts(config, "close", thread, *WHO)
    assert facts(config, "rate", thread, "--grade", "4", *WHO)["grade"] == 4
    assert "grade 4" in run(config, "show", thread).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rate", "{}", "--grade", "4", *WHO), "as the thread stands, rated is not closed"),
        (("answer", "{}", "--text", "!", *WHO), "a guide speaks for the guiding hall"),
        (("close", "0000", *WHO), "no thread of this hall begins with '0000'"),
        (("ask", COUNTY, "--text", "?", *WHO), "no hall asks itself"),
        (("ask", CITY, "--text", " ", *WHO), "a text is empty"),
        (("retry", "--event", "x"), "this hall has said no such thing"),
        (("claim", "{}", "--back", *WHO), "nobody looks after the thread"),
        (("canned", "--drop", "7"), "there is no answer 7 at hand"),
        (("note", "{}", "--text", " ", *WHO), "a text is empty"),
        (("canned", "--title", "x", "--text", " "), "a text is empty"),
        (("assign", "{}"), "not a department id"),
    ],
)
def test_what_cannot_be_done_is_named(config: Path, words: tuple[str, ...], said: str) -> None:
    thread = asked(config)
    done = run(config, *(word.format(thread) for word in words))
    assert (done.exit_code, said in done.stderr) == (1, True), done.output


def test_a_thread_is_taken_by_one_and_given_on(config: Path) -> None:
    thread = asked(config)
    assert facts(config, "claim", thread, *WHO)["claim"]["person"] == "1024"
    second = run(config, "claim", thread, "--department", "gongzhuling-rs", "--person", "1025")
    assert second.exit_code == 1
    assert "1024 of gongzhuling-rs has looked after it since" in second.stderr
    given = facts(config, "assign", thread, "--to", "1025", "--to-department", "gongzhuling-rs", *WHO)
    assert (given["claim"]["person"], given["claim"]["by"]) == ("1025", "1024")
    back = facts(config, "claim", thread, "--back", "--department", "gongzhuling-rs", "--person", "1025")
    assert back["claim"]["person"] == ""


def test_notes_and_answers_at_hand_are_kept(config: Path) -> None:
    thread = asked(config)
    assert [line["kind"] for line in facts(config, "note", thread, "--text", "先问", *WHO)["lines"]] == ["asked", "note"]
    kept = facts(config, "canned", "--item", "000117001000", "--title", "材料", "--text", "三项", *WHO)["canned"]
    assert [one["title"] for one in kept] == ["材料"]
    assert run(config, "canned").stdout == "1  000117001000  材料\n"
    facts(config, "canned", "--drop", "1")
    assert run(config, "canned").stdout == "no answers at hand\n"


def test_an_answer_that_came_is_there_and_what_cannot_be_applied_is_listed(
    config: Path, at_city: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = asked(config)
    here = Hall(COUNTY, load(config).store_path)
    at_city.receive(COUNTY, *here.waits())
    at_city.take_in()
    assert isinstance(at_city.says((COUNTY, thread), Said.ANSWERED, "三项", GUIDE), Spoken)
    here.receive(CITY, *at_city.waits())
    here.receive("siping", here.inbox[0].envelope)
    here.engine.dispose()

    def entries(first: int, limit: int, mark: bytes = b"") -> list[Received]:
        return here.inbox[first : first + limit]

    monkeypatch.setattr("node_agent.cli.guidance_view.entries_of", lambda _: entries)
    listed = facts(config, "list", *WHO)
    assert [one["state"] for one in listed["threads"]] == ["answered"]
    assert [one["hall"] for one in listed["parked"]] == ["siping"]
    assert "parked 1: a message of siping" in run(config, "list").stdout
    assert facts(config, "retry") == {"applied": 0, "parked": 1}
    status = CliRunner().invoke(main, ["status", "--config", str(config)]).stdout
    assert "guidance      1 threads, 0 wait, 1 messages parked" in status


def test_what_the_rules_forbid_is_said_before_it_is_sent(config: Path) -> None:
    here = Hall(COUNTY, load(config).store_path)
    for place, document in register(HALLS).items():
        if place.kind == Kind.HALL:
            put(here, Kind.HALL, 1, document, key=f"{place.key}/{place.version}")
    here.engine.dispose()
    done = run(config, "ask", "siping", "--text", "?", *WHO)
    assert "the rules of the province do not allow it: REASON_SCOPE_DENIED" in done.stderr
    assert run(config, "ask", "nowhere-hall", "--text", "?", *WHO).stderr.endswith("REASON_UNKNOWN_RECIPIENT\n")
    asked(config)


def test_a_hall_that_is_not_enrolled_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(CONFIG)
    assert run(tmp_path / "agent.toml", "list").exit_code == 3
