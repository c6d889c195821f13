"""Show guidance on other pages: the threads about a case, and what waits on the first page."""

from typing import Any

import sqlalchemy as sa

from directory.guidance.vocabulary import Side
from directory.scopes.vocabulary import Action
from node_agent.console.seeing import Area, may, sees
from node_agent.console.views.guidance.place import names, path_of, seen_of, shown
from node_agent.console.visit import Visit
from node_agent.guidance import queues
from node_agent.guidance.queues import Listed, Queue


async def of_case(visit: Visit, hall: str, number: str) -> dict[str, Any]:
    """Return what the page of a case shows of guidance; no threads (None) for who sees none of it."""

    def read(connection: sa.Connection) -> list[Listed]:
        rules = visit.site.rules.on(connection, visit.now)
        return seen_of(visit, queues.of_case(connection, (hall, number), visit.actor, rules, visit.now))

    found = await visit.site.keeping.read(read) if sees(visit.law, visit.who, Area.GUIDANCE) else None
    return {"threads": found, "may_ask": may(visit.law, visit.who, Action.GUIDANCE_ASK), "path_of": lambda one: path_of(one.key)}


async def waiting(visit: Visit, most: int) -> dict[str, Any]:
    """Return the threads that someone must act on: those that nobody has or that are one's own, and wait for us; and new answers."""

    def read(connection: sa.Connection) -> tuple[list[Listed], dict[str, str]]:
        rules = visit.site.rules.on(connection, visit.now)
        lists = [queues.listed(connection, one, visit.actor, rules, visit.now) for one in (Queue.UNCLAIMED, Queue.MINE)]
        answers = may(visit.law, visit.who, Action.GUIDANCE_ANSWER)
        both = {one.key: one for one in [*(lists[0] if answers else []), *lists[1]] if _must_act(one)}
        rows = seen_of(visit, list(both.values()))[: most + 1]
        return rows, names(visit, connection, rows, [])

    rows, called = await visit.site.keeping.read(read)
    return shown(visit, rows, called)


def _must_act(one: Listed) -> bool:
    return one.row.waiting_since is not None if one.row.side == Side.GUIDING else one.unread
