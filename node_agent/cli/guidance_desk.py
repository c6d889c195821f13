"""Look after threads within the hall: take them, note, keep answers at hand, search what was answered."""

import shutil
from dataclasses import asdict
from pathlib import Path

import click

from directory.refusal import Refused
from node_agent.cli.asking import asker_options, staff_number
from node_agent.cli.guidance import guidance
from node_agent.cli.guidance_view import facts_of, line_of, opened, show_thread, who_of
from node_agent.cli.opening import config_option, fail, json_option, show, told
from node_agent.config import load
from node_agent.guidance import desk, files, knowledge, queues
from node_agent.guidance.desk import Claim, Taken

_clerk = asker_options("clerk")
_guide = asker_options("guide")


@guidance.command()
@click.argument("thread")
@click.option("--back", is_flag=True, help="Give it back to the department.")
@_guide
@config_option
@json_option
@told
def claim(thread: str, config_path: Path, *, back: bool, as_json: bool, **more: str) -> None:
    """Take the THREAD to look after it; whoever comes second is told who has it.

    \b
    Example:
      tongban-agent guidance claim 0b6a4a52 --department changchun-rs --person 7
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    who = who_of(more)
    with opened(config_path) as store:
        key = store.key(thread)
        _check((desk.unclaim if back else desk.claim)(store.connection, key, who, store.now))
        show_thread(store, key, who, as_json=as_json)


@guidance.command()
@click.argument("thread")
@click.option(
    "--to",
    default="",
    callback=staff_number,
    help="The staff number of whoever shall have it; default: whoever of the department takes it.",
)
@click.option("--to-department", default="", help="The department that shall have it.")
@_guide
@config_option
@json_option
@told
def assign(thread: str, to: str, to_department: str, config_path: Path, *, as_json: bool, **more: str) -> None:
    """Give the THREAD to someone of this hall, whoever has it.

    \b
    Example:
      tongban-agent guidance assign 0b6a4a52 --to 8 --to-department changchun-rs --person 7
    """  # noqa: D301
    who = who_of(more)
    with opened(config_path) as store:
        key = store.key(thread)
        _check(desk.assign(store.connection, key, (to, to_department), who, store.now))
        show_thread(store, key, who, as_json=as_json)


@guidance.command()
@click.argument("thread")
@click.option("--text", required=True, help="What to say among ourselves.")
@_guide
@config_option
@json_option
@told
def note(thread: str, text: str, config_path: Path, *, as_json: bool, **more: str) -> None:
    """Write a note on the THREAD; it never leaves this hall.

    \b
    Example:
      tongban-agent guidance note 0b6a4a52 --text 先问法规处 --person 7
    """  # noqa: D301
    who = who_of(more)
    with opened(config_path) as store:
        key = store.key(thread)
        done = desk.note(store.connection, key, text, who, store.now)
        if isinstance(done, Refused):
            fail(done.why)
        show_thread(store, key, who, as_json=as_json)


@guidance.command()
@click.argument("words")
@_clerk
@config_option
@json_option
@told
def search(words: str, config_path: Path, *, as_json: bool, **more: str) -> None:
    """Search the threads of this hall, and the province's knowledge, for all of the WORDS.

    \b
    Example:
      tongban-agent guidance search '施工许可 材料'
    """  # noqa: D301
    who = who_of(more)
    with opened(config_path) as store:
        found = queues.search(store.connection, words, who, store.rules, store.now)
        known = knowledge.found(store.connection, words)
    lines = [*map(line_of, found), *(f"{one.knowledge}  {one.published}  {one.hall}/{one.department}  {one.title}" for one in known)]
    facts = {"threads": [*map(facts_of, found)], "knowledge": [asdict(one) for one in known]}
    show(facts, lines or ["nothing found"], as_json=as_json)


@guidance.command()
@click.option("--item", default="", help="The code of the item that they are for; default: any.")
@click.option("--title", default="", help="Keep an answer under this title.")
@click.option("--text", default="", help="What it says.")
@click.option("--drop", type=int, help="Drop the answer of this number.")
@_guide
@config_option
@json_option
@told
def canned(item: str, title: str, text: str, drop: int | None, config_path: Path, *, as_json: bool, **more: str) -> None:
    """List the answers that are kept at hand; with --title keep one, with --drop drop one.

    \b
    Example:
      tongban-agent guidance canned --item 000117001000 --title 施工许可材料 --text 需要三项材料 --person 7
    """  # noqa: D301
    with opened(config_path) as store:
        if title:
            done = desk.keep_canned(store.connection, item, (title, text), who_of(more), store.now)
            if isinstance(done, Refused):
                fail(done.why)
        if drop is not None and not desk.drop_canned(store.connection, drop):
            fail(f"there is no answer {drop} at hand")
        found = desk.canned_for(store.connection, item)
    lines = [f"{one.id}  {one.item_code or 'any item'}  {one.title}" for one in found] or ["no answers at hand"]
    show({"canned": [asdict(one) for one in found]}, lines, as_json=as_json)


@guidance.command("file")
@click.argument("sha256")
@click.option("--to", required=True, type=click.Path(dir_okay=False), help="Where to put it.")
@config_option
@json_option
@told
def file_(sha256: str, to: str, config_path: Path, *, as_json: bool) -> None:
    """Put the file that is named by the first signs of its SHA256 where --to says; it is not opened.

    \b
    Example:
      tongban-agent guidance file 9f86d081 --to 图纸.pdf
    """  # noqa: D301
    folder = load(config_path).data_dir / files.FOLDER
    found = [path for path in folder.glob(f"{sha256}*") if path.suffix != ".part"] if sha256.isalnum() and folder.exists() else []
    if len(found) != 1:
        fail("there is no such file here, or more than one; `guidance show` says which files are still coming")
    shutil.copyfile(found[0], to)
    show({"sha256": found[0].name, "path": to}, [f"{found[0].name} is at {to}"], as_json=as_json)


def _check(done: Claim | Taken | Refused) -> None:
    if isinstance(done, Refused):
        fail(done.why)
    if isinstance(done, Taken):
        held = done.claim
        fail(f"{held.person} of {held.department or 'this hall'} has looked after it since {held.at.astimezone():%Y-%m-%d %H:%M}")
