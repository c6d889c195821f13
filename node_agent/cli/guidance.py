"""Ask halls above for guidance, and answer those below; offline, for messages wait in the outbox (业务指导)."""

from dataclasses import asdict
from pathlib import Path

import click

from directory.guidance.thread import About
from directory.guidance.vocabulary import Kind
from node_agent.cli.asking import asker_options
from node_agent.cli.guidance_view import allowed, attached, facts_of, line_of, opened, show_thread, who_of
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.guidance import desk, intake, parking, queues
from node_agent.guidance.queues import Queue
from node_agent.guidance.speaking import Asked, Words, say_again
from node_agent.outbox import Actor

_clerk = asker_options("clerk")
_guide = asker_options("guide")
_text = click.option("--text", required=True, help="What to say, in plain words.")
_files = click.option("--file", "files", multiple=True, type=click.Path(exists=True, dir_okay=False), help="A file to attach; repeatable.")
_words = click.option("--text", default="", help="What to say besides.")


@click.group()
def guidance() -> None:
    """Ask the halls above how to handle a matter, answer those below, and search what was answered; works offline."""


@guidance.command()
@click.argument("guiding_hall")
@_text
@_files
@click.option("--case", "case_number", default="", help="The number of the case that it is about.")
@click.option("--case-hall", default="", help="The hall of that case, where it was referred to this one.")
@click.option("--item", default="", help="The code of the item that it is about.")
@click.option("--to", "asked", default="", help="The department that is asked; default: any.")
@_clerk
@config_option
@json_option
@told
def ask(guiding_hall: str, text: str, files: tuple[str, ...], config_path: Path, *, as_json: bool, **more: str) -> None:
    """Ask the GUIDING_HALL, which is one above this hall.

    \b
    Example:
      tongban-agent guidance ask changchun --text 施工许可需要哪些材料? --department gongzhuling-rs --person 1024
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    who, number = who_of(more), more["case_number"]
    with opened(config_path) as store:
        about = About((more["case_hall"] or store.config.hall) if number else "", number, "" if number else more["item"])
        asked = Asked(guiding_hall=guiding_hall, department=more["asked"], about=about)
        spoken = allowed(store.speaker(who).ask(asked, Words(text=text, attachments=attached(config_path, files))))
        show_thread(store, spoken.key, who, as_json=as_json)


@guidance.command()
@click.argument("thread")
@_text
@_files
@_guide
@config_option
@json_option
@told
def answer(thread: str, text: str, files: tuple[str, ...], config_path: Path, *, as_json: bool, **more: str) -> None:
    """Answer the THREAD, which is named by the first signs of its id.

    \b
    Example:
      tongban-agent guidance answer 0b6a4a52 --text 需要三项材料 --department changchun-rs --person 7
    """  # noqa: D301
    _say(thread, Kind.ANSWERED, Words(text=text, attachments=attached(config_path, files)), (who_of(more), config_path), as_json=as_json)


@guidance.command("follow-up")
@click.argument("thread")
@_text
@_files
@_clerk
@config_option
@json_option
@told
def follow_up(thread: str, text: str, files: tuple[str, ...], config_path: Path, *, as_json: bool, **more: str) -> None:
    """Ask further in the THREAD.

    \b
    Example:
      tongban-agent guidance follow-up 0b6a4a52 --text 第二项如何取得? --department gongzhuling-rs --person 1024
    """  # noqa: D301
    _say(thread, Kind.FOLLOWED_UP, Words(text=text, attachments=attached(config_path, files)), (who_of(more), config_path), as_json=as_json)


@guidance.command()
@click.argument("thread")
@_words
@_clerk
@config_option
@json_option
@told
def close(thread: str, text: str, config_path: Path, *, as_json: bool, **more: str) -> None:
    """Close the THREAD; `--role guide` at the hall that guides.

    \b
    Example:
      tongban-agent guidance close 0b6a4a52 --department gongzhuling-rs --person 1024
    """  # noqa: D301
    _say(thread, Kind.CLOSED, Words(text=text), (who_of(more), config_path), as_json=as_json)


@guidance.command()
@click.argument("thread")
@_words
@_clerk
@config_option
@json_option
@told
def reopen(thread: str, text: str, config_path: Path, *, as_json: bool, **more: str) -> None:
    """Reopen the THREAD that is closed.

    \b
    Example:
      tongban-agent guidance reopen 0b6a4a52 --text 还有一个问题 --department gongzhuling-rs --person 1024
    """  # noqa: D301
    _say(thread, Kind.REOPENED, Words(text=text), (who_of(more), config_path), as_json=as_json)


@guidance.command()
@click.argument("thread")
@click.option("--grade", type=click.IntRange(1, 5), required=True, help="From 1 to 5, the best.")
@_words
@_clerk
@config_option
@json_option
@told
def rate(thread: str, grade: int, text: str, config_path: Path, *, as_json: bool, **more: str) -> None:
    """Rate the guidance in the THREAD that is closed; once per closing.

    \b
    Example:
      tongban-agent guidance rate 0b6a4a52 --grade 5 --department gongzhuling-rs --person 1024
    """  # noqa: D301
    _say(thread, Kind.RATED, Words(text=text, grade=grade), (who_of(more), config_path), as_json=as_json)


@guidance.command("list")
@click.option("--queue", type=click.Choice([queue.value for queue in Queue]), default=Queue.ALL.value, show_default=True)
@_clerk
@config_option
@json_option
@told
def list_(queue: str, config_path: Path, *, as_json: bool, **more: str) -> None:
    """List threads: those that wait for an answer first, the longest wait before the others; and what could not be applied.

    \b
    Example:
      tongban-agent guidance list --queue unclaimed --role guide --department changchun-rs --person 7
    """  # noqa: D301
    who = who_of(more)
    with opened(config_path) as store:
        found = queues.listed(store.connection, Queue(queue), who, store.rules, store.now)
        counted = asdict(queues.counts(store.connection, who, store.rules, store.now))
        parked = parking.waiting(store.connection)
    lines = [*map(line_of, found)] or ["no threads"]
    lines += [f"parked {one.id}: a message of {one.entry.hall}: {one.reason}" for one in parked]
    faults = [{"id": one.id, "hall": one.entry.hall, "subject": one.subject, "reason": one.reason} for one in parked]
    show({"threads": [*map(facts_of, found)], "counts": counted, "parked": faults}, lines, as_json=as_json)


@guidance.command("show")
@click.argument("thread")
@_clerk
@config_option
@json_option
@told
def show_(thread: str, config_path: Path, *, as_json: bool, **more: str) -> None:
    """Show all that was said in the THREAD, with the notes of this hall.

    \b
    Example:
      tongban-agent guidance show 0b6a4a52 --person 1024
    """  # noqa: D301
    who = who_of(more)
    with opened(config_path) as store:
        key = store.key(thread)
        desk.mark_seen(store.connection, key, who.person)
        show_thread(store, key, who, as_json=as_json)


@guidance.command()
@click.option("--event", default="", help="Send this message again, which the hub refused.")
@config_option
@json_option
@told
def retry(event: str, config_path: Path, *, as_json: bool) -> None:
    """Try messages again that could not be applied; or send one again that the hub refused.

    \b
    Example:
      tongban-agent guidance retry
    """  # noqa: D301
    with opened(config_path) as store:
        if event:
            allowed(say_again(store.connection, store.here(), event, store.now))
            show({"sent_again": event}, [f"{event} is sent again"], as_json=as_json)
            return
        applied, left = intake.retry(store.connection, store.config.hall, store.now)
    show({"applied": applied, "parked": left}, [f"{applied} applied, {left} parked still"], as_json=as_json)


def _say(thread: str, kind: Kind, words: Words, by: tuple[Actor, Path], *, as_json: bool) -> None:
    who, config_path = by
    with opened(config_path) as store:
        key = store.key(thread)
        allowed(store.speaker(who).say(key, kind, words))
        show_thread(store, key, who, as_json=as_json)
