"""Take what people do in a thread: look after it, answer, ask further, note, close, reopen, rate, attach.

Laws: what was typed is kept until it is said; who comes second is told who was first; a form sent twice says one thing once; nothing here
waits for the hub.
"""

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from starlette.responses import RedirectResponse, Response

from directory.guidance.texts import MAX_TEXT
from directory.guidance.vocabulary import Kind, Side
from directory.refusal import Refused
from node_agent.accounts import drafts
from node_agent.console.pages import message
from node_agent.console.views.guidance import place
from node_agent.console.views.guidance.place import key_of, path_of, rights, speaker, typed
from node_agent.console.views.guidance.thread import Fault, answer_form, drawn, note_form
from node_agent.console.views.guidance.uploading import stage
from node_agent.console.visit import Visit
from node_agent.guidance import desk, uploads
from node_agent.guidance.desk import Claim, Taken
from node_agent.guidance.queues import Listed
from node_agent.guidance.speaking import Spoken, Words, say_again
from node_agent.guidance.threads import Key

Done = Claim | Taken | Refused | Spoken | int | str
"""What became of an act; a text is one of our words for why it was not done."""
Act = Callable[[Visit, sa.Connection, Listed], Done]

_SAYS: Final = {
    "answer": (Kind.ANSWERED, "answered-thread"),
    "follow-up": (Kind.FOLLOWED_UP, "followed-up"),
    "close": (Kind.CLOSED, "closed-thread"),
    "reopen": (Kind.REOPENED, "reopened-thread"),
    "rate": (Kind.RATED, "rated"),
}
_DID: Final = {"claim": "claimed", "take-over": "claimed", "unclaim": "unclaimed", "note": "noted", "send-again": "sent-again"}
_GRADES: Final = frozenset("12345")


async def take(visit: Visit) -> Response:
    """Do one thing in a thread."""
    what, key = visit.form.get("do", ""), key_of(visit)
    one = await visit.site.keeping.read(lambda connection: place.found(visit, connection, key))
    if one is None:
        return await message(visit, "absent", 404)
    if not rights(visit, one.row.side).speak:
        return await message(visit, "not-yours", 403)
    await _keep_typed(visit, key)
    refused = await stage(visit, answer_form(key))
    if refused is not None:
        return await drawn(visit, Fault(place.wording(refused.why), refused.why), 422)
    verb, _, of = what.partition(" ")
    if verb in {"attach", "detach"} or (verb == "canned" and one.row.side == Side.GUIDING):
        return await _prepare(visit, key, verb, of)
    act = _ACTS.get(verb)
    return await message(visit, "absent", 404) if act is None else await _did(visit, key, verb, act)


async def _did(visit: Visit, key: Key, verb: str, act: Act) -> Response:
    def work(connection: sa.Connection) -> Done:
        one = place.found(visit, connection, key)  # as it is now, in the transaction of the act
        outcome = Refused("there is no such thread at this hall") if one is None else act(visit, connection, one)
        if isinstance(outcome, Spoken):
            desk.mark_seen(connection, key, visit.actor.person)
        return outcome

    done = await visit.site.keeping.write(work)
    if isinstance(done, Taken):
        return await drawn(visit, Fault("taken", taken=done.claim), 409, **_typed(visit))
    if isinstance(done, str):
        return await drawn(visit, Fault(done), 422, **_typed(visit))
    if isinstance(done, Refused):
        return await drawn(visit, Fault(place.wording(done.why), done.why), 422, **_typed(visit))
    said = _SAYS[verb][1] if verb in _SAYS else _DID[verb]
    return RedirectResponse(f"{path_of(key)}?did={said}#end", 303)


def _typed(visit: Visit) -> dict[str, str]:
    """Return what was typed, for the page to show again: a text that is too long is kept as no draft."""
    return {shown: typed(visit, name) for name, shown in (("text", "typed"), ("note", "noted")) if name in visit.form}


async def _keep_typed(visit: Visit, key: Key) -> None:
    """Keep what the forms of the page hold as drafts."""
    number, now = visit.actor.person, visit.now
    given = {form: typed(visit, name) for name, form in (("text", answer_form(key)), ("note", note_form(key))) if name in visit.form}

    def keep(connection: sa.Connection) -> None:
        for form, text in given.items():
            drafts.save(connection, number, form, text, now)

    if given:
        await visit.site.keeping.write(keep)


