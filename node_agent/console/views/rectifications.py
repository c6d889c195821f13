"""Show what bad ratings opened, and take answers, returns and closings; list reminders beside them."""

from collections.abc import Iterator
from typing import Any, Final

from starlette.responses import Response

from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.supervision.rectification import RectificationPhase
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.pages import draw
from node_agent.console.views import acting
from node_agent.console.views.acting import Form, Matter, allowed, days
from node_agent.console.views.asking_for import asked_by
from node_agent.console.views.listing import listed
from node_agent.console.visit import Visit
from node_agent.link import rectifications, supervision
from tongban.supervision.v1 import supervision_pb2 as said

_PHASES: Final = [one.value for one in RectificationPhase if one is not RectificationPhase.NONE]
_ANSWERABLE: Final = frozenset({RectificationPhase.OPEN, RectificationPhase.ESCALATED})


async def show_list(visit: Visit) -> Response:
    """Draw a page of rectifications."""
    given = {
        "phase": visit.asked("phase") if visit.asked("phase") in _PHASES else "",
        "overdue": "1" if visit.asked("overdue") == "1" else "",
    }
    request = said.ListRectificationsRequest(phase=given["phase"], overdue=bool(given["overdue"]), asked_by=asked_by(visit))
    page = await listed(visit, rectifications.listed, request, "rectifications")
    return draw(visit, "rectifications.html", given=given, phases=_PHASES, **page.facts())


async def show_reminders(visit: Visit) -> Response:
    """Draw a page of reminders."""
    page = await listed(visit, supervision.reminders, said.ListRemindersRequest(asked_by=asked_by(visit)), "reminders")
    return draw(visit, "reminders.html", **page.facts())


async def show_one(visit: Visit) -> Response:
    """Draw one rectification."""
    return await acting.show(visit, RECTIFICATION, _ident(visit))


async def take(visit: Visit) -> Response:
    """Do to a rectification what a form says."""
    return await acting.take(visit, RECTIFICATION, _ident(visit))


def _ident(visit: Visit) -> str:
    return str(visit.request.path_params["number"])


async def _find(visit: Visit, ident: str) -> Answered[said.RectificationStanding] | Unanswered:
    request = said.GetRectificationRequest(rectification=ident, asked_by=asked_by(visit))
    return await visit.site.asking.ask(rectifications.one, request)


def _forms(visit: Visit, standing: Any) -> list[Form]:  # noqa: ANN401 - a RectificationStanding
    return list(_open(visit, standing))


def _open(visit: Visit, standing: said.RectificationStanding) -> Iterator[Form]:
    opened, phase = standing.rectification.rectification, standing.rectification.phase
    behind = Subject(hall=opened.issuer, cited_rule=opened.cause.rule)
    if phase in _ANSWERABLE and allowed(visit, Action.ORDER_ANSWER, Subject(hall=opened.hall)):
        yield Form("answer", ["answer"], "contact")
    if phase == RectificationPhase.ANSWERED and allowed(visit, Action.ORDER_ISSUE, behind):
        yield Form("look-at", ["close", "return"], "days")


def _answer(visit: Visit, ident: str) -> tuple[Any, Any]:
    named = {"rectification": ident, "text": _text(visit), "contact": visit.form.get("contact", "")}
    return rectifications.answer, said.AnswerRectificationRequest(**named, asked_by=asked_by(visit))


def _return(visit: Visit, ident: str) -> tuple[Any, Any]:
    named: dict[str, Any] = {"rectification": ident, "ground": _text(visit), "reply_days": days(visit)}
    return rectifications.send_back, said.ReturnRectificationRequest(**named, asked_by=asked_by(visit))


def _close(visit: Visit, ident: str) -> tuple[Any, Any]:
    return rectifications.close, said.CloseRectificationRequest(rectification=ident, ground=_text(visit), asked_by=asked_by(visit))


def _text(visit: Visit) -> str:
    return visit.form.get("text", "").strip()


RECTIFICATION: Final = Matter(
    name="rectification",
    path="/rectifications",
    template="rectification.html",
    find=_find,
    forms=_forms,
    unseen=[(Action.ORDER_ANSWER, Form("answer", ["answer"], "contact"))],
    acts={"answer": _answer, "return": _return, "close": _close},
)
