"""Say how the registry of licences stands, and whose questions stand out, from the databases alone: the hub need not run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import sqlalchemy as sa

from directory.calendar import beijing_day
from directory.licences.types import Types
from directory.register.judging import Whole
from directory.register.kinds import Kind
from directory.register.lookup import Lookup
from hub import schema
from hub.cases.rulings import RulingsInForce
from hub.cli.opening import config_option, fail, json_option, opened, show, told
from hub.consumers import position
from hub.db import models_url, open_database
from hub.exchange import ledger
from hub.licences.consumer import LicenceConsumer
from hub.licences.looks import Ground, outliers_of
from hub.licences.tables import findings, keys_named, versions
from hub.registry import register_log

MONTH = timedelta(days=31)


@click.group()
def licence() -> None:
    """Look at the registry of licences, and at who looks into it."""


@licence.command()
@config_option
@json_option
@told
def status(config_path: Path, *, as_json: bool) -> None:
    """Count what the registry holds; it needs no running hub.

    \b
    Example:
      tongban-hub licence status --config province/hub.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        models = open_database(models_url(config.database), durable=False)
        with database.reader.begin() as connection:
            size, _ = ledger.newest_commit(connection)
        with models.reader.begin() as connection:
            counted = sa.select(versions.c.status, sa.func.count()).group_by(versions.c.status).order_by(versions.c.status)
            by_status: dict[str, int] = dict(connection.execute(counted).all())
            halls = connection.scalar(sa.select(sa.func.count(sa.distinct(versions.c.hall)))) or 0
            invalid = connection.scalar(sa.select(sa.func.count()).select_from(findings)) or 0
            keys = connection.scalar(sa.select(sa.func.count()).select_from(keys_named)) or 0
            behind = size - position(connection, LicenceConsumer.name)
        models.dispose()
    facts = {"versions": by_status, "halls": halls, "invalid_acts": invalid, "keys_named": keys, "entries_behind": behind}
    lines = [
        *(f"{count:>10,}  {word}" for word, count in by_status.items()),
        f"versions of licences of {halls} halls, signed by keys that were named {keys} times",
        f"{invalid:,} acts do not count; {behind:,} entries of the ledger are not taken in yet",
    ]
    show(facts, lines, as_json=as_json)


@licence.command()
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day (in Beijing); default: a month ago.")
@click.option("--before", "end", type=click.DateTime(["%Y-%m-%d"]), help="The day behind the last one; default: tomorrow.")
@config_option
@json_option
@told
def outliers(first: datetime | None, end: datetime | None, config_path: Path, *, as_json: bool) -> None:
    """Show whose questions about licences stand out; it needs no running hub.

    \b
    Example:
      tongban-hub licence outliers --from 2026-11-01 --config province/hub.toml
    """  # noqa: D301
    today = beijing_day(datetime.now(UTC))
    end_day = end.date() if end else today + timedelta(days=1)
    first_day = first.date() if first else end_day - MONTH
    if first_day >= end_day:
        fail(f"{first_day} is not before {end_day}: give --from and --before")
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        models = open_database(models_url(config.database), durable=False)
        with database.reader.begin() as connection:
            whole = Whole(register_log.documents(connection), today)
        ground = Ground(Lookup.of(whole).calendar, RulingsInForce(database.reader).now(), Types(whole.things(Kind.LICENCE_TYPE)))
        with models.reader.begin() as connection:
            found = outliers_of(connection, first_day, end_day, ground)
        models.dispose()
    facts = [
        {
            "day": one.day.isoformat(),
            "hall": one.hall,
            "department": one.department,
            "person": one.person,
            "kind": one.kind.value,
            "count": one.count,
            "usual": one.usual,
            "ledger_indices": list(one.ledger_indices),
        }
        for one in found
    ]
    lines = [f"{one.day}  {one.hall}  {one.department or '-'}  {one.person}  {one.kind}: {one.count}, usually {one.usual}" for one in found]
    show({"outliers": facts}, lines or [f"nothing stands out from {first_day} to before {end_day}"], as_json=as_json)
