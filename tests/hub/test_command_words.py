"""What an operator types wrongly is told in one line, and nothing is answered that was not asked for."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub.cli import main, supervision
from hub.config import Config
from tests.hub.running import make_province
from tests.province.processes import executable

ODD = b"\xff\xfe"
"""Bytes that are not UTF-8."""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return make_province(tmp_path_factory.mktemp("words"))


@pytest.mark.parametrize(
    ("program", "words", "named"),
    [
        ("tongban-hub", [b"cases", b"statistics", b"--hall", ODD], "--hall"),
        ("tongban-hub", [b"hall", b"revoke", ODD], "HALL_ID"),
        ("tongban-hub", [b"cases", b"report", b"--json", b"--config", ODD], "--config"),
        ("tongban-agent", [b"order", b"show", ODD], "ORDER"),
        ("tongban-agent", [b"order", b"show", ODD, b"--json"], "ORDER"),
        ("tongban-agent", [b"status", b"--json", b"--" + ODD], "No such option"),
        ("tongban-agent", [b"status", b"--json", b"--config", ODD], "--config"),
    ],
)
def test_words_that_are_not_utf_8_are_wrong_usage_and_no_traceback(program: str, words: list[bytes], named: str, tmp_path: Path) -> None:
    done = subprocess.run([executable(program), *words], capture_output=True, timeout=60, check=False, cwd=tmp_path)
    said = done.stderr.decode()
    assert done.returncode != 0
    assert named.lower() in said.lower()
    assert "Traceback" not in said
    if "--config" not in named:
        assert done.returncode == 2
    if b"--json" in words:
        assert json.loads(done.stdout)["exit"] == done.returncode


def test_a_path_may_be_any_bytes(config: Config, tmp_path: Path) -> None:
    odd = bytes(tmp_path) + b"/" + ODD
    words: list[Any] = [executable("tongban-hub"), "cases", "statistics", "--csv", odd, "--config", config.keys.parent / "hub.toml"]
    subprocess.run(words, capture_output=True, timeout=60, check=True)
    with open(odd, "rb") as written:  # noqa: PTH123 - a path of bytes
        assert written.read()


def asked(config: Config, *words: str) -> Any:
    return CliRunner().invoke(main, [*words, "--config", str(config.keys.parent / "hub.toml")])


def test_statistics_of_a_hall_that_there_is_not_say_so(config: Config) -> None:
    done = asked(config, "cases", "statistics", "--hall", "yushu", "--hall", "nowhere")
    assert (done.exit_code, "unknown hall 'nowhere'" in done.output) == (2, True)
    assert asked(config, "cases", "statistics", "--hall", "yushu").exit_code == 0


def test_each_kind_that_is_asked_for_is_listed_and_all_when_none_is(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    named = {kind: replace(listed, fact=lambda name: name, line=str) for kind, listed in supervision._KINDS.items()}
    monkeypatch.setattr(supervision, "_KINDS", named)
    monkeypatch.setattr(supervision, "_all", lambda _connection, form, _wanted: [form.matters.name])
    nothing: dict[str, list[str]] = {"cards": [], "orders": [], "rectifications": []}
    everything = {kind: [kind] for kind in nothing}
    for words, listed in (
        ((), everything),
        (("--cards",), nothing | {"cards": ["cards"]}),
        (("--orders",), nothing | {"orders": ["orders"]}),
        (("--rectifications",), nothing | {"rectifications": ["rectifications"]}),
        (("--orders", "--cards"), everything | {"rectifications": []}),
        (("--cards", "--orders", "--rectifications"), everything),
    ):
        assert json.loads(asked(config, "supervision", "list", "--json", *words).output) == listed


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "no cards, no orders, no rectifications"), (("--orders",), "no orders"), (("--reminders",), "no reminders")],
)
def test_an_empty_list_says_of_what_there_is_none(config: Config, words: tuple[str, ...], said: str) -> None:
    assert asked(config, "supervision", "list", *words).output == f"{said}\n"
