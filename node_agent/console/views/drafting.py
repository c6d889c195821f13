"""Keep what is being typed, so that nothing is lost with a session, a browser or a link."""

from typing import Final

from starlette.responses import Response

from node_agent.accounts import drafts
from node_agent.console.visit import Visit

_MOST_NAME: Final = 120


async def take(visit: Visit) -> Response:
    """Keep a draft; 507 where there is no room."""
    number, form, content = visit.signed_in.number, visit.form.get("form", "")[:_MOST_NAME], visit.form.get("content", "")
    if not form:
        return Response(status_code=400)
    now = visit.now
    kept = await visit.site.keeping.write(lambda connection: drafts.save(connection, number, form, content, now))
    return Response(status_code=204 if kept else 507)
