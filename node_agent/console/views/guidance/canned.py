"""Keep answers at hand: for an item, or for any."""

import sqlalchemy as sa
from starlette.responses import Response

from directory.guidance.texts import MAX_TEXT
from directory.refusal import Refused
from directory.scopes.vocabulary import Action
from node_agent.accounts import drafts
from node_agent.console.pages import done, draw, message
from node_agent.console.seeing import may
from node_agent.console.views.guidance import place
from node_agent.console.views.guidance.thread import Fault
from node_agent.console.visit import Visit
from node_agent.guidance import desk

DRAFT = "canned"


async def show(visit: Visit) -> Response:
    """Draw the answers at hand."""
    return await _drawn(visit, None)


async def _drawn(visit: Visit, fault: Fault | None) -> Response:
    if not may(visit.law, visit.who, Action.GUIDANCE_ANSWER):
        return await message(visit, "not-yours", 403)
    number = visit.actor.person
    rows, text = await visit.site.keeping.read(lambda connection: (desk.canned_for(connection, ""), drafts.find(connection, number, DRAFT)))
    facts = {"rows": rows, "typed": text, "given": visit.form, "fault": fault, "most": MAX_TEXT, "draft": DRAFT}
    return draw(visit, "guidance/canned.html", 200 if fault is None else 422, **facts)


async def take(visit: Visit) -> Response:
    """Keep an answer, or drop one."""
    if not may(visit.law, visit.who, Action.GUIDANCE_ANSWER):
        return await message(visit, "not-yours", 403)
    verb, _, of = visit.form.get("do", "").partition(" ")
    if verb == "drop":
        await visit.site.keeping.write(lambda connection: _drop(connection, of))
        return done("/guidance/canned", "canned-dropped")
    item, titled = visit.form.get("item", "").strip(), (place.typed(visit, "title"), place.typed(visit, "text"))

    def keep(connection: sa.Connection) -> int | Refused:
        drafts.save(connection, visit.actor.person, DRAFT, titled[1], visit.now)
        kept = desk.keep_canned(connection, item, titled, visit.actor, visit.now)
        if not isinstance(kept, Refused):
            drafts.drop(connection, visit.actor.person, DRAFT)
        return kept

    kept = await visit.site.keeping.write(keep)
    if isinstance(kept, Refused):
        return await _drawn(visit, Fault(place.wording(kept.why), kept.why))
    return done("/guidance/canned", "canned-kept")


def _drop(connection: sa.Connection, named: str) -> None:
    one = next((one.id for one in desk.canned_for(connection, "") if str(one.id) == named), None)
    if one is not None:
        desk.drop_canned(connection, one)
