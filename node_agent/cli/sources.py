"""Let an operator look at the hall's sources before and while they are read."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from node_agent.cli.opening import EXIT_USAGE, config_option, fail, json_option, told
from node_agent.config import load
from node_agent.sources.config import FolderSourceConfig, SqlSourceConfig, read_sources
from node_agent.sources.mapped import Mapped
from node_agent.sources.meaning import meaning_at_rest
from node_agent.sources.preview import PreviewedRow
from node_agent.sources.preview import preview as first_rows
from tongban.directory.v1.records_pb2 import Record


@click.group()
def source() -> None:
    """Look at the hall's own systems as the agent reads them."""


@source.command("list")
@config_option
@json_option
@told
def list_sources(config_path: Path, *, as_json: bool) -> None:
    """Name the configured sources.

    \b
    Example:
      tongban-agent source list --config agent.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    described = [_described(config) for config in _sources(config_path)]
    if as_json:
        click.echo(json.dumps({"sources": described}, ensure_ascii=False))
        return
    for one in described:
        recipients = ", ".join(one["recipients"]) or "the hub alone"
        click.echo(f"{one['name']}  {one['kind']}  {one['schedule']}  {one['resource']} to {recipients}  {one['where']}")


@source.command()
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many rows to show.")
@config_option
@json_option
@told
def preview(name: str, limit: int, config_path: Path, *, as_json: bool) -> None:
    """Show what the mapping makes of the first rows of the source NAME; nothing is written or sent.

    \b
    Example:
      tongban-agent source preview business --limit 5 --config agent.toml
    """  # noqa: D301
    agent = load(config_path)
    config = next((one for one in read_sources(agent.source, agent.folder) if one.name == name), None)
    if config is None:
        fail(f"{config_path} has no source {name!r}", EXIT_USAGE)
    rows = first_rows(config, limit, meaning_at_rest(config, agent.hall, agent.store_path, datetime.now(UTC)))
    if as_json:
        click.echo(json.dumps({"rows": [_shown(row) for row in rows]}, ensure_ascii=False, default=str))
        return
    for row in rows:
        click.echo(_spoken(row))


def _sources(path: Path) -> tuple[SqlSourceConfig | FolderSourceConfig, ...]:
    config = load(path)
    return read_sources(config.source, config.folder)


def _described(config: SqlSourceConfig | FolderSourceConfig) -> dict[str, Any]:
    return {
        "name": config.name,
        "kind": config.kind,
        "schedule": config.cron or (f"every {config.every.total_seconds():g}s" if config.every else "by hand"),
        "resource": config.resource,
        "recipients": list(config.recipients),
        "where": config.url if isinstance(config, SqlSourceConfig) else str(config.path),
    }


def _shown(row: PreviewedRow) -> dict[str, Any]:
    shown: dict[str, Any] = {"row": row.row, "event": None if row.mapped is None else _event(row.mapped)}
    return shown | ({"reason": row.reason} if row.reason else {})


def _event(mapped: Mapped[Message]) -> dict[str, Any]:
    times = {name: _utc(getattr(mapped, name)) for name in ("occurred_at", "recorded_at")}
    return {"kind": mapped.kind} | times | _message(mapped) | {"kind": mapped.kind}


def _message(mapped: Mapped[Message]) -> dict[str, Any]:
    """Return what is sent; a record as the document that it is."""
    if isinstance(mapped.message, Record):
        document = mapped.message.document
        return {"key": mapped.subject, "version": mapped.message.version} | ({"record": json.loads(document)} if document else {})
    return MessageToDict(mapped.message, preserving_proto_field_name=True)


def _utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _spoken(row: PreviewedRow) -> str:
    what = " ".join(f"{name}={value}" for name, value in row.row.items() if value not in {None, ""})
    if row.mapped is None:
        return f"- {row.reason}\n    {what}"
    said = " ".join(f"{name}={value}" for name, value in _event(row.mapped).items())
    return f"+ {said}\n    {what}"
