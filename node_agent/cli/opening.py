"""Open what a command works on, and say clearly what is wrong with it."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import click

from certs.errors import CertsError
from node_agent.errors import AgentError, AlreadyRunning, ConfigInvalid, HubRefused, HubUnreachable, NotEnrolled

P = ParamSpec("P")

EXIT_FAULT = 1
EXIT_USAGE = 2
EXIT_NOT_ENROLLED = 3
EXIT_RUNNING = 4
EXIT_UNREACHABLE = 5

_CODES: dict[type[AgentError], int] = {
    ConfigInvalid: EXIT_USAGE,
    NotEnrolled: EXIT_NOT_ENROLLED,
    AlreadyRunning: EXIT_RUNNING,
}

NOT_UTF_8 = "the name of a file is not UTF-8: give one that is"

_JSON = "tongban.json"

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("agent.toml"),
    show_default=True,
    envvar="TONGBAN_AGENT_CONFIG",
    help="The agent's configuration.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for machines.")


def fail(message: str, code: int = EXIT_FAULT, *, reason: str = "", facts: Mapping[str, Any] | None = None) -> NoReturn:
    """End the command with a message for a person; under --json with an object for machines too, `facts` and the hub's reason in it."""
    if _for_machines():
        told = {**(facts or {}), "error": message, "exit": code}
        click.echo(_printable(json.dumps(told | ({"reason": reason} if reason else {}), ensure_ascii=False, default=str)))
    click.echo(f"tongban-agent: {message}", err=True)
    sys.exit(code)


def told_usage(error: click.ClickException) -> None:
    """Tell machines of wrong usage; click tells people."""
    if _for_machines():
        click.echo(_printable(json.dumps({"error": error.format_message(), "exit": error.exit_code}, ensure_ascii=False)))


def heed_json(context: click.Context, arguments: Sequence[str]) -> None:
    """Remember whether machines read the answer, before anything can go wrong with the arguments."""
    context.meta[_JSON] = "--json" in arguments


def _for_machines() -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_JSON) or context.params.get("as_json"))


def told(function: Callable[P, None]) -> Callable[P, None]:
    """Turn what this project's code raises into one line and an exit code."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        _check_words(kwargs)
        try:
            function(*args, **kwargs)
        except HubUnreachable as error:
            fail(f"the hub gives no answer; try again when it is reached: {error}", EXIT_UNREACHABLE)
        except AgentError as error:
            fail(str(error), _CODES.get(type(error), EXIT_FAULT), reason=error.reason if isinstance(error, HubRefused) else "")
        except CertsError as error:
            fail(str(error))
        except UnicodeEncodeError:
            fail(NOT_UTF_8, EXIT_USAGE)
        except BrokenPipeError:
            raise  # the reader has seen enough: click ends quietly
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error))

    return run


def _check_words(values: Mapping[str, object]) -> None:
    """Refuse words that are not UTF-8, before anything is done with them: Python keeps their bytes as surrogates (PEP 383).

    A path may be any bytes.
    """
    for name, value in values.items():
        for word in value if isinstance(value, tuple) else (value,):
            if isinstance(word, str) and _printable(word) != word:
                options = (option for option in click.get_current_context().command.params if option.name == name)
                raise click.BadParameter("it is not UTF-8", param=next(options, None))


def _printable(text: str) -> str:
    """Return a text in which bytes of the command line that are not UTF-8 are spelled out, in JSON as well as for people."""
    return text.encode("utf-8", "backslashreplace").decode()


def show(facts: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    """Print facts for a machine or lines for a person."""
    if as_json:
        click.echo(_printable(json.dumps(facts, ensure_ascii=False, default=str)))
    else:
        for line in lines:
            click.echo(_printable(line))
