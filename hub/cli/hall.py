"""Look after the province's halls."""

import getpass
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from directory.hall_list import load_halls
from directory.halls import Hall, Tier
from hub import schema
from hub.cli.opening import config_option, fail, json_option, opened, show, told
from hub.db import transaction
from hub.exchange import held
from hub.quarantine import switches
from hub.quarantine.switches import Act, Asked
from hub.registry import certificates, halls
from hub.registry.edits import stage_halls
from hub.registry.hall_register import REASON

MAX_SAID = 200
"""Characters of a reason, and of an operator's name."""


@click.group()
def hall() -> None:
    """List, add, link, quarantine and revoke halls."""


@hall.command("list")
@config_option
@json_option
@told
def list_(config_path: Path, *, as_json: bool) -> None:
    """List the halls of the province."""
    with opened(config_path) as (_, database), database.reader.begin() as connection:
        kept, apart = halls.kept(connection), {hall: str(switch.state) for hall, switch in switches.load(connection).items()}
    rows: list[dict[str, Any]] = [
        {"hall": h.hall, "name": h.display_name, "tier": h.tier.value, "superior": h.superior, "linked": h.linked}
        | {"quarantine": apart.get(h.hall)}
        for h in kept
    ]
    states = {h.hall: apart.get(h.hall) or ("linked" if h.linked else "-") for h in kept}
    lines = [f"{h.hall:<24} {h.tier.value:<9} {h.superior:<16} {states[h.hall]:<11} {h.display_name}" for h in kept]
    show({"halls": rows}, lines or ["no halls yet: tongban-hub hall import FILE"], as_json=as_json)


@hall.command()
@click.argument("hall_id")
@click.option("--name", required=True, help="Its name, e.g. 公主岭市政务大厅.")
@click.option("--tier", type=click.Choice([tier.value for tier in Tier]), required=True)
@click.option("--superior", required=True, help="Id of the hall above it.")
@click.option("--division-code", required=True, help="GB/T 2260 code, six digits.")
@config_option
@json_option
@told
def add(hall_id: str, name: str, tier: str, superior: str, division_code: str, config_path: Path, *, as_json: bool) -> None:
    """Add the hall HALL_ID, or change what is kept of it."""
    _store([Hall(hall_id, name, Tier(tier), superior, division_code)], config_path, as_json=as_json)


@hall.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@config_option
@json_option
@told
def import_(file: Path, config_path: Path, *, as_json: bool) -> None:
    """Take the halls of a CSV file in; all of them or, when a line is wrong, none."""
    _store(list(load_halls(file)), config_path, as_json=as_json)


def _store(wanted: list[Hall], config_path: Path, *, as_json: bool) -> None:
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        with transaction(database.writer) as connection:
            changed = halls.store(connection, wanted)
            stage_halls(connection, datetime.now(UTC), REASON)
    lines = [f"{hall.hall}: stored" for hall in changed] or ["nothing to change"]
    show({"changed": [hall.hall for hall in changed]}, [*lines, "a running hub takes it in within seconds"], as_json=as_json)


def _link(hall_id: str, config_path: Path, *, linked: bool, as_json: bool) -> None:
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        with transaction(database.writer) as connection:
            known = halls.load(connection).get(hall_id)
            if known is None:
                fail(f"no hall has the id {hall_id!r}")
            changed = halls.store(connection, [replace(known, linked=linked)])
            stage_halls(connection, datetime.now(UTC), REASON)
    line = f"{hall_id} is {'linked' if linked else 'not linked'}{'' if changed else ' already'}"
    show({"hall": hall_id, "linked": linked, "changed": bool(changed)}, [line], as_json=as_json)


@hall.command()
@click.argument("hall_id")
@config_option
@json_option
@told
def link(hall_id: str, config_path: Path, *, as_json: bool) -> None:
    """Let HALL_ID take part in the exchange."""
    _link(hall_id, config_path, linked=True, as_json=as_json)


@hall.command()
@click.argument("hall_id")
@config_option
@json_option
@told
def unlink(hall_id: str, config_path: Path, *, as_json: bool) -> None:
    """Take HALL_ID out of the exchange; what it sent stays."""
    _link(hall_id, config_path, linked=False, as_json=as_json)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return "operator"


operator_option = click.option("--operator", default=_account, help="Who does it; default: the account that this runs under.")


@hall.command()
@click.argument("hall_id")
@click.option("--reason", required=True, help="Why; auditors read it.")
@operator_option
@config_option
@json_option
@told
def quarantine(hall_id: str, reason: str, operator: str, config_path: Path, *, as_json: bool) -> None:
    """Hold back what HALL_ID sends, and deliver nothing to it, until it is released; nothing is lost.

    \b
    Example:
      tongban-hub hall quarantine yushu --reason 'sends cases of other halls' --config province/hub.toml
    """  # noqa: D301
    _throw(Asked(hall_id, Act.QUARANTINE, reason, operator, datetime.now(UTC)), config_path, as_json=as_json)


@hall.command()
@click.argument("hall_id")
@click.option("--reason", default="", help="Why; auditors read it.")
@operator_option
@config_option
@json_option
@told
def release(hall_id: str, reason: str, operator: str, config_path: Path, *, as_json: bool) -> None:
    """Take HALL_ID out of quarantine: what was held goes out in its order, then the hall may send again.

    \b
    Example:
      tongban-hub hall release yushu --config province/hub.toml
    """  # noqa: D301
    _throw(Asked(hall_id, Act.RELEASE, reason, operator, datetime.now(UTC)), config_path, as_json=as_json)


def _throw(asked: Asked, config_path: Path, *, as_json: bool) -> None:
    for what, said in (("--reason", asked.reason), ("--operator", asked.operator)):
        if len(said) > MAX_SAID or not said.isprintable():
            fail(f"{what} has at most {MAX_SAID} signs, all of which are seen")
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        with transaction(database.writer) as connection:
            if halls.load(connection).get(asked.hall) is None:
                fail(f"no hall has the id {asked.hall!r}")
            changed = switches.throw(connection, asked)
            waiting = held.counts(connection).get(asked.hall, 0)
    facts = {"hall": asked.hall, "act": str(asked.act), "changed": changed, "held": waiting}
    show(facts, _thrown(asked, changed=changed, waiting=waiting), as_json=as_json)


def _thrown(asked: Asked, *, changed: bool, waiting: int) -> list[str]:
    if asked.act is Act.QUARANTINE:
        line = f"{asked.hall} is in quarantine{'' if changed else ' already'}: what it sends is held, nothing is delivered to it"
        return [line, "a running hub takes it in within seconds"] if changed else [line]
    if not changed:
        return [f"{asked.hall} is not in quarantine, or is being released already"]
    return [f"{asked.hall} is being released: {waiting:,} held messages go out, then it may send again"]


@hall.command()
@click.argument("hall_id")
@click.option("--reason", required=True, help="A word like key-stolen; it stands in the ledger for ever.")
@config_option
@json_option
@told
def revoke(hall_id: str, reason: str, config_path: Path, *, as_json: bool) -> None:
    """Revoke every certificate and the keys of HALL_ID: new calls are refused at once, open streams end within 60 s."""
    with opened(config_path) as (_, database), transaction(database.writer) as connection:
        count = certificates.revoke_hall(connection, hall_id, reason, datetime.now(UTC))
    if not count:
        fail(f"{hall_id} has no certificate in force")
    show({"hall": hall_id, "revoked": count}, [f"revoked {count} certificate(s) of {hall_id}"], as_json=as_json)
