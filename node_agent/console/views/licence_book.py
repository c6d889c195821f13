"""Show officers the hall's book of licences, and one licence with everything that was done to it.

Laws: personal numbers are masked, also to officers; what the hub says does not count is told first. The book is the hall's own: its pages
need no hub.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
import structlog
from starlette.responses import RedirectResponse, Response

from certs.errors import CertsError
from directory.licences.contents import Contents
from directory.licences.identifiers import parse_licence_id
from directory.licences.lifecycle import may_follow
from directory.licences.types import HOLDER_NAME
from directory.licences.vocabulary import ENDINGS, ActKind, Ground, Status
from node_agent import invalid_licences
from node_agent.console.pages import draw, message
from node_agent.console.sheet import layout_of, panels
from node_agent.console.views.licence_desk import desk_of, new_request, with_desk
from node_agent.console.visit import Visit
from node_agent.licences import book, copy_book, endings, shelf
from node_agent.licences.credentials import contents_of, opened
from node_agent.licences.desk import Desk
from node_agent.licences.masking import masked
from node_agent.licences.shelf import Filter, Standing

_log = structlog.get_logger(__name__)

PAGE: Final = 25
INVALID_SHOWN: Final = 10
COPIES_SHOWN: Final = 20
ROOT_SIGNS: Final = 100
PLAIN: Final = (ActKind.SUSPENDED, ActKind.RESUMED, ActKind.SUPERSEDED)
"""Acts with a form on the page of a licence, besides its ending."""


@dataclass(frozen=True, slots=True)
class Row:
    """One licence of the list; `holder` is the holder's name, empty where it cannot be read."""

    standing: Standing
    type_name: str
    holder: str


@with_desk
async def show_list(visit: Visit) -> Response:
    """Draw a page of the book; the filters are the page's address."""
    number = visit.asked("number", ROOT_SIGNS)
    if (root := _root(number)) is not None:
        return RedirectResponse(f"/licences/book/{root}", 303)
    given = {"type": visit.asked("type"), "status": visit.asked("status"), "number": number}
    before = visit.asked("before", 20)
    place = int(before) if before.isascii() and before.isdecimal() and int(before) < 2**63 else None
    wanted = Filter(given["type"], given["status"] if given["status"] in set(Status) else "")

    def read(connection: sa.Connection) -> dict[str, Any]:
        desk = desk_of(visit, connection)
        page = shelf.page(connection, wanted, place, PAGE, visit.now)
        rows = [Row(one, layout_of(desk.register, one.entries[0].act.licence.type).name, _holder(desk, one)) for one in page.rows]
        invalid = invalid_licences.newest(connection, limit=INVALID_SHOWN) if place is None else []
        lost = book.lost(connection, limit=INVALID_SHOWN) if place is None else []
        types = dict(desk.register.issuing.types.all_at(desk.register.day))
        return {
            "rows": rows,
            "more": page.more,
            "invalid": invalid,
            "lost": lost,
            "types": types,
            "waiting": len(endings.pending(connection)),
        }

    found = await visit.site.keeping.read(read)
    facts: dict[str, Any] = {
        "statuses": [one.value for one in Status],
        "is_first": place is None,
        "unread": bool(number),
        "filtered": any(given.values()),
    }
    return draw(visit, "licence_book.html", given=given, **facts, **found)


def _root(number: str) -> str | None:
    """Return the licence that a number names, in whatever version; None for what is no number."""
    try:
        return parse_licence_id(number).root
    except ValueError:
        return None


def _holder(desk: Desk, one: Standing) -> str:
    contents = said(desk, one)
    return str(masked(HOLDER_NAME, contents.fields)) if contents is not None and HOLDER_NAME in contents.fields else ""


def said(desk: Desk, one: Standing) -> Contents | None:
    """Return what the newest version of a licence says; None where nothing counts, or where the hall can no longer read it."""
    if one.made is None:
        return None
    try:
        return contents_of(opened(one.made.envelope, desk.opener).credential, desk.keyring)
    except (CertsError, ValueError) as error:
        _log.warning("a licence in the book cannot be read", event_id=one.made.event_id, error=type(error).__name__)
        return None


@with_desk
async def show_one(visit: Visit) -> Response:
    """Draw one licence."""
    return await drawn(visit, {}, "", "")


async def drawn(visit: Visit, typed: Mapping[str, str], form: str, fault: str, status: int = 200) -> Response:
    """Draw one licence, with what is wrong with one of its forms and what was typed into that."""
    root = str(visit.request.path_params["root"])

    def read(connection: sa.Connection) -> dict[str, Any] | None:
        one = shelf.standing(connection, root, visit.now)
        if one is None:
            return None
        desk = desk_of(visit, connection)
        layout, contents = layout_of(desk.register, one.entries[0].act.licence.type), said(desk, one)
        waiting = [each for each in endings.pending(connection) if _root(each.asked.licence) == root]
        return {
            "one": one,
            "type_name": layout.name,
            "contents": contents,
            "panels": panels(layout, contents.fields) if contents is not None else (),
            "invalid": invalid_licences.newest(connection, root),
            "waiting": waiting,
            "copies": copy_book.newest(connection, root, COPIES_SHOWN),
            "renewable": _is_renewable(desk, one),
        }

    found = await visit.site.keeping.read(read)
    if found is None:
        return await message(visit, "absent", 404)
    open_to = possible(found["one"]) - (frozenset() if found.pop("renewable") else {ActKind.RENEWED})
    facts: dict[str, Any] = {
        "making": [kind.value for kind in (ActKind.CHANGED, ActKind.RENEWED) if kind in open_to],
        "plain": [kind.value for kind in PLAIN if kind in open_to],
        "endings": _endings(found["one"]),
        "request": new_request(),
        "root": root,
    }
    return draw(visit, "licence.html", status, typed=typed, form=form, fault=fault, **facts, **found)


def _is_renewable(desk: Desk, one: Standing) -> bool:
    found = desk.register.issuing.types.in_force(one.entries[0].act.licence.type, desk.register.day)
    return found is not None and found.renewable


def possible(one: Standing) -> frozenset[ActKind]:
    """Return what may be done to a licence as it stands; what has run out by the calendar may still be ended or renewed by who may."""
    if one.newest is None:
        return frozenset()
    return may_follow(one.newest.status) - ({ActKind.CHANGED} if one.status is Status.EXPIRED else frozenset())


def _endings(one: Standing) -> dict[str, list[str]]:
    """Return the endings that are open, each with its grounds in their order."""
    struck = one.newest is not None and one.newest.status not in {Status.VALID, Status.SUSPENDED}
    found = {}
    for kind in sorted(possible(one) & ENDINGS.keys(), key=list(ENDINGS).index):
        grounds = [ground for ground in Ground if ground in ENDINGS[kind] and (ground is Ground.ENDED_BEFORE) == struck]
        found[kind.value] = [ground.value for ground in grounds]
    return found
