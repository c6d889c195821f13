"""Report errors in shared records, and show, answer and close such reports (校核纠错)."""

from collections.abc import Iterator
from typing import Final

from starlette.responses import Response

from directory.catalogue.vocabulary import ReportState
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.pages import done, draw, message
from node_agent.console.seeing import may
from node_agent.console.views import catalogue
from node_agent.console.views.acting import AWAY, allowed
from node_agent.console.views.asking_for import asked_by
from node_agent.console.views.listing import listed
from node_agent.console.views.shares import FIELD
from node_agent.console.visit import Visit
from node_agent.link import corrections
from tongban.directory.v1 import corrections_pb2 as said

_STATES: Final = [one.value for one in ReportState]
_ANSWERED: Final = frozenset({ReportState.CORRECTED, ReportState.REJECTED})


async def show_list(visit: Visit) -> Response:
    """Draw a page of reports, each with what may be done to it."""
    return await _drawn(visit, "", 200)


async def report(visit: Visit) -> Response:
    """Report an error in a resource."""
    resource, form = str(visit.request.path_params["name"]), visit.form
    fields = sorted(name.removeprefix(FIELD) for name in form if name.startswith(FIELD))
    request = said.ReportErrorRequest(
        resource=resource,
        record=form.get("record", "").strip(),
        fields=fields,
        what=form.get("what", "").strip(),
        asked_by=asked_by(visit),
    )
    if not request.what:
        return await catalogue.drawn(visit, resource, 422, form="report", fault="incomplete", typed=form)
    answer = await visit.site.asking.ask(corrections.report, request)
    if isinstance(answer, Unanswered):
        fault = answer.reason or AWAY
        return await catalogue.drawn(visit, resource, 422 if answer.reason else 503, form="report", fault=fault, typed=form)
    return done("/reports", "reported")


async def take(visit: Visit) -> Response:
    """Answer a report, or close it."""
    ident, do = visit.form.get("report", ""), visit.form.get("do", "")
    if do != "close" and do not in _ANSWERED:
        return await message(visit, "absent", 404)
    ask, text = visit.site.asking.ask, visit.form.get("text", "").strip()
    answer: Answered[said.ReportStanding] | Unanswered
    if do == "close":
        answer = await ask(corrections.close, said.CloseReportRequest(report=ident, asked_by=asked_by(visit)))
    else:
        request = said.AnswerReportRequest(report=ident, outcome=do, text=text, asked_by=asked_by(visit))
        answer = await ask(corrections.answer, request)
    if isinstance(answer, Unanswered):
        return await _drawn(visit, answer.reason or AWAY, 422 if answer.reason else 503)
    return done("/reports", "acted")


async def _drawn(visit: Visit, fault: str, status: int) -> Response:
    if not may(visit.law, visit.who, Action.CORRECTION_READ) and not may(visit.law, visit.who, Action.CORRECTION_ANSWER):
        return await message(visit, "not-yours", 403)
    state = visit.asked("state")
    given = {"state": state if state in _STATES else "", "overdue": "1" if visit.asked("overdue") == "1" else ""}
    request = said.ListReportsRequest(state=given["state"], overdue=bool(given["overdue"]), asked_by=asked_by(visit))
    page = await listed(visit, corrections.page, request, "reports")
    acts = {one.report.report: tuple(_open(visit, one)) for one in page.rows}
    failed = {"fault": fault, "typed": visit.form}
    return draw(visit, "reports.html", status, given=given, states=_STATES, acts=acts, **failed, **page.facts())


def _open(visit: Visit, one: said.ReportStanding) -> Iterator[str]:
    told = one.report
    of_provider = Subject(hall=one.provider_hall, department=one.provider, resource=told.resource)
    of_reader = Subject(hall=told.hall, department=told.department, resource=told.resource)
    if told.state == ReportState.REPORTED and allowed(visit, Action.CORRECTION_ANSWER, of_provider):
        yield "answer"
    if told.state in _ANSWERED and allowed(visit, Action.CORRECTION_REPORT, of_reader):
        yield "close"
