"""Show one thread: what was said, who looks after it, and the case that it is about beside it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from starlette.background import BackgroundTask
from starlette.responses import Response

from directory.guidance.attachments import MAX_BYTES, MOST
from directory.guidance.texts import MAX_TEXT
from node_agent.accounts import drafts
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.live import of_thread
from node_agent.console.pages import draw, message
from node_agent.console.views.asking_for import asked_by, purpose
from node_agent.console.views.guidance import place
from node_agent.console.visit import Visit
from node_agent.errors import StoreError
from node_agent.guidance import desk, files, queues, uploads
from node_agent.guidance.desk import Canned, Claim
from node_agent.guidance.files import File
from node_agent.guidance.queues import Line, Listed
from node_agent.guidance.threads import Key
from node_agent.guidance.uploads import Upload
from node_agent.link import cases
from tongban.case.v1 import case_pb2

STEPS: Final = 12
"""Of the case beside the thread, the newest; its own page has all."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something was not done: one of our words, what the room says of it, and who has the thread instead."""

    key: str
    why: str = ""
    taken: Claim | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    one: Listed
    lines: list[Line]
    held: dict[str, File]
    called: dict[str, str]
    canned: list[Canned] = field(default_factory=list)
    staged: list[Upload] = field(default_factory=list)
    typed: str = ""
    noted: str = ""
    unsent: frozenset[str] = frozenset()


async def show(visit: Visit) -> Response:
    """Draw a thread, or the part of it that changes; what is shown has been seen."""
    return await drawn(visit, None)


async def drawn(visit: Visit, fault: Fault | None, status: int = 200, **typed: str) -> Response:
    """Draw a thread, with why something was not done."""
    key = place.key_of(visit)
    found = await visit.site.keeping.read(lambda connection: _read(visit, connection, key))
    if found is None:
        return await message(visit, "absent", 404)
    response = await _drawn(visit, found, fault, status, typed)
    if found.one.unread and visit.request.headers.get("x-live") != "hidden":
        # Behind the answer: nobody waits for it.
        response.background = BackgroundTask(_mark_seen, visit, key)
    return response


async def _drawn(visit: Visit, found: _Found, fault: Fault | None, status: int, typed: dict[str, str]) -> Response:
    facts = _facts(visit, found)
    match visit.asked("part"):
        case "lines":
            return draw(visit, "guidance/_lines.html", **facts)
        case "head":
            return draw(visit, "guidance/_head.html", **facts)
        case "staged":
            return draw(visit, "guidance/_staged.html", **facts)
        case _:
            case, events = await _case(visit, found.one)
            facts |= {"fault": fault, "case": case, "events": events, "kind_of": _kind} | typed
            return draw(visit, "guidance/thread.html", status, **facts)


async def _mark_seen(visit: Visit, key: Key) -> None:
    """Note that the person has seen a thread, and let their menu know."""
    person = visit.actor.person
    with suppress(StoreError):  # it is seen again
        await visit.site.keeping.write(lambda connection: desk.mark_seen(connection, key, person))
    visit.site.live.publish("unread", {person})


def answer_form(key: Key) -> str:
    """Name the form in which one answers, for its draft."""
    return f"thread {key[0]} {key[1]}"


def note_form(key: Key) -> str:
    """Name the form in which one notes, for its draft."""
    return f"note {key[0]} {key[1]}"


def _read(visit: Visit, connection: sa.Connection, key: Key) -> _Found | None:
    one = place.found(visit, connection, key)
    if one is None:
        return None
    lines = queues.lines(connection, key)
    named = {file.sha256.hex() for line in lines if line.message for file in line.message.attachments}
    # Where the link is open what waits is gone by the time that it is read.
    unsent = frozenset() if visit.site.link.open else queues.unsent(connection, key)
    part = _Found(one, lines, files.known(connection, named), place.names(visit, connection, [one], lines), unsent=unsent)
    person, form = visit.actor.person, answer_form(key)
    if visit.asked("part") == "lines" or not place.rights(visit, one.row.side).speak:
        return part
    return _Found(
        *(part.one, part.lines, part.held, part.called),
        canned=desk.canned_for(connection, one.row.item_code) if one.row.side == "guiding" else [],
        staged=uploads.of_form(connection, (person, form)),
        typed=drafts.find(connection, person, form),
        noted=drafts.find(connection, person, note_form(key)),
        unsent=unsent,
    )


def _facts(visit: Visit, found: _Found) -> dict[str, Any]:
    key = found.one.key
    return {
        "one": found.one,
        "row": found.one.row,
        "lines": found.lines,
        "held": found.held,
        "unsent": found.unsent,
        "called": found.called,
        "canned": found.canned,
        "staged": found.staged,
        "typed": found.typed,
        "noted": found.noted,
        "may_hand_over": place.may_hand_over(visit, found.one),
        "rights": place.rights(visit, found.one.row.side),
        "light": place.light_of(visit, found.one),
        "address": place.path_of(key),
        "topic": of_thread(key[1]),
        "answer_form": answer_form(key),
        "note_form": note_form(key),
        "ident": place.new_ident(),
        "most": MAX_TEXT,
        "most_files": MOST,
        "most_mib": MAX_BYTES // 1024 // 1024,
    }


async def _case(visit: Visit, one: Listed) -> tuple[Answered[Any] | Unanswered | None, list[Any]]:
    """Ask the hub for the case that a thread is about: what the person may see of it is decided there."""
    hall, number = one.row.case_hall, one.row.case_number
    if not number:
        return None, []
    named = {"hall": hall, "case_number": number, "asked_by": asked_by(visit), "purpose": purpose(visit, hall, number)}
    ask = visit.site.asking.ask
    case, timeline = await asyncio.gather(
        ask(cases.show, case_pb2.GetCaseRequest(**named)), ask(cases.timeline, case_pb2.GetTimelineRequest(**named))
    )
    events = list(timeline.said.entries)[-STEPS:] if isinstance(timeline, Answered) else []
    return case, events


def _kind(kind: int) -> str:
    known = case_pb2.CaseEventKind.DESCRIPTOR.values_by_number
    return known[kind].name.removeprefix("CASE_EVENT_KIND_").lower() if kind in known else str(kind)
