"""Let officers make a copy of a licence for one recipient and one purpose (加注件), as a page to print with its file.

Laws: the copy is in the book before its page is drawn; the page is drawn once, in answer to the form, and is kept nowhere. It has a policy
of its own, for it has its style within it, and loads nothing. While the hub is away the file says nothing of how the licence stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Final

import sqlalchemy as sa
from starlette.responses import HTMLResponse, Response

from certs import licence_file
from certs.credential import present
from directory.catalogue.resources import ResourceVersion
from directory.licences.contents import midnight
from directory.licences.disclosing import claim_of
from directory.licences.types import HOLDER_CODE, HOLDER_CODE_TYPE, LicenceType
from directory.licences.vocabulary import Fault
from node_agent.console.asking import Answered
from node_agent.console.moments import read_day
from node_agent.console.pages import draw, message
from node_agent.console.sheet import layout_of, panels
from node_agent.console.views.licence_book import said
from node_agent.console.views.licence_desk import Declined, at_desk, desk_of, new_request, with_desk
from node_agent.console.visit import Visit
from node_agent.licences import copies, shelf
from node_agent.licences.copies import Copy, Wanted
from node_agent.licences.copy_page import Surroundings, page
from node_agent.licences.copy_words import WORDS
from node_agent.licences.declining import decline, licence_of
from node_agent.licences.desk import Desk
from node_agent.link import licences as link
from tongban.licence.v1 import licence_service_pb2 as messages

SHOWN: Final = "show."
"""Stands in front of the name of a field that the copy is to show."""
_TELLING: Final = frozenset({HOLDER_CODE, HOLDER_CODE_TYPE})
"""Shown only where somebody says so."""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class _Made:
    copy: Copy
    type: LicenceType
    version: ResourceVersion


@with_desk
async def show(visit: Visit) -> Response:
    """Draw the form."""
    return await _drawn(visit, {}, Declined(""))


@with_desk
async def take(visit: Visit) -> Response:
    """Make the copy and draw its page; on a fault draw the form again with what is wrong."""
    form = {name: value.strip() for name, value in visit.form.items()}
    fields = [name.removeprefix(SHOWN) for name in form if name.startswith(SHOWN)]
    until = read_day(form.get("until", ""))
    wrong: tuple[tuple[str, str], ...] = () if fields else (("fields", "name one"),)
    wrong += () if until is not None else (("until", "is no date"),)
    if wrong or until is None:
        return await _drawn(visit, form, Declined(Fault.CONTENTS, wrong), 422)
    ends = midnight(until + timedelta(days=1)).astimezone(UTC)
    wanted = Wanted(
        form.get("recipient", ""), form.get("purpose", ""), form.get("case_number", ""), ends, visit.who, form.get("request", "")
    )
    root = str(visit.request.path_params["root"])
    outcome = await at_desk(visit, lambda connection, desk: _make(visit, connection, desk, fields, wanted))
    if isinstance(outcome, Declined):
        return await _drawn(visit, form, outcome, 422)
    token = await _status_list(visit, outcome.copy)
    file = licence_file.write(replace(outcome.copy.file, status_list=token))
    language = form.get("language", "")
    around = Surroundings(language if language in WORDS else visit.words.language, file, bool(token), f"/licences/book/{root}")
    text = page(outcome.copy, outcome.type, outcome.version, around)
    return HTMLResponse(text, headers={"cache-control": "no-store", "content-security-policy": _POLICY})


def _make(visit: Visit, connection: sa.Connection, desk: Desk, fields: Sequence[str], wanted: Wanted) -> _Made:
    one = shelf.standing(connection, str(visit.request.path_params["root"]), visit.now)
    if one is None or one.newest is None:
        decline(Fault.UNKNOWN_LICENCE, [("licence", "no version of it counts")])
    whole = copies.of_book(connection, desk, licence_of(one.number), wanted.officer)
    made = copies.make(connection, desk, present(whole, [claim_of(name) for name in fields]), wanted, visit.now)
    if set(fields) - set(copies.shown_fields(made.licence)):
        decline(Fault.CONTENTS, [("fields", "a field is not there to be shown")])
    licence_type = desk.register.issuing.types.newest(made.licence.claims.type, desk.register.day)
    if licence_type is None:
        decline(Fault.UNKNOWN_TYPE, [("type", "the register does not know its type")])
    return _Made(made, licence_type, desk.register.resource(licence_type))


async def _status_list(visit: Visit, made: Copy) -> str:
    """Return the hub's list in which the licence stands; empty while the hub is away."""
    request = messages.GetStatusListRequest(uri=made.licence.claims.status_uri)
    answer = await visit.site.asking.ask(link.status_list, request)
    return answer.said.token if isinstance(answer, Answered) else ""


async def _drawn(visit: Visit, typed: Mapping[str, str], declined: Declined, status: int = 200) -> Response:
    root = str(visit.request.path_params["root"])

    def read(connection: sa.Connection) -> dict[str, object] | None:
        desk = desk_of(visit, connection)
        one = shelf.standing(connection, root, visit.now)
        if one is None or (contents := said(desk, one)) is None:
            return None
        layout = layout_of(desk.register, one.entries[0].act.licence.type)
        return {"one": one, "type_name": layout.name, "panels": panels(layout, contents.fields)}

    found = await visit.site.keeping.read(read)
    if found is None:
        return await message(visit, "absent", 404)
    wrong = {path: "copy-" + path for path, _ in declined.faults if path in {"recipient", "purpose", "case", "until", "fields"}}
    facts = {"root": root, "request": typed.get("request", "") or new_request(), "languages_of_page": list(WORDS), "telling": _TELLING}
    return draw(visit, "licence_copying.html", status, typed=typed, fault=declined.fault, wrong=wrong, **facts, **found)
