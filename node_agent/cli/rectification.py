"""Read what bad ratings of the hall opened, and answer it; return or close those of the halls below; through the hub."""

from pathlib import Path

import click

from node_agent.cli.asking import asker_options, facts, limit_option, more_line, pages, principal, put, worded
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.link import rectifications as link
from tongban.supervision.v1 import supervision_pb2

_asker = asker_options("clerk")
_supervisor = asker_options("supervisor")
_PHASES = ("open", "answered", "escalated", "closed", "withdrawn")
_CONTACTS = ("content", "not-content", "not-reached")


@click.group()
def rectification() -> None:
    """Read rectifications of bad ratings (差评整改) and answer them; the hub must be reached."""


@rectification.command("list")
@click.option("--hall", default="", help="Those of one hall, for whoever may read of others.")
@click.option("--phase", type=click.Choice(_PHASES), help="Those that stand there alone.")
@click.option("--overdue", is_flag=True, help="Those whose answer is overdue.")
@limit_option
@_asker
@config_option
@json_option
@told
def list_(
    hall: str, phase: str | None, overdue: bool, limit: int, role: str, department: str, person: str, config_path: Path, *, as_json: bool
) -> None:
    """List rectifications, the newest first.

    \b
    Examples:
      tongban-agent rectification list --person 1024
      tongban-agent rectification list --overdue --role supervisor --person 7 --json
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    asked_by = principal(role, department, person)
    request = supervision_pb2.ListRectificationsRequest(hall=hall, phase=phase or "", overdue=overdue, asked_by=asked_by)
    found, more = pages(config_path, link.listed, request, lambda page: page.rectifications, limit)
    lines = [_line(one) for one in found] or ["no rectifications"]
    show({"rectifications": [facts(one) for one in found], "more": more}, [*lines, *more_line(more)], as_json=as_json)


@rectification.command("show")
@click.argument("ident", metavar="RECTIFICATION")
@_asker
@config_option
@json_option
@told
def show_(ident: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Show a RECTIFICATION, the rating that it rests on, and what became of it.

    \b
    Example:
      tongban-agent rectification show rc-5d0e9a7b31c48f26e0b7d391 --person 1024
    """  # noqa: D301
    request = supervision_pb2.GetRectificationRequest(rectification=ident, asked_by=principal(role, department, person))
    _show(put(config_path, link.one, request), as_json=as_json)


@rectification.command()
@click.argument("ident", metavar="RECTIFICATION")
@click.option("--text", required=True, help="What was done; the halls above read it.")
@click.option("--contact", type=click.Choice(_CONTACTS), required=True, help="What came of asking the applicant again.")
@_asker
@config_option
@json_option
@told
def answer(ident: str, text: str, contact: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Answer a RECTIFICATION: what was done, and whether the applicant is content.

    \b
    Example:
      tongban-agent rectification answer rc-5d0e9a7b31c48f26e0b7d391 --text 已向申请人致歉并补办 --contact content --person 1024
    """  # noqa: D301
    asked_by = principal(role, department, person)
    request = supervision_pb2.AnswerRectificationRequest(rectification=ident, text=text, contact=contact, asked_by=asked_by)
    _show(put(config_path, link.answer, request), as_json=as_json)


@rectification.command("return")
@click.argument("ident", metavar="RECTIFICATION")
@click.option("--ground", required=True, help="Why; the halls concerned read it.")
@click.option("--reply-days", type=click.IntRange(0, 250), default=0, help="Working days to answer anew; 0, unless given: as at first.")
@_supervisor
@config_option
@json_option
@told
def return_(ident: str, ground: str, reply_days: int, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Say that the answer to a RECTIFICATION does not do; the hall answers again within the limit anew.

    \b
    Example:
      tongban-agent rectification return rc-5d0e9a7b31c48f26e0b7d391 --ground 未联系申请人 --person 7
    """  # noqa: D301
    request = supervision_pb2.ReturnRectificationRequest(
        rectification=ident, ground=ground, reply_days=reply_days, asked_by=principal(role, department, person)
    )
    _show(put(config_path, link.send_back, request), as_json=as_json)


@rectification.command()
@click.argument("ident", metavar="RECTIFICATION")
@click.option("--ground", required=True, help="Why; the halls concerned read it.")
@_supervisor
@config_option
@json_option
@told
def close(ident: str, ground: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Close a RECTIFICATION that was answered.

    \b
    Example:
      tongban-agent rectification close rc-5d0e9a7b31c48f26e0b7d391 --ground 回访属实 --person 7
    """  # noqa: D301
    request = supervision_pb2.CloseRectificationRequest(rectification=ident, ground=ground, asked_by=principal(role, department, person))
    _show(put(config_path, link.close, request), as_json=as_json)


def _line(one: supervision_pb2.RectificationStanding) -> str:
    opened = one.rectification.rectification
    late = f", {one.answer.working_days_late} working days late" if one.answer.overdue else ""
    waits = f"  waits for an answer until {one.answer.due}{late}" if one.HasField("answer") else ""
    after = "  answered late" if one.answer_late else ""
    of = f"{opened.cause.case_hall}/{opened.cause.case_number}"
    return f"{opened.rectification}  {one.rectification.phase:<9}  {opened.hall}  {of} rated {opened.grade}{waits}{after}"


def _show(one: supervision_pb2.RectificationStanding, *, as_json: bool) -> None:
    state = one.rectification
    cause = state.rectification.cause
    said = {"answer": state.answer, "applicant": state.contact, "went up": state.escalation, "remark": state.remark}
    events = ", ".join(map(str, cause.events))
    lines = [_line(one), f"rule      {cause.rule} version {cause.version}", f"rating    {events} of the ledger"]
    show(facts(one), [*lines, *(worded(name, text) for name, text in said.items() if text)], as_json=as_json)
