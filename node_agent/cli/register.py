"""Edit the province's register for an administrator of the hall; the hub judges and decides."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from node_agent.cli.asking import asker_options, facts, principal, put
from node_agent.cli.opening import EXIT_FAULT, config_option, fail, json_option, show, told
from node_agent.link import register as link
from tongban.directory.v1 import register_pb2

_asker = asker_options("hall-administrator")
MOST_BYTES = 256 * 1024
"""Of all files of one edit; the hub takes no more."""


@click.group()
def register() -> None:
    """Edit the halls, departments, items, offers, days off and rules that are this hall's to edit."""


@register.command()
@click.argument("files", type=click.Path(path_type=Path, dir_okay=False, exists=True), nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--reason", default="", help="On what decision it rests; every hall is told. Needed to save.")
@_asker
@config_option
@json_option
@told
def edit(
    files: tuple[Path, ...], dry_run: bool, reason: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool
) -> None:
    """Save what FILES say: all of it or, when anything in them is wrong, nothing. They are as `tongban-hub directory import` reads them.

    Rules of access count when another administrator confirms them. What others change between the look and the save is not written over.

    \b
    Examples:
      tongban-agent register edit departments.csv --dry-run --person 7 --config agent.toml
      tongban-agent register edit departments.csv --reason 榆政办〔2026〕3号 --person 7 --config agent.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    given, who = _read(files), principal(role, department, person)
    judged = put(config_path, link.propose, register_pb2.ProposeChangesRequest(files=given, asked_by=who))
    if judged.faults:
        for one in map(_fault, judged.faults):
            click.echo(one, err=True)
        fail(f"{len(judged.faults)} things are wrong; nothing was changed", EXIT_FAULT, facts={"judged": facts(judged)})
    if dry_run or not judged.rows:
        lines = [*_rows(judged), "nothing was changed: this was a dry run" if judged.rows else "nothing to change"]
        show({"judged": facts(judged), "saved": None}, lines, as_json=as_json)
        return
    _save(config_path, judged, register_pb2.SaveChangesRequest(files=given, position=judged.position, reason=reason, asked_by=who), as_json)


def _save(config_path: Path, judged: Any, request: register_pb2.SaveChangesRequest, as_json: bool) -> None:  # noqa: ANN401 - what the hub said
    saved = put(config_path, link.save, request)
    waits = f"it waits as {saved.pending}: another administrator confirms it" if saved.pending else f"saved: {saved.changes} changes"
    show({"judged": facts(judged), "saved": facts(saved)}, [*_rows(judged), waits], as_json=as_json)


@register.command()
@_asker
@config_option
@json_option
@told
def pending(role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Show the changes of rules of access that wait for a second administrator, and what each would change.

    \b
    Example:
      tongban-agent register pending --person 8 --config agent.toml
    """  # noqa: D301
    found = put(config_path, link.pending, register_pb2.ListPendingChangesRequest(asked_by=principal(role, department, person))).pending
    lines = [line for one in found for line in (f"{one.pending}  {_who(one.author)}  {one.reason}", *_rows(one.judged))]
    show({"pending": [facts(one) for one in found]}, lines or ["nothing waits"], as_json=as_json)


@register.command()
@click.argument("ident", metavar="ID")
@_asker
@config_option
@json_option
@told
def confirm(ident: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Let count what another administrator saved under an ID.

    \b
    Example:
      tongban-agent register confirm e-5f0c9a1be2d34786 --person 8 --config agent.toml
    """  # noqa: D301
    saved = put(config_path, link.confirm, register_pb2.ConfirmChangesRequest(pending=ident, asked_by=principal(role, department, person)))
    show({"saved": facts(saved)}, [f"confirmed: {saved.changes} changes"], as_json=as_json)


@register.command()
@click.argument("ident", metavar="ID")
@_asker
@config_option
@json_option
@told
def withdraw(ident: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Take back what waits under an ID.

    \b
    Example:
      tongban-agent register withdraw e-5f0c9a1be2d34786 --person 7 --config agent.toml
    """  # noqa: D301
    put(config_path, link.withdraw, register_pb2.WithdrawChangesRequest(pending=ident, asked_by=principal(role, department, person)))
    show({"withdrawn": ident}, [f"{ident} is taken back"], as_json=as_json)


@register.command()
@click.argument("kind")
@click.argument("key")
@_asker
@config_option
@json_option
@told
def history(kind: str, key: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Show who changed the KEY of a KIND, when and why, as the hub's ledger holds it; the newest first.

    \b
    Example:
      tongban-agent register history department yushu-rs --person 7 --config agent.toml
    """  # noqa: D301
    request = register_pb2.GetHistoryRequest(kind=kind, key=key, asked_by=principal(role, department, person))
    found = put(config_path, link.history, request).changes
    lines = [f"{one.said_at.ToJsonString()}  ledger {one.ledger_index}  {_who(one.change.author)}  {one.change.reason}" for one in found]
    show({"changes": [facts(one) for one in found]}, lines or ["no changes are known"], as_json=as_json)


def _read(paths: Sequence[Path]) -> list[register_pb2.EditedFile]:
    if sum(path.stat().st_size for path in paths) > MOST_BYTES:
        fail(f"more than {MOST_BYTES // 1024} KiB in one edit; divide it, or have the hub's operator import it")
    return [register_pb2.EditedFile(name=path.name, content=path.read_bytes()) for path in paths]


def _rows(judged: register_pb2.ProposeChangesResponse) -> Iterable[str]:
    for row in judged.rows:
        yield f"{'+' if row.added else '~'} {row.kind} {row.key} {row.version}".rstrip()
        yield from (f"    {one.path}: {one.before or '-'} -> {one.after or '-'}" for one in row.fields)
    yield from (f"note: {_fault(one)}" for one in judged.notes)


def _fault(one: register_pb2.RegisterFault) -> str:
    where = " ".join(word for word in (one.file, f"line {one.line}" if one.line else "", one.path) if word)
    return f"{where}: {one.what}" if where else one.what


def _who(author: register_pb2.Author) -> str:
    return f"{author.hall} {author.person.person}" if author.hall else "operator"
