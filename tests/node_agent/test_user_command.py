"""Users are kept from the command line, whether the agent runs or not."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from node_agent.cli import main

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `tongban-agent user` on a hall that has not enrolled yet."""
    config = tmp_path / "agent.toml"
    config.write_text(
        'hall = "gongzhuling"\ntrust_domain = "jilin.test"\ndata_dir = "data"\n[hub]\nenrolment_address = "localhost:1"\n', encoding="utf-8"
    )

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["user", *words, "--config", str(config)])

    return run


def facts(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_first_administrator_is_made_here_with_a_password_that_is_shown_once(command: Command) -> None:
    added = command("add", "7", "--name", "李主任", "--role", "hall-administrator")
    assert added.exit_code == 0
    assert "first password: " in added.output
    (user,) = facts(command("list", "--json"))["users"]
    assert user == {
        "user": "7",
        "name": "李主任",
        "roles": [{"role": "hall-administrator", "department": ""}],
        "disabled": False,
        "must_change_password": True,
    }
    assert "first password: " not in command("list").output


def test_a_password_goes_to_a_new_file_that_nobody_else_reads(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "first"
    told = facts(command("add", "7", "--name", "李主任", "--role", "clerk", "--password-file", str(file), "--json"))
    assert told == {"user": "7", "password_file": str(file)}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = command("add", "8", "--name", "王五", "--role", "clerk", "--password-file", str(file))
    assert again.exit_code == 1
    assert "is there already" in again.output
    assert [one["user"] for one in facts(command("list", "--json"))["users"]] == ["7"]


@pytest.mark.parametrize("role", ["guide", "auditor", "operator", "node", "king"])
def test_a_role_that_the_hall_may_not_have_is_refused_and_nobody_is_added(command: Command, role: str) -> None:
    assert command("add", "7", "--name", "李主任", "--role", role).exit_code == 1
    assert facts(command("list", "--json"))["users"] == []


def test_roles_are_given_and_taken_users_disabled_and_enabled_passwords_made_anew(command: Command) -> None:
    first = facts(command("add", "7", "--name", "李主任", "--role", "clerk", "--json"))["password"]
    changed = facts(command("role", "7", "--give", "reviewer", "--give", "supervisor", "--take", "clerk", "--json"))
    assert [one["role"] for one in changed["roles"]] == ["reviewer", "supervisor"]
    assert facts(command("disable", "7", "--json")) == {"user": "7", "disabled": True}
    assert "disabled" in command("list").output
    assert facts(command("enable", "7", "--json")) == {"user": "7", "disabled": False}
    assert facts(command("password", "7", "--json"))["password"] != first
    assert facts(command("sessions", "--json")) == {"sessions": []}
    assert facts(command("revoke", "7", "--json")) == {"user": "7", "ended": 0}


@pytest.mark.parametrize("words", [["role", "9", "--give", "clerk"], ["disable", "9"], ["enable", "9"], ["password", "9"], ["revoke", "9"]])
def test_a_user_that_there_is_not_is_named(command: Command, words: list[str]) -> None:
    result = command(*words)
    assert result.exit_code == 1
    assert "there is no user '9'" in result.output
