"""Say what is applied for and shared, from the database alone: the hub need not run."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from directory.calendar import beijing_day
from directory.sharing.history import Share
from directory.sharing.limits import Waiting, waiting
from hub import schema
from hub.cli import catalogue
from hub.cli.opening import config_option, json_option, opened, show, told
from hub.dockets import store
from hub.sharing import shares
from hub.sharing.room import limits


@click.group()
def share() -> None:
    """Look at what halls apply for and share."""


@share.command("list")
@click.option("--overdue", is_flag=True, help="Those that wait longer than is allowed.")
@config_option
@json_option
@told
def list_(overdue: bool, config_path: Path, *, as_json: bool) -> None:
    """List applications, in the order in which they were made; it needs no running hub.

    \b
    Example:
      tongban-hub share list --overdue --config province/hub.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    today = beijing_day(datetime.now(UTC))
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        lookup, within = catalogue.read(database, today), limits(config.sharing).reply
        with database.reader.begin() as connection:
            found = [(one, waiting(one, today, lookup.calendar, within)) for one in store.load(connection, shares.FORM)]
    wanted = [(one, waits) for one, waits in found if not overdue or (waits and waits.overdue)]
    show({"shares": [_fact(*one) for one in wanted]}, [_line(*one) for one in wanted] or ["no applications"], as_json=as_json)


def _fact(one: Share, waits: Waiting | None) -> dict[str, Any]:
    told_of = shares.heading(one)
    return {
        "application": told_of.id,
        "phase": told_of.phase,
        "hall": told_of.hall,
        "department": told_of.department,
        "resource": told_of.resource,
        "applied_at": datetime.fromtimestamp(told_of.opened_at_ms / 1000, UTC).isoformat(timespec="seconds"),
        "grant": one.grant.grant if one.grant else None,
        "until": str(one.grant.period.end) if one.grant else None,
        "awaited": waits.awaited.value if waits else None,
        "due": waits.due.day.isoformat() if waits else None,
        "overdue": waits.overdue if waits else False,
        "working_days_late": waits.working_days_late if waits else 0,
    }


def _line(one: Share, waits: Waiting | None) -> str:
    told_of = shares.heading(one)
    late = f", {waits.working_days_late} working days late" if waits and waits.overdue else ""
    until = f"  waits for {waits.awaited} until {waits.due.day}{late}" if waits else ""
    return f"{told_of.id}  {told_of.phase:<9}  {told_of.resource}  {told_of.hall}/{told_of.department}{until}"
