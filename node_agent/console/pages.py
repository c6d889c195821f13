"""Draw pages from templates.

Laws: every value is escaped unless a template of ours made it; a template that names what is not there fails; what a person may keep
nowhere is never cached.
"""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from node_agent.console.moments import clock_time, last_day
from node_agent.console.naming import department_name, hall_name
from node_agent.console.seeing import Area, sees
from node_agent.console.visit import COOKIE, Visit

_HERE: Final = files("node_agent.console")
_MIME: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_DID: Final = "did"
"""The query parameter that names what was just done."""

_MENU: Final = (
    (Area.HOME, "/"),
    (Area.CASES, "/cases"),
    (Area.GUIDANCE, "/guidance"),
    (Area.SUPERVISION, "/orders"),
    (Area.LICENCES, "/licences"),
    (Area.PROVINCE, "/province"),
    (Area.CATALOGUE, "/catalogue"),
    (Area.REGISTER, "/register"),
    (Area.DECISIONS, "/decisions"),
    (Area.EXCHANGE, "/exchange"),
    (Area.USERS, "/users"),
)

_ALSO: Final[Mapping[str, Area]] = {
    "cards": Area.SUPERVISION,
    "rectifications": Area.SUPERVISION,
    "reminders": Area.SUPERVISION,
    "lights": Area.SUPERVISION,
    "statistics": Area.PROVINCE,
    "shares": Area.CATALOGUE,
    "reports": Area.CATALOGUE,
    "register-edit": Area.REGISTER,
    "register-history": Area.REGISTER,
    "register-pending": Area.REGISTER,
}
"""First part of a path to the entry of the menu below which it stands, where that has another path."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of ours that browsers keep: its name changes with its content. `packed` is the same by gzip."""

    content: bytes
    packed: bytes
    mime: str
    digest: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return the style, the script and the icon, by name."""
    found = {}
    for file in (_HERE / "static").iterdir():
        content = file.read_bytes()
        found[file.name] = Asset(
            content, gzip.compress(content, mtime=0), _MIME[file.name.rpartition(".")[2]], hashlib.sha256(content).hexdigest()[:12]
        )
    return found


def asset_path(name: str) -> str:
    """Return where a file of ours is."""
    return f"/static/{assets()[name].digest}/{name}"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(str(_HERE / "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {"asset": asset_path, "query": query, "zip": zip}
    environment.filters |= {"clock_time": clock_time, "last_day": last_day}
    return environment


def query(given: Mapping[str, str], **changed: object) -> str:
    """Write a query: what was given, with some of it changed, without what is empty."""
    merged = {**given, **{name: str(value) for name, value in changed.items() if value is not None}}
    kept = {name: value for name, value in merged.items() if value}
    return f"?{urlencode(kept)}" if kept else "?"


def draw(visit: Visit, template: str, status: int = 200, **facts: Any) -> Response:  # noqa: ANN401 - what a template shows
    """Draw a page, or the fragment of it that a page of ours asked for."""
    text = _templates().get_template(template).render(**_frame(visit), **facts)
    return HTMLResponse(text, status, headers={"cache-control": "no-store", "vary": "Cookie, Accept-Language"})


async def message(visit: Visit, key: str, status: int, *, typed: str = "") -> Response:
    """Draw a page that says what is the matter and what to do; `typed` is handed back to who typed it."""
    if wants_fragment(visit.request):
        return Response(status_code=status)
    return draw(visit, "message.html", status, key=key, typed=typed)


def wants_fragment(request: Request) -> bool:
    """Tell whether a page asks for a part of itself."""
    return "x-live" in request.headers


def done(target: str, what: str) -> Response:
    """Go on to a page that says what was done."""
    separator = "&" if "?" in target else "?"
    return RedirectResponse(f"{target}{separator}{_DID}={what}", 303)


def with_cookie(response: Response, token: str) -> Response:
    """Hand out a session; it ends with the browser."""
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="lax")
    return response


def without_cookie(response: Response) -> Response:
    """Take a session back."""
    response.set_cookie(COOKIE, "", max_age=0, path="/", secure=True, httponly=True, samesite="lax")
    response.headers["clear-site-data"] = '"cache"'
    return response


def _frame(visit: Visit) -> dict[str, Any]:
    """Return what every page shows around itself."""
    did = visit.asked(_DID, 40)
    return {
        "t": visit.words,
        "visit": visit,
        "session": visit.session,
        "form_token": visit.form_token,
        "hall": hall_name(visit.law, visit.site.hall),
        "link": visit.site.link,
        "menu": _menu(visit),
        "path": visit.request.url.path,
        "here": _here(visit.request.url.path),
        "sees": lambda area: visit.session is not None and sees(visit.law, visit.who, Area(area)),
        "languages": visit.site.section.languages,
        "did": did if f"did.{did}" in visit.words.texts else "",
        "name_of_hall": lambda hall: hall_name(visit.law, hall).name,
        "name_of_department": lambda department: department_name(visit.known, department),
    }


def _menu(visit: Visit) -> Sequence[tuple[Area, str]]:
    if visit.session is None or visit.session.must_change or wants_fragment(visit.request):
        return ()
    return [(area, path) for area, path in _MENU if sees(visit.law, visit.who, area)]


def _here(path: str) -> Area | None:
    """Return the entry of the menu below which a page stands."""
    first = path.split("/")[1]
    return _ALSO.get(first) or next((area for area, target in _MENU if target == f"/{first}"), None)
