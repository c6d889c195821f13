"""Let a command work at the hall's desk for licences, and say what came of it."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import click
import sqlalchemy as sa

from directory.errors import DirectoryError, RecordMalformed
from directory.licences.vocabulary import Fault, title
from directory.record_json import MOST_BYTES, read_record
from directory.scopes.principal import Principal
from node_agent import db, hall_keys, keys_replica
from node_agent.cli.asking import staff_number
from node_agent.cli.opening import fail, show
from node_agent.config import Config, load
from node_agent.errors import LicenceDeclined
from node_agent.licences.book import Done
from node_agent.licences.declining import decline
from node_agent.licences.desk import Desk, open_desk

P = ParamSpec("P")
ROLE = "licence-officer"


def officer_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say who acts."""
    options: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
        click.option("--person", required=True, callback=staff_number, help="The staff number of whoever acts; it is written down."),
        click.option("--department", default="", help="The department of whoever acts, as the province's directory names it."),
        click.option("--role", default=ROLE, show_default=True, help="The role of whoever acts."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@contextmanager
def desk_at(config_path: Path) -> Iterator[tuple[sa.Connection, Desk]]:
    """Open the desk in a write transaction, which is committed where the block ends well."""
    config = load(config_path)
    with writing(config) as connection:
        hall = hall_keys.load(config)
        yield connection, open_desk(connection, hall, keys_replica.load(connection, hall.charter), datetime.now(UTC))


@contextmanager
def writing(config: Config) -> Iterator[sa.Connection]:
    """Open the store, beside a running agent too, in a write transaction."""
    hall_keys.load(config)  # says that the hall is not enrolled before a store is made
    engine = db.open_store(config.store_path)
    try:
        with db.begin(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def officer(config_path: Path, role: str, department: str, person: str) -> Principal:
    """Say who acts, in this hall."""
    return Principal(load(config_path).hall, role, department, person)


def declined(function: Callable[P, None]) -> Callable[P, None]:
    """Turn what the desk declines into one line, with every fault for machines."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except LicenceDeclined as error:
            fail(str(error), facts={"fault": error.fault, "faults": [{"path": path, "what": what} for path, what in error.faults]})
        except DirectoryError as error:
            fail(f"the replica of the province's directory does not hold together: {error}")

    return run


def fields_of(path: Path) -> Mapping[str, Any]:
    """Read the fields of a licence from a file of JSON, `-` for standard input; raises LicenceDeclined."""
    data = sys.stdin.buffer.read(MOST_BYTES + 1) if str(path) == "-" else path.read_bytes()
    try:
        return read_record(data)
    except RecordMalformed as error:
        decline(Fault.CONTENTS, [("", f"the file of fields: {error}")])


def show_done(done: Done, *, as_json: bool) -> None:
    """Show what was done."""
    facts = {
        "licence": str(done.licence),
        "act": done.kind.value,
        "event_id": done.event_id,
        "done_at": done.done_at.isoformat(),
        "repeated": done.repeated,
    }
    again = " (it had been done before by the same request)" if done.repeated else "; the agent sends it to the hub"
    show(facts, [f"{title(done.kind)} {done.kind.value}: {done.licence}{again}"], as_json=as_json)


def as_text(value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    """Write a field for people."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