async def _prepare(visit: Visit, key: Key, verb: str, of: str) -> Response:
    """Change what is going to be said: its files, or a text that was at hand."""
    folder, person, now = place.folder(visit), visit.actor.person, visit.now

    def work(connection: sa.Connection) -> None:
        if verb == "detach" and (one := uploads.find(connection, person, of)) is not None:
            uploads.drop(connection, folder, one)
        if verb == "canned":
            chosen = next((one.text for one in desk.canned_for(connection, "") if str(one.id) == of), "")
            begun = drafts.find(connection, person, answer_form(key))
            drafts.save(connection, person, answer_form(key), f"{begun}\n\n{chosen}".strip()[:MAX_TEXT], now)

    await visit.site.keeping.write(work)
    return RedirectResponse(f"{path_of(key)}#say", 303)


def _claim(visit: Visit, connection: sa.Connection, one: Listed) -> Done:
    return desk.claim(connection, one.key, visit.actor, visit.now)


def _take_over(visit: Visit, connection: sa.Connection, one: Listed) -> Done:
    """Take a thread from whoever the page said has it; from another the person is told."""
    holds = one.claim.person if one.claim else ""
    if one.claim is not None and holds not in {"", visit.actor.person, visit.form.get("from", "")}:
        return Taken(one.claim)
    return desk.assign(connection, one.key, (visit.actor.person, visit.actor.department), visit.actor, visit.now)


def _unclaim(visit: Visit, connection: sa.Connection, one: Listed) -> Done:
    return desk.unclaim(connection, one.key, visit.actor, visit.now)


def _note(visit: Visit, connection: sa.Connection, one: Listed) -> Done:
    written = desk.note(connection, one.key, typed(visit, "note"), visit.actor, visit.now)
    if not isinstance(written, Refused):
        drafts.drop(connection, visit.actor.person, note_form(one.key))
    return written


def _say(kind: Kind) -> Act:
    def say(visit: Visit, connection: sa.Connection, one: Listed) -> Done:
        whose = (visit.actor.person, answer_form(one.key))
        text, files = typed(visit, "text"), uploads.attachments(connection, whose)
        if any(not upload.is_whole for upload in uploads.of_form(connection, whose)):
            return "coming"
        if kind is Kind.ANSWERED and isinstance(held := desk.claim(connection, one.key, visit.actor, visit.now), Taken | Refused):
            return held
        ident = place.ident_of(visit, kind, text, *(file.sha256.hex() for file in files))
        spoken = speaker(visit, connection).say(one.key, kind, Words(text=text, attachments=files, ident=ident))
        if isinstance(spoken, Spoken):
            drafts.drop(connection, *whose)
            uploads.said(connection, whose)
        return spoken

    return say


def _stand(kind: Kind) -> Act:
    """Close, reopen or rate: with a word or without, and without files."""

    def stand(visit: Visit, connection: sa.Connection, one: Listed) -> Done:
        text, grade = typed(visit, "word"), visit.form.get("grade", "")
        if kind is Kind.RATED and grade not in _GRADES:
            return "grade"
        words = Words(text=text, grade=int(grade) if kind is Kind.RATED else 0, ident=place.ident_of(visit, kind, text, grade))
        return speaker(visit, connection).say(one.key, kind, words)

    return stand


def _send_again(visit: Visit, connection: sa.Connection, _one: Listed) -> Done:
    return say_again(connection, speaker(visit, connection).here, visit.form.get("event", ""), visit.now)


_ACTS: Final[dict[str, Act]] = {
    "claim": _claim,
    "take-over": _take_over,
    "unclaim": _unclaim,
    "note": _note,
    "answer": _say(Kind.ANSWERED),
    "follow-up": _say(Kind.FOLLOWED_UP),
    "close": _stand(Kind.CLOSED),
    "reopen": _stand(Kind.REOPENED),
    "rate": _stand(Kind.RATED),
    "send-again": _send_again,
}
