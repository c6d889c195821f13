"""List every page of the console, with the area that it belongs to."""

from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from node_agent.console import socket
from node_agent.console.doors import PASSWORD, SIGN_IN, Page, open_page
from node_agent.console.guard import Guard, sorry
from node_agent.console.pages import message
from node_agent.console.seeing import Area
from node_agent.console.site import Site
from node_agent.console.views import (
    assets,
    cards,
    cases,
    catalogue,
    decisions,
    drafting,
    evidence,
    exchange,
    home,
    licence_accesses,
    licence_acts,
    licence_book,
    licence_copying,
    licence_lookup,
    licence_making,
    lights,
    order_acts,
    order_issuing,
    orders,
    province,
    rectifications,
    register,
    register_edit,
    register_pending,
    reports,
    shares,
    signing,
    statistics,
    users,
)
from node_agent.console.views.guidance import acting, asking, canned, finding, handing, publishing, queue, thread, uploading
from node_agent.console.visit import visit
from node_agent.errors import StoreError

_SAID: Final = {400: "garbled", 408: "garbled", 413: "too-long"}
"""What is said of a refusal by its status; of others that there is no such page."""
_GET, _POST = ("GET",), ("POST",)

PAGES: tuple[tuple[str, tuple[str, ...], Page, Area | None], ...] = (
    ("/static/{digest}/{name}", _GET, assets.show, None),
    (SIGN_IN, _GET, signing.show_sign_in, None),
    (SIGN_IN, _POST, signing.take_sign_in, None),
    ("/account/sign-out", _POST, signing.sign_out, Area.ACCOUNT),
    (PASSWORD, _GET, signing.show_password, Area.ACCOUNT),
    (PASSWORD, _POST, signing.take_password, Area.ACCOUNT),
    ("/account", _GET, signing.show_account, Area.ACCOUNT),
    ("/account/language", _POST, signing.take_language, Area.ACCOUNT),
    ("/account/role", _POST, signing.take_role, Area.ACCOUNT),
    ("/account/sessions", _POST, signing.end_session, Area.ACCOUNT),
    ("/drafts", _POST, drafting.take, Area.ACCOUNT),
    ("/", _GET, home.show, Area.HOME),
    ("/cases", _GET, cases.show_list, Area.CASES),
    ("/cases/{hall}/{number:path}", _GET, cases.show_one, Area.CASES),
    ("/guidance", _GET, queue.show, Area.GUIDANCE),
    ("/guidance/unread", _GET, queue.show_unread, Area.GUIDANCE),
    ("/guidance/parked", _POST, queue.retry, Area.GUIDANCE),
    ("/guidance/new", _GET, asking.show, Area.GUIDANCE),
    ("/guidance/new", _POST, asking.take, Area.GUIDANCE),
    ("/guidance/search", _GET, finding.search, Area.GUIDANCE),
    ("/guidance/knowledge/{name}", _GET, finding.show, Area.GUIDANCE),
    ("/guidance/knowledge/{name}", _POST, finding.withdraw, Area.GUIDANCE),
    ("/guidance/canned", _GET, canned.show, Area.GUIDANCE),
    ("/guidance/canned", _POST, canned.take, Area.GUIDANCE),
    ("/guidance/uploads", _POST, uploading.begin, Area.GUIDANCE),
    ("/guidance/uploads/{upload}", _POST, uploading.add, Area.GUIDANCE),
    ("/guidance/threads/{hall}/{thread}", _GET, thread.show, Area.GUIDANCE),
    ("/guidance/threads/{hall}/{thread}", _POST, acting.take, Area.GUIDANCE),
    ("/guidance/threads/{hall}/{thread}/hand-over", _GET, handing.show, Area.GUIDANCE),
    ("/guidance/threads/{hall}/{thread}/hand-over", _POST, handing.take, Area.GUIDANCE),
    ("/guidance/threads/{hall}/{thread}/publish", _GET, publishing.show, Area.GUIDANCE),
    ("/guidance/threads/{hall}/{thread}/publish", _POST, publishing.take, Area.GUIDANCE),
    ("/guidance/threads/{hall}/{thread}/files/{sha256}", _GET, uploading.hand_out, Area.GUIDANCE),
    ("/orders", _GET, orders.show_list, Area.SUPERVISION),
    ("/cards", _GET, orders.show_cards, Area.SUPERVISION),
    ("/orders/new", _GET, order_issuing.show, Area.SUPERVISION),
    ("/orders/new", _POST, order_issuing.take, Area.SUPERVISION),
    ("/orders/{order}", _GET, order_acts.show, Area.SUPERVISION),
    ("/orders/{order}", _POST, order_acts.take, Area.SUPERVISION),
    ("/cards/{number}", _GET, cards.show, Area.SUPERVISION),
    ("/cards/{number}", _POST, cards.take, Area.SUPERVISION),
    ("/rectifications", _GET, rectifications.show_list, Area.SUPERVISION),
    ("/rectifications/{number}", _GET, rectifications.show_one, Area.SUPERVISION),
    ("/rectifications/{number}", _POST, rectifications.take, Area.SUPERVISION),
    ("/reminders", _GET, rectifications.show_reminders, Area.SUPERVISION),
    ("/lights", _GET, lights.show, Area.LIGHTS),
    ("/province", _GET, province.show, Area.PROVINCE),
    ("/statistics", _GET, statistics.show, Area.PROVINCE),
    ("/statistics/{name}", _GET, statistics.download, Area.PROVINCE),
    ("/catalogue", _GET, catalogue.show_list, Area.CATALOGUE),
    ("/catalogue/{name}", _GET, catalogue.show_one, Area.CATALOGUE),
    ("/catalogue/{name}/apply", _POST, shares.apply, Area.CATALOGUE),
    ("/catalogue/{name}/report", _POST, reports.report, Area.CATALOGUE),
    ("/shares", _GET, shares.show_list, Area.CATALOGUE),
    ("/shares/{number}", _GET, shares.show_one, Area.CATALOGUE),
    ("/shares/{number}", _POST, shares.take, Area.CATALOGUE),
    ("/reports", _GET, reports.show_list, Area.CATALOGUE),
    ("/reports", _POST, reports.take, Area.CATALOGUE),
    ("/register", _GET, register.show, Area.REGISTER),
    ("/register/{name}", _GET, register.show_kind, Area.REGISTER),
    ("/register/{name}/{number:path}", _GET, register.show_one, Area.REGISTER),
    ("/register-edit/{name}", _GET, register_edit.show, Area.REGISTER),
    ("/register-edit/{name}", _POST, register_edit.take, Area.REGISTER),
    ("/register-pending", _GET, register_pending.show, Area.REGISTER),
    ("/register-pending", _POST, register_pending.take, Area.REGISTER),
    ("/register-history/{name}", _GET, register_pending.show_history, Area.REGISTER),
    ("/decisions", _GET, decisions.show, Area.DECISIONS),
    ("/licences", _GET, licence_lookup.show, Area.LICENCES),
    ("/licences", _POST, licence_lookup.take, Area.LICENCE_LOOKUP),
    ("/licences/accesses", _GET, licence_accesses.show, Area.LICENCE_ACCESSES),
    ("/licences/accesses", _POST, licence_accesses.take, Area.LICENCE_ACCESSES),
    ("/licences/outliers", _GET, licence_accesses.show_outliers, Area.LICENCE_OUTLIERS),
    ("/licences/issue", _GET, licence_making.choose, Area.LICENCE_BOOK),
    ("/licences/issue/{type}", _GET, licence_making.show, Area.LICENCE_BOOK),
    ("/licences/issue/{type}", _POST, licence_making.take, Area.LICENCE_BOOK),
    ("/licences/endings", _GET, licence_acts.show_endings, Area.LICENCE_BOOK),
    ("/licences/endings", _POST, licence_acts.settle, Area.LICENCE_BOOK),
    ("/licences/book", _GET, licence_book.show_list, Area.LICENCE_BOOK),
    ("/licences/book/{root}", _GET, licence_book.show_one, Area.LICENCE_BOOK),
    ("/licences/book/{root}", _POST, licence_acts.take, Area.LICENCE_BOOK),
    ("/licences/book/{root}/copy", _GET, licence_copying.show, Area.LICENCE_BOOK),
    ("/licences/book/{root}/copy", _POST, licence_copying.take, Area.LICENCE_BOOK),
    ("/licences/book/{root}/{what}", _GET, licence_making.show, Area.LICENCE_BOOK),
    ("/licences/book/{root}/{what}", _POST, licence_making.take, Area.LICENCE_BOOK),
    ("/exchange", _GET, exchange.show, Area.EXCHANGE),
    ("/exchange/journal", _GET, exchange.show_journal, Area.EXCHANGE),
    ("/exchange/inbox", _GET, exchange.show_inbox, Area.EXCHANGE),
    ("/exchange/dead-letters", _GET, exchange.show_dead_letters, Area.EXCHANGE),
    ("/exchange/dead-letters", _POST, exchange.send_again, Area.EXCHANGE),
    ("/exchange/parked", _POST, exchange.retry_parked, Area.EXCHANGE),
    ("/exchange/evidence", _GET, evidence.show, Area.EVIDENCE),
    ("/exchange/evidence/{author}/{epoch}/{index}", _GET, evidence.download, Area.EVIDENCE),
    ("/users", _GET, users.show_list, Area.USERS),
    ("/users", _POST, users.add, Area.USERS),
    ("/users/sessions", _GET, users.show_sessions, Area.USERS),
    ("/users/sessions", _POST, users.end_session, Area.USERS),
    ("/users/{number}", _GET, users.show_one, Area.USERS),
    ("/users/{number}", _POST, users.change, Area.USERS),
)
"""Path, methods, page, and the area that it belongs to; None: for anyone."""


def application(site: Site) -> ASGIApp:
    """Return the console as an ASGI application."""
    routes = [open_page(site, path, page, area, methods=methods) for path, methods, page, area in PAGES]
    live = WebSocketRoute("/live", partial(_live, site))
    handlers: dict[Any, Any] = {status: partial(_missing, site) for status in (400, 404, 405, 408, 413)} | {Exception: sorry}
    return Guard(Starlette(routes=[*routes, live], exception_handlers=handlers), site.section.public_origin)


async def _live(site: Site, opened: WebSocket) -> None:
    await socket.serve(site, opened)


async def _missing(site: Site, request: Request, error: Exception) -> Response:
    """Say that there is no such page, or that what was sent cannot be taken."""
    status = getattr(error, "status_code", 404)
    try:
        page = await message(await visit(site, request), _SAID.get(status, "absent"), status)
    except StoreError:
        page = Response(status_code=status)
    page.headers.update(getattr(error, "headers", None) or {})
    return page
