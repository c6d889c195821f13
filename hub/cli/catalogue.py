"""Say which resources there are and whether they are kept up, from the database alone: the hub need not run."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from directory.calendar import beijing_day
from directory.catalogue.standing import Standing, standing
from directory.catalogue.vocabulary import FreshnessState
from directory.register.judging import Whole
from directory.register.lookup import Lookup
from hub import schema
from hub.cli.opening import config_option, json_option, opened, show, told
from hub.db import Database
from hub.records.updates import last_updates
from hub.registry import register_log

_LATE = frozenset({FreshnessState.OVERDUE})
_STALE = frozenset({FreshnessState.OVERDUE, FreshnessState.DUE})


@click.group()
def catalogue() -> None:
    """Look at the province's resources."""


@catalogue.command("list")
@click.option("--overdue", is_flag=True, help="Those whose update is overdue.")
@click.option("--stale", is_flag=True, help="Those whose update is overdue or due today.")
@config_option
@json_option
@told
def list_(overdue: bool, stale: bool, config_path: Path, *, as_json: bool) -> None:
    """List resources with what was promised of them; it needs no running hub.

    \b
    Example:
      tongban-hub catalogue list --overdue --config province/hub.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    today = beijing_day(datetime.now(UTC))
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        lookup = read(database, today)
        with database.reader.begin() as connection:
            updates = last_updates(connection, lookup.catalogue.resources)
    wanted = _STALE if stale else _LATE if overdue else None
    found = [one for one in _standings(lookup, today, updates) if wanted is None or (one.freshness and one.freshness.state in wanted)]
    show({"resources": [_fact(one) for one in found]}, [_line(one) for one in found] or ["no resources"], as_json=as_json)


def read(database: Database, today: date) -> Lookup:
    """Read what the register holds."""
    with database.reader.begin() as connection:
        return Lookup.of(Whole(register_log.documents(connection), today))


def _standings(lookup: Lookup, today: date, updates: Mapping[str, date]) -> list[Standing]:
    found = (standing(lookup, resource, today, updates.get(resource)) for resource in lookup.catalogue.resources)
    return [one for one in found if one is not None]


def _fact(one: Standing) -> dict[str, Any]:
    resource, fresh = one.version.resource, one.freshness
    return {
        "resource": resource.resource,
        "name": resource.display_name,
        "provider": one.provider.department,
        "provider_hall": one.provider.hall,
        "sharing": resource.sharing.value,
        "version": one.version.version,
        "state": one.version.state.value,
        "in_force": one.in_force,
        "update_cycle": resource.update_cycle.value,
        "last_update": one.last_update.isoformat() if one.last_update else None,
        "freshness": fresh.state.value if fresh else None,
        "due": fresh.due.day.isoformat() if fresh and fresh.due else None,
        "working_days_late": fresh.working_days_late if fresh else 0,
    }


def _line(one: Standing) -> str:
    told_of = _fact(one)
    late = f", {told_of['working_days_late']} working days late" if one.is_overdue else ""
    kept = f"{told_of['freshness']}, due {told_of['due'] or 'irregularly'}{late}" if one.in_force else told_of["state"]
    return f"{told_of['resource']:<32} {told_of['sharing']:<13} {told_of['provider_hall']}/{told_of['provider']}  {kept}"
