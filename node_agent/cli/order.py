"""Read the orders of supervision, answer them, and issue them to the halls below; through the hub."""

from pathlib import Path

import click

from node_agent.cli.asking import asker_options, facts, limit_option, more_line, pages, principal, put, worded
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.link import supervision as link
from tongban.supervision.v1 import supervision_pb2

_asker = asker_options("clerk")
_supervisor = asker_options("supervisor")
_PHASES = ("issued", "answered", "escalated", "closed")
_reply_days_option = click.option("--reply-days", type=click.IntRange(1, 250), default=5, show_default=True, help="Working days to answer.")


@click.group()
def order() -> None:
    """Read orders (督办) and answer them; the hub must be reached."""


@order.command("list")
@click.option("--hall", default="", help="Those to one hall, for whoever may read of others.")
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
    """List orders, the newest first.

    \b
    Examples:
      tongban-agent order list --person 1024
      tongban-agent order list --overdue --role supervisor --person 7 --json
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    asked_by = principal(role, department, person)
    request = supervision_pb2.ListOrdersRequest(hall=hall, phase=phase or "", overdue=overdue, asked_by=asked_by)
    found, more = pages(config_path, link.orders, request, lambda page: page.orders, limit)
    lines = [_line(one) for one in found] or ["no orders"]
    show({"orders": [facts(one) for one in found], "more": more}, [*lines, *more_line(more)], as_json=as_json)


@order.command()
@click.argument("hall")
@click.option("--rule", required=True, help="The rule of supervision by which it is issued.")
@click.option("--text", required=True, help="What is to be done.")
@click.option("--case", "case_number", default="", help="The number of the case that it is about, of that hall.")
@_reply_days_option
@_supervisor
@config_option
@json_option
@told
def issue(
    hall: str,
    rule: str,
    text: str,
    case_number: str,
    reply_days: int,
    role: str,
    department: str,
    person: str,
    config_path: Path,
    *,
    as_json: bool,
) -> None:
    """Order a HALL below to do something. The same order given twice on one day is one.

    \b
    Example:
      tongban-agent order issue yushu --rule promise-broken --text 请说明超期原因 --case 2026-0001 --reply-days 3 --person 7
    """  # noqa: D301
    request = supervision_pb2.IssueOrderRequest(
        hall=hall,
        rule=rule,
        text=text,
        reply_days=reply_days,
        case_hall=hall if case_number else "",
        case_number=case_number,
        asked_by=principal(role, department, person),
    )
    _show(put(config_path, link.issue, request), as_json=as_json)


@order.command("show")
@click.argument("ident", metavar="ORDER")
@_asker
@config_option
@json_option
@told
def show_(ident: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Show an ORDER and what became of it.

    \b
    Example:
      tongban-agent order show o-8b1d40e7c96f2a35d07e1c4b --person 1024
    """  # noqa: D301
    request = supervision_pb2.GetOrderRequest(order=ident, asked_by=principal(role, department, person))
    _show(put(config_path, link.order, request), as_json=as_json)


@order.command()
@click.argument("ident", metavar="ORDER")
@click.option("--text", required=True, help="In words; the halls above read it.")
@_asker
@config_option
@json_option
@told
def answer(ident: str, text: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Answer an ORDER.

    \b
    Example:
      tongban-agent order answer o-8b1d40e7c96f2a35d07e1c4b --text 已恢复报送 --person 1024
    """  # noqa: D301
    request = supervision_pb2.AnswerOrderRequest(order=ident, text=text, asked_by=principal(role, department, person))
    _show(put(config_path, link.answer, request), as_json=as_json)


@order.command("return")
@click.argument("ident", metavar="ORDER")
@click.option("--ground", required=True, help="Why; the halls concerned read it.")
@_reply_days_option
@_supervisor
@config_option
@json_option
@told
def return_(ident: str, ground: str, reply_days: int, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Say that the answer to an ORDER does not do; the hall answers again within the limit anew.

    \b
    Example:
      tongban-agent order return o-8b1d40e7c96f2a35d07e1c4b --ground 未附材料 --person 7
    """  # noqa: D301
    request = supervision_pb2.ReturnOrderRequest(
        order=ident, ground=ground, reply_days=reply_days, asked_by=principal(role, department, person)
    )
    _show(put(config_path, link.send_back, request), as_json=as_json)


@order.command()
@click.argument("ident", metavar="ORDER")
@click.option("--ground", required=True, help="Why; the halls concerned read it.")
@_supervisor
@config_option
@json_option
@told
def close(ident: str, ground: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Close an ORDER.

    \b
    Example:
      tongban-agent order close o-8b1d40e7c96f2a35d07e1c4b --ground 已整改 --person 7
    """  # noqa: D301
    request = supervision_pb2.CloseOrderRequest(order=ident, ground=ground, asked_by=principal(role, department, person))
    _show(put(config_path, link.close, request), as_json=as_json)


def _line(one: supervision_pb2.OrderStanding) -> str:
    order = one.order.order
    about = f"  {order.cause.case_hall}/{order.cause.case_number}" if order.cause.case_number else ""
    late = f", {one.answer.working_days_late} working days late" if one.answer.overdue else ""
    waits = f"  waits for an answer until {one.answer.due}{late}" if one.HasField("answer") else ""
    return f"{order.order}  {one.order.phase:<9}  {order.issuer} to {order.hall}  {order.cause.rule}{about}{waits}"


def _show(one: supervision_pb2.OrderStanding, *, as_json: bool) -> None:
    order = one.order.order
    said = {
        "order": order.text or "to report",
        "answer": one.order.answer,
        "went up": one.order.escalation,
        "remark": one.order.remark,
    }
    lines = [_line(one), f"rule      {order.cause.rule} version {order.cause.version}"]
    show(facts(one), [*lines, *(worded(name, text) for name, text in said.items() if text)], as_json=as_json)
