"""Open what a command works on, and say clearly what is wrong with it."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import click
from sqlalchemy.exc import DBAPIError

from certs.errors import CertsError
from directory.errors import DirectoryError
from hub.config import Config, load
from hub.db import Database, open_database
from hub.errors import HubError

P = ParamSpec("P")

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("hub.toml"),
    show_default=True,
    envvar="TONGBAN_HUB_CONFIG",
    help="The hub's configuration.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for machines.")

EXIT_FAULT = 1
EXIT_USAGE = 2

NOT_UTF_8 = "the name of a file is not UTF-8: give one that is"

_json: ContextVar[bool] = ContextVar("json", default=False)
"""Whether the command in progress answers to a machine."""


def fail(message: str, code: int = EXIT_FAULT) -> NoReturn:
    """End the command with a message for a person."""
    if _json.get():
        click.echo(_printable(json.dumps({"error": message, "exit": code}, ensure_ascii=False)))
    click.echo(f"tongban-hub: {message}", err=True)
    sys.exit(code)


def told(function: Callable[P, None]) -> Callable[P, None]:
    """Turn what this project's code raises into one line and an exit code."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        _json.set(bool(kwargs.get("as_json")))
        _check_words(kwargs)
        try:
            function(*args, **kwargs)
        except (HubError, CertsError, DirectoryError) as error:
            fail(str(error))
        except DBAPIError as error:
            fail(f"database: {error.orig}")
        except UnicodeEncodeError:
            fail(NOT_UTF_8, EXIT_USAGE)
        except BrokenPipeError:
            raise  # the reader has seen enough: click ends quietly
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error))

    return run


@contextmanager
def opened(config_path: Path) -> Iterator[tuple[Config, Database]]:
    """Open the database that a configuration names."""
    config = load(config_path)
    database = open_database(config.database)
    try:
        yield config, database
    finally:
        database.dispose()


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
        click.echo(_printable(json.dumps(facts, ensure_ascii=False)))
    else:
        for line in lines:
            click.echo(_printable(line))
