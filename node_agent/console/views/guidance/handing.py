"""Hand a thread over to another person of the desk.

Laws: whoever looks after a thread hands it over, or who leads the hall and may see it; it goes to who may answer in the same department,
and is new to them then; of two who hand it over at once one does, and the other is told who has it.
"""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from starlette.responses import RedirectResponse, Response

from directory.guidance.texts import MAX_TEXT
from directory.refusal import Refused
from directory.scopes.principal import Principal
from directory.scopes.vocabulary import Action
from node_agent.accounts import users
from node_agent.console.pages import draw, message
from node_agent.console.seeing import may
from node_agent.console.views.guidance import place
from node_agent.console.views.guidance.place import key_of, may_hand_over, path_of
from node_agent.console.views.guidance.thread import Fault
from node_agent.console.visit import Visit
from node_agent.guidance import desk
from node_agent.guidance.desk import Claim, Taken
from node_agent.guidance.queues import Listed

SHOWN: Final = 50
"""People; the others are found by name or number."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Someone to whom a thread can be given."""

    number: str
    name: str
    department: str


def _colleagues(visit: Visit, connection: sa.Connection, one: Listed) -> list[Colleague]:
    """Return who else of the department that has the thread may answer."""
    held = one.claim
    if held is None:
        return []
    found = {
        user.number: Colleague(user.number, user.name, role.department)
        for user in users.listed(connection)
        for role in user.roles
        if not user.disabled and user.number != held.person and role.department == held.department
        if may(visit.law, Principal(visit.site.hall, role.role, role.department, user.number), Action.GUIDANCE_ANSWER)
    }
    return list(found.values())


async def show(visit: Visit) -> Response:
    """Draw to whom the thread can be given."""
    return await _drawn(visit, None, 200)


async def _drawn(visit: Visit, fault: Fault | None, status: int) -> Response:
    key = key_of(visit)

    def read(connection: sa.Connection) -> tuple[Listed, list[Colleague], dict[str, str]] | None:
        one = place.found(visit, connection, key)
        return None if one is None else (one, _colleagues(visit, connection, one), place.names(visit, connection, [one], []))

    found = await visit.site.keeping.read(read)
    if found is None:
        return await message(visit, "absent", 404)
    one, people, called = found
    if fault is None and not may_hand_over(visit, one):
        return await message(visit, "not-yours", 403)
    sought = visit.asked("q", 60)
    rows = [person for person in people if sought.casefold() in f"{person.name} {person.number}".casefold()]
    facts = {"one": one, "row": one.row, "people": rows[:SHOWN], "more": len(rows) > SHOWN, "sought": sought, "called": called}
    facts |= {"may_hand_over": may_hand_over(visit, one)}
    return draw(visit, "guidance/hand_over.html", status, **facts, address=path_of(key), fault=fault, most=MAX_TEXT)


async def take(visit: Visit) -> Response:
    """Give the thread to another person, unless it is somebody else's by now."""
    key, to, of = key_of(visit), visit.form.get("to", ""), visit.form.get("from", "")

    def work(connection: sa.Connection) -> Claim | Taken | Refused:
        one = place.found(visit, connection, key)  # as it is now, in the transaction of the act
        if one is None:
            return Refused("there is no such thread at this hall")
        if one.claim is not None and one.claim.person not in {"", of}:
            return Taken(one.claim)
        person = next((person for person in _colleagues(visit, connection, one) if person.number == to), None)
        if not may_hand_over(visit, one) or person is None:
            return Refused("nobody of the department of that number may answer")
        return desk.hand_over(connection, key, Claim(person.number, person.department, visit.actor.person, visit.now), of)

    done = await visit.site.keeping.write(work)
    if isinstance(done, Taken):
        return await _drawn(visit, Fault("taken", taken=done.claim), 409)
    if isinstance(done, Refused):
        return await _drawn(visit, Fault(place.wording(done.why), done.why), 422)
    return RedirectResponse(f"{path_of(key)}?did=handed-over", 303)
