"""Look at the hall's replica of the province's directory; works offline."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from node_agent import db, directory_replica, lock
from node_agent.cli.opening import config_option, fail, json_option, show, told
from node_agent.config import load
from node_agent.directory_replica import Kept
from node_agent.errors import NotEnrolled

SHOWN = 100
"""Signs of a document in a list."""


@click.group()
def directory() -> None:
    """Look at the halls, departments, resources and rules of the province, as the hub said them to every hall."""


@directory.command("list")
@click.argument("kind")
@config_option
@json_option
@told
def list_(kind: str, config_path: Path, *, as_json: bool) -> None:
    """List the documents of a KIND, such as hall, department, resource or rule.

    \b
    Example:
      tongban-agent directory list hall --config agent.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    found, kinds, unread = _look(config_path, kind)
    if not found and kind not in kinds:
        fail(f"the replica holds no {kind}; it holds {', '.join(kinds) or 'nothing yet'}", facts={"kinds": kinds})
    lines = [f"{_named(one):<40} {_short(one.document)}" for one in found]
    lines += [f"ledger index {index}: {why}" for index, why in unread]
    show({"kind": kind, "documents": [_fact(one) for one in found], "unread": _unread(unread)}, lines, as_json=as_json)


@directory.command("show")
@click.argument("kind")
@click.argument("key")
@config_option
@json_option
@told
def show_(kind: str, key: str, config_path: Path, *, as_json: bool) -> None:
    """Show everything of the KEY of a KIND, every version, and where in the ledger it was said.

    \b
    Example:
      tongban-agent directory show hall gongzhuling --config agent.toml
    """  # noqa: D301
    found, kinds, _ = _look(config_path, kind, key)
    if not found:
        fail(f"the replica holds no {kind} {key!r}", facts={"kinds": kinds})
    show({"kind": kind, "key": key, "documents": [_fact(one) for one in found]}, [*_lines(found)], as_json=as_json)


def _look(config_path: Path, kind: str, key: str = "") -> tuple[list[Kept], dict[str, int], list[tuple[int, str]]]:
    config = load(config_path)
    if not config.store_path.exists():
        raise NotEnrolled("the agent has received nothing yet: enrol it and let it run")
    # As for status: a running agent has made every table, and is left alone.
    engine = (db.open_store if lock.holder(config.data_dir) is None else db.connect)(config.store_path)
    try:
        with db.reading(engine) as connection:
            kinds: dict[str, int] = directory_replica.standing(connection)["kinds"]
            return directory_replica.documents(connection, kind, key), kinds, directory_replica.unread(connection)
    finally:
        engine.dispose()


def _named(one: Kept) -> str:
    return f"{one.place.key} {one.place.version}".rstrip()


def _short(document: str) -> str:
    return document if len(document) <= SHOWN else f"{document[:SHOWN]}…"


def _unread(unread: Sequence[tuple[int, str]]) -> list[dict[str, Any]]:
    return [{"ledger_index": index, "why": why} for index, why in unread]


def _fact(one: Kept) -> dict[str, Any]:
    return {
        "key": one.place.key,
        "version": one.place.version,
        "document": json.loads(one.document),
        "reason": one.reason,
        "ledger_index": one.ledger_index,
        "journal_index": one.journal_index,
    }


def _lines(found: Sequence[Kept]) -> Iterable[str]:
    for one in found:
        where = f"ledger index {one.ledger_index}, message {one.journal_index} of the hub"
        yield f"{one.place}, {where}{f': {one.reason}' if one.reason else ''}"
        yield json.dumps(json.loads(one.document), ensure_ascii=False, indent=2)
