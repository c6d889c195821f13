"""Search threads and the province's knowledge, offline; show what was published."""

import re
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from starlette.responses import Response

from directory.guidance.grams import plain, words
from directory.guidance.knowledge import Knowledge
from directory.scopes.vocabulary import Action
from node_agent.console.asking import Unanswered
from node_agent.console.pages import done, draw, message
from node_agent.console.seeing import may
from node_agent.console.views.asking_for import asked_by
from node_agent.console.views.guidance import place
from node_agent.console.views.guidance.place import names, seen_of, shown
from node_agent.console.visit import Visit
from node_agent.guidance import knowledge, queues
from node_agent.guidance.queues import Listed
from node_agent.link import guidance as link
from tongban.guidance.v1 import guidance_pb2

SHOWN: Final = 50
AROUND: Final = 60
"""Signs that are shown before and behind the first place found."""


@dataclass(frozen=True, slots=True)
class _Found:
    threads: list[Listed]
    knowledge: list[Knowledge]
    called: dict[str, str]


async def search(visit: Visit) -> Response:
    """Draw what is found; without a question the newest knowledge."""
    asked = visit.asked("q")
    found = await visit.site.keeping.read(lambda connection: _read(visit, connection, asked))
    answers = may(visit.law, visit.who, Action.GUIDANCE_ANSWER)
    facts: dict[str, Any] = {
        "may_answer": answers,
        "asked": asked,
        "answers": found.knowledge[:SHOWN],
        "mark": lambda text: marked(text, asked),
        "cut": lambda text: cut(text, asked),
    }
    return draw(visit, "guidance/search.html", **shown(visit, found.threads[:SHOWN], found.called), **facts)


def _read(visit: Visit, connection: sa.Connection, asked: str) -> _Found:
    rules = visit.site.rules.on(connection, visit.now)
    found = seen_of(visit, queues.search(connection, asked, visit.actor, rules, visit.now)) if asked else []
    known = knowledge.found(connection, asked) if asked else knowledge.newest(connection, SHOWN)
    return _Found(found, known, names(visit, connection, found, []))


def marked(text: str, asked: str) -> list[tuple[bool, str]]:
    """Cut a text into what was looked for (True) and what was not, whatever the width and case of either."""
    wanted = sorted((re.escape(word) for word in words(asked)), key=len, reverse=True)
    found, last = [], 0
    for hit in re.finditer("|".join(wanted), _level(text)) if wanted else ():
        found += [(False, text[last : hit.start()]), (True, text[hit.start() : hit.end()])]
        last = hit.end()
    return [(hit, part) for hit, part in [*found, (False, text[last:])] if part]


def cut(text: str, asked: str) -> str:
    """Return the part of a text around what was looked for first."""
    flat = " ".join(text.split())
    level = _level(flat)
    places = [place for place in (level.find(word) for word in words(asked)) if place >= 0]
    first = max(0, min(places, default=0) - AROUND)
    part = flat[first : first + 2 * AROUND + 20]
    return ("…" if first else "") + part + ("…" if first + len(part) < len(flat) else "")


def _level(text: str) -> str:
    """Return a text without width and case, each sign in its place."""
    return "".join(one if len(one) == 1 else sign for sign, one in ((sign, plain(sign)) for sign in text))


async def show(visit: Visit) -> Response:
    """Draw a published answer."""
    return await _shown(visit, None)


async def _shown(visit: Visit, fault: Unanswered | None, status: int = 200) -> Response:
    name = str(visit.request.path_params["name"])
    one = await visit.site.keeping.read(lambda connection: knowledge.find(connection, name))
    if one is None:
        return await message(visit, "absent", 404)
    own = one.hall == visit.site.hall and one.department == visit.actor.department
    may_withdraw = own and may(visit.law, visit.who, Action.GUIDANCE_PUBLISH)
    return draw(visit, "guidance/knowledge.html", status, one=one, may_withdraw=may_withdraw, unanswered=fault)


async def withdraw(visit: Visit) -> Response:
    """Withdraw a published answer, at the hub."""
    name, ground = str(visit.request.path_params["name"]), place.typed(visit, "ground")
    request = guidance_pb2.WithdrawAnswerRequest(knowledge=name, ground=ground, asked_by=asked_by(visit))
    told = await visit.site.asking.ask(link.withdraw, request)
    if isinstance(told, Unanswered):
        return await _shown(visit, told, 422 if told.reason else 503)
    return done("/guidance/search", "withdrawn-answer")
