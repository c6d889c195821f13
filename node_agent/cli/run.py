"""Run the agent until told to stop."""

import asyncio
import os
import sys
import threading
from pathlib import Path

import click

from node_agent import logs
from node_agent.app import Agent
from node_agent.cli.opening import config_option, told
from node_agent.config import load


@click.command()
@config_option
@click.option("--ready-file", type=click.Path(path_type=Path, dir_okay=False), help="Written (JSON) once the agent works.")
@told
def run(config_path: Path, ready_file: Path | None) -> None:
    """Read the hall's sources, send, receive, fill its sinks, until SIGTERM; being offline is normal.

    \b
    Example:
      tongban-agent run --config agent.toml
    """  # noqa: D301
    config = load(config_path)
    logs.begin(config.log.level, config.log.format)
    asyncio.run(_run(Agent(config), ready_file))
    # A source that hangs in its database must not keep the process: what was not committed is read again.
    if any(thread.is_alive() and not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        sys.stderr.flush()
        os._exit(0)


async def _run(agent: Agent, ready_file: Path | None) -> None:
    await agent.run(ready_file)
