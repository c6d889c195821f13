"""Show cases: the list with its filters, and one case with its clocks, events and cards."""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp
from starlette.responses import Response

from directory.case_state import STATUSES
from directory.scopes.vocabulary import Action
from directory.supervision.vocabulary import Light
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.moments import midnight, read_day
from node_agent.console.pages import draw, message
from node_agent.console.seeing import may
from node_agent.console.views.asking_for import asked_by, purpose
from node_agent.console.views.guidance.about import of_case
from node_agent.console.visit import Visit
from node_agent.link import cases, supervision
from tongban.case.v1 import case_pb2
from tongban.supervision.v1 import supervision_pb2

PAGE: Final = 25
CARDS: Final = 200
"""Cards of the hall that are looked through for those of one case."""
_FILTERS: Final = ("number", "state", "light", "hall", "due_from", "due_to", "applied_from", "applied_to")
_MOST_TOKEN: Final = 2_000
_NUMBER: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


async def show_list(visit: Visit) -> Response:
    """Draw a page of cases; the filters are the page's address."""
    given = {name: visit.asked(name) for name in _FILTERS}
    request = _wanted(visit, given)
    request.page_token = visit.asked("page", _MOST_TOKEN)
    answer = await visit.site.asking.ask(cases.page, request)
    rows, more = (list(answer.said.cases), answer.said.next_page_token) if isinstance(answer, Answered) else ([], "")
    return draw(
        visit,
        "cases.html",
        given=given,
        rows=rows,
        more=more,
        is_first=not request.page_token,
        unanswered=answer if isinstance(answer, Unanswered) else None,
        states=sorted(STATUSES),
        lights=[light.value for light in Light],
        halls=_halls(visit),
        filtered=any(given.values()),
    )


def _wanted(visit: Visit, given: Mapping[str, str]) -> case_pb2.ListCasesRequest:
    """Turn filters into a question; what is no filter of ours is passed over."""
    request = case_pb2.ListCasesRequest(
        page_size=PAGE, asked_by=asked_by(visit), purpose=purpose(visit), case_number_prefix=given["number"]
    )
    request.state = given["state"] if given["state"] in STATUSES else ""
    request.light = given["light"] if given["light"] in set(Light) else ""
    request.hall = given["hall"] if given["hall"] in _halls(visit) else ""
    # A limit ends at 24:00 of its last day, the moment at which the next day begins.
    _set_day(request.due_from, given["due_from"], days=1)
    _set_day(request.due_before, given["due_to"], days=1, seconds=1)
    _set_day(request.applied_from, given["applied_from"])
    _set_day(request.applied_before, given["applied_to"], days=1)
    return request


def _set_day(stamp: Timestamp, text: str, **later: int) -> None:
    day = read_day(text)
    if day is not None:
        stamp.FromDatetime(midnight(day) + timedelta(**later))


def _halls(visit: Visit) -> list[str]:
    """Return the halls of which the person may see cases, as far as the hall knows; sorted."""
    if visit.law is None:
        return [visit.site.hall]
    below = visit.law.province.subtree(visit.site.hall)
    return sorted(below, key=lambda hall: (hall != visit.site.hall, hall))


async def show_one(visit: Visit) -> Response:
    """Draw one case."""
    hall, number = visit.request.path_params["hall"], visit.request.path_params["number"]
    if not _NUMBER.fullmatch(number):
        return await message(visit, "absent", 404)
    named = {"hall": hall, "case_number": number, "asked_by": asked_by(visit), "purpose": purpose(visit, hall, number)}
    ask = visit.site.asking.ask
    case, timeline, clocks, cards = await asyncio.gather(
        ask(cases.show, case_pb2.GetCaseRequest(**named)),
        ask(cases.timeline, case_pb2.GetTimelineRequest(**named)),
        ask(cases.clocks, case_pb2.GetClocksRequest(**named)) if may(visit.law, visit.who, Action.CLOCK_READ) else _nothing(),
        ask(supervision.cards, _cards(visit, hall)) if may(visit.law, visit.who, Action.CARD_READ) else _nothing(),
    )
    if isinstance(case, Unanswered):
        if case.reason:
            return await message(visit, "absent", 404)
        return draw(visit, "case_away.html", 503, hall_id=hall, number=number)
    return draw(
        visit,
        "case.html",
        case=case.said,
        events=list(timeline.said.entries) if isinstance(timeline, Answered) else None,
        clocks=list(clocks.said.clocks) if isinstance(clocks, Answered) else None,
        cards=_of_case(cards, hall, number),
        kind_of=_kind,
        **await of_case(visit, hall, number),
    )


async def _nothing() -> Unanswered:
    return Unanswered("REASON_NOT_ASKED")


def _cards(visit: Visit, hall: str) -> supervision_pb2.ListCardsRequest:
    return supervision_pb2.ListCardsRequest(page_size=CARDS, hall=hall, asked_by=asked_by(visit))


def _of_case(answer: Answered[Any] | Unanswered, hall: str, number: str) -> list[Any] | None:
    """Return the cards about a case; None where they were not told."""
    if isinstance(answer, Unanswered):
        return None
    about = ((card.card.card.cause, card) for card in answer.said.cards)
    return [card for cause, card in about if (cause.case_hall, cause.case_number) == (hall, number)]


def _kind(kind: int) -> str:
    """Return the name of a kind of event, as the contract has it, in small letters."""
    known = case_pb2.CaseEventKind.DESCRIPTOR.values_by_number
    return known[kind].name.removeprefix("CASE_EVENT_KIND_").lower() if kind in known else str(kind)
