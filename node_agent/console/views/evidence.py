"""Let the administrator fetch evidence of single messages that this hall sent or received.

Laws: nothing is believed because the hub sent it: a file is handed on when the offline verifier opens it under the province's root, and it
is of the very message. It holds the message itself, so it is kept nowhere on its way.
"""

from dataclasses import replace
from typing import Final

import sqlalchemy as sa
import structlog
from starlette.responses import Response

from certs.identity import read_certificate
from certs.verifier import Verifier
from node_agent import evidence, messages
from node_agent.config import Config
from node_agent.console.asking import Unanswered
from node_agent.console.pages import draw, message
from node_agent.console.visit import Visit
from node_agent.evidence import MISSING, REFUSED
from node_agent.hall_keys import ROOT, HallKeys
from node_agent.licences.masking import masked_text
from node_agent.link import evidence as link
from node_agent.messages import Position, Told

_log = structlog.get_logger(__name__)

MIME: Final = "application/octet-stream"
_OF: Final = {"journal": messages.of_batch, "inbox": messages.of_segment}
_MOST_DIGITS: Final = 18


async def show(visit: Visit) -> Response:
    """Draw the messages of one batch that was sent, or that came at once."""
    of, place = visit.asked("of", 10), _number(visit.asked("place", 20))
    if of not in _OF or place is None:
        return await message(visit, "absent", 404)

    def read(connection: sa.Connection) -> list[Told]:
        return [replace(one, subject=masked_text(one.subject)) for one in _OF[of](connection, place)]

    return draw(visit, "evidence.html", of=of, place=place, rows=await visit.site.keeping.read(read))


async def download(visit: Visit) -> Response:
    """Fetch the evidence of one message, check it, and hand it on as a file."""
    params = visit.request.path_params
    epoch, index = _number(str(params["epoch"])), _number(str(params["index"]))
    if epoch is None or index is None:
        return await message(visit, "absent", 404)
    position = Position(str(params["author"]), epoch, index)
    answer = await visit.site.asking.ask(_one, position)
    if isinstance(answer, Unanswered):
        return await message(visit, "evidence-missing" if answer.reason else "evidence-away", 404 if answer.reason else 503)
    data = answer.said
    verdict, reason = await visit.site.keeping.apart(lambda: evidence.checked(position, data, _verifier(visit)))
    if verdict in {MISSING, REFUSED}:
        _log.warning("evidence is not handed on", author=position.hall, index=position.index, verdict=verdict, reason=reason)
        return await message(visit, f"evidence-{verdict}", 404 if verdict == MISSING else 502)
    name = evidence.name_of(position)
    return Response(data, media_type=MIME, headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"})


async def _one(config: Config, hall: HallKeys, position: Position) -> bytes:
    """Return the evidence of one message, empty for none; raises what `link.export` raises."""
    async for _, data in link.export(config, hall, [position]):
        return data
    return b""


def _verifier(visit: Visit) -> Verifier:
    return Verifier(read_certificate((visit.site.agent.hall.folder / ROOT).read_bytes()))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None
