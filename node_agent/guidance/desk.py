"""Look after threads within the hall: who has one, what is said of it among ourselves, which answers are at hand.

Laws: one person has a thread, and whoever comes second is told who and since when; nothing of this leaves the hall.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from directory.guidance.texts import guidance_text_fault
from directory.refusal import Refused
from directory.texts import department_id_fault, name_fault
from node_agent.guidance import changes, searching
from node_agent.guidance.rulebook import moment
from node_agent.guidance.tables import canned, claims, messages, notes, seen, threads
from node_agent.guidance.threads import Key, microseconds
from node_agent.outbox import Actor

CLAIM = "claim"
NOTE = "note"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who looks after a thread, since when; an empty person: the department is asked to. `by` put it so."""

    person: str
    department: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """Someone else looks after the thread already."""

    claim: Claim


def claim(connection: sa.Connection, key: Key, who: Actor, now: datetime) -> Claim | Taken | Refused:
    """Take a thread for oneself, if nobody has it; taking it again changes nothing."""
    if not _exists(connection, key):
        return Refused("there is no such thread at this hall")
    held = claimed(connection, key)
    if held is not None and held.person:
        return held if held.person == who.person else Taken(held)
    return _put(connection, key, Claim(who.person, who.department, who.person, now))


def unclaim(connection: sa.Connection, key: Key, who: Actor, now: datetime) -> Claim | Taken | Refused:
    """Give a thread back to one's department, for others to take."""
    held = claimed(connection, key)
    if held is None or not held.person:
        return Refused("nobody looks after the thread")
    if held.person != who.person:
        return Taken(held)
    return _put(connection, key, Claim("", held.department, who.person, now))


def assign(connection: sa.Connection, key: Key, to: tuple[str, str], who: Actor, now: datetime) -> Claim | Refused:
    """Give a thread to (person, department), whoever has it; an empty person: to whoever of the department takes it."""
    person, department = to
    if not _exists(connection, key):
        return Refused("there is no such thread at this hall")
    if wrong := (name_fault(person) if person else "") or (department_id_fault(department) if department or not person else ""):
        return Refused(wrong)
    return _put(connection, key, Claim(person, department, who.person, now))


def hand_over(connection: sa.Connection, key: Key, given: Claim, of: str) -> Claim | Taken | Refused:
    """Give a thread that `of` looks after to another person, to whom it is new then; of two who give it on at once one does."""
    held = claimed(connection, key)
    if held is None or not held.person:
        return Refused("nobody looks after the thread")
    if held.person != of:
        return Taken(held)
    if wrong := name_fault(given.person):
        return Refused(wrong)
    where = (seen.c.person == given.person, seen.c.asking_hall == key[0], seen.c.thread == key[1])
    connection.execute(sa.delete(seen).where(*where))
    return _put(connection, key, given)


def claimed(connection: sa.Connection, key: Key) -> Claim | None:
    """Return who looks after a thread; None for nobody."""
    row = connection.execute(sa.select(claims).where(claims.c.asking_hall == key[0], claims.c.thread == key[1])).one_or_none()
    return None if row is None else Claim(row.person, row.department, row.by, moment(row.at))


def note(connection: sa.Connection, key: Key, text: str, who: Actor, now: datetime) -> int | Refused:
    """Write a note for this hall alone; return its number."""
    if not _exists(connection, key):
        return Refused("there is no such thread at this hall")
    if wrong := guidance_text_fault(text):
        return Refused(wrong)
    row = {"asking_hall": key[0], "thread": key[1], "person": who.person, "department": who.department, "text": text, "at": _ms(now)}
    written: int = connection.execute(insert(notes).values(row).returning(notes.c.id)).scalar_one()
    searching.add(connection, searching.THREAD, key, (text,))
    changes.note(connection, key, NOTE)
    return written


def keep_canned(connection: sa.Connection, item_code: str, titled: tuple[str, str], who: Actor, now: datetime) -> int | Refused:
    """Keep an answer, (title, text), to be given again for an item, empty for any; the same title takes its place. Return its number."""
    title, text = titled
    if wrong := name_fault(title) or guidance_text_fault(text) or (name_fault(item_code) if item_code else ""):
        return Refused(wrong)
    row = {"item_code": item_code, "title": title, "text": text, "person": who.person, "at": _ms(now)}
    kept = insert(canned).values(row)
    changed = kept.on_conflict_do_update(index_elements=["item_code", "title"], set_=row)
    number: int = connection.execute(changed.returning(canned.c.id)).scalar_one()
    return number


def drop_canned(connection: sa.Connection, number: int) -> bool:
    """Drop an answer that is at hand; tell whether it was there."""
    return connection.execute(sa.delete(canned).where(canned.c.id == number)).rowcount > 0


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer at hand."""

    id: int
    item_code: str
    title: str
    text: str
    person: str


def canned_for(connection: sa.Connection, item_code: str) -> list[Canned]:
    """Return the answers at hand for an item, those for any behind them; for no item all that there are."""
    query = sa.select(canned)
    if item_code:
        query = query.where(canned.c.item_code.in_((item_code, "")))
    rows = connection.execute(query.order_by(canned.c.item_code.desc(), canned.c.title))
    return [Canned(row.id, row.item_code, row.title, row.text, row.person) for row in rows]


def mark_seen(connection: sa.Connection, key: Key, person: str) -> None:
    """Note that someone has seen all that was said in a thread by now."""
    newest = sa.select(sa.func.max(messages.c.id)).where(messages.c.asking_hall == key[0], messages.c.thread == key[1])
    message = connection.scalar(newest) or 0
    kept = insert(seen).values(person=person, asking_hall=key[0], thread=key[1], message=message)
    connection.execute(kept.on_conflict_do_update(index_elements=["person", "asking_hall", "thread"], set_={"message": message}))


def _put(connection: sa.Connection, key: Key, given: Claim) -> Claim:
    row = {"person": given.person, "department": given.department, "by": given.by, "at": _ms(given.at)}
    kept = insert(claims).values(asking_hall=key[0], thread=key[1], **row)
    connection.execute(kept.on_conflict_do_update(index_elements=["asking_hall", "thread"], set_=row))
    changes.note(connection, key, CLAIM)
    return given


def _exists(connection: sa.Connection, key: Key) -> bool:
    where = (threads.c.asking_hall == key[0], threads.c.thread == key[1])
    return connection.scalar(sa.select(sa.func.count()).select_from(threads).where(*where)) == 1


def _ms(now: datetime) -> int:
    return microseconds(now) // 1000
