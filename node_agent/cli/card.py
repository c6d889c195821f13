"""Read the cards of the hall, reply and appeal; decide on those of the halls below; through the hub."""

from pathlib import Path

import click

from node_agent.cli.asking import asker_options, facts, limit_option, more_line, pages, principal, put, worded
from node_agent.cli.opening import config_option, json_option, show, told
from node_agent.link import supervision as link
from tongban.supervision.v1 import supervision_pb2

_asker = asker_options("clerk")
_reviewer = asker_options("reviewer")
_supervisor = asker_options("supervisor")
_OUTCOMES = {"upheld": supervision_pb2.APPEAL_OUTCOME_UPHELD, "withdrawn": supervision_pb2.APPEAL_OUTCOME_WITHDRAWN}
_PHASES = ("issued", "replied", "appealed", "upheld", "withdrawn")


@click.group()
def card() -> None:
    """Read cards (黄牌, 红牌) and answer them; the hub must be reached."""


@card.command("list")
@click.option("--hall", default="", help="Those of one hall, for whoever may read of others.")
@click.option("--phase", type=click.Choice(_PHASES), help="Those that stand there alone.")
@click.option("--overdue", is_flag=True, help="Those whose reply is overdue.")
@limit_option
@_asker
@config_option
@json_option
@told
def list_(
    hall: str, phase: str | None, overdue: bool, limit: int, role: str, department: str, person: str, config_path: Path, *, as_json: bool
) -> None:
    """List cards, the newest first.

    \b
    Examples:
      tongban-agent card list --person 1024
      tongban-agent card list --overdue --role supervisor --person 7 --json
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    asked_by = principal(role, department, person)
    request = supervision_pb2.ListCardsRequest(hall=hall, phase=phase or "", overdue=overdue, asked_by=asked_by)
    found, more = pages(config_path, link.cards, request, lambda page: page.cards, limit)
    lines = [_line(one) for one in found] or ["no cards"]
    show({"cards": [facts(one) for one in found], "more": more}, [*lines, *more_line(more)], as_json=as_json)


@card.command("show")
@click.argument("ident", metavar="CARD")
@_asker
@config_option
@json_option
@told
def show_(ident: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Show a CARD, what it rests on and what became of it.

    \b
    Example:
      tongban-agent card show c-3f9a0c51d2e47b86a1c09d5e --person 1024
    """  # noqa: D301
    request = supervision_pb2.GetCardRequest(card=ident, asked_by=principal(role, department, person))
    _show(put(config_path, link.card, request), as_json=as_json)


@card.command()
@click.argument("ident", metavar="CARD")
@click.option("--text", required=True, help="In words; the halls above read it.")
@_asker
@config_option
@json_option
@told
def reply(ident: str, text: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Reply to a CARD. The same reply given twice is one.

    \b
    Example:
      tongban-agent card reply c-3f9a0c51d2e47b86a1c09d5e --text 窗口人员调整，已补办 --person 1024
    """  # noqa: D301
    request = supervision_pb2.ReplyToCardRequest(card=ident, text=text, asked_by=principal(role, department, person))
    _show(put(config_path, link.reply, request), as_json=as_json)


@card.command()
@click.argument("ident", metavar="CARD")
@click.option("--text", required=True, help="In words; the halls above read it.")
@_reviewer
@config_option
@json_option
@told
def appeal(ident: str, text: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Appeal against a CARD; it is decided one tier above the hall for which it was issued.

    \b
    Example:
      tongban-agent card appeal c-3f9a0c51d2e47b86a1c09d5e --text 已按期办结 --person 7
    """  # noqa: D301
    request = supervision_pb2.AppealCardRequest(card=ident, text=text, asked_by=principal(role, department, person))
    _show(put(config_path, link.appeal, request), as_json=as_json)


@card.command()
@click.argument("ident", metavar="CARD")
@click.option("--outcome", type=click.Choice(list(_OUTCOMES)), required=True, help="Whether the card stands.")
@click.option("--ground", required=True, help="Why; the halls concerned read it.")
@_supervisor
@config_option
@json_option
@told
def decide(ident: str, outcome: str, ground: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Decide the appeal against a CARD of a hall below.

    \b
    Example:
      tongban-agent card decide c-3f9a0c51d2e47b86a1c09d5e --outcome withdrawn --ground 情况属实 --person 7
    """  # noqa: D301
    request = supervision_pb2.DecideAppealRequest(
        card=ident, outcome=_OUTCOMES[outcome], ground=ground, asked_by=principal(role, department, person)
    )
    _show(put(config_path, link.decide, request), as_json=as_json)


@card.command()
@click.argument("ident", metavar="CARD")
@click.option("--ground", required=True, help="Why; the halls concerned read it.")
@_supervisor
@config_option
@json_option
@told
def withdraw(ident: str, ground: str, role: str, department: str, person: str, config_path: Path, *, as_json: bool) -> None:
    """Withdraw a CARD of a hall below without an appeal.

    \b
    Example:
      tongban-agent card withdraw c-3f9a0c51d2e47b86a1c09d5e --ground 误发 --person 7
    """  # noqa: D301
    request = supervision_pb2.WithdrawCardRequest(card=ident, ground=ground, asked_by=principal(role, department, person))
    _show(put(config_path, link.withdraw, request), as_json=as_json)


def _line(one: supervision_pb2.CardStanding) -> str:
    card = one.card.card
    about = f"{card.cause.case_hall}/{card.cause.case_number}"
    return f"{card.card}  {card.effect:<11}  {one.card.phase:<9}  {card.hall}  {about}  {card.cause.subject}{_waits(one)}"


def _waits(one: supervision_pb2.CardStanding) -> str:
    if not one.HasField("reply"):
        return "  replied late" if one.reply_late else ""
    late = f", {one.reply.working_days_late} working days late" if one.reply.overdue else ""
    return f"  waits for a reply until {one.reply.due}{late}"


def _show(one: supervision_pb2.CardStanding, *, as_json: bool) -> None:
    card, cause = one.card.card, one.card.card.cause
    lines = [
        _line(one),
        f"rule      {cause.rule} version {cause.version}: {cause.trigger}",
        f"limit     {cause.due or 'none'}",
        f"events    {', '.join(map(str, cause.events))} of the ledger",
        f"issued    {card.issued_at.ToJsonString()} for {card.issuer}",
    ]
    said = {"reply": one.card.reply, "appeal": one.card.appeal, "ground": one.card.ground}
    show(facts(one), [*lines, *(worded(name, text) for name, text in said.items() if text)], as_json=as_json)
