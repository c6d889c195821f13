"""Let officers make a version of a licence: issue one, change one, renew one.

Laws: the form is made from the layout and the fields of the type as the replica has them; what is wrong is said at each field; a personal
number on the version before is never drawn again, and an empty input keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from starlette.responses import Response

from directory.catalogue.resources import ResourceVersion
from directory.licences.contents import Contents
from directory.licences.identifiers import LicenceId
from directory.licences.judging import not_entitled
from directory.licences.types import LicenceType
from directory.licences.vocabulary import ActKind, Fault
from directory.texts import MAX_TEXT
from node_agent.console import licence_form
from node_agent.console.moments import read_day
from node_agent.console.pages import done, draw, message
from node_agent.console.views.licence_book import possible, said
from node_agent.console.views.licence_desk import Declined, at_desk, desk_of, new_request, with_desk
from node_agent.console.visit import Visit
from node_agent.errors import LicenceDeclined
from node_agent.licences import acting, shelf
from node_agent.licences.asked import LEVELS, Asked, Text, asked_for
from node_agent.licences.book import Done
from node_agent.licences.desk import Desk

CHANGES: Final[Mapping[str, ActKind]] = {"change": ActKind.CHANGED, "renew": ActKind.RENEWED}
_DAYS: Final = ("valid_from", "valid_until")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a form is made from: the type, the fields of its resource, and of a change or renewal the version before."""

    kind: ActKind
    type: LicenceType
    version: ResourceVersion
    licence: str = ""
    before: Contents | None = None

    @property
    def said(self) -> Mapping[str, Any]:
        """Return what the version before says."""
        return self.before.fields if self.before is not None else {}


@with_desk
async def choose(visit: Visit) -> Response:
    """Draw the types that the officer may issue."""

    def read(connection: sa.Connection) -> list[LicenceType]:
        desk = desk_of(visit, connection)
        types = (desk.register.issuing.types.in_force(code, desk.register.day) for code in desk.register.issuing.types)
        return [one for one in types if one is not None and _may_issue(visit, desk, one)]

    return draw(visit, "licence_types.html", types=await visit.site.keeping.read(read))


def _may_issue(visit: Visit, desk: Desk, licence_type: LicenceType) -> bool:
    probable = LicenceId(licence_type.type, desk.register.issuer(desk.hall.hall, visit.who.department), "0", 1)
    return not_entitled(ActKind.ISSUED, probable, visit.who, "", desk.register.issuing) is None


@with_desk
async def show(visit: Visit) -> Response:
    """Draw the form."""
    ground = await visit.site.keeping.read(lambda connection: _ground(visit, connection))
    return await message(visit, "absent", 404) if ground is None else _drawn(visit, ground, None, Declined(""))


@with_desk
async def take(visit: Visit) -> Response:
    """Make the version; on a fault draw the form again with what is wrong."""
    ground = await visit.site.keeping.read(lambda connection: _ground(visit, connection))
    if ground is None:
        return await message(visit, "absent", 404)
    days = {name: read_day(visit.form.get(name, "")) for name in _DAYS}
    wrong = tuple((name, "is no date") for name in _DAYS if visit.form.get(name, "").strip() and days[name] is None)
    if wrong:
        return _drawn(visit, ground, visit.form, Declined(Fault.CONTENTS, wrong), 422)
    asked = _asked(visit, ground, days)
    outcome = await at_desk(visit, lambda connection, desk: acting.do(connection, desk, asked, visit.now))
    if isinstance(outcome, Declined):
        return _drawn(visit, ground, visit.form, outcome, 422)
    return _after(outcome)


def _after(outcome: Done) -> Response:
    return done(f"/licences/book/{outcome.licence.root}", f"licence-{outcome.kind.value}")


def _ground(visit: Visit, connection: sa.Connection) -> Ground | None:
    """Return what the form is made from; None where there is nothing to make, or nothing to make it from."""
    desk, params = desk_of(visit, connection), visit.request.path_params
    kind = CHANGES.get(str(params.get("what", "")), ActKind.ISSUED)
    licence, before, code = "", None, str(params.get("type", ""))
    if kind is not ActKind.ISSUED:
        one = shelf.standing(connection, str(params["root"]), visit.now)
        if one is None or one.newest is None or kind not in possible(one) or (before := said(desk, one)) is None:
            return None
        licence, code = one.number, one.newest.licence.type
    try:
        licence_type = desk.register.type_in_force(code)
        return Ground(kind, licence_type, desk.register.resource(licence_type), licence, before)
    except LicenceDeclined:
        return None


def _asked(visit: Visit, ground: Ground, days: Mapping[str, date | None]) -> Asked:
    """Return what the form asks for; a renewal says again what the version before says."""
    form = {name: value.strip() for name, value in visit.form.items()}
    is_renewal = ground.kind is ActKind.RENEWED
    fields = None if is_renewal else licence_form.read(ground.version, ground.said, form)
    text = Text(
        fields=fields,
        valid_from=days["valid_from"],
        valid_until=days["valid_until"],
        layout_digest=form.get("layout_digest", ""),
        trust_level=LEVELS.get(form.get("trust_level", ""), 0),
    )
    said = form | {"type": ground.type.type, "licence": ground.licence}
    return asked_for(ground.kind, form.get("request", ""), visit.who, said, text)


def _drawn(visit: Visit, ground: Ground, typed: Mapping[str, str] | None, declined: Declined, status: int = 200) -> Response:
    faulty = declined.fields
    fields = () if ground.kind is ActKind.RENEWED else licence_form.parts(ground.type, ground.version, ground.said, typed, faulty)
    what = {path.partition(".")[0]: what for path, what in declined.faults if path}
    facts: dict[str, Any] = {
        "parts": fields,
        "kind": ground.kind.value,
        "type": ground.type,
        "number": ground.licence,
        "root": visit.request.path_params.get("root", ""),
        "request": (typed or {}).get("request", "") or new_request(),
        "levels": list(LEVELS),
    }
    return draw(visit, "licence_making.html", status, typed=typed or {}, declined=declined, what=what, most=MAX_TEXT, **facts)
