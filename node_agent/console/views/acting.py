"""Let people act on a matter that the hub keeps, by forms with one text each.

Laws: a form is shown to whom the law of the hall's replica lets do it, and decided by the hub; what was typed is kept until the hub has it;
what the hub refuses is said in words.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from directory.scopes.decisions import Allowed
from directory.scopes.subject import Subject
from directory.scopes.vocabulary import Action
from directory.texts import MAX_TEXT
from node_agent.accounts import drafts
from node_agent.console.asking import Answered, Unanswered, Verb
from node_agent.console.pages import done, draw, message
from node_agent.console.seeing import may
from node_agent.console.visit import Visit

AWAY: Final = "away"
EMPTY: Final = "empty"
TOO_LONG: Final = "too-long"
_MOST_DRAFT: Final = 120


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its name, the acts of its buttons, and what it asks besides the text (`days`, `contact`, or nothing)."""

    name: str
    acts: Sequence[str]
    asks: str = ""


Act = Callable[[Visit, str], tuple[Verb[Any, Any], Any]]
"""Says, of the matter with an id, which verb is asked with which request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A kind of matter with pages of its own; `find` asks the hub for one, `forms` says what may be done to one as it stands."""

    name: str
    path: str
    template: str
    find: Callable[[Visit, str], Awaitable[Answered[Any] | Unanswered]]
    forms: Callable[[Visit, Any], Sequence[Form]]
    unseen: Sequence[tuple[Action, Form]]
    """What may be written while the hub is away and nobody knows how the matter stands: the first that the person may ever do."""
    acts: Mapping[str, Act]


def allowed(visit: Visit, action: Action, subject: Subject) -> bool:
    """Tell whether the law that the hall knows lets the person do this."""
    return visit.law is not None and isinstance(visit.law.decide(visit.who, action, subject), Allowed)


async def show(visit: Visit, matter: Matter, ident: str) -> Response:
    """Draw a matter, with what was typed about it before; or how it stands alone, for a page that is open."""
    if visit.asked("part") == "standing":
        found = await matter.find(visit, ident)
        if isinstance(found, Unanswered):
            return Response(status_code=503)  # the page keeps what it shows
        return draw(visit, f"_{matter.template}", standing=found.said)
    return await _drawn(visit, matter, ident, "", 200)


async def take(visit: Visit, matter: Matter, ident: str) -> Response:
    """Do what a form says; on failure draw the matter again with the reason."""
    form, text = visit.form.get("form", ""), visit.form.get("text", "").strip()
    act = matter.acts.get(visit.form.get("do", ""))
    if act is None:
        return await message(visit, "absent", 404)
    await _keep(visit, draft_name(matter, ident, form), text)
    if not text or len(text) > MAX_TEXT:
        return await _drawn(visit, matter, ident, EMPTY if not text else TOO_LONG, 422)
    told = await visit.site.asking.ask(*act(visit, ident))
    if isinstance(told, Unanswered):
        return await _drawn(visit, matter, ident, told.reason or AWAY, 422 if told.reason else 503)
    await _forget(visit, draft_name(matter, ident, form))
    visit.site.live.publish("todo")
    return done(f"{matter.path}/{ident}", "answered" if form == "" else "acted")


def days(visit: Visit) -> int:
    """Return how many working days a form gives; 0 leaves it to the hub."""
    text = visit.form.get("days", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else 0  # noqa: PLR2004 - digits of a number of days


async def _drawn(visit: Visit, matter: Matter, ident: str, fault: str, status: int) -> Response:
    # A hub that was just found away is not waited for again.
    found = Unanswered() if fault == AWAY else await matter.find(visit, ident)
    if isinstance(found, Unanswered) and found.reason:
        return await message(visit, "absent", 404)
    standing = found.said if isinstance(found, Answered) else None
    forms = await filled(visit, matter, ident, standing)
    return draw(visit, matter.template, status, standing=standing, forms=forms, fault=fault, most=MAX_TEXT, target=f"{matter.path}/{ident}")


async def filled(visit: Visit, matter: Matter, ident: str, standing: Any) -> list[tuple[Form, str, str]]:  # noqa: ANN401 - of the contract
    """Return the forms that are open, each with the name of its draft and what was typed."""
    shown = list(matter.forms(visit, standing)) if standing is not None else _unseen(visit, matter)
    number = visit.signed_in.number
    names = [draft_name(matter, ident, form.name) for form in shown]
    typed = await visit.site.keeping.read(lambda connection: [drafts.find(connection, number, name) for name in names])
    return list(zip(shown, names, typed, strict=True))


def _unseen(visit: Visit, matter: Matter) -> list[Form]:
    return [form for action, form in matter.unseen if may(visit.law, visit.who, action)][:1]


def draft_name(matter: Matter, ident: str, form: str) -> str:
    """Name a form, for its draft."""
    return f"{matter.name} {ident} {form}".rstrip()[:_MOST_DRAFT]


async def _keep(visit: Visit, name: str, text: str) -> None:
    number, now = visit.signed_in.number, visit.now
    await visit.site.keeping.write(lambda connection: drafts.save(connection, number, name, text, now))


async def _forget(visit: Visit, name: str) -> None:
    number = visit.signed_in.number
    await visit.site.keeping.write(lambda connection: drafts.drop(connection, number, name))
