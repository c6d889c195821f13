"""Give one order to many halls.

Laws: each hall gets an order of its own, which it answers by itself; the same order given again on one day is one (the hub sees to it), so
what did not come through is simply sent again; a hub that is away is not waited for hall by hall.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from starlette.responses import Response

from directory.calendar import beijing_day
from directory.register.kinds import FORMS, Kind
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.supervision.cause import REPLY_DAYS_MOST
from directory.supervision.orders import REPLY_DAYS
from directory.supervision.rules import SupervisionRule
from directory.texts import MAX_TEXT
from node_agent.accounts import drafts
from node_agent.console import halls, replica
from node_agent.console.asking import Unanswered
from node_agent.console.pages import done, draw, message
from node_agent.console.seeing import may
from node_agent.console.views.acting import AWAY, EMPTY, TOO_LONG, allowed, days
from node_agent.console.views.asking_for import asked_by
from node_agent.console.visit import Visit
from node_agent.link import supervision
from tongban.supervision.v1 import supervision_pb2 as said

AT_ONCE: Final = 8
"""Orders under way at a time."""
HALL: Final = "hall."
"""What the name of a hall's checkbox begins with."""
_DRAFT: Final = "order new"
_FIELDS: Final = ("rule", "days", "case_hall", "case_number")


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of the order to one hall: its id, or why there is none."""

    hall: str
    order: str
    fault: str


async def show(visit: Visit) -> Response:
    """Draw the form; a hall, a case and a rule may be named in the address."""
    if not may(visit.law, visit.who, Action.ORDER_ISSUE):
        return await message(visit, "not-yours", 403)
    number = visit.signed_in.number
    typed = await visit.site.keeping.read(lambda connection: drafts.find(connection, number, _DRAFT))
    given = {name: visit.asked(name) for name in _FIELDS}
    chosen = {hall for hall in visit.request.query_params.getlist("hall") if hall}
    return await _drawn(visit, given, chosen, typed)


async def take(visit: Visit) -> Response:
    """Issue the order to each hall that was chosen."""
    if not may(visit.law, visit.who, Action.ORDER_ISSUE):
        return await message(visit, "not-yours", 403)
    text, number, now = visit.form.get("text", "").strip(), visit.signed_in.number, visit.now
    given = {name: visit.form.get(name, "").strip() for name in _FIELDS}
    known = {hall.hall for hall in _halls(visit)}
    chosen = [name.removeprefix(HALL) for name in visit.form if name.startswith(HALL) and name.removeprefix(HALL) in known]
    await visit.site.keeping.write(lambda connection: drafts.save(connection, number, _DRAFT, text, now))
    fault = "no-hall" if not chosen else EMPTY if not text else TOO_LONG if len(text) > MAX_TEXT else ""
    if fault:
        return await _drawn(visit, given, set(chosen), text, fault=fault, status=422)
    found = await _issued(visit, given, chosen, text)
    left = {one.hall for one in found if one.fault}
    if not left:
        await visit.site.keeping.write(lambda connection: drafts.drop(connection, number, _DRAFT))
        visit.site.live.publish("todo")
        return done(f"/orders/{found[0].order}" if len(found) == 1 else "/orders", "issued")
    return await _drawn(visit, given, left, text, found=found, status=422)


async def _issued(visit: Visit, given: dict[str, str], chosen: list[str], text: str) -> list[Issued]:
    turns = asyncio.Semaphore(AT_ONCE)
    away = asyncio.Event()

    async def issue(hall: str) -> Issued:
        async with turns:
            if away.is_set():
                return Issued(hall, "", AWAY)
            case = {"case_hall": given["case_hall"], "case_number": given["case_number"]} if given["case_number"] else {}
            request = said.IssueOrderRequest(
                hall=hall, rule=given["rule"], text=text, reply_days=days(visit), asked_by=asked_by(visit), **case
            )
            told = await visit.site.asking.ask(supervision.issue, request)
        if isinstance(told, Unanswered):
            if not told.reason:
                away.set()
            return Issued(hall, "", told.reason or AWAY)
        return Issued(hall, told.said.order.order.order, "")

    return list(await asyncio.gather(*(issue(hall) for hall in chosen)))


async def _drawn(visit: Visit, given: dict[str, str], chosen: set[str], typed: str, **said_of: Any) -> Response:  # noqa: ANN401 - facts
    """Draw the form; `fault`, `found` and `status` say what became of it before."""
    today = beijing_day(visit.now)
    rules = await visit.site.keeping.read(lambda connection: _rules(connection, today))
    branches = [replace(branch, below=tuple(hall for hall in branch.below if _may(visit, hall.hall))) for branch in halls.branches(visit)]
    facts: dict[str, Any] = {"fault": said_of.get("fault", ""), "found": said_of.get("found", []), "most": MAX_TEXT, "draft": _DRAFT}
    facts |= {"branches": branches, "rules": rules, "given": given, "chosen": chosen, "typed": typed, "prefix": HALL}
    facts |= {"days": REPLY_DAYS, "most_days": REPLY_DAYS_MOST}
    return draw(visit, "order_new.html", said_of.get("status", 200), **facts)


def _halls(visit: Visit) -> list[Any]:
    return [hall for hall in halls.in_order(visit) if _may(visit, hall.hall)]


def _may(visit: Visit, hall: str) -> bool:
    return allowed(visit, Action.ORDER_ISSUE, Subject(hall=hall, cited_rule="-"))


def _rules(connection: sa.Connection, today: date) -> list[SupervisionRule]:
    """Return the rules of supervision in force, as the hall knows them."""
    kept = [one.kept.document for one in replica.documents(connection, Kind.SUPERVISION_RULE)]
    rules: tuple[SupervisionRule, ...] = FORMS[Kind.SUPERVISION_RULE].things(kept).rows
    return sorted((one for one in rules if today in one.period), key=lambda one: one.rule)
