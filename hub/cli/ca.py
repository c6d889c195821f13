"""Make a province: its authority, its charter, its configuration, its database with the halls."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from certs.authority import create_province
from directory.hall_list import load_halls, seed
from hub import schema
from hub.cli.opening import fail, json_option, show, told
from hub.config import load
from hub.db import open_database, transaction
from hub.licences.sealing import create_key
from hub.registry import halls
from hub.registry.edits import stage_halls
from hub.registry.hall_register import REASON

EVERYWHERE = "0.0.0.0"  # noqa: S104 - halls come from elsewhere

TEMPLATE = """\
# Configuration of the provincial hub. An unknown key stops the start and is named.
trust_domain = "{trust_domain}"
# SQLite beside this file, or e.g. "postgresql://tongban@/tongban?host=/var/run/postgresql".
database = "{database}"
keys = "hub"

[listen]
exchange = "{host}:{exchange}"
enrolment = "{host}:{enrolment}"
admin = "127.0.0.1:{admin}"
# What enrolled halls connect to.
advertised = "{advertised}"

[witness]
every = "{witness}"
"""


@click.group()
def ca() -> None:
    """Make the authority of a province."""


@ca.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--trust-domain", required=True, help="The province's SPIFFE trust domain, e.g. jilin.example.")
@click.option(
    "--name", "names", multiple=True, default=("localhost",), show_default=True, help="DNS name or address of the hub; repeatable."
)
@click.option("--halls", "hall_list", type=click.Path(path_type=Path, dir_okay=False), help="CSV of halls; default: the 53 of Jilin.")
@click.option("--unlinked", multiple=True, help="A hall that is not linked yet; repeatable.")
@click.option("--database", default="sqlite:///hub.db", show_default=True, help="SQLAlchemy URL; SQLite paths are relative to the folder.")
@click.option("--host", default=EVERYWHERE, show_default=True, help="Address to listen on.")
@click.option("--ports", nargs=3, type=int, default=(7443, 7444, 7445), show_default=True, help="Exchange, enrolment and admin port.")
@click.option("--witness-every", default="1m", show_default=True, help="How often halls are asked to cosign.")
@json_option
@told
def init(
    folder: Path,
    trust_domain: str,
    names: tuple[str, ...],
    hall_list: Path | None,
    unlinked: tuple[str, ...],
    database: str,
    host: str,
    ports: tuple[int, int, int],
    witness_every: str,
    *,
    as_json: bool,
) -> None:
    """Make a province in FOLDER: CA, charter, hub.toml and the database with its halls.

    \b
    FOLDER/offline/   the root's key: move it to a machine without network
    FOLDER/hub/       the hub's keys and certificates
    FOLDER/hub.toml   the configuration for `serve`

    \b
    Example:
      tongban-hub ca init province --trust-domain jilin.example --name hub.jilin.example
    """  # noqa: D301
    if (folder / "hub.toml").exists():
        fail(f"{folder / 'hub.toml'} exists already; a province is made once")
    province = load_halls(hall_list, unlinked=unlinked) if hall_list else seed(unlinked=unlinked)
    os.umask(0o077)  # keys, and a database of what the halls tell each other
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    create_province(folder, trust_domain, list(names), now)
    text = TEMPLATE.format(
        trust_domain=trust_domain,
        database=database,
        host=host,
        exchange=ports[0],
        enrolment=ports[1],
        admin=ports[2],
        advertised=f"{names[0]}:{ports[0]}" if ports[0] else "",
        witness=witness_every,
    )
    (folder / "hub.toml").write_text(text, encoding="utf-8")
    config = load(folder / "hub.toml")
    create_key(config.keys)
    schema.prepare(config.database)
    ledger = open_database(config.database)
    with transaction(ledger.writer) as connection:
        stored = halls.store(connection, province)
        stage_halls(connection, now, REASON)
    ledger.dispose()
    facts = {"folder": str(folder), "trust_domain": trust_domain, "halls": len(stored), "linked": sum(hall.linked for hall in stored)}
    lines = [
        *_hints(names[0], host),
        f"made the province {trust_domain} in {folder} with {len(stored)} halls, {facts['linked']} of them linked",
        f"move {folder / 'offline'} to a machine without network",
        f"next: tongban-hub serve --config {folder / 'hub.toml'}",
    ]
    show(facts, lines, as_json=as_json)


def _hints(name: str, host: str) -> list[str]:
    if name == "localhost" and host == EVERYWHERE:
        return ["halls elsewhere will be told to connect to localhost: give --name with the hub's real name first"]
    return []
