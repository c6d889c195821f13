"""Hand out our style, script and icon."""

from starlette.responses import Response

from node_agent.console.pages import assets
from node_agent.console.visit import Visit


async def show(visit: Visit) -> Response:
    """Return a file by the digest of its content, which browsers keep for ever; nothing else is served."""
    found = assets().get(str(visit.request.path_params["name"]))
    if found is None or found.digest != visit.request.path_params["digest"]:
        return Response(status_code=404)
    return Response(found.content, media_type=found.mime, headers={"cache-control": "public, max-age=31536000, immutable"})
