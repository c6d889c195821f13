"""Read the sources now, and wait until all is sent."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from node_agent import db, lock, logs, pulse
from node_agent import status as standing
from node_agent.app import SYNC, Agent
from node_agent.cli.opening import EXIT_FAULT, EXIT_UNREACHABLE, config_option, fail, json_option, show, told
from node_agent.config import Config, load

LOOK_SECONDS = 0.3
NO_CONNECTION = "no connection to the hub"
_CONCERN = frozenset({"source", "sink", "disk", "store", "submit", "receive", "frozen"})
"""First words of the alarms that keep something from being read, sent or delivered."""


@click.command()
@config_option
@click.option("--timeout", type=click.IntRange(1), default=600, show_default=True, help="Seconds to wait at most.")
@json_option
@told
def sync(config_path: Path, timeout: int, *, as_json: bool) -> None:
    """Read every source now, and wait until everything has the hub's receipt.

    A running agent is asked to do it; where none runs, this command does it by itself and ends. The exit code is 0 only when every
    source was read, every sink filled and everything receipted.

    \b
    Example:
      tongban-agent sync --config agent.toml
    """  # noqa: D301
    config = load(config_path)
    if lock.holder(config.data_dir) is None:
        logs.begin("warning", config.log.format)
        done = asyncio.run(_alone(config, timedelta(seconds=timeout)))
    else:
        done = _ask(config, timeout)
    found = standing.report(config, datetime.now(UTC))
    backlog = found["backlog"]
    left, faults = _left(found), _faults(found)
    facts = {"done": done and not faults, "left": left, "sealed": backlog["sealed"], "faults": faults}
    failed = not facts["done"]
    if not (as_json and failed):  # then `fail` prints them
        show(facts, [f"{backlog['sealed']:,} sent, {left:,} left", *faults], as_json=as_json)
    if failed:
        what = "something was not read or delivered" if done else f"not everything was sent within {timeout} s"
        code = EXIT_UNREACHABLE if faults == [NO_CONNECTION] else EXIT_FAULT
        fail(f"{what}; `tongban-agent status` says more", code, facts=facts)


async def _alone(config: Config, most: timedelta) -> bool:
    return await Agent(config).sync(most)


def _ask(config: Config, timeout: int) -> bool:
    """Leave a note for the running agent and watch its backlog."""
    asked_at = datetime.now(UTC)
    engine = db.connect(config.store_path)
    try:
        with db.begin(engine) as connection:
            pulse.leave(connection, SYNC, {}, asked_at)
    finally:
        engine.dispose()
    ends = time.monotonic() + timeout
    with _bar() as progress:
        task = progress.add_task("sending", total=None)
        while time.monotonic() < ends:
            found = standing.report(config, datetime.now(UTC))
            left = _left(found)
            most = max(left, progress.tasks[0].total or 0)
            progress.update(task, total=most, completed=most - left)
            if found["synced_at"] and datetime.fromisoformat(found["synced_at"]) >= asked_at and not left:
                return True
            time.sleep(LOOK_SECONDS)
    return False


def _left(found: dict[str, Any]) -> int:
    return int(found["backlog"]["waiting"] + found["backlog"]["sealed_unreceipted"])


def _faults(found: dict[str, Any]) -> list[str]:
    """Say what failed: the sources, sinks and streams that stand in alarm, and a hub that is not there."""
    alarms = [alarm for alarm in found["alarms"] if alarm["name"].partition(" ")[0] in _CONCERN]
    faults = [_fault(alarm["name"], alarm["what"]) for alarm in alarms]
    streams = {found["link"][name] for name in ("submit", "receive")}
    return [*faults, *([NO_CONNECTION] if streams & {"offline", None} else [])]


def _fault(name: str, what: str) -> str:
    kind, _, one = name.partition(" ")
    if kind in {"source", "sink"}:
        return f"{name} failed: {what.removeprefix(f'{kind} {one!r}: ')}"
    return f"{name}: {what}"


def _bar() -> Progress:
    """Return a progress bar that shows on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
