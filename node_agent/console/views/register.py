"""Show the province's directory and rules from the hall's replica; the hub is not asked.

Laws: these pages change nothing, and lead to those that do (`register_edit`) whoever may edit; rules of access are shown to whom the law
lets read them.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from starlette.responses import Response

from directory.differences import Difference, difference
from directory.register.editing import action_on
from directory.register.kinds import Kind
from directory.scopes.principal import HUB
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from node_agent import directory_replica
from node_agent.console import replica
from node_agent.console.pages import draw, message
from node_agent.console.register_form import ADDED
from node_agent.console.replica import Document
from node_agent.console.seeing import may
from node_agent.console.views.acting import allowed
from node_agent.console.views.register_edit import is_of_province, may_edit
from node_agent.console.visit import Visit

PAGE: Final = 50
_RULES_OF_ACCESS: Final = frozenset({Kind.RULE})
_ANYONES: Final = frozenset({Kind.OFFER, Kind.CALENDAR_DAY})
"""Kinds of which halls below the province add rows."""


async def show(visit: Visit) -> Response:
    """Draw which kinds of documents there are, and up to where the replica goes."""
    standing = await visit.site.keeping.read(directory_replica.standing)
    unread = await visit.site.keeping.read(directory_replica.unread)
    kinds = [(kind, standing["kinds"].get(kind) or replica.built_in(kind)) for kind in _kinds(visit)]
    confirms = may(visit.law, visit.who, Action.RULES_EDIT)
    return draw(visit, "register.html", kinds=kinds, standing=standing, unread=unread, confirms=confirms)


async def show_kind(visit: Visit) -> Response:
    """Draw a page of the documents of a kind."""
    kind = str(visit.request.path_params["name"])
    if kind not in _kinds(visit):
        return await message(visit, "absent", 404)
    sought, place = visit.asked("q", 60).casefold(), visit.asked("from", 8)
    start = int(place) if place.isascii() and place.isdecimal() else 0
    found = await visit.site.keeping.read(lambda connection: replica.documents(connection, kind))
    things = [one for one in _newest(found) if sought in one.kept.place.key.casefold() or sought in one.name.casefold()]
    more = start + PAGE if len(things) > start + PAGE else None
    given = {"q": visit.asked("q", 60)}
    page: dict[str, Any] = {"rows": things[start : start + PAGE], "count": len(things), "more": more, "start": start}
    may_add = kind in ADDED and may(visit.law, visit.who, action_on(kind)) and (kind in _ANYONES or is_of_province(visit))
    return draw(visit, "register_kind.html", kind=kind, given=given, may_add=may_add, **page)


async def show_one(visit: Visit) -> Response:
    """Draw every version of one document, and what differs from one to the next."""
    kind, key = str(visit.request.path_params["name"]), str(visit.request.path_params["number"])
    found = await visit.site.keeping.read(lambda connection: replica.documents(connection, kind, key)) if kind in _kinds(visit) else []
    if not found:
        return await message(visit, "absent", 404)
    versions = sorted(found, key=lambda one: one.kept.ledger_index)
    changes = [None, *(_differs(before, after) for before, after in pairwise(versions))]
    told = list(reversed(list(zip(versions, changes, strict=True))))
    newest = versions[-1].kept.document
    edits = await may_edit(visit, kind, newest, key)
    return draw(visit, "register_one.html", kind=kind, key=key, versions=told, flat=flat, edits=edits)


def _kinds(visit: Visit) -> list[str]:
    may_rules = allowed(visit, Action.RULES_READ, Subject(hall=HUB))
    return [kind.value for kind in Kind if may_rules or kind not in _RULES_OF_ACCESS]


def _newest(found: Sequence[Document]) -> list[Document]:
    """Return the last version of each document."""
    newest: dict[str, Document] = {}
    for one in found:
        held = newest.get(one.kept.place.key)
        if held is None or held.kept.ledger_index <= one.kept.ledger_index:
            newest[one.kept.place.key] = one
    return [one for _, one in sorted(newest.items())]


def _differs(before: Document, after: Document) -> Difference:
    return difference([before.content], [after.content], key=lambda _: ("",))


def flat(content: Any, above: str = "") -> list[tuple[str, str]]:  # noqa: ANN401 - plain values
    """Return the leaves of a document, each with its path; what is empty is left out."""
    if isinstance(content, dict):
        return [leaf for name, inner in content.items() for leaf in flat(inner, f"{above}.{name}" if above else str(name))]
    if isinstance(content, list):
        if all(not isinstance(inner, dict | list) for inner in content):
            return [(above, "、".join(map(str, content)))] if content else []
        return [leaf for place, inner in enumerate(content) for leaf in flat(inner, f"{above}[{place}]")]
    return [(above, str(content))] if content not in (None, "") else []
