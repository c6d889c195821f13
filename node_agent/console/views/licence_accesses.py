"""Tell a holder at the window who looked at their licences; show auditors whose looks stand out.

Law: a holder's code stands in no address and in no draft; each time somebody is told, that is written down too.
"""

from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response

from directory.calendar import beijing_day
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.moments import read_day
from node_agent.console.pages import draw
from node_agent.console.views.asking_for import asked_by
from node_agent.console.views.licence_lookup import CODE_TYPES, holder_faults, known_register
from node_agent.console.visit import Visit
from node_agent.link import licences as link
from tongban.directory.v1.scopes_pb2 import Purpose
from tongban.licence.v1 import licence_service_pb2 as messages

SHOWN: Final = 200
"""Looks that one page tells of."""
LATELY: Final = timedelta(days=30)
MOST_DAYS: Final = timedelta(days=92)
"""What the hub counts through at once."""
REQUEST: Final = "持证主体申请查询"
"""Why a window asks; it is written down in the words of the province."""


async def show(visit: Visit) -> Response:
    """Draw the empty form."""
    return _drawn(visit, {"purpose": REQUEST}, {})


async def take(visit: Visit) -> Response:
    """Ask the hub who looked, and draw it."""
    typed = {name: visit.form.get(name, "").strip() for name in ("purpose", "code_type", "code")}
    wrong = {name: "required" for name in ("purpose", "code") if not typed[name]} or holder_faults(typed)
    if wrong:
        return _drawn(visit, typed, wrong, 422)
    request = messages.ListAccessesRequest(
        holder=messages.Holder(code_type=typed["code_type"], code=typed["code"].upper()),
        asked_by=asked_by(visit),
        purpose=Purpose(purpose=typed["purpose"]),
        page_size=SHOWN,
    )
    answer = await visit.site.asking.ask(link.accesses, request)
    if isinstance(answer, Unanswered):
        return _drawn(visit, typed, {}, 422 if answer.reason else 503, unanswered=answer)
    register = await known_register(visit)
    titles = {item.name: item.title for one in register.issuing.law.resources.values() for item in one.items} if register else {}
    return _drawn(
        visit, {"purpose": typed["purpose"]}, {}, rows=list(answer.said.accesses), more=answer.said.next_page_token, titles=titles
    )


def _drawn(visit: Visit, typed: dict[str, str], wrong: dict[str, str], status: int = 200, **facts: Any) -> Response:  # noqa: ANN401 - what the template shows
    shown: dict[str, Any] = {"rows": None, "more": "", "unanswered": None, "titles": {}} | facts
    return draw(visit, "licence_accesses.html", status, typed=typed, wrong=wrong, code_types=CODE_TYPES, most=SHOWN, **shown)


async def show_outliers(visit: Visit) -> Response:
    """Draw whose looks stand out; the days are the page's address."""
    today = beijing_day(visit.now)
    last = read_day(visit.asked("to")) or today
    first = read_day(visit.asked("from")) or last - LATELY
    # The hub counts at most so many days: of a longer time the end is meant.
    first = max(min(first, last), last + timedelta(days=1) - MOST_DAYS)
    request = messages.ListOutliersRequest(asked_by=asked_by(visit), from_day=str(first), before_day=str(last + timedelta(days=1)))
    answer = await visit.site.asking.ask(link.outliers, request)
    rows = sorted(answer.said.outliers, key=lambda one: one.day, reverse=True) if isinstance(answer, Answered) else []
    unanswered = answer if isinstance(answer, Unanswered) else None
    return draw(visit, "licence_outliers.html", rows=rows, unanswered=unanswered, given={"from": str(first), "to": str(last)})
