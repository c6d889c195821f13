"""Let people ask the halls above: about a case, an item, or in general."""

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from starlette.responses import RedirectResponse, Response

from directory.guidance.attachments import MAX_BYTES, MOST
from directory.guidance.texts import MAX_TEXT
from directory.guidance.thread import About
from directory.refusal import Refused
from directory.scopes.law import Law
from directory.scopes.vocabulary import Action
from node_agent.accounts import drafts
from node_agent.console.naming import hall_name
from node_agent.console.pages import draw, message
from node_agent.console.seeing import may
from node_agent.console.views.guidance import place
from node_agent.console.views.guidance.items import offered
from node_agent.console.views.guidance.place import typed
from node_agent.console.views.guidance.thread import Fault
from node_agent.console.views.guidance.uploading import stage
from node_agent.console.visit import Visit
from node_agent.guidance import desk, uploads
from node_agent.guidance.speaking import Asked, Spoken, Words
from node_agent.law import Known

_MOST_FORM: Final = 120
_MOST_SOUGHT: Final = 64
_FIELDS: Final = ("case_hall", "case", "item", "to")


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall that may be asked, with its departments by id."""

    hall: str
    name: str
    departments: dict[str, str]


async def show(visit: Visit) -> Response:
    """Draw the form, with what was typed into it before."""
    given = {name: visit.asked(name) for name in _FIELDS}
    return await _drawn(visit, given, _form(given), None)


async def _drawn(visit: Visit, given: dict[str, str], form: str, fault: Fault | None, sought: str = "") -> Response:
    if not may(visit.law, visit.who, Action.GUIDANCE_ASK):
        return await message(visit, "not-yours", 403)
    person = visit.actor.person
    text, staged, items = await visit.site.keeping.read(
        lambda connection: (drafts.find(connection, person, form), uploads.of_form(connection, (person, form)), offered(connection, sought))
    )
    facts: dict[str, Any] = {
        "given": given,
        "draft": form,
        "typed": typed(visit, "text") or text,
        "staged": staged,
        "fault": fault,
        "halls": _halls(visit),
    }
    facts |= {"most": MAX_TEXT, "most_files": MOST, "most_mib": MAX_BYTES // 1024 // 1024, "ident": place.new_ident()}
    facts |= {"items": items}
    template = "guidance/_staged.html" if visit.asked("part") == "staged" else "guidance/new.html"
    return draw(visit, template, 200 if fault is None else 422, **facts)


async def take(visit: Visit) -> Response:
    """Ask; what was typed is kept until it is said."""
    given = {name: visit.form.get(name, "").strip()[:200] for name in _FIELDS}
    named = visit.form.get("draft", "")[:_MOST_FORM]
    form = named if named.startswith("ask") else _form(given)
    number, text, now = visit.actor.person, typed(visit, "text"), visit.now
    await visit.site.keeping.write(lambda connection: drafts.save(connection, number, form, text, now))
    refused = await stage(visit, form)
    if refused is not None:
        return await _drawn(visit, given, form, Fault(place.wording(refused.why), refused.why))
    verb, _, of = visit.form.get("do", "").partition(" ")
    if verb == "find":
        return await _drawn(visit, given, form, None, given["item"][:_MOST_SOUGHT])
    if verb == "item":
        return await _drawn(visit, given | {"item": of[:_MOST_SOUGHT]}, form, None)
    if verb != "ask":
        await visit.site.keeping.write(lambda connection: _detach(visit, connection, of))
        return await _drawn(visit, given, form, None)
    done = await visit.site.keeping.write(lambda connection: _asked(visit, connection, given, (form, text)))
    if isinstance(done, str):
        return await _drawn(visit, given, form, Fault(done))
    if isinstance(done, Refused):
        return await _drawn(visit, given, form, Fault(place.wording(done.why), done.why))
    return RedirectResponse(f"{place.path_of(done.key)}?did=asked", 303)


def _asked(visit: Visit, connection: sa.Connection, given: dict[str, str], typed_in: tuple[str, str]) -> Spoken | Refused | str:
    hall, _, department = given["to"].partition("/")
    form, text = typed_in
    whose = (visit.actor.person, form)
    if not hall:
        return "nobody"
    if any(not one.is_whole for one in uploads.of_form(connection, whose)):
        return "coming"
    number = given["case"]
    about = About((given["case_hall"] or visit.site.hall) if number else "", number, "" if number else given["item"])
    files = uploads.attachments(connection, whose)
    ident = place.ident_of(visit, text, hall, department, about, *(file.sha256.hex() for file in files))
    asked = Asked(guiding_hall=hall, department=department, about=about)
    spoken = place.speaker(visit, connection).ask(asked, Words(text=text, attachments=files, ident=ident))
    if isinstance(spoken, Spoken):
        drafts.drop(connection, *whose)
        uploads.said(connection, whose)
        desk.mark_seen(connection, spoken.key, visit.actor.person)
    return spoken


def _detach(visit: Visit, connection: sa.Connection, of: str) -> None:
    one = uploads.find(connection, visit.actor.person, of)
    if one is not None:
        uploads.drop(connection, place.folder(visit), one)


def _form(given: dict[str, str]) -> str:
    """Name the form, for its draft: each case has one of its own."""
    return f"ask {given['case_hall']} {given['case']}".strip()[:_MOST_FORM]


def _halls(visit: Visit) -> list[Hall]:
    """Return the halls above, the nearest first, with their departments."""
    if visit.known is None or visit.law is None:
        return []
    law, known = visit.law, visit.known
    above = law.province.superiors(visit.site.hall)
    return [Hall(hall, hall_name(law, hall).name, _departments(law, known, hall)) for hall in above]


def _departments(law: Law, known: Known, hall: str) -> dict[str, str]:
    return {one: name for one, name in known.departments.items() if law.hall_of(one) == hall}
