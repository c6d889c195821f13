"""Show the catalogue of resources: the list, and one resource with its fields, samples and freshness.

Law: what is said of a resource is in the hall's replica and there without the hub; how fresh it is the hub alone knows.
"""

import asyncio
from typing import Any, Final

from starlette.responses import Response

from directory.calendar import beijing_day
from directory.catalogue.vocabulary import SharingType
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from node_agent.console import replica
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.pages import draw, message
from node_agent.console.views.acting import allowed
from node_agent.console.views.asking_for import asked_by
from node_agent.console.views.listing import listed
from node_agent.console.visit import Visit
from node_agent.link import catalogue
from tongban.directory.v1 import catalogue_pb2

_TONES: Final = {"fresh": "good", "due": "warn", "overdue": "bad"}
SHARINGS: Final = [one.value for one in SharingType]


async def show_list(visit: Visit) -> Response:
    """Draw a page of resources; without the hub those that the hall knows."""
    sharing = visit.asked("sharing")
    given = {"sharing": sharing if sharing in SHARINGS else "", "overdue": "1" if visit.asked("overdue") == "1" else ""}
    request = catalogue_pb2.ListResourcesRequest(sharing=given["sharing"], overdue=bool(given["overdue"]), asked_by=asked_by(visit))
    page = await listed(visit, catalogue.page, request, "resources")
    today = beijing_day(visit.now)
    local = await visit.site.keeping.read(lambda connection: replica.resources(connection, today)) if page.unanswered else []
    local = [one for one in local if not given["sharing"] or one.version.resource.sharing == given["sharing"]]
    return draw(visit, "catalogue.html", given=given, sharings=SHARINGS, local=local, tone=tone, **page.facts())


async def show_one(visit: Visit) -> Response:
    """Draw one resource."""
    return await drawn(visit, str(visit.request.path_params["name"]))


async def drawn(visit: Visit, resource: str, status: int = 200, **said: Any) -> Response:  # noqa: ANN401 - facts
    """Draw one resource; `form`, `fault` and `typed` say what became of a form on it."""
    today = beijing_day(visit.now)
    answer, local = await asyncio.gather(
        visit.site.asking.ask(catalogue.show, catalogue_pb2.GetResourceRequest(resource=resource, asked_by=asked_by(visit))),
        visit.site.keeping.read(lambda connection: replica.resources(connection, today, resource)),
    )
    if isinstance(answer, Unanswered) and not local:
        return await message(visit, "absent", 404)
    entry = answer.said if isinstance(answer, Answered) else None
    own = Subject(hall=visit.site.hall, department=visit.signed_in.department, resource=resource)
    facts: dict[str, Any] = {
        "resource": resource,
        "entry": entry,
        "local": local[0] if local else None,
        "unanswered": answer if isinstance(answer, Unanswered) else None,
        "may_apply": allowed(visit, Action.SHARE_APPLY, own) and (entry is None or entry.sharing != SharingType.NOT_SHARED),
        "may_report": allowed(visit, Action.CORRECTION_REPORT, own),
        "form": said.get("form", ""),
        "fault": said.get("fault", ""),
        "typed": said.get("typed", {}),
    }
    return draw(visit, "resource.html", status, tone=tone, **facts)


def tone(freshness: str) -> str:
    """Return the tone of a badge for how fresh a resource is."""
    return _TONES.get(freshness, "")
