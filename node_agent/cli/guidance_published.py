"""Publish answers to the province's knowledge, and see how threads stand everywhere below; through the hub."""

from pathlib import Path

import click

from directory.guidance.vocabulary import STATE_TITLES, Kind, State
from node_agent.cli import guidance_desk  # its commands belong to the group, too
from node_agent.cli.asking import asker_options, facts, limit_option, more_line, pages, principal, put
from node_agent.cli.guidance import guidance
from node_agent.cli.guidance_view import opened
from node_agent.cli.opening import config_option, fail, json_option, show, told
from node_agent.guidance import queues
from node_agent.link import guidance as link
from tongban.guidance.v1 import guidance_pb2

__all__ = ["guidance", "guidance_desk"]

_guide = asker_options("guide")
_supervisor = asker_options("supervisor")


@guidance.command()
@click.argument("knowledge")
@click.option("--thread", default="", help="Take question and answer from this thread: what was asked first, what was answered last.")
@click.option("--title", required=True, help="What it is about, in one line.")
@click.option("--question", default="", help="What was asked, for everybody.")
@click.option("--answer", default="", help="What is answered.")
@click.option("--item", "items", multiple=True, help="The code of an item that it is for; repeatable.")
@_guide
@config_option
@json_option
@told
def publish(knowledge: str, config_path: Path, items: tuple[str, ...], *, as_json: bool, **more: str) -> None:
    """Publish an answer under the id KNOWLEDGE to every hall; look first that it says nothing of a person.

    \b
    Example:
      tongban-agent guidance publish construction-materials --thread 0b6a4a52 --title 施工许可的材料 --department changchun-rs --person 7
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    asked, answered = _of_thread(config_path, more["thread"]) if more["thread"] else ("", "")
    request = guidance_pb2.PublishAnswerRequest(
        knowledge=knowledge,
        title=more["title"],
        question=more["question"] or asked,
        answer=more["answer"] or answered,
        items=items,
        asked_by=principal(more["role"], more["department"], more["person"]),
    )
    done = put(config_path, link.publish, request)
    show(facts(done), [f"{done.knowledge} is published: every hall has it with its next delivery"], as_json=as_json)


@guidance.command()
@click.argument("knowledge")
@click.option("--ground", required=True, help="Why.")
@_guide
@config_option
@json_option
@told
def withdraw(knowledge: str, ground: str, config_path: Path, *, as_json: bool, **more: str) -> None:
    """Withdraw the published answer KNOWLEDGE.

    \b
    Example:
      tongban-agent guidance withdraw construction-materials --ground 规定已修改 --department changchun-rs --person 7
    """  # noqa: D301
    who = principal(more["role"], more["department"], more["person"])
    done = put(config_path, link.withdraw, guidance_pb2.WithdrawAnswerRequest(knowledge=knowledge, ground=ground, asked_by=who))
    show(facts(done), [f"{done.knowledge} is withdrawn"], as_json=as_json)


@guidance.command()
@click.option("--hall", default="", help="Those that this hall asks or guides.")
@click.option("--overdue", is_flag=True, help="Those alone whose answer is overdue.")
@limit_option
@_supervisor
@config_option
@json_option
@told
def waiting(config_path: Path, *, hall: str, overdue: bool, limit: int, as_json: bool, **more: str) -> None:
    """List the threads that wait for an answer at the halls below, the longest wait first; nothing of what was said.

    \b
    Example:
      tongban-agent guidance waiting --overdue --person 3
    """  # noqa: D301
    who = principal(more["role"], more["department"], more["person"])
    request = guidance_pb2.ListThreadsRequest(hall=hall, overdue=overdue, waiting=True, asked_by=who)
    found, cut = pages(config_path, link.page, request, lambda page: page.threads, limit)
    lines = [*map(_line, found)] or ["nothing waits"]
    show({"threads": [facts(one) for one in found], "more": cut}, [*lines, *more_line(cut)], as_json=as_json)


def _line(one: guidance_pb2.ThreadStanding) -> str:
    late = "  overdue" if one.overdue else ""
    waits = f"waits {one.waiting_minutes} working minutes, due {one.due.ToJsonString()}{late}"
    return f"{one.thread}  {STATE_TITLES[State(one.state)]}  {one.asking_hall} → {one.guiding_hall}  {waits}"


def _of_thread(config_path: Path, name: str) -> tuple[str, str]:
    """Return what was asked first and answered last in a thread."""
    with opened(config_path) as store:
        said = queues.lines(store.connection, store.key(name))
    asked = [line.text for line in said if line.kind == Kind.ASKED]
    answered = [line.text for line in said if line.kind == Kind.ANSWERED]
    if not asked or not answered:
        fail("the thread holds no question, or no answer")
    return asked[0], answered[-1]
