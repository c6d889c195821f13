"""Serve the exchange until told to stop."""

import asyncio
import os
from pathlib import Path

import click
import structlog

from hub import logs
from hub.app import Hub
from hub.cli.opening import config_option, told
from hub.config import load
from hub.following import Follower, licences
from hub.keys import load_keys

_log = structlog.get_logger(__name__)


@click.command()
@config_option
@click.option("--ready-file", type=click.Path(path_type=Path, dir_okay=False), help="Written (JSON) once the hub listens.")
@told
def serve(config_path: Path, ready_file: Path | None) -> None:
    """Serve until SIGTERM, then finish what is in flight and tell the halls to come again.

    \b
    Example:
      tongban-hub serve --config province/hub.toml
    """  # noqa: D301
    os.umask(0o077)  # the database holds what the halls told each other
    config = load(config_path)
    logs.begin(config.log_level, config.log_format)
    registry = licences(load_keys(config.keys), config.keys)
    follower = Follower(config.database, registry)  # before there is a thread: it forks
    asyncio.run(Hub(config, follow=follower.run).run(ready_file))
