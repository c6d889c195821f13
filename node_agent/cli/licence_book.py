"""Show the hall's book of licences, and give the hall a key to sign them with."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import click
import sqlalchemy as sa

from directory.licences.lifecycle import status_at
from directory.licences.vocabulary import Ground, title
from node_agent import db, hall_keys, invalid_licences, keys_replica, lock, logs
from node_agent.app import Agent
from node_agent.cli.licence_desk import as_text, declined, desk_at, writing
from node_agent.cli.opening import EXIT_UNREACHABLE, config_option, fail, json_option, show, told
from node_agent.config import Config, load
from node_agent.licences import book, copy_book, endings, keys
from node_agent.licences.book import Entry, Lost
from node_agent.licences.credentials import contents_of, opened
from node_agent.licences.declining import decline, licence_of
from node_agent.licences.desk import Desk
from node_agent.licences.endings import Ending
from node_agent.licences.masking import masked
from node_agent.outbox import EnvelopeWriter
from tongban.errors.v1.errors_pb2 import Reason

LOOK_SECONDS = 0.2
SHOWN = 100


@click.command()
@click.option("--new", is_flag=True, help="Make another key though one is in force; the one before signs no more once the new one is.")
@click.option("--timeout", type=click.IntRange(0), default=60, show_default=True, help="Seconds to wait for its key entry at most.")
@config_option
@json_option
@told
def key(config_path: Path, timeout: int, *, new: bool, as_json: bool) -> None:
    """Make the key with which this hall signs licences, tell the hub, and wait for its key entry; or show the key in force.

    The private half stays in `data_dir`/keys: copy that folder to its safe place again. When the hub is not reached the key waits: the
    agent goes on with it, and the same command waits for it again.

    \b
    Example:
      tongban-agent licence key --config agent.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    config = load(config_path)
    name = _key_to_wait_for(config, new=new)
    if name:
        _wait(config, name, timedelta(seconds=timeout))
    with writing(config) as connection:
        hall = hall_keys.load(config)
        keyring = keys_replica.load(connection, hall.charter).keyring
        entered = [known for known in keyring.licence_keys(hall.hall) if not name or known.key_id == name]
        reason = keys.refused(connection, name) if name else None
        dropped = keys.drop_older(keyring, hall)
    if not entered:
        _not_entered(name, reason)
    facts = {"key_id": entered[-1].key_id, "introduced_at": entered[-1].introduced_at, "in_force": entered[-1].revoked_at is None}
    lines = [f"licence key {entered[-1].key_id} signs since ledger index {entered[-1].introduced_at}"]
    lines += [f"the old private key is destroyed; copy {config.keys_dir} to its safe place again"] if dropped else []
    show(facts, lines, as_json=as_json)


@click.command()
@config_option
@json_option
@told
def pending(config_path: Path, *, as_json: bool) -> None:
    """List the proposed endings that wait for a second officer.

    \b
    Example:
      tongban-agent licence pending --config agent.toml
    """  # noqa: D301
    with writing(load(config_path)) as connection:
        found = endings.pending(connection)
    show({"endings": [_ending_fact(one) for one in found]}, [line for one in found for line in _ending_lines(one)], as_json=as_json)


