"""Make a read model again from the ledger."""

import sys
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from certs.authority import READING_KEY
from hub import schema
from hub.cli.opening import config_option, fail, json_option, opened, show, told
from hub.config import Config
from hub.consumers import Consumer, clear, position, run_once
from hub.db import Database, models_url, open_database, transaction
from hub.exchange import ledger
from hub.exchange.segments import read_after
from hub.following import CONSUMERS, SEGMENTS_A_RUN, licences
from hub.keys import load_keys
from hub.licences.consumer import LicenceConsumer
from hub.licences.sealing import DATA_KEY

MODELS = {consumer.name: consumer for consumer in (make() for make in CONSUMERS)}
LICENCES = LicenceConsumer.name


@click.command()
@click.argument("model", type=click.Choice(sorted([*MODELS, LICENCES])))
@config_option
@json_option
@told
def rebuild(model: str, config_path: Path, *, as_json: bool) -> None:
    """Drop the read model MODEL and make it again from the ledger; a rebuild that is broken off goes on with the next run.

    \b
    Example:
      tongban-hub rebuild cases --config province/hub.toml
    """  # noqa: D301
    with opened(config_path) as (config, database):
        consumer = _registry(config) if model == LICENCES else MODELS[model]
        models = open_database(models_url(config.database), durable=False)
        schema.upgrade(database.writer, models.writer)
        with database.reader.begin() as connection:
            total = ledger.newest_commit(connection)[0]
        with transaction(models.writer) as connection:
            clear(connection, consumer)
        read = partial(read_after, author=consumer.author)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
            bar = progress.add_task(model, total=total)
            while (done := _position(models, consumer)) < total:
                # A hub that runs takes its turns: what it took is not taken again, and a run that came too late takes nothing.
                if not run_once(database.reader, models.writer, consumer, read, SEGMENTS_A_RUN) and _position(models, consumer) == done:
                    break
                progress.update(bar, completed=done)
        with models.reader.begin() as connection:
            done, digest = position(connection, consumer.name), consumer.digest(connection)
        models.dispose()
    show(
        {"model": model, "entries": done, "digest": digest},
        [f"{model}: {done:,} ledger entries taken in", f"digest {digest}"],
        as_json=as_json,
    )


def _position(models: Database, consumer: Consumer) -> int:
    with models.reader.begin() as connection:
        return position(connection, consumer.name)


def _registry(config: Config) -> Consumer:
    made = licences(load_keys(config.keys), config.keys)
    if not made:
        fail(f"{config.keys} lacks {READING_KEY} or {DATA_KEY}, so this hub keeps no licences: put both back from the backup")
    return made[0]
