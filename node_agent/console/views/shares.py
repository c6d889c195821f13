"""Apply for resources, show how applications stand, and let providers decide them."""

from collections.abc import Iterator
from typing import Any, Final

from starlette.responses import Response

from directory.calendar import beijing_day
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.sharing.vocabulary import SharePhase
from node_agent.console import replica
from node_agent.console.asking import Unanswered, Verb
from node_agent.console.pages import done, draw, message
from node_agent.console.seeing import may
from node_agent.console.views import catalogue
from node_agent.console.views.acting import AWAY, allowed
from node_agent.console.views.asking_for import asked_by
from node_agent.console.views.listing import listed
from node_agent.console.visit import Visit
from node_agent.link import sharing
from tongban.directory.v1 import sharing_pb2 as said

FIELD: Final = "field."
"""What the name of a field's checkbox begins with."""
_PHASES: Final = [one.value for one in SharePhase if one is not SharePhase.UNKNOWN]
_SIDES: Final = {"applicant": said.SHARE_SIDE_APPLICANT, "provider": said.SHARE_SIDE_PROVIDER}
_LIVE: Final = frozenset({SharePhase.APPLIED, SharePhase.ANSWERED, SharePhase.GRANTED})
_DECIDABLE: Final = frozenset({SharePhase.APPLIED, SharePhase.ANSWERED})


async def show_list(visit: Visit) -> Response:
    """Draw a page of applications."""
    if not may(visit.law, visit.who, Action.SHARE_READ):
        return await message(visit, "not-yours", 403)
    side, phase = visit.asked("side"), visit.asked("phase")
    given = {"side": side if side in _SIDES else "", "phase": phase if phase in _PHASES else ""}
    given["overdue"] = "1" if visit.asked("overdue") == "1" else ""
    request = said.ListSharesRequest(
        side=_SIDES.get(given["side"], said.SHARE_SIDE_UNSPECIFIED),
        phase=given["phase"],
        overdue=bool(given["overdue"]),
        asked_by=asked_by(visit),
    )
    page = await listed(visit, sharing.page, request, "shares")
    return draw(visit, "shares.html", given=given, phases=_PHASES, sides=list(_SIDES), **page.facts())


async def apply(visit: Visit) -> Response:
    """Apply for fields of a resource."""
    resource, form = str(visit.request.path_params["name"]), visit.form
    request = said.ApplyRequest(
        resource=resource,
        fields=_fields(visit),
        purpose=form.get("purpose", "").strip(),
        basis=form.get("basis", "").strip(),
        term=said.Term(start="", end=form.get("until", "").strip()),
        asked_by=asked_by(visit),
    )
    if not (request.fields and request.purpose and request.basis and request.term.end):
        return await catalogue.drawn(visit, resource, 422, form="apply", fault="incomplete", typed=form)
    answer = await visit.site.asking.ask(sharing.apply, request)
    if isinstance(answer, Unanswered):
        fault = answer.reason or AWAY
        return await catalogue.drawn(visit, resource, 422 if answer.reason else 503, form="apply", fault=fault, typed=form)
    return done(f"/shares/{answer.said.share.application.application}", "applied")


async def show_one(visit: Visit) -> Response:
    """Draw one application."""
    return await _drawn(visit, "", 200)


async def take(visit: Visit) -> Response:
    """Do to an application what a form says."""
    ident, ground = _ident(visit), visit.form.get("ground", "").strip()
    act = _ACTS.get(visit.form.get("do", ""))
    if act is None:
        return await message(visit, "absent", 404)
    verb, request = act(visit, ident, ground)
    answer = await visit.site.asking.ask(verb, request)
    if isinstance(answer, Unanswered):
        return await _drawn(visit, answer.reason or AWAY, 422 if answer.reason else 503)
    return done(f"/shares/{ident}", "acted")


async def _drawn(visit: Visit, fault: str, status: int) -> Response:
    request = said.GetShareRequest(application=_ident(visit), asked_by=asked_by(visit))
    found = Unanswered() if fault == AWAY else await visit.site.asking.ask(sharing.show, request)
    if isinstance(found, Unanswered):
        if found.reason:
            return await message(visit, "absent", 404)
        # What was typed stands in the page, for nothing else keeps it.
        return draw(visit, "share.html", 503, standing=None, forms=(), fault=fault, typed=visit.form)
    today, resource = beijing_day(visit.now), found.said.share.application.resource
    local = await visit.site.keeping.read(lambda connection: replica.resources(connection, today, resource))
    facts: dict[str, Any] = {
        "forms": tuple(_open(visit, found.said)),
        "titles": {item.name: item.title for item in local[0].version.items} if local else {},
        "name_of_resource": local[0].version.resource.display_name if local else "",
    }
    return draw(visit, "share.html", status, standing=found.said, fault=fault, typed=visit.form, **facts)


def _open(visit: Visit, standing: said.ShareStanding) -> Iterator[str]:
    """Yield what may be done: `decide` for the provider, `withdraw` for either side."""
    phase, asked = standing.share.phase, standing.share.application
    of_applicant = Subject(hall=asked.hall, department=asked.department, resource=asked.resource)
    of_provider = Subject(hall=standing.provider_hall, department=standing.provider, resource=asked.resource)
    decides = allowed(visit, Action.SHARE_DECIDE, of_provider)
    if phase in _DECIDABLE and decides:
        yield "decide"
    if phase in _LIVE and (allowed(visit, Action.SHARE_APPLY, of_applicant) or (decides and phase == SharePhase.GRANTED)):
        yield "withdraw"


def _answer(visit: Visit, ident: str, _ground: str) -> tuple[Verb[Any, Any], Any]:
    return sharing.answer, said.AnswerRequest(application=ident, asked_by=asked_by(visit))


def _grant(visit: Visit, ident: str, _ground: str) -> tuple[Verb[Any, Any], Any]:
    start, until = visit.form.get("from", "").strip(), visit.form.get("until", "").strip()
    period = said.Term(start=start, end=until) if start and until else None
    return sharing.grant, said.GrantRequest(application=ident, fields=_fields(visit), period=period, asked_by=asked_by(visit))


def _refuse(visit: Visit, ident: str, ground: str) -> tuple[Verb[Any, Any], Any]:
    return sharing.refuse, said.RefuseRequest(application=ident, ground=ground, asked_by=asked_by(visit))


def _withdraw(visit: Visit, ident: str, ground: str) -> tuple[Verb[Any, Any], Any]:
    return sharing.withdraw, said.WithdrawRequest(application=ident, ground=ground, asked_by=asked_by(visit))


_ACTS: Final = {"answer": _answer, "grant": _grant, "refuse": _refuse, "withdraw": _withdraw}


def _fields(visit: Visit) -> list[str]:
    return sorted(name.removeprefix(FIELD) for name in visit.form if name.startswith(FIELD))


def _ident(visit: Visit) -> str:
    return str(visit.request.path_params["number"])
