"""Show auditors what was decided on questions about personal data."""

from datetime import timedelta
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp
from starlette.responses import Response

from directory.calendar import beijing_day
from node_agent.console import halls
from node_agent.console.moments import midnight, read_day
from node_agent.console.pages import draw
from node_agent.console.views.asking_for import asked_by
from node_agent.console.views.listing import listed
from node_agent.console.visit import Visit
from node_agent.link import decisions
from tongban.directory.v1 import decisions_pb2 as said

LATELY: Final = timedelta(days=7)
"""What is shown where nothing is asked for."""
_TEXTS: Final = ("person", "case_number", "resource", "key")
_VERDICTS: Final = {said.VERDICT_ALLOWED: "allowed", said.VERDICT_DENIED: "denied", said.VERDICT_NOT_FOUND: "not-found"}


async def show(visit: Visit) -> Response:
    """Draw a page of records; the filters are the page's address."""
    known = {hall.hall for hall in halls.in_order(visit)}
    given = {name: visit.asked(name) for name in (*_TEXTS, "hall", "case_hall", "from", "to")}
    for name in ("hall", "case_hall"):
        given[name] = given[name] if given[name] in known else ""
    if not any(given.values()):
        # The list begins with the oldest: without a word of when, the last days are meant.
        given["from"] = (beijing_day(visit.now) - LATELY).isoformat()
    request = said.ListDecisionsRequest(asked_by=asked_by(visit), hall=given["hall"], case_hall=given["case_hall"])
    for name in _TEXTS:
        setattr(request, name, given[name])
    _set_day(request.accepted_from, given["from"], 0)
    _set_day(request.accepted_before, given["to"], 1)
    page = await listed(visit, decisions.page, request, "decisions")
    filtered: dict[str, Any] = {"halls": halls.in_order(visit), "verdict_of": _verdict}
    return draw(visit, "decisions.html", given=given, **filtered, **page.facts())


def _set_day(stamp: Timestamp, text: str, later: int) -> None:
    day = read_day(text)
    if day is not None:
        stamp.FromDatetime(midnight(day) + timedelta(days=later))


def _verdict(verdict: said.Verdict) -> str:
    return _VERDICTS.get(verdict, str(verdict))
