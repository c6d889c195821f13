"""Sum up the cases of the province: how they stand, and how many there are."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from directory.calendar import BEIJING, beijing_day
from directory.scopes.predicates import Always
from hub import schema
from hub.cases import freshness, sheets
from hub.cases.looking import View
from hub.cases.reports import HallReport, report, standing_at, standing_now
from hub.cases.rulings import RulingsInForce
from hub.cases.sums import GROUPS, MOST_ROWS, Asked, Sum, is_empty_span, is_month, sums
from hub.cases.tables import COUNTS
from hub.cases.watermarks import reported
from hub.cli.opening import EXIT_USAGE, config_option, fail, json_option, opened, show, told
from hub.db import Database, models_url, open_database
from hub.registry.halls import kept as kept_halls


@click.group()
def cases() -> None:
    """Sum up the cases of all halls, from the read model: the hub need not run."""


def _past(_context: click.Context, _option: click.Parameter, day: datetime | None) -> datetime | None:
    if day is not None and day.date() > beijing_day(datetime.now(UTC)):
        raise click.BadParameter(f"{day:%Y-%m-%d} is yet to come: nobody knows how cases will stand")
    return day


@cases.command("report")
@config_option
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), callback=_past, help="As of the end of a day in Beijing, by what had happened until then."
)
@json_option
@told
def report_command(config_path: Path, as_of: datetime | None, *, as_json: bool) -> None:
    """Say of each hall how many cases there are, how they stand and which lights they show.

    \b
    Example:
      tongban-hub cases report --config province/hub.toml --as-of 2026-06-30
    """  # noqa: D301
    with opened(config_path) as (config, database):
        models = open_database(models_url(config.database), durable=False)
        schema.upgrade(database.writer, models.writer)
        now = datetime.now(UTC)
        moment = now if as_of is None else as_of.replace(tzinfo=BEIJING) + timedelta(days=1, seconds=-1)
        with models.reader.begin() as connection:
            watermarks = {hall: min(up_to, moment) for hall, up_to in reported(connection).items()}
            view = View(RulingsInForce(database.reader).now(), watermarks, moment.astimezone(UTC))
            halls = report(standing_now(connection) if as_of is None else standing_at(connection, moment), view)
            with database.reader.begin() as ledger:
                said = _said(min(moment, freshness.as_of(ledger, connection, now)))
        models.dispose()
    show({"as_of": said, "halls": [hall.plain() for hall in halls]}, [f"as of {said}", *_lines(halls)], as_json=as_json)


def _said(moment: datetime) -> str:
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")


def _lines(halls: list[HallReport]) -> list[str]:
    if not halls:
        return ["no hall has told of a case yet"]
    columns = ("cases", "open", "suspended", "overdue", "late", "deemed", "flagged")
    lines = [f"{'hall':<24}" + "".join(f"{name:>11}" for name in columns) + "  lights; states"]
    for hall in halls:
        counted = "".join(f"{getattr(hall, name):>11,}" for name in columns)
        lights = ", ".join(f"{name} {count:,}" for name, count in sorted(hall.lights.items())) or "none"
        states = ", ".join(f"{name} {count:,}" for name, count in sorted(hall.states.items()))
        lines.append(f"{hall.hall:<24}{counted}  {lights}; {states}")
    return lines


def _month(_context: click.Context, _option: click.Parameter, month: str) -> str:
    if month and not is_month(month):
        raise click.BadParameter(f"{month!r} is no month: YYYY-MM")
    return month


@cases.command("statistics")
@config_option
@click.option("--by", "group_by", type=click.Choice(GROUPS), multiple=True, help="What rows are kept apart by; may be given again.")
@click.option("--hall", "halls", multiple=True, help="Of these halls alone.")
@click.option("--item", "item_code", default="", help="Of one item code alone.")
@click.option("--department", default="", help="Of one department alone.")
@click.option("--from", "from_month", default="", callback=_month, metavar="YYYY-MM", help="From this month of application.")
@click.option("--to", "to_month", default="", callback=_month, metavar="YYYY-MM", help="Up to this month of application.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path, dir_okay=False), help="Write a CSV file.")
@click.option("--xlsx", "xlsx_path", type=click.Path(path_type=Path, dir_okay=False), help="Write an XLSX workbook.")
@json_option
@told
def statistics(config_path: Path, csv_path: Path | None, xlsx_path: Path | None, *, as_json: bool, **asked: str | tuple[str, ...]) -> None:
    """Count cases: applied for, accepted, decided, in time or late, by hall, item, department and month of application.

    \b
    Example:
      tongban-hub cases statistics --by hall --by month --csv statistics.csv --config province/hub.toml
    """  # noqa: D301
    if is_empty_span(str(asked["from_month"]), str(asked["to_month"])):
        raise click.BadParameter("it is before --from", param_hint="--to")
    with opened(config_path) as (config, database):
        models = open_database(models_url(config.database), durable=False)
        schema.upgrade(database.writer, models.writer)
        _check_halls(asked["halls"], database)
        with models.reader.begin() as connection:
            wanted = Asked(**{name: value or None if name == "halls" else value for name, value in asked.items()})  # type: ignore[arg-type]  # click's own
            rows = sums(connection, wanted, Always())
            with database.reader.begin() as ledger:
                said = _said(freshness.as_of(ledger, connection, datetime.now(UTC)))
        models.dispose()
    if rows is None:
        fail(f"these are more than {MOST_ROWS:,} rows: ask for fewer months or halls, or keep less apart with --by")
    for path, write in ((csv_path, sheets.as_csv), (xlsx_path, sheets.as_xlsx)):
        if path is not None:
            path.write_bytes(write(rows))
    show({"as_of": said, "rows": [_plain(row) for row in rows]}, [f"as of {said}", *_table(rows)], as_json=as_json)


def _check_halls(asked: Iterable[str], database: Database) -> None:
    """End the command for halls that there are not: nothing counted of them would look like a hall without cases."""
    with database.reader.begin() as connection:
        known = {hall.hall for hall in kept_halls(connection)}
    if unknown := sorted(set(asked) - known):
        fail(f"unknown hall {', '.join(map(repr, unknown))}: see tongban-hub hall list", EXIT_USAGE)


def _plain(row: Sum) -> dict[str, str | int]:
    return dict(zip(GROUPS, row.group, strict=True)) | dict(zip(COUNTS, row.counts, strict=True))


def _table(rows: list[Sum]) -> list[str]:
    heading = f"{'hall':<20}{'item':<34}{'department':<20}{'month':<9}" + "".join(f"{name:>13}" for name in COUNTS)
    return [heading, *(_line(row) for row in rows)] if rows else ["no cases"]


def _line(row: Sum) -> str:
    hall, item, department, month = row.group
    return f"{hall:<20}{item:<34}{department:<20}{month:<9}" + "".join(f"{count:>13,}" for count in row.counts)
