"""Let a command ask the hub for a person of the hall."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from directory.staff_numbers import staff_number_fault
from node_agent import hall_keys
from node_agent.config import Config, load
from node_agent.hall_keys import HallKeys
from tongban.directory.v1.scopes_pb2 import Principal

PAGE = 200
_NAME_SIGNS = 10
"""The width of the column of names."""

_Function = TypeVar("_Function", bound=Callable[..., Any])

Verb = Callable[[Config, HallKeys, Any], Awaitable[Any]]
"""A function of node_agent.link that asks one thing."""


class _Page(Protocol):
    @property
    def next_page_token(self) -> str: ...


def staff_number(_: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse a staff number that is a citizen id, as wrong usage; it is not repeated."""
    if value and (fault := staff_number_fault(value)):
        raise click.BadParameter(fault, param=param)
    return value


def asker_options(role: str) -> Callable[[_Function], _Function]:
    """Add the options that say who asks; `role` is the role unless another is named."""
    options = (
        click.option("--role", default=role, show_default=True, help="The role of whoever asks."),
        click.option("--department", default="", help="The department of whoever asks, as the province's directory names it."),
        click.option("--person", default="", callback=staff_number, help="The staff number of whoever asks; it is written down."),
    )

    def add(function: _Function) -> _Function:
        for option in reversed(options):
            function = option(function)
        return function

    return add


limit_option = click.option("--limit", type=click.IntRange(1, 100_000), default=PAGE, show_default=True, help="How many to show at most.")


def principal(role: str, department: str, person: str) -> Principal:
    """Say who asks."""
    return Principal(role=role, department=department, person=person)


def put(config_path: Path, verb: Verb, request: Message) -> Any:  # noqa: ANN401 - what the verb answers
    """Ask the hub one thing; raises what keeps it from being answered."""
    config = load(config_path)
    return asyncio.run(_answer(verb, config, hall_keys.load(config), request))


async def _answer(verb: Verb, config: Config, hall: HallKeys, request: Message) -> Any:  # noqa: ANN401
    return await verb(config, hall, request)


def pages(config_path: Path, verb: Verb, request: Any, rows: Callable[[Any], Sequence[Any]], limit: int) -> tuple[list[Any], bool]:  # noqa: ANN401
    """Ask for a list page by page; return up to `limit` rows, and whether there are more."""
    found: list[Any] = []
    for page in _pages(config_path, verb, request):
        found += rows(page)
        if len(found) > limit or (len(found) == limit and page.next_page_token):
            return found[:limit], True
    return found, False


def _pages(config_path: Path, verb: Verb, request: Any) -> Iterator[Any]:  # noqa: ANN401 - a request for a page
    request.page_size = PAGE
    while True:
        page: _Page = put(config_path, verb, request)
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def facts(message: Message) -> dict[str, Any]:
    """Return what a message says, for machines, by the names of the contract; what it does not say is there too."""
    said: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    return said


def worded(name: str, text: str) -> str:
    """Return what a person said, under a name; its further lines are set in, so that none of them looks like another name."""
    return f"{name:<{_NAME_SIGNS}}{text}".replace("\n", "\n" + " " * _NAME_SIGNS)


def more_line(more: bool) -> list[str]:
    """Say that a list was cut."""
    return ["there are more: see --limit"] if more else []
