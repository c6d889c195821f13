"""What keeps a command from its answer is one line that says what to do, and an exit code."""

import json

import click
import pytest
from click.testing import CliRunner

from node_agent.cli.opening import EXIT_UNREACHABLE, json_option, told
from node_agent.errors import HubUnreachable


@click.command()
@json_option
@told
def asking(*, as_json: bool) -> None:
    raise HubUnreachable("connection refused" if as_json else "no route")


@pytest.mark.parametrize(("words", "why"), [([], "no route"), (["--json"], "connection refused")])
def test_a_hub_that_gives_no_answer_has_an_exit_code_of_its_own_and_says_to_try_again(words: list[str], why: str) -> None:
    done = CliRunner().invoke(asking, words)
    assert done.exit_code == EXIT_UNREACHABLE
    assert f"the hub gives no answer; try again when it is reached: {why}" in done.output
    if words:
        assert json.loads(done.stdout)["exit"] == EXIT_UNREACHABLE
