"""Know for each page of guidance which thread it is about, and what the person before the screen may do there.

Laws: within the hall the role decides, by the province's rules: who may ask sees what this hall asked, who may answer what it is asked;
who may read guidance sees both. What is said is judged again when it is said, and by the hub.
"""

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa

from directory.guidance.hours import light
from directory.guidance.vocabulary import Side
from directory.scopes.vocabulary import Action, Role
from directory.supervision.vocabulary import Light
from node_agent.accounts import users
from node_agent.console.seeing import may
from node_agent.console.visit import Visit
from node_agent.guidance import queues
from node_agent.guidance.files import FOLDER
from node_agent.guidance.queues import Line, Listed
from node_agent.guidance.speaking import Here, Speaker
from node_agent.guidance.threads import Key

PATH: Final = "/guidance/threads"
_SPEAKS: Final = {Side.ASKING: Action.GUIDANCE_ASK, Side.GUIDING: Action.GUIDANCE_ANSWER}
_LEADS: Final = frozenset({Role.HALL_ADMINISTRATOR, Role.SUPERVISOR})
_BLANKS: Final = {ord("\t"): "    ", 0xA0: " ", 0x3000: "  ", 0x2028: "\n", 0x2029: "\n", **dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))}
"""What people paste without seeing it, and what stands for it: a thread holds no signs that are not seen."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What the person may do in a thread."""

    see: bool
    speak: bool
    publish: bool


def rights(visit: Visit, side: str) -> Rights:
    """Return what the person may do on this hall's side of a thread."""
    speaks = may(visit.law, visit.who, _SPEAKS[Side(side)])
    guides = side == Side.GUIDING
    see = speaks or may(visit.law, visit.who, Action.GUIDANCE_READ)
    return Rights(see, speaks, guides and may(visit.law, visit.who, Action.GUIDANCE_PUBLISH))


def may_hand_over(visit: Visit, one: Listed) -> bool:
    """Tell whether the person may give a thread to another."""
    if one.row.side != Side.GUIDING or one.claim is None or not one.claim.person:
        return False
    return one.claim.person == visit.actor.person or visit.who.role in _LEADS


def key_of(visit: Visit) -> Key:
    """Return the thread that the page's address names."""
    given = visit.request.path_params
    return str(given["hall"]), str(given["thread"])


def path_of(key: Key) -> str:
    """Return the address of a thread."""
    return f"{PATH}/{key[0]}/{key[1]}"


def found(visit: Visit, connection: sa.Connection, key: Key) -> Listed | None:
    """Return a thread that the person may see; None for any other."""
    one = queues.find(connection, key, visit.actor, visit.site.rules.on(connection, visit.now), visit.now)
    return one if one is not None and rights(visit, one.row.side).see else None


def seen_of(visit: Visit, listed: list[Listed]) -> list[Listed]:
    """Return those of some threads that the person may see."""
    return [one for one in listed if rights(visit, one.row.side).see]


def speaker(visit: Visit, connection: sa.Connection) -> Speaker:
    """Let the person speak."""
    here = Here(visit.site.hall, visit.site.agent.envelopes, visit.site.rules.on(connection, visit.now))
    return Speaker(connection, here, visit.actor, visit.now)


def folder(visit: Visit) -> Path:
    """Return where files are."""
    return visit.site.agent.config.data_dir / FOLDER


def names(visit: Visit, connection: sa.Connection, listed: list[Listed], lines: list[Line]) -> dict[str, str]:
    """Return what people of this hall are called who look after threads, began them, or said something."""
    own = [line.person for line in lines if line.hall in {"", visit.site.hall}]
    began = [one.row.asked_by for one in listed if one.row.side == Side.ASKING]
    return users.names(connection, [*own, *began, *(person for one in listed if one.claim for person in (one.claim.person, one.claim.by))])


def light_of(visit: Visit, one: Listed) -> Light | None:
    """Return the light of the answer that is awaited; None where none is, or nobody knows until when."""
    return light(one.reply_due, visit.now) if one.reply_due is not None else None


def typed(visit: Visit, name: str) -> str:
    """Return a text of a form as a thread can hold it."""
    return unicodedata.normalize("NFC", visit.form.get(name, "")).translate(_BLANKS).strip()


def new_ident() -> str:
    """Return a name for what a form will say."""
    return str(uuid4())


def ident_of(visit: Visit, *content: object) -> str:
    """Return the name of what a form says: sent twice it is the same, with another content another."""
    try:
        form = UUID(visit.form.get("ident", ""))
    except ValueError:
        form = uuid4()
    return str(uuid5(form, "\x00".join(map(str, content))))


def wording(why: str) -> str:
    """Return which of our words say why something was not said; `refused` where the reason speaks for itself."""
    known: dict[str, str] = {
        "a text is empty": "empty",
        "a text has more": "too-long",
        "a text holds": "unseen",
        "as the thread": "untimely",
        "the rules of": "not-allowed",
        "the thread holds": "full",
        "no room on": "no-room",
    }
    return next((key for begins, key in known.items() if why.startswith(begins)), "refused")


def shown(visit: Visit, listed: list[Listed], called: dict[str, str]) -> dict[str, Any]:
    """Return what every list of threads shows."""
    return {"rows": listed, "called": called, "light_of": lambda one: light_of(visit, one), "path_of": lambda one: path_of(one.key)}
