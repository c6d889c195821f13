"""Make a hall known to the hub."""

import asyncio
from pathlib import Path

import click

from certs.tls import not_after
from node_agent import enrolment, lock
from node_agent.cli.opening import config_option, fail, json_option, show, told
from node_agent.config import load
from node_agent.errors import HubRefused
from node_agent.link import enrolment as link
from node_agent.link import refusals


@click.command()
@click.argument("token_file", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@json_option
@told
def enrol(token_file: Path, config_path: Path, *, as_json: bool) -> None:
    """Enrol this hall with the one-time token in TOKEN_FILE.

    Makes the hall's keys in `data_dir`/keys, and fetches its certificate. When the answer was lost, the same command asks for
    the same answer again. An enrolled hall fetches a new certificate with a new token.

    \b
    Example:
      tongban-agent enrol gongzhuling.token --config agent.toml
    """  # noqa: D301
    config = load(config_path)
    invitation = enrolment.read_invitation(token_file, config.hall)
    with lock.held(config.data_dir):
        try:
            answer = asyncio.run(link.enrol(config, invitation))
        except HubRefused as refused:
            fail(refusals.spoken(refused), reason=refused.reason)
    until = not_after(answer.certificate_chain)
    facts = {"hall": answer.hall, "keys": str(config.keys_dir), "exchange": answer.exchange_address, "certificate_until": until.isoformat()}
    lines = [
        f"{answer.hall} is enrolled; its keys are in {config.keys_dir}: keep a copy of them in a safe place",
        f"certificate in force until {until:%Y-%m-%d}, renewed by the running agent",
        f"next: tongban-agent run --config {config_path}",
    ]
    show(facts, lines, as_json=as_json)
