"""Give the hall a new log key, named by the present one."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from node_agent import db, hall_keys, keys_replica, lock, logs, successions
from node_agent import status as standing
from node_agent.app import Agent
from node_agent.cli.opening import EXIT_FAULT, EXIT_UNREACHABLE, config_option, fail, json_option, show, told
from node_agent.config import Config, load
from node_agent.successions import EVERY, Succession

LOOK_SECONDS = 0.2


@click.command("rotate-key")
@config_option
@click.option("--timeout", type=click.IntRange(1), default=60, show_default=True, help="Seconds to wait for the hub at most.")
@json_option
@told
def rotate_key(config_path: Path, timeout: int, *, as_json: bool) -> None:
    """Make a new log key, have the present one name it in the journal, and wait until the hub's receipt puts it in force.

    A running agent sends it behind what waits already; where none runs, this command does it by itself and ends. When the hub is not
    reached the new key stays queued: the agent goes on with it, and the same command waits for it again. The hub takes one new log key
    of a hall a day. Copy `data_dir`/keys to its safe place again afterwards.

    \b
    Examples:
      tongban-agent rotate-key --config agent.toml
      tongban-agent rotate-key --timeout 600 --json
    """  # noqa: D301
    config = load(config_path)
    asked = _ask(config)
    _wait(config, asked, timedelta(seconds=timeout))
    found = _found(config, asked)
    facts = {"log_key": asked.key_id, "asked_at": asked.asked_at.isoformat(), "in_force": False}
    if found is None:
        fail("the new log key was taken back: its private key is gone from `data_dir`/keys", facts=facts)
    if not found.is_settled:
        _still_queued(config, found, facts)
    if found.reason_name:
        fail(_refusal(found), reason=found.reason_name, facts=facts)
    behind = (found.journal_index or 0) + 1
    lines = [
        f"log key {found.key_id} is in force: it signs what stands behind journal index {found.journal_index}",
        f"the old private key is destroyed; copy {config.keys_dir} to its safe place again",
    ]
    show(facts | {"in_force": True, "signs_from": behind}, lines, as_json=as_json)


def _ask(config: Config) -> Succession:
    """Queue the succession, or return the one that waits."""
    engine = db.open_store(config.store_path)
    try:
        with db.begin(engine) as connection:
            hall = hall_keys.load(config)  # within: a running agent changes them in a transaction of its own
            return successions.ask(connection, hall, keys_replica.load(connection, hall.charter), now=datetime.now(UTC))
    finally:
        engine.dispose()


def _found(config: Config, asked: Succession) -> Succession | None:
    engine = db.connect(config.store_path)
    try:
        with db.reading(engine) as connection:
            return successions.find(connection, asked.event_id)
    finally:
        engine.dispose()


def _wait(config: Config, asked: Succession, most: timedelta) -> None:
    """Wait for the receipt: a running agent sends, or this process where none runs."""
    if lock.holder(config.data_dir) is None:
        logs.begin("warning", config.log.format)
        asyncio.run(_alone(config, asked, most))
        return
    ends = time.monotonic() + most.total_seconds()
    with _bar():
        while (found := _found(config, asked)) and not found.is_settled and time.monotonic() < ends:
            time.sleep(LOOK_SECONDS)


async def _alone(config: Config, asked: Succession, most: timedelta) -> None:
    with _bar():
        await Agent(config).send(lambda connection: successions.is_settled(connection, asked.event_id), most)


def _still_queued(config: Config, found: Succession, facts: dict[str, object]) -> NoReturn:
    """Say why there is no receipt yet."""
    stands = standing.report(config, datetime.now(UTC))
    alarms = [f"{alarm['what']}; {alarm['do']}" for alarm in stands["alarms"] if alarm["name"].startswith(("submit", "store"))]
    offline = stands["link"]["submit"] in {"offline", None}
    why = "; ".join(alarms) or ("no connection to the hub" if offline else "what waits before it is not sent yet")
    what = f"log key {found.key_id} is queued and not in force yet: {why}"
    code = EXIT_UNREACHABLE if offline and not alarms else EXIT_FAULT
    fail(f"{what}. It stays queued: the agent sends it by itself; the same command waits for it again", code, facts=facts)


def _refusal(found: Succession) -> str:
    why = f"the hub takes one of a hall in {EVERY.days} day" if found.reason_name == "REASON_QUOTA" else "see the hub's operators"
    return f"the hub refuses log key {found.key_id}: {found.reason_name}: {why}; the present key stays in force, nothing else changed"


def _bar() -> Progress:
    """Return a sign of life that shows on a terminal only."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    progress.add_task("waiting for the hub's receipt", total=None)
    return progress
