import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from node_agent.cli import main
from node_agent.config import load
from node_agent.errors import ConfigInvalid

GOOD = """
hall = "gongzhuling"
trust_domain = "jilin.test"
data_dir = "data"
[hub]
address = "hub.jilin.test:7443"
enrolment_address = "hub.jilin.test:7444"
[link]
back_off_first = "300ms"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_configuration_is_read_and_paths_are_beside_it(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD))
    assert config.data_dir == tmp_path / "data"
    assert config.folder == tmp_path
    assert config.link.back_off_first == timedelta(milliseconds=300)
    assert config.link.back_off_most == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[link]", "[link]\nspeed = 9", "link.speed"),
        ('hall = "gongzhuling"', 'hall = "Gongzhuling"', "hall"),
        ('data_dir = "data"', "", "data_dir"),
        ("hub.jilin.test:7443", "hub.jilin.test", "hub.address"),
        ('"300ms"', '"soon"', "link.back_off_first"),
        ('trust_domain = "jilin.test"', 'trust_domain = "jilin test"', "trust_domain"),
        ("[hub]", '[keep]\nsealed = "1d"\nforever = true\n[hub]', "keep.forever"),
    ],
)
def test_a_wrong_key_stops_the_start_and_is_named_with_its_path(tmp_path: Path, old: str, new: str, named: str) -> None:
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ConfigInvalid, match=f"agent.toml: .*{re.escape(named)}"):
        load(path)
    done = CliRunner().invoke(main, ["run", "--config", str(path)])
    assert done.exit_code == 2
    assert named in done.stderr


def test_a_missing_file_says_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="--config"):
        load(tmp_path / "nowhere.toml")


def test_what_is_not_toml_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="not TOML"):
        load(written(tmp_path, "hall = "))


def test_a_configuration_does_not_change(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        config.hall = "nongan"  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize("command", ["enrol", "run", "status", "sync", "doctor", "reset-tail", "source"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    shown = CliRunner().invoke(main, [command, "--help"]).stdout
    assert "tongban-agent" in shown or command == "source"


def said_of(tmp_path: Path, text: str) -> str:
    """Return the one line that a wrong configuration ends a command with."""
    done = CliRunner().invoke(main, ["source", "list", "--config", str(written(tmp_path, text))])
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    return line.removeprefix("tongban-agent: ").removeprefix(f"{tmp_path / 'agent.toml'}: ")


SOURCE = """
[[source]]
name = "business"
kind = "folder"
path = "in"
key = "number"
fields = { case_number = "case", occurred_at = "at" }
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GOOD.replace("data_dir", "datadir"), "unknown key datadir; did you mean data_dir?"),
        (GOOD.replace("back_off_first", "backoff_first"), "unknown key link.backoff_first; did you mean link.back_off_first?"),
        (GOOD + "zebra = 1", "unknown key link.zebra"),
        (GOOD + "[reconcile]\ndays = 7", "unknown key reconcile.days"),
        (GOOD + SOURCE + "setle = '1s'", "source 'business': unknown key setle; did you mean settle?"),
        (
            GOOD + SOURCE.replace("occurred_at", "occured_at"),
            "source 'business': unknown key fields.occured_at; did you mean fields.occurred_at?",
        ),
        (
            GOOD + SOURCE + "[source.code]\ncolumn = 'what'\n[[source.event]]\ncode = 'x'\nkind = 'applied'\nanswr = 'y'",
            "source 'business': unknown key event.0.answr; did you mean event.0.answer?",
        ),
    ],
)
def test_an_unknown_key_is_one_line_with_the_key_that_was_meant(tmp_path: Path, text: str, line: str) -> None:
    assert said_of(tmp_path, text) == line


def test_a_wrong_kind_of_everything_else_is_named_once(tmp_path: Path) -> None:
    said = said_of(tmp_path, GOOD + SOURCE + "[source.otherwise]\nkind = 'setp'")
    assert said.startswith("source 'business': otherwise.kind: 'setp' is no kind of case event; there are ")
    assert said.endswith("; or skip, or reject")
    assert said.count("otherwise") == 1


def test_two_faults_are_both_said(tmp_path: Path) -> None:
    said = said_of(tmp_path, GOOD.replace('hall = "gongzhuling"', "hal = 7").replace('"300ms"', '"soon"'))
    assert said.startswith("unknown key hal; did you mean hall?; link.back_off_first: ")
