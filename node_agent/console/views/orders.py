"""List orders of supervision and cards."""

from typing import Final

from starlette.responses import Response

from directory.scopes.vocabulary import Action
from directory.supervision.card_history import CardPhase
from directory.supervision.orders import OrderPhase
from node_agent.console.pages import draw
from node_agent.console.seeing import may
from node_agent.console.views.asking_for import asked_by
from node_agent.console.views.listing import listed
from node_agent.console.visit import Visit
from node_agent.link import supervision
from tongban.supervision.v1 import supervision_pb2 as said

_ORDER_PHASES: Final = [one.value for one in OrderPhase if one is not OrderPhase.UNKNOWN]
_CARD_PHASES: Final = [one.value for one in CardPhase if one is not CardPhase.UNKNOWN]


async def show_list(visit: Visit) -> Response:
    """Draw a page of orders."""
    given = _given(visit, _ORDER_PHASES)
    request = said.ListOrdersRequest(phase=given["phase"], overdue=bool(given["overdue"]), asked_by=asked_by(visit))
    page = await listed(visit, supervision.orders, request, "orders")
    may_issue = may(visit.law, visit.who, Action.ORDER_ISSUE)
    template = "_orders.html" if visit.asked("part") == "list" else "orders.html"
    return draw(visit, template, given=given, phases=_ORDER_PHASES, may_issue=may_issue, **page.facts())


async def show_cards(visit: Visit) -> Response:
    """Draw a page of cards."""
    given = _given(visit, _CARD_PHASES)
    request = said.ListCardsRequest(phase=given["phase"], overdue=bool(given["overdue"]), asked_by=asked_by(visit))
    page = await listed(visit, supervision.cards, request, "cards")
    template = "_cards.html" if visit.asked("part") == "list" else "cards.html"
    return draw(visit, template, given=given, phases=_CARD_PHASES, **page.facts())


def _given(visit: Visit, phases: list[str]) -> dict[str, str]:
    """Return the filters of the address that are filters of ours."""
    phase = visit.asked("phase")
    return {"phase": phase if phase in phases else "", "overdue": "1" if visit.asked("overdue") == "1" else ""}
