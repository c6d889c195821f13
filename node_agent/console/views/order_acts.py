"""Show one order; take its answer, and from whoever stands behind it returns and closings."""

from collections.abc import Iterator
from typing import Any, Final

from starlette.responses import Response

from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.supervision.orders import OrderPhase
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.views import acting
from node_agent.console.views.acting import Form, Matter, allowed, days
from node_agent.console.views.asking_for import asked_by
from node_agent.console.visit import Visit
from node_agent.link import supervision
from tongban.supervision.v1 import supervision_pb2 as said

ANSWER: Final = Form("", ["answer"])
_CLOSABLE: Final = frozenset({OrderPhase.ISSUED, OrderPhase.ANSWERED, OrderPhase.ESCALATED})


async def show(visit: Visit) -> Response:
    """Draw one order."""
    return await acting.show(visit, ORDER, _ident(visit))


async def take(visit: Visit) -> Response:
    """Do to an order what a form says."""
    return await acting.take(visit, ORDER, _ident(visit))


def _ident(visit: Visit) -> str:
    return str(visit.request.path_params["order"])


async def _find(visit: Visit, ident: str) -> Answered[said.OrderStanding] | Unanswered:
    return await visit.site.asking.ask(supervision.order, said.GetOrderRequest(order=ident, asked_by=asked_by(visit)))


def _forms(visit: Visit, standing: Any) -> list[Form]:  # noqa: ANN401 - an OrderStanding
    return list(_open(visit, standing))


def _open(visit: Visit, standing: said.OrderStanding) -> Iterator[Form]:
    order, phase = standing.order.order, standing.order.phase
    if standing.HasField("answer") and allowed(visit, Action.ORDER_ANSWER, Subject(hall=order.hall)):
        yield ANSWER
    if not allowed(visit, Action.ORDER_ISSUE, Subject(hall=order.issuer, cited_rule=order.cause.rule)):
        return
    if phase == OrderPhase.ANSWERED:
        yield Form("look-at", ["close", "return"], "days")
    elif phase in _CLOSABLE:
        yield Form("close", ["close"])


def _answer(visit: Visit, ident: str) -> tuple[Any, Any]:
    return supervision.answer, said.AnswerOrderRequest(order=ident, text=_text(visit), asked_by=asked_by(visit))


def _return(visit: Visit, ident: str) -> tuple[Any, Any]:
    named: dict[str, Any] = {"order": ident, "ground": _text(visit), "reply_days": days(visit)}
    return supervision.send_back, said.ReturnOrderRequest(**named, asked_by=asked_by(visit))


def _close(visit: Visit, ident: str) -> tuple[Any, Any]:
    return supervision.close, said.CloseOrderRequest(order=ident, ground=_text(visit), asked_by=asked_by(visit))


def _text(visit: Visit) -> str:
    return visit.form.get("text", "").strip()


ORDER: Final = Matter(
    name="order",
    path="/orders",
    template="order.html",
    find=_find,
    forms=_forms,
    unseen=[(Action.ORDER_ANSWER, ANSWER)],
    acts={"answer": _answer, "return": _return, "close": _close},
)
