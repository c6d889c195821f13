"""Give the hall's business systems keys to the API, from the agent's own machine; works offline, and beside a running agent."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from directory.calendar import BEIJING, beijing_day
from directory.texts import name_fault
from node_agent import db, law, lock
from node_agent.accounts import giving
from node_agent.accounts.users import Held
from node_agent.api import keys
from node_agent.api.keys import SYSTEM, ApiKey, Given
from node_agent.api.operations import Operation
from node_agent.cli.asking import staff_number
from node_agent.cli.opening import config_option, fail, json_option, show, told
from node_agent.config import Config, load

_OPERATIONS = [operation.value for operation in Operation]


@click.group("api-key")
def api_key() -> None:
    """Keep the keys with which the hall's business systems call the agent's API."""


@api_key.command()
@click.argument("system")
@click.option("--may", "operations", type=click.Choice(_OPERATIONS), multiple=True, required=True, help="What it opens; again for each.")
@click.option(
    "--person", required=True, callback=staff_number, help="The staff number of whoever answers for it: all it does is done in that name."
)
@click.option("--role", default="licence-officer", show_default=True, help="The role in which it acts; licence-reader for queries.")
@click.option("--department", default="", help="The department for which it acts, as the province's directory names it.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The last day on which it opens anything.")
@config_option
@json_option
@told
def add(
    system: str,
    operations: tuple[str, ...],
    person: str,
    role: str,
    department: str,
    until: datetime,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """Make a key for a business SYSTEM, and print it: it is shown this once.

    An ending that one key proposes is confirmed with the key of another person.

    \b
    Example:
      tongban-agent api-key add food-permits --may issue --may change --person 1024 --until 2027-12-31 --config agent.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    if not SYSTEM.fullmatch(system):
        fail("a system's name is 1 to 31 small ASCII letters, digits and -")
    if name_fault(person):
        fail("a staff number is a short text without signs that are not seen")
    expires_at = datetime(until.year, until.month, until.day, 23, 59, 59, 999_000, BEIJING).astimezone(UTC)
    given = Given(system, frozenset(map(Operation, operations)), role, department, person, expires_at)
    with _store(config_path) as (config, connection):
        _check_role(connection, config, given)
        made, text = keys.add(connection, given, _now())
    lines = [f"key {made.id} for {system} opens {', '.join(sorted(operations))} until the end of {until:%Y-%m-%d}", text]
    show({**_fact(made), "key": text}, [*lines, "keep it where the system keeps its secrets: it is not shown again"], as_json=as_json)


@api_key.command("list")
@config_option
@json_option
@told
def list_(config_path: Path, *, as_json: bool) -> None:
    """List the keys: whose they are, what they open, until when.

    \b
    Example:
      tongban-agent api-key list --config agent.toml
    """  # noqa: D301
    with _store(config_path) as (_, connection):
        found = keys.listed(connection)
    show({"keys": [_fact(one) for one in found]}, [_line(one) for one in found] or ["no keys"], as_json=as_json)


@api_key.command()
@click.argument("key")
@config_option
@json_option
@told
def revoke(key: str, config_path: Path, *, as_json: bool) -> None:
    """Let a KEY, as `list` names it, open nothing from now on.

    \b
    Example:
      tongban-agent api-key revoke 5f0c1d2e3a4b --config agent.toml
    """  # noqa: D301
    with _store(config_path) as (_, connection):
        is_there = keys.revoke(connection, key, _now())
    if not is_there:
        fail("there is no such key: see `tongban-agent api-key list`")
    show({"id": key, "revoked": True}, [f"key {key} opens nothing any more"], as_json=as_json)


@contextmanager
def _store(config_path: Path) -> Iterator[tuple[Config, sa.Connection]]:
    """Open the store for one transaction; raises StoreError."""
    config = load(config_path)
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A running agent has made every table, and is left alone.
    engine = (db.open_store if lock.holder(config.data_dir) is None else db.connect)(config.store_path)
    try:
        with db.begin(engine) as connection:
            yield config, connection
    finally:
        engine.dispose()


def _check_role(connection: sa.Connection, config: Config, given: Given) -> None:
    known = law.compiled(connection, config.hall, beijing_day(_now()))
    if why := giving.refusal(known.law if known else None, config.hall, Held(given.role, given.department)):
        fail(why)


def _now() -> datetime:
    return datetime.now(UTC)


def _fact(one: ApiKey) -> dict[str, Any]:
    given = one.given
    return {
        "id": one.id,
        "system": given.system,
        "operations": sorted(given.operations),
        "role": given.role,
        "department": given.department,
        "person": given.person,
        "created_at": one.created_at.isoformat(),
        "expires_at": given.expires_at.isoformat(),
        "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
    }


def _line(one: ApiKey) -> str:
    given = one.given
    ends = f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else f"until {given.expires_at.astimezone(BEIJING):%Y-%m-%d}"
    acts_as = " ".join(filter(None, (given.role, given.department)))
    return f"{one.id}  {given.system:<20} {ends}  {given.person} as {acts_as}: {', '.join(sorted(given.operations))}"
