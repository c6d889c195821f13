"""List the reminders of the hall, and of the halls below; through the hub."""

from pathlib import Path

import click

from node_agent.cli.asking import asker_options, facts, limit_option, more_line, pages, principal
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.link import supervision as link
from tongban.supervision.v1 import supervision_pb2


@click.group()
def reminder() -> None:
    """Read reminders (提醒); the hub must be reached."""


@reminder.command("list")
@click.option("--hall", default="", help="Those of one hall, for whoever may read of others.")
@limit_option
@asker_options("clerk")
@config_option
@json_option
@told
def list_(hall: str, limit: int, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """List reminders, the newest first.

    \b
    Example:
      tongban-agent reminder list --person 1024
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    request = supervision_pb2.ListRemindersRequest(hall=hall, asked_by=principal(role, department, person))
    found, more = pages(config_path, link.reminders, request, lambda page: page.reminders, limit)
    lines = [_line(one) for one in found] or ["no reminders"]
    show({"reminders": [facts(one) for one in found], "more": more}, [*lines, *more_line(more)], as_json=as_json)


def _line(one: supervision_pb2.Reminder) -> str:
    cause = one.cause
    of = f" {cause.of}" if cause.of else ""
    return f"{one.hall}  {cause.case_hall}/{cause.case_number}  {cause.subject}{of} ends on {cause.due}"
