"""Show orders of supervision and cards, and take the answer to an order."""

from typing import Any, Final

from starlette.responses import Response

from directory.scopes.vocabulary import Action
from directory.supervision.card_history import CardPhase
from directory.supervision.orders import OrderPhase
from directory.texts import MAX_TEXT
from node_agent.accounts import drafts
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.pages import done, draw, message
from node_agent.console.seeing import may
from node_agent.console.views.asking_for import asked_by
from node_agent.console.visit import Visit
from node_agent.link import supervision
from tongban.supervision.v1 import supervision_pb2

PAGE: Final = 25
_MOST_TOKEN: Final = 2_000


async def show_list(visit: Visit) -> Response:
    """Draw a page of orders."""
    phase = visit.asked("phase")
    request = supervision_pb2.ListOrdersRequest(page_size=PAGE, page_token=visit.asked("page", _MOST_TOKEN), asked_by=asked_by(visit))
    request.phase = phase if phase in set(OrderPhase) else ""
    request.overdue = visit.asked("overdue") == "1"
    answer = await visit.site.asking.ask(supervision.orders, request)
    given = {"phase": request.phase, "overdue": "1" if request.overdue else ""}
    rows, more = (list(answer.said.orders), answer.said.next_page_token) if isinstance(answer, Answered) else ([], "")
    facts: dict[str, Any] = {
        "rows": rows,
        "more": more,
        "is_first": not request.page_token,
        "given": given,
        "unanswered": _unanswered(answer),
    }
    return draw(visit, "orders.html", phases=[one.value for one in OrderPhase if one is not OrderPhase.UNKNOWN], **facts)


async def show_cards(visit: Visit) -> Response:
    """Draw a page of cards."""
    phase = visit.asked("phase")
    request = supervision_pb2.ListCardsRequest(page_size=PAGE, page_token=visit.asked("page", _MOST_TOKEN), asked_by=asked_by(visit))
    request.phase = phase if phase in set(CardPhase) else ""
    request.overdue = visit.asked("overdue") == "1"
    answer = await visit.site.asking.ask(supervision.cards, request)
    given = {"phase": request.phase, "overdue": "1" if request.overdue else ""}
    rows, more = (list(answer.said.cards), answer.said.next_page_token) if isinstance(answer, Answered) else ([], "")
    facts: dict[str, Any] = {
        "rows": rows,
        "more": more,
        "is_first": not request.page_token,
        "given": given,
        "unanswered": _unanswered(answer),
    }
    return draw(visit, "cards.html", phases=[one.value for one in CardPhase if one is not CardPhase.UNKNOWN], **facts)


async def show_one(visit: Visit) -> Response:
    """Draw one order, with what was typed of its answer."""
    number, form = visit.signed_in.number, _form(visit)
    typed = await visit.site.keeping.read(lambda connection: drafts.find(connection, number, form))
    return await _drawn(visit, typed, "")


async def answer(visit: Visit) -> Response:
    """Answer an order; what was typed is kept until the hub has it."""
    number, form, text = visit.signed_in.number, _form(visit), visit.form.get("text", "").strip()
    now = visit.now
    await visit.site.keeping.write(lambda connection: drafts.save(connection, number, form, text, now))
    if not text or len(text) > MAX_TEXT:
        return await _drawn(visit, text, "empty" if not text else "too-long", 422)
    request = supervision_pb2.AnswerOrderRequest(order=_order(visit), text=text, asked_by=asked_by(visit))
    told = await visit.site.asking.ask(supervision.answer, request)
    if isinstance(told, Unanswered):
        # Away it is not asked again: a page waits for it once.
        return await _drawn(visit, text, "refused", 422) if told.reason else _draw(visit, None, text, "away", 503)
    await visit.site.keeping.write(lambda connection: drafts.drop(connection, number, form))
    visit.site.live.publish("todo")
    return done(f"/orders/{_order(visit)}", "answered")


async def _drawn(visit: Visit, typed: str, fault: str, status: int = 200) -> Response:
    request = supervision_pb2.GetOrderRequest(order=_order(visit), asked_by=asked_by(visit))
    found = await visit.site.asking.ask(supervision.order, request)
    if isinstance(found, Unanswered) and found.reason:
        return await message(visit, "absent", 404)
    return _draw(visit, found.said if isinstance(found, Answered) else None, typed, fault, status)


def _draw(visit: Visit, standing: supervision_pb2.OrderStanding | None, typed: str, fault: str, status: int) -> Response:
    facts: dict[str, Any] = {"order_id": _order(visit), "draft": _form(visit), "may_answer": may(visit.law, visit.who, Action.ORDER_ANSWER)}
    return draw(visit, "order.html", status, standing=standing, typed=typed, fault=fault, most=MAX_TEXT, **facts)


def _order(visit: Visit) -> str:
    return str(visit.request.path_params["order"])


def _form(visit: Visit) -> str:
    """Name the form, for its draft."""
    return f"order {_order(visit)}"[:120]


def _unanswered(answer: object) -> Unanswered | None:
    return answer if isinstance(answer, Unanswered) else None