@click.command("list")
@click.option("--type", "licence_type", default="", help="Of one type.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=SHOWN, show_default=True, help="How many to show at most.")
@config_option
@json_option
@told
def list_(config_path: Path, licence_type: str, limit: int, *, as_json: bool) -> None:
    """List the hall's licences, those to which something was done last first, with acts that do not count or can no longer be read.

    \b
    Example:
      tongban-agent licence list --type 11220000DEM0002176001 --config agent.toml
    """  # noqa: D301
    now = datetime.now(UTC)
    with writing(load(config_path)) as connection:
        found = [_licence_fact(book.entries(connection, root), root, now) for root in book.roots(connection, licence_type, limit)]
        invalid, lost = invalid_licences.newest(connection), book.lost(connection, limit=limit)
    facts = {"licences": found, "invalid": [_invalid_fact(one) for one in invalid], "lost": [_lost_fact(one) for one in lost]}
    lines = [f"{one['status'] or 'not counted':<11} {one['since'][:10]:<10} {one['licence']}" for one in found]
    lines += [f"INVALID     {one.said_at:%Y-%m-%d} {one.root}: {one.fault}: {one.what}" for one in invalid]
    lines += [f"LOST        {one.done_at:%Y-%m-%d} {one.root}: what was done is gone with the hall's key" for one in lost]
    show(facts, lines, as_json=as_json)


@click.command("show")
@click.argument("licence_id")
@config_option
@json_option
@told
@declined
def show_(licence_id: str, config_path: Path, *, as_json: bool) -> None:
    """Show how a LICENCE_ID stands, what its newest version says (citizen ids masked), and everything that was done to it.

    \b
    Example:
      tongban-agent licence show 1.2.156.3005.2…001.F --config agent.toml
    """  # noqa: D301
    with desk_at(config_path) as (connection, desk):
        root = licence_of(licence_id).root
        entries = book.entries(connection, root)
        if not entries:
            decline("unknown-licence", [("licence", "this hall issued no licence of this number")])
        facts = _licence_fact(entries, root, datetime.now(UTC)) | _said(desk, entries) | {"acts": [_act_fact(one) for one in entries]}
        facts["copies"] = len(copy_book.newest(connection, root))
        facts["invalid"] = [_invalid_fact(one) for one in invalid_licences.newest(connection, root)]
    show(facts, [*_licence_lines(facts)], as_json=as_json)


def _key_to_wait_for(config: Config, *, new: bool) -> str:
    """Return the key that waits for its entry, made and announced where none does; empty when one is in force and no other is wanted."""
    with writing(config) as connection:
        hall = hall_keys.load(config)
        keyring = keys_replica.load(connection, hall.charter).keyring
        if keys.in_force(keyring, hall) is not None and not new and not keys.waiting(keyring, hall):
            return ""
        writer = EnvelopeWriter(hall.trust_domain, hall.hall, hall.epoch)
        return keys.make(connection, hall, keyring, writer, datetime.now(UTC))


def _wait(config: Config, name: str, most: timedelta) -> None:
    """Wait for the key entry: a running agent receives it, or this process where none runs."""

    def is_settled(connection: sa.Connection) -> bool:
        hall = hall_keys.load(config)
        keyring = keys_replica.load(connection, hall.charter).keyring
        return keys.refused(connection, name) is not None or any(one.key_id == name for one in keyring.licence_keys(hall.hall))

    if lock.holder(config.data_dir) is None:
        logs.begin("warning", config.log.format)
        asyncio.run(Agent(config).send(is_settled, most))
        return
    engine = db.connect(config.store_path)
    try:
        ends = time.monotonic() + most.total_seconds()
        while time.monotonic() < ends:
            with db.reading(engine) as connection:
                if is_settled(connection):
                    return
            time.sleep(LOOK_SECONDS)
    finally:
        engine.dispose()


def _not_entered(name: str, reason: int | None) -> NoReturn:
    if reason is not None:
        word = Reason.Name(reason) if reason in Reason.values() else "HELD"
        fail(f"the hub refuses licence key {name}: {word}; the same command announces it again", reason=word, facts={"key_id": name})
    what = f"licence key {name} is announced and has no key entry yet"
    fail(f"{what}: the agent sends and receives by itself; the same command waits for it again", EXIT_UNREACHABLE, facts={"key_id": name})


def _licence_fact(entries: Sequence[Entry], root: str, now: datetime) -> dict[str, Any]:
    standing = book.standing(entries)
    newest = standing.versions[-1] if standing.versions else None
    if newest is None:
        return {"root": root, "licence": str(entries[-1].act.licence), "status": "", "ground": "", "since": "", "valid_until": None}
    made = book.making(entries, newest.licence)
    until = made.valid_until if made else None
    return {
        "root": root,
        "licence": str(newest.licence),
        "status": status_at(newest.status, until, now).value,
        "ground": newest.ground,
        "since": newest.since.isoformat(),
        "valid_until": until.isoformat() if until else None,
    }


def _said(desk: Desk, entries: Sequence[Entry]) -> dict[str, Any]:
    """Return what the newest version says, masked."""
    versions = book.standing(entries).versions
    made = book.making(entries, versions[-1].licence) if versions else None
    if made is None:
        return {"fields": {}}
    contents = contents_of(opened(made.envelope, desk.opener).credential, desk.keyring)
    return {"fields": {name: masked(name, contents.fields) for name in sorted(contents.fields)}}


def _act_fact(one: Entry) -> dict[str, Any]:
    return {
        "act": one.act.kind.value,
        "licence": str(one.act.licence),
        "done_at": one.done_at.isoformat(),
        "officer": one.officer,
        "second_officer": one.act.second_officer,
        "event_id": one.event_id,
        "fault": one.fault,
    }


def _invalid_fact(one: invalid_licences.InvalidAct) -> dict[str, Any]:
    return {
        "root": one.root,
        "event_id": one.event_id,
        "fault": one.fault,
        "what": one.what,
        "said_at": one.said_at.isoformat(),
        "journal": one.journal,
        "journal_index": one.journal_index,
        "ledger_index": one.ledger_index,
    }


def _lost_fact(one: Lost) -> dict[str, Any]:
    return {"root": one.root, "event_id": one.event_id, "officer": one.officer, "done_at": one.done_at.isoformat()}


def _licence_lines(facts: dict[str, Any]) -> Iterator[str]:
    ground = f" ({facts['ground']})" if facts["ground"] else ""
    yield f"{facts['licence']}  {facts['status'] or 'not counted'}{ground}, until {facts['valid_until'] or 'no end'}"
    yield from (f"    {name}: {as_text(value)}" for name, value in facts["fields"].items())
    for act in facts["acts"]:
        second = f", confirmed by {act['second_officer']}" if act["second_officer"] else ""
        yield f"{act['done_at'][:19]}  {act['act']} by {act['officer']}{second}{' INVALID: ' + act['fault'] if act['fault'] else ''}"
    yield from (f"the hub: {one['fault']}: {one['what']}" for one in facts["invalid"])


def _ending_fact(one: Ending) -> dict[str, Any]:
    return {
        "ending": one.id,
        "licence": one.asked.licence,
        "act": one.asked.kind.value,
        "ground": one.asked.ground,
        "basis": one.asked.basis,
        "document": one.asked.document,
        "proposed_by": one.asked.officer.person,
        "proposed_at": one.proposed_at.isoformat(),
    }


def _ending_lines(one: Ending) -> Iterator[str]:
    by = f"proposed by {one.asked.officer.person} at {one.proposed_at:%Y-%m-%d %H:%M} UTC"
    yield f"{one.id}  {title(one.asked.kind)} {one.asked.licence}, {by}"
    yield f"    {title(Ground(one.asked.ground))}; {one.asked.basis}"
