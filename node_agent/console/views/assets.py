"""Hand out our style, script and icon.

Law: these alone are compressed. In a page stands what one may guess at beside what one may not, and its length would tell (BREACH).
"""

from starlette.responses import Response

from node_agent.console.pages import assets
from node_agent.console.visit import Visit


async def show(visit: Visit) -> Response:
    """Return a file by the digest of its content, which browsers keep for ever; nothing else is served."""
    found = assets().get(str(visit.request.path_params["name"]))
    if found is None or found.digest != visit.request.path_params["digest"]:
        return Response(status_code=404)
    headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    if "gzip" not in visit.request.headers.get("accept-encoding", ""):
        return Response(found.content, media_type=found.mime, headers=headers)
    return Response(found.packed, media_type=found.mime, headers={**headers, "content-encoding": "gzip"})
