"""Show which threads wait, and for whom; and what could not be applied."""

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from starlette.responses import Response

from directory.guidance.vocabulary import Side
from directory.scopes.vocabulary import Action
from node_agent.console.naming import hall_name
from node_agent.console.pages import done, draw
from node_agent.console.seeing import may
from node_agent.console.views.guidance.place import names, seen_of, shown
from node_agent.console.visit import Visit
from node_agent.guidance import intake, parking, queues
from node_agent.guidance.parking import Parked
from node_agent.guidance.queues import Listed, Queue, Wanted

SHOWN: Final = 100
"""Threads of one queue; what waits comes first, the rest is found by searching."""


@dataclass(frozen=True, slots=True)
class _Found:
    rows: list[Listed]
    waiting: dict[Queue, int]
    called: dict[str, str]
    parked: list[Parked]
    asking: list[str]


async def show(visit: Visit) -> Response:
    """Draw a queue, or the part of it that changes."""
    offered = _offered(visit)
    asked = visit.asked("queue")
    queue = Queue(asked) if asked in set(offered) else offered[0]
    wanted = Wanted(
        queue=queue,
        item=visit.asked("item", 64),
        hall=visit.asked("hall", 64),
        text=visit.asked("q"),
        overdue=visit.asked("overdue", 1) == "1",
    )
    found = await visit.site.keeping.read(lambda connection: _read(visit, connection, wanted, offered))
    facts: dict[str, Any] = {
        "queue": queue.value,
        "wanted": wanted,
        "given": _given(wanted),
        "asking": _asking(visit, found.asking),
        "queues": [one.value for one in offered],
        "waiting": found.waiting,
        "parked": found.parked,
    }
    facts |= {"more": len(found.rows) > SHOWN, "may_ask": may(visit.law, visit.who, Action.GUIDANCE_ASK)}
    template = "guidance/_queue.html" if visit.asked("part") == "list" else "guidance/queue.html"
    return draw(visit, template, **shown(visit, found.rows[:SHOWN], found.called), **facts)


async def show_unread(visit: Visit) -> Response:
    """Draw how many threads of one's own have something new."""
    unread = await visit.site.keeping.read(lambda connection: queues.unread(connection, visit.actor))
    return draw(visit, "guidance/_unread.html", count=unread)


async def retry(visit: Visit) -> Response:
    """Try again what could not be applied."""
    hall, now = visit.site.hall, visit.now
    _, left = await visit.site.keeping.write(lambda connection: intake.retry(connection, hall, now))
    return done("/guidance", "applied-some" if left else "applied-all")


def _offered(visit: Visit) -> list[Queue]:
    """Return the queues that a person has: who answers has one of what nobody looks after."""
    answers = may(visit.law, visit.who, Action.GUIDANCE_ANSWER)
    first = [Queue.UNCLAIMED] if answers else []
    return [*first, Queue.MINE, *([Queue.GROUP] if visit.actor.department else []), Queue.ALL]


def _given(wanted: Wanted) -> dict[str, str]:
    """Return what narrows a queue as its address says it."""
    return {"item": wanted.item, "hall": wanted.hall, "q": wanted.text, "overdue": "1" if wanted.overdue else ""}


def _asking(visit: Visit, halls: list[str]) -> dict[str, str]:
    """Return what the halls that have asked are called, by their names."""
    called = {hall: hall_name(visit.law, hall).name for hall in halls}
    return dict(sorted(called.items(), key=lambda one: one[1]))


def _read(visit: Visit, connection: sa.Connection, wanted: Wanted, offered: list[Queue]) -> _Found:
    rules = visit.site.rules.on(connection, visit.now)
    lists = {one: seen_of(visit, queues.listed(connection, one, visit.actor, rules, visit.now)) for one in offered}
    waiting = {one: sum(_needs_us(thread, one) for thread in rows) for one, rows in lists.items()}
    rows = lists[wanted.queue]
    if not wanted.is_all:
        rows = seen_of(visit, queues.narrowed(connection, wanted, visit.actor, rules, visit.now))
    asking = queues.asking_halls(connection)
    return _Found(rows, waiting, names(visit, connection, rows, []), list(parking.waiting(connection, SHOWN)), asking)


def _needs_us(one: Listed, queue: Queue) -> bool:
    """Tell whether a thread counts beside the name of its queue: it waits for our answer, or has one that we have not seen."""
    if one.row.side == Side.GUIDING:
        return one.row.waiting_since is not None
    return queue is Queue.MINE and one.unread
