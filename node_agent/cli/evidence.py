"""Export evidence of messages that this hall sent or received."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from certs.evidence_findings import Verdict
from certs.identity import read_certificate
from certs.verifier import Verifier
from node_agent import db, hall_keys, keys_replica, messages
from node_agent.cli.opening import EXIT_FAULT, config_option, fail, json_option, show, told
from node_agent.config import Config, load
from node_agent.errors import HubRefused
from node_agent.evidence import MISSING, REFUSED, Kept, keep
from node_agent.hall_keys import ROOT, HallKeys
from node_agent.link import evidence as link
from node_agent.link import refusals
from node_agent.messages import Position

VERDICTS = (Verdict.PROVED.value, Verdict.INCOMPLETE.value, MISSING, REFUSED)


@dataclass(frozen=True, slots=True)
class _Question:
    """Which messages of one author are asked for; `epoch` of the author's journal, 0 for the newest."""

    author: str
    indices: Sequence[int]
    cases: Sequence[str]
    epoch: int


@click.command()
@click.option("--index", "indices", type=click.IntRange(0, 2**63 - 1), multiple=True, help="Index in the author's journal; repeatable.")
@click.option("--case", "cases", multiple=True, help="Case number: all messages about it that the agent still keeps; repeatable.")
@click.option("--author", help="Id of the hall that sent it; default: this hall.")
@click.option("--epoch", type=click.IntRange(1), help="Epoch of the author's journal for --index; default: the newest known.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("evidence"), show_default=True, help="Folder for the files."
)
@config_option
@json_option
@told
def evidence(
    indices: tuple[int, ...],
    cases: tuple[str, ...],
    author: str | None,
    epoch: int | None,
    out: Path,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """Fetch evidence files of messages that this hall sent or received, and check each of them offline.

    Whoever has the file and the province's root can check it with `tongban-verify`. The files hold the messages themselves.
    The exit code is 1 when something asked for is missing or does not verify.

    \b
    Examples:
      tongban-agent evidence --case 2026-0017 --out evidence
      tongban-agent evidence --index 12 --index 13 --json
      tongban-agent evidence --author gongzhuling --case 2026-0017
    """  # noqa: D301
    if not indices and not cases:
        raise click.UsageError("name the messages by --index or by --case")
    config = load(config_path)
    hall = hall_keys.load(config)
    question = _Question(author or config.hall, indices, cases, epoch or 0)
    wanted = _wanted(config, hall, question)
    if not wanted:
        about = ", ".join(cases)
        fail(f"the agent keeps no receipted message of {question.author} about {about}; older ones are asked for by --index")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = _exported(config, hall, wanted, out)
    show(_facts(kept), _lines(kept, out), as_json=as_json)
    if any(one.file is None for one in kept):
        sys.exit(EXIT_FAULT)


def _wanted(config: Config, hall: HallKeys, question: _Question) -> list[Position]:
    """Return where the messages stand, each once, in order."""
    author = question.author
    if not config.store_path.exists():
        epoch = question.epoch or (hall.epoch if author == config.hall else 1)
        return sorted({Position(author, epoch, index) for index in question.indices})
    engine = db.connect(config.store_path)
    try:
        with db.reading(engine) as connection:
            epoch = question.epoch or _newest_epoch(connection, hall, author)
            named = {Position(author, epoch, index) for index in question.indices}
            return sorted(named.union(*(_found(connection, config, author, case) for case in question.cases)))
    finally:
        engine.dispose()


def _newest_epoch(connection: sa.Connection, hall: HallKeys, author: str) -> int:
    if author == hall.hall:
        return hall.epoch
    known = keys_replica.load(connection, hall.charter).keyring
    return known.epoch(author) if author in known.halls() else 1


def _found(connection: sa.Connection, config: Config, author: str, case: str) -> list[Position]:
    """Look through the journal, or for another author through the inbox."""
    received = author != config.hall
    with _bar(f"looking for {case}", messages.count(connection, received=received)) as looked:
        if received:
            return list(messages.received_about(connection, author, case, looked))
        return list(messages.sent_about(connection, case, looked))


def _exported(config: Config, hall: HallKeys, wanted: Sequence[Position], out: Path) -> list[Kept]:
    verifier = Verifier(read_certificate((hall.folder / ROOT).read_bytes()))

    async def fetch() -> list[Kept]:
        with _bar("exporting", len(wanted)) as done:
            kept = []
            async for position, data in link.export(config, hall, wanted):
                kept.append(keep(out, position, data, verifier))
                done(1)
            return kept

    try:
        return asyncio.run(fetch())
    except HubRefused as refused:
        fail(refusals.spoken(refused), reason=refused.reason)


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar, on a terminal only; give what moves it on."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)


def _facts(kept: Sequence[Kept]) -> dict[str, Any]:
    return {"asked": len(kept), "verdicts": _counted(kept), "messages": [_fact(one) for one in kept]}


def _counted(kept: Sequence[Kept]) -> dict[str, int]:
    return {verdict: sum(one.verdict == verdict for one in kept) for verdict in VERDICTS}


def _fact(one: Kept) -> dict[str, Any]:
    at = one.position
    file = str(one.file) if one.file else None
    return {"hall": at.hall, "epoch": at.epoch, "index": at.index, "verdict": one.verdict, "file": file, "not_proved": one.open}


def _lines(kept: Sequence[Kept], out: Path) -> list[str]:
    lines = [
        f"{one.position.hall}, message {one.position.index}: {one.verdict}: {one.open}" for one in kept if one.verdict != Verdict.PROVED
    ]
    counted = ", ".join(f"{number} {verdict}" for verdict, number in _counted(kept).items() if number)
    return [*lines, f"{sum(one.file is not None for one in kept)} files in {out}: {counted}"]
