"""Load a stock of licences that were issued before, and show its rows that are none yet."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from node_agent import db, hall_keys
from node_agent.cli.licence_desk import declined, officer, officer_options, writing
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.config import load as load_config
from node_agent.licences.asked import LEVELS
from node_agent.licences.desks import Desks
from node_agent.licences.stock import loading, progress
from node_agent.licences.stock.config import read_stock
from node_agent.licences.stock.loading import Agent, Mode, Stock
from node_agent.licences.stock.progress import Counts
from node_agent.licences.stock.rows import Page

_SHOWN = 100


@click.command()
@click.option("--type", "licence_type", required=True, help="The type of all licences of the stock.")
@click.option(
    "--from-source", "source", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The TOML file that maps the stock."
)
@click.option("--trust-level", type=click.Choice(list(LEVELS)), default="B", show_default=True, help="B seen at a window, A issued.")
@click.option("--dry-run", is_flag=True, help="Do all of it, and keep nothing.")
@click.option("--retry", is_flag=True, help="Read all rows again, and load those that are set aside.")
@officer_options
@config_option
@json_option
@told
@declined
def load(
    licence_type: str,
    source: Path,
    trust_level: str,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    dry_run: bool,
    retry: bool,
    as_json: bool,
) -> None:
    """Issue the licences of a stock that is there already, under its own numbers; goes on where it was cut off.

    Rows that are no licences are set aside with the reason (`licence quarantine`), and the others go on. Works offline, beside a running
    agent too, which sends what is loaded.

    \b
    Example:
      tongban-agent licence load --type 11220000DEM0002176001 --from-source food-stock.toml --person 1024 --dry-run
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    if dry_run and retry:
        raise click.UsageError("give either --dry-run or --retry")
    config = load_config(config_path)
    who = officer(config_path, role, department, person)
    mode = Mode.TRY if dry_run else Mode.RETRY if retry else Mode.LOAD
    with writing(config):
        pass  # says that the hall is not enrolled, and makes the tables
    engine = db.open_store(config.store_path)
    try:
        agent = Agent(engine, Desks(config), lambda: datetime.now(UTC))
        stock = Stock(read_stock(source, _resource(agent, licence_type)), licence_type, who, LEVELS[trust_level])
        began = time.monotonic()
        counts = _watched(loading.load(agent, stock, mode))
        seconds = time.monotonic() - began
        with db.reading(engine) as connection:
            waiting = progress.count_rejects(connection, stock.name)
    finally:
        engine.dispose()
    show(_facts(stock.name, counts, seconds, waiting), _lines(stock.name, counts, seconds, waiting, mode), as_json=as_json)


@click.command()
@click.argument("stock")
@click.option("--limit", type=click.IntRange(1, 100_000), default=_SHOWN, show_default=True, help="How many to show at most.")
@config_option
@json_option
@told
def quarantine(stock: str, limit: int, config_path: Path, *, as_json: bool) -> None:
    """List the rows of a STOCK, by the `name` in its file, that are no licences yet, each with what is wrong in which field.

    \b
    Example:
      tongban-agent licence quarantine food-stock --config agent.toml
    """  # noqa: D301
    config = load_config(config_path)
    hall_keys.load(config)
    with writing(config) as connection:
        found = progress.rejects(connection, stock, limit)
        count = progress.count_rejects(connection, stock)
    rows = [{"row": one.shown, "reason": one.reason, "first_seen": one.first_seen.isoformat() if one.first_seen else ""} for one in found]
    lines = [f"{one.shown}  {one.reason}" for one in found] or ["no row is set aside"]
    lines += ["there are more: see --limit"] if count > len(found) else []
    lines += ["mend them where they stand, then run `licence load … --retry`"] if found else []
    show({"stock": stock, "count": count, "rows": rows}, lines, as_json=as_json)


def _resource(agent: Agent, licence_type: str) -> str:
    """Return the resource whose records the licences of a type are; raises LicenceDeclined."""
    with db.reading(agent.engine) as connection:
        return agent.desks.at(connection, agent.clock()).register.type_in_force(licence_type).resource


def _watched(pages: Iterator[tuple[Counts, Page]]) -> Counts:
    """Load, with a bar where a person watches."""
    total, began = Counts(), time.monotonic()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=Console(file=sys.stderr)
    )
    bar.disable = not sys.stderr.isatty()
    with bar:
        task = bar.add_task("loading", total=None)
        for counts, page in pages:
            total = total.plus(counts)
            rate = total.rows_read / max(time.monotonic() - began, 0.001)
            said = f"{total.rows_read} rows, {total.rejected} set aside, {rate:.0f}/s"
            bar.update(task, description=said, total=None if page.part is None else 1.0, completed=page.part or 0)
    return total


def _facts(name: str, counts: Counts, seconds: float, waiting: int) -> dict[str, Any]:
    return {
        "stock": name,
        "rows": counts.rows_read,
        "issued": counts.issued,
        "repeated": counts.repeated,
        "passed_over": counts.passed_over,
        "set_aside": counts.rejected,
        "in_quarantine": waiting,
        "seconds": round(seconds, 3),
        "signed_per_second": round(counts.issued / max(seconds, 0.001), 1),
    }


def _lines(name: str, counts: Counts, seconds: float, waiting: int, mode: Mode) -> list[str]:
    would = "would be " if mode is Mode.TRY else ""
    lines = [
        f"{counts.rows_read} rows of {name}: {counts.issued} {would}issued, {counts.repeated} were there, {counts.passed_over} are no more"
    ]
    lines += [f"{counts.rejected} {would}set aside: see `tongban-agent licence quarantine {name}`"] if counts.rejected else []
    lines += [f"{waiting} rows are in quarantine"] if waiting and not counts.rejected else []
    return [*lines, f"{seconds:.1f} s, {counts.issued / max(seconds, 0.001):.0f} licences signed a second"]
