"""Change the province's directory, and say how its register stands."""

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from directory.register.fold import Documents
from directory.register.importing import File, FileFault, Plan
from directory.register.kinds import FORMS, Format, Kind
from directory.scopes.reading import default_rules
from hub import schema
from hub.cli.opening import EXIT_FAULT, config_option, fail, json_option, opened, show, told
from hub.registry import edits, register_log, staging
from hub.registry.staging import Account, State

STAGINGS_SHOWN = 20
LARGEST = 64 * 1024 * 1024
"""Bytes of all files of one import; to judge them takes some twenty times as much memory."""


@click.group()
def directory() -> None:
    """Import, export and look at halls, departments, divisions, resources, rules and days off."""


@directory.command("import")
@click.argument("files", type=click.Path(path_type=Path, dir_okay=False, exists=True), nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--whole", is_flag=True, help="The files name everything of their kinds: what they do not name is removed.")
@click.option("--reason", default="", help="On what decision it rests; every hall is told.")
@config_option
@json_option
@told
def import_(files: tuple[Path, ...], dry_run: bool, whole: bool, reason: str, config_path: Path, *, as_json: bool) -> None:
    """Take FILES in: all of them or, when anything in them is wrong, nothing. Every bad row is named with its line.

    The kind of a file is told by what is in it: a CSV by its columns, TOML and JSON by the name of their tables. Rows are judged
    together with the directory as it is, so what they refer to must be in it or in another of the files.

    \b
    Examples:
      tongban-hub directory import departments.csv resources.toml --dry-run --config province/hub.toml
      tongban-hub directory import departments.csv resources.toml --reason 吉政办〔2026〕7号 --config province/hub.toml
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    given, now = _read(files), datetime.now(UTC)
    with opened(config_path) as (config, database), _at_work(f"judging {', '.join(one.name for one in given)}"):
        schema.prepare(config.database)
        if dry_run:
            plan, number = edits.preview(database, given, now, whole=whole), None
        else:
            staged = edits.stage_files(database, given, now, reason, whole=whole)
            plan, number = staged.plan, staged.number
    if plan.faults:
        _refuse(plan.faults, as_json=as_json)
    changes = {kind.value: found.as_json() for kind, found in plan.differences.items()}
    facts = {"staged": number, "dry_run": dry_run, "changes": changes, "notes": list(map(_as_json, plan.notes))}
    notes = [f"note: {note}" for note in plan.notes]
    show(facts, [*_difference(plan, every=dry_run), *notes, _what_follows(number, dry_run=dry_run)], as_json=as_json)


def _read(paths: Sequence[Path]) -> list[File]:
    given, room = [], LARGEST
    for path in paths:
        with path.open("rb") as file:
            data = file.read(room + 1)
        room -= len(data)
        if room < 0:
            fail(f"{path}: more than {LARGEST // 1024 // 1024} MiB in one import; divide it, what others refer to first")
        given.append(File(str(path), data))
    return given


def _at_work(doing: str) -> AbstractContextManager[object]:
    """Show on a terminal that something long is being done."""
    return Console(stderr=True).status(doing) if sys.stderr.isatty() else nullcontext()


def _refuse(faults: Sequence[FileFault], *, as_json: bool) -> None:
    facts = list(map(_as_json, faults))
    count = f"{len(faults)} thing{'s are' if len(faults) > 1 else ' is'} wrong; nothing was taken in"
    show({"error": count, "exit": EXIT_FAULT, "faults": facts}, list(map(str, faults)), as_json=as_json)
    click.echo(f"tongban-hub: {count}", err=True)
    sys.exit(EXIT_FAULT)


def _as_json(one: FileFault) -> dict[str, Any]:
    return {"file": one.file, "line": one.fault.line, "path": one.fault.path, "what": one.fault.what}


def _difference(plan: Plan, *, every: bool) -> Iterable[str]:
    for kind, found in plan.differences.items():
        lines = list(found.lines())
        yield from (f"{kind}: {line}" for line in (lines if every else lines[-1:]))


def _what_follows(number: int | None, *, dry_run: bool) -> str:
    if dry_run:
        return "nothing was changed: this was a dry run"
    return "nothing to change" if number is None else f"staged as {number}: a running hub takes it in within seconds"


@directory.command()
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@click.option("--format", "form", type=click.Choice([form.value for form in Format]), help="Default: as files of the kind usually are.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; default: standard output.")
@config_option
@told
def export(kind: str, form: str | None, out: Path | None, config_path: Path) -> None:
    """Write everything of a KIND, with what waits to be taken in, as `import` reads it.

    Of rules the default ones where the directory holds none: whoever changes one imports all of them together.

    \b
    Examples:
      tongban-hub directory export hall --config province/hub.toml
      tongban-hub directory export rule --out rules.toml --config province/hub.toml
    """  # noqa: D301
    how = FORMS[kind]
    chosen = Format(form) if form else how.formats[0]
    if chosen not in how.formats:
        fail(f"files of {kind} are written as {' or '.join(how.formats)}, not as {chosen}")
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        with database.reader.begin() as connection:
            documents = edits.ground(connection, datetime.now(UTC)).documents
    things = how.things(_of_kind(documents, kind)).whole() or (default_rules() if kind == Kind.RULE else ())
    data = how.write(things, chosen)
    if out is None:
        click.echo(data, nl=False)
    else:
        out.write_bytes(data)


def _of_kind(documents: Documents, kind: str) -> list[str]:
    return [documents[place] for place in sorted(documents) if place.kind == kind]


@directory.command()
@config_option
@json_option
@told
def status(config_path: Path, *, as_json: bool) -> None:
    """Show what the register holds, and what became of what was staged; it needs no running hub.

    \b
    Example:
      tongban-hub directory status --config province/hub.toml
    """  # noqa: D301
    with opened(config_path) as (config, database):
        schema.prepare(config.database)
        with database.reader.begin() as connection:
            register, accounts = register_log.load(connection), staging.accounts(connection, STAGINGS_SHOWN)
    kinds: dict[str, int] = {}
    for place, _ in sorted(register):
        kinds[place.kind] = kinds.get(place.kind, 0) + 1
    facts: dict[str, Any] = {
        "documents": len(register),
        "kinds": kinds,
        "ledger_index": register.newest if len(register) else None,
        "digest": register.digest(),
        "stagings": [_account(one) for one in accounts],
    }
    show(facts, _lines(facts, accounts), as_json=as_json)


def _account(one: Account) -> dict[str, Any]:
    times = {"staged_at": _time(one.staged_at_ms), "settled_at": _time(one.settled_at_ms)}
    told_of = {name: value for name, value in asdict(one).items() if not name.endswith("_ms")}
    return told_of | {"state": one.state.value, "faults": list(one.faults)} | times


def _time(at_ms: int) -> str | None:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds") if at_ms else None


def _lines(facts: dict[str, Any], accounts: Sequence[Account]) -> list[str]:
    held = ", ".join(f"{count:,} {kind}" for kind, count in facts["kinds"].items()) or "nothing yet"
    where = "" if facts["ledger_index"] is None else f", the newest at ledger index {facts['ledger_index']:,}"
    lines = [f"register      {facts['documents']:,} documents{where}: {held}", f"digest        {facts['digest']}"]
    for one in accounts:
        left = f", {one.left:,} left" if one.state is State.WAITING else ""
        lines.append(f"staging {one.id:<6}{one.state:<9}{one.changes:,} changes{left}  {_time(one.staged_at_ms)}  {one.reason}".rstrip())
        lines += [f"    {fault}" for fault in one.faults]
    return lines
