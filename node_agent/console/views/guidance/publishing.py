"""Publish what was answered in a thread to every hall (知识库)."""

from typing import Any, Final

import sqlalchemy as sa
from starlette.responses import RedirectResponse, Response

from directory.guidance.texts import MAX_TEXT
from directory.guidance.vocabulary import Kind
from node_agent.accounts import drafts
from node_agent.console.asking import Unanswered
from node_agent.console.pages import draw, message
from node_agent.console.views.asking_for import asked_by
from node_agent.console.views.guidance import place
from node_agent.console.visit import Visit
from node_agent.guidance import queues
from node_agent.guidance.queues import Listed
from node_agent.guidance.threads import Key
from node_agent.link import guidance as link
from tongban.guidance.v1 import guidance_pb2

FIELDS: Final = ("title", "question", "answer")


async def show(visit: Visit) -> Response:
    """Draw the form, filled with what was asked first and answered last, or with what was typed before."""
    return await _drawn(visit, {}, "", None)


async def _drawn(visit: Visit, typed: dict[str, str], fault: str, unanswered: Unanswered | None) -> Response:
    key = place.key_of(visit)
    found = await visit.site.keeping.read(lambda connection: _read(visit, connection, key))
    if found is None:
        return await message(visit, "absent", 404)
    one, begun = found
    if not place.rights(visit, one.row.side).publish:
        return await message(visit, "not-yours", 403)
    facts: dict[str, Any] = {"one": one, "address": place.path_of(key), "typed": begun | typed, "fault": fault, "unanswered": unanswered}
    facts |= {"drafts": {name: _form(key, name) for name in FIELDS}, "most": MAX_TEXT}
    status = 422 if fault or (unanswered and unanswered.reason) else 503 if unanswered else 200
    return draw(visit, "guidance/publish.html", status, **facts)


def _read(visit: Visit, connection: sa.Connection, key: Key) -> tuple[Listed, dict[str, str]] | None:
    one = place.found(visit, connection, key)
    if one is None:
        return None
    lines = queues.lines(connection, key)
    asked = next((line.text for line in lines if line.kind == Kind.ASKED), "")
    answered = next((line.text for line in reversed(lines) if line.kind == Kind.ANSWERED), "")
    usual = {"title": one.row.title, "question": asked, "answer": answered}
    kept = {name: drafts.find(connection, visit.actor.person, _form(key, name)) for name in FIELDS}
    return one, {name: kept[name] or usual[name] for name in FIELDS}


async def take(visit: Visit) -> Response:
    """Publish, at the hub; what was typed is kept until it has it."""
    key, now, person = place.key_of(visit), visit.now, visit.actor.person
    typed = {name: place.typed(visit, name) for name in FIELDS}

    def keep(connection: sa.Connection) -> Listed | None:
        for name, text in typed.items():
            drafts.save(connection, person, _form(key, name), text, now)
        return place.found(visit, connection, key)

    one = await visit.site.keeping.write(keep)
    if one is None or not all(typed.values()):
        return await _drawn(visit, typed, "empty", None)
    items = [one.row.item_code] if one.row.item_code else []
    # Named after its thread: published twice it is there once, and published anew it takes its place.
    request = guidance_pb2.PublishAnswerRequest(knowledge=f"t-{key[1]}", items=items, asked_by=asked_by(visit), **typed)
    told = await visit.site.asking.ask(link.publish, request)
    if isinstance(told, Unanswered):
        return await _drawn(visit, typed, "", told)

    def drop(connection: sa.Connection) -> None:
        for name in FIELDS:
            drafts.drop(connection, person, _form(key, name))

    await visit.site.keeping.write(drop)
    return RedirectResponse(f"{place.path_of(key)}?did=published", 303)


def _form(key: Key, name: str) -> str:
    return f"publish {name} {key[0]} {key[1]}"
