"""Look for what keeps the agent from working."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from node_agent import doctor as rooms
from node_agent import lock
from node_agent.checks import Check
from node_agent.cli.opening import EXIT_FAULT, config_option, json_option, show, told
from node_agent.config import load
from node_agent.link import probe


@click.command()
@config_option
@json_option
@told
def doctor(config_path: Path, *, as_json: bool) -> None:
    """Check configuration, keys, certificate, store, sources, sinks, and the way to the hub; change nothing.

    \b
    Example:
      tongban-agent doctor --config agent.toml
    """  # noqa: D301
    config = load(config_path)
    checks, hall = rooms.local(config, datetime.now(UTC))
    if hall is not None:
        idle = lock.holder(config.data_dir) is None
        checks += asyncio.run(probe.hub(config, hall, lambda: datetime.now(UTC), idle=idle))
    checks.insert(0, Check("configuration", well=True, what=f"{config_path} is in order"))
    facts = {"well": all(check.well for check in checks), "checks": [_facts(check) for check in checks]}
    lines = [line for check in checks for line in _lines(check)]
    show(facts, lines, as_json=as_json)
    if not facts["well"]:
        sys.exit(EXIT_FAULT)


def _facts(check: Check) -> dict[str, object]:
    return {"name": check.name, "well": check.well, "what": check.what, "do": check.do}


def _lines(check: Check) -> list[str]:
    lines = [f"{'ok  ' if check.well else 'BAD '} {check.name}: {check.what}"]
    return [*lines, f"     → {check.do}"] if check.do else lines
