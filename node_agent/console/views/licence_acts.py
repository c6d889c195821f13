"""Let officers suspend, resume and supersede licences, and end them by two.

Laws: an ending is proposed by one officer and confirmed by another; whoever proposed it is not offered to confirm it, and the desk refuses
it. What may not be done is said on the page of the licence, with what was typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from starlette.responses import Response

from directory.licences.vocabulary import ENDINGS, ActKind
from directory.scopes.principal import is_same_person
from node_agent.console.pages import done, draw, message
from node_agent.console.views.licence_book import PLAIN, drawn
from node_agent.console.views.licence_desk import Declined, at_desk, with_desk
from node_agent.console.visit import Visit
from node_agent.licences import acting, endings, shelf
from node_agent.licences.asked import asked_for
from node_agent.licences.book import Done
from node_agent.licences.desk import Desk
from node_agent.licences.endings import Ending

PROPOSED: Final = "ending"
"""Name of the form by which an ending is proposed; each other act has a form of its own name."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An ending that waits; `own`: the person before the screen proposed it. `root` is empty for a number that is none any more."""

    ending: Ending
    root: str
    own: bool


@with_desk
async def take(visit: Visit) -> Response:
    """Do to a licence what a form says."""
    form, root = visit.form.get("form", ""), str(visit.request.path_params["root"])
    one = await visit.site.keeping.read(lambda connection: shelf.standing(connection, root, visit.now))
    kind, ground = _wanted(visit)
    if one is None or kind is None:
        return await message(visit, "absent", 404)
    typed = {name: value.strip() for name, value in visit.form.items()}
    asked = asked_for(kind, typed.get("request", ""), visit.who, typed | {"licence": one.number, "ground": ground})
    if kind in ENDINGS:
        proposed = await at_desk(visit, lambda connection, desk: endings.propose(connection, desk, asked, visit.now))
        if isinstance(proposed, Declined):
            return await drawn(visit, typed, form, proposed.fault, 422)
        return done("/licences/endings", "ending-proposed")
    outcome = await at_desk(visit, lambda connection, desk: acting.do(connection, desk, asked, visit.now))
    if isinstance(outcome, Declined):
        return await drawn(visit, typed, form, outcome.fault, 422)
    return done(f"/licences/book/{outcome.licence.root}", f"licence-{outcome.kind.value}")


def _wanted(visit: Visit) -> tuple[ActKind | None, str]:
    """Return which act a form names, with its ground; an ending and its ground are chosen together."""
    form = visit.form.get("form", "")
    if form == PROPOSED:
        kind, _, ground = visit.form.get("ending", "").partition("/")
        return (ActKind(kind), ground) if kind in set(ENDINGS) else (None, "")
    return (ActKind(form), visit.form.get("ground", "").strip()) if form in set(PLAIN) else (None, "")


@with_desk
async def show_endings(visit: Visit) -> Response:
    """Draw the endings that wait for a second officer."""
    return await _endings(visit, "", "")


async def _endings(visit: Visit, of: str, fault: str, status: int = 200) -> Response:
    def read(connection: sa.Connection) -> Sequence[Waiting]:
        found = endings.pending(connection)
        return [Waiting(one, _root_of(connection, one), is_same_person(one.asked.officer.person, visit.who.person)) for one in found]

    return draw(visit, "licence_endings.html", status, rows=await visit.site.keeping.read(read), of=of, fault=fault)


def _root_of(connection: sa.Connection, one: Ending) -> str:
    root = one.asked.licence.rsplit(".", 2)[0]
    return root if shelf.standing(connection, root, one.proposed_at) is not None else ""


@with_desk
async def settle(visit: Visit) -> Response:
    """Confirm a proposed ending, or take it back."""
    ending, what = visit.form.get("ending", ""), visit.form.get("do", "")
    if what not in {"confirm", "drop"}:
        return await message(visit, "absent", 404)
    if what == "confirm" and not visit.form.get("checked"):
        return await _endings(visit, ending, "unchecked", 422)
    work = endings.confirm if what == "confirm" else endings.drop

    def settled(connection: sa.Connection, desk: Desk) -> Done | Ending:
        return work(connection, desk, ending, visit.who, visit.now)

    outcome = await at_desk(visit, settled)
    if isinstance(outcome, Declined):
        return await _endings(visit, ending, outcome.fault, 422)
    return done("/licences/endings", "ending-dropped") if isinstance(outcome, Ending) else done(_page_of(outcome), "ending-confirmed")


def _page_of(outcome: Done) -> str:
    return f"/licences/book/{outcome.licence.root}"
