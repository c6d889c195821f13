"""Open the console's pages to those for whom they are.

Laws: a page names the area that it belongs to, or says that it is for anyone; a form counts when it holds its session's token and comes
from our own pages (Origin, Sec-Fetch-Site); GET changes nothing but what one has seen; who has a first password sees nothing but the page
to change it.
"""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from node_agent.accounts import sessions
from node_agent.console.guard import MOST_BYTES, TAKES_FILES
from node_agent.console.pages import message, wants_fragment
from node_agent.console.seeing import Area, sees
from node_agent.console.site import Site
from node_agent.console.visit import FORM_TOKEN, Visit, visit
from node_agent.console.words import Words, words
from node_agent.errors import StoreError

SIGN_IN: Final = "/sign-in"
PASSWORD: Final = "/account/password"  # noqa: S105 - a path
ALWAYS: Final = frozenset({PASSWORD, "/account/sign-out", "/account/language"})
"""What is open to who has to change a first password."""

NEVER_SHOWN: Final = frozenset({FORM_TOKEN, "old", "new", "again", "password", "code", "field.holder_code"}) | {
    "ident",
    "do",
    "draft",
    "event",
    "from",
    "case_hall",
}
"""Fields that are not handed back to whoever typed them: secrets, the numbers of persons, and what the page itself sets."""

MOST_FIELDS: Final = 100
MOST_FILES: Final = 10
"""Of one form; only pages that take files look at them."""
TOKEN_HEADER: Final = "x-form-token"  # noqa: S105 - the name of a header
"""Where our script puts the token of what is no form: a header that no other site can set (Fetch §4.10, CORS)."""
MOST_TARGET: Final = 1_000
_SAFE: Final = frozenset({"GET", "HEAD"})

Page = Callable[[Visit], Awaitable[Response]]


def open_page(site: Site, path: str, page: Page, area: Area | None, *, methods: tuple[str, ...] = ("GET",)) -> Route:
    """Return the route of a page; without an area it is for anyone, signed in or not."""

    @functools.wraps(page)
    async def serve(request: Request) -> Response:
        try:
            return await _served(site, request, page, area)
        except StoreError:
            return await message_without_store(site, request)

    return Route(path, serve, methods=list(methods))


async def message_without_store(site: Site, request: Request) -> Response:
    """Say that the agent's own store does not answer."""
    return await message(Visit(site, request, site.now(), _first_words(site), None, "", None), "store", 503)


def _first_words(site: Site) -> Words:
    return words(site.section.languages[0])


async def _served(site: Site, request: Request, page: Page, area: Area | None) -> Response:
    who = await visit(site, request)
    posted = request.method not in _SAFE
    if posted and not comes_from_us(request, site.section.public_origin):
        return await message(who, "foreign", 403)
    fields, files = await _sent(request, of_someone=who.session is not None) if posted else ({}, ())
    who = replace(who, form=fields, files=files)
    if area is None:
        return await page(who)
    if who.session is None:
        return await _unknown(who, posted=posted)
    if posted and not sessions.is_form_token(fields.get(FORM_TOKEN) or request.headers.get(TOKEN_HEADER, ""), who.token):
        return await message(who, "stale-form", 403)
    if who.session.must_change and request.url.path not in ALWAYS:
        return RedirectResponse(PASSWORD, 303)
    if not sees(who.law, who.who, area):
        return await message(who, "not-yours", 403)
    return await page(who)


def comes_from_us(request: Request, public_origin: str) -> bool:
    """Tell whether a form was sent from a page of ours: every browser of today says so in one of two headers."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    if origin is not None:
        return origin.casefold() == public_origin.casefold() and site in {None, "same-origin"}
    return site == "same-origin"


async def _sent(request: Request, *, of_someone: bool) -> tuple[dict[str, str], tuple[UploadFile, ...]]:
    """Read the fields and files of a form; raises HTTPException for what is no form. Nobody's files are not read at all."""
    long = int(request.headers.get("content-length", MOST_BYTES + 1)) > MOST_BYTES
    if long and not of_someone and request.url.path.startswith(TAKES_FILES):
        return {}, ()
    try:
        form: FormData = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
    except HTTPException as error:
        raise HTTPException(error.status_code, headers=error.headers) from error  # its text is a library's
    given = form.multi_items()
    if not all(_is_text(value if isinstance(value, str) else value.filename or "") for _, value in given):
        raise HTTPException(400)
    files = tuple(value for _, value in given if isinstance(value, UploadFile) and value.filename)
    return {name: value.replace("\r\n", "\n") for name, value in given if isinstance(value, str)}, files


def _is_text(text: str) -> bool:
    """Tell whether a text can be kept: a form in another coding than ours can hold halves of signs."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


async def _unknown(who: Visit, *, posted: bool) -> Response:
    """Ask who is not signed in to sign in; what was typed is handed back, for nobody knows any more whose it was."""
    if wants_fragment(who.request):
        return Response(status_code=401)
    if posted:
        typed = "\n\n".join(value for name, value in who.form.items() if name not in NEVER_SHOWN and value.strip())
        return await message(who, "ended", 401, typed=typed)
    target = who.request.url.path + (f"?{who.request.url.query}" if who.request.url.query else "")
    return RedirectResponse(SIGN_IN if target == "/" else f"{SIGN_IN}?next={quote(target, safe='')}", 303)


def local_target(target: str) -> str:
    """Return where to go after signing in: a path of ours, the first page for anything else."""
    is_path = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable() and "\\" not in target
    return target if is_path and len(target) <= MOST_TARGET else "/"
