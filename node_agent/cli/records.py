"""Look at the records of catalogued resources that this hall sends; works offline."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from node_agent import db, invalid_records, lock
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.config import load
from node_agent.errors import NotEnrolled
from node_agent.invalid_records import SHOWN, Invalid


@click.group()
def record() -> None:
    """Look at the records of catalogued resources that this hall sent."""


@record.command()
@click.option("--resource", default="", help="Of this resource of the catalogue only.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=SHOWN, show_default=True, help="How many to show, the newest first.")
@config_option
@json_option
@told
def invalid(resource: str, limit: int, config_path: Path, *, as_json: bool) -> None:
    """List the records that the hub found invalid: resource, key, what is wrong, and when it was said.

    \b
    Example:
      tongban-agent record invalid --config agent.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    count, found = _look(config_path, resource, limit)
    lines = [line for one in found for line in _lines(one)]
    show({"count": count, "records": [_fact(one) for one in found]}, [*lines, f"{count:,} in all"], as_json=as_json)


def _look(config_path: Path, resource: str, limit: int) -> tuple[int, list[Invalid]]:
    config = load(config_path)
    if not config.store_path.exists():
        raise NotEnrolled("the agent has received nothing yet: enrol it and let it run")
    # As for status: a running agent has made every table, and is left alone.
    engine = (db.open_store if lock.holder(config.data_dir) is None else db.connect)(config.store_path)
    try:
        with db.reading(engine) as connection:
            return invalid_records.count(connection), invalid_records.newest(connection, resource, limit)
    finally:
        engine.dispose()


def _fact(one: Invalid) -> dict[str, Any]:
    return {
        "resource": one.resource,
        "key": one.key,
        "version": one.version,
        "faults": [{"path": path, "what": what} for path, what in one.faults],
        "said_at": one.said_at.isoformat(),
        "event_id": one.event_id,
        "journal": one.journal,
        "journal_index": one.journal_index,
        "ledger_index": one.ledger_index,
    }


def _lines(one: Invalid) -> Iterable[str]:
    yield f"{one.said_at.isoformat(timespec='seconds')}  {one.resource} {one.key}, version {one.version}, journal index {one.journal_index}"
    yield from (f"    {path}: {what}" if path else f"    {what}" for path, what in one.faults)
