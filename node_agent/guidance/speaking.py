"""Say something in a thread: ask, answer, ask further, close, reopen, rate.

Laws: what is said is in the outbox and in the thread in one transaction, so it is shown at once and sent when the hub is reached; what the
rules, the thread as it stands or the contract do not allow is not said. The same thing said again under its own id changes nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict
from uuid import uuid4

import sqlalchemy as sa

from certs.entries import REFUSED
from directory.event_ids import event_id
from directory.guidance.attachments import Attachment
from directory.guidance.messages import RESOURCE, TYPE, Message, fault, read, write
from directory.guidance.thread import NOTHING, About, Said, next_moment
from directory.guidance.thread import fault as odd
from directory.guidance.vocabulary import Kind
from directory.refusal import Refused
from directory.routing import Heading, judge
from directory.routing import Refused as NotRouted
from node_agent import outbox
from node_agent.guidance.rulebook import Rulebook
from node_agent.guidance.tables import messages, threads
from node_agent.guidance.threads import MOST_MESSAGES, Heard, Key, keep, microseconds, moment, said_in
from node_agent.outbox import Actor, Draft, EnvelopeWriter
from node_agent.tables import refusals
from tongban.errors.v1.errors_pb2 import Reason

SOURCE = "guidance"
"""Which of the hall's systems says it."""


@dataclass(frozen=True, slots=True)
class Here:
    """The hall that speaks, how its envelopes are written, and the rules that it knows of."""

    hall: str
    writer: EnvelopeWriter
    rules: Rulebook


def _new_id() -> str:
    return str(uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What someone says; `ident`, a UUID, names it: whoever sends it twice under one says it once."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    grade: int = 0
    ident: str = field(default_factory=_new_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom a question is put to, and what about; an empty department is any."""

    guiding_hall: str
    department: str = ""
    about: About = NOTHING


@dataclass(frozen=True, slots=True)
class Spoken:
    """It was said, in this thread, under this event id; `again`: it had been said before."""

    key: Key
    event_id: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Speaker:
    """Someone of this hall who speaks now, in the caller's transaction."""

    connection: sa.Connection
    here: Here
    who: Actor
    now: datetime

    def ask(self, asked: Asked, words: Words) -> Spoken | Refused:
        """Begin a thread; it is named by the id of the words."""
        message = Message(
            kind=Kind.ASKED,
            thread=words.ident,
            asking_hall=self.here.hall,
            guiding_hall=asked.guiding_hall,
            department=asked.department,
            about=asked.about,
            text=words.text,
            attachments=words.attachments,
        )
        return self._speak(message, words.ident)

    def say(self, key: Key, kind: Kind, words: Words) -> Spoken | Refused:
        """Say more in a thread of this hall."""
        where = (threads.c.asking_hall == key[0], threads.c.thread == key[1])
        guiding = self.connection.scalar(sa.select(threads.c.guiding_hall).where(*where))
        if guiding is None:
            return Refused("there is no such thread at this hall")
        message = Message(
            kind=kind,
            thread=key[1],
            asking_hall=key[0],
            guiding_hall=guiding,
            text=words.text,
            attachments=words.attachments,
            grade=words.grade,
        )
        return self._speak(message, words.ident)

    def _speak(self, message: Message, ident: str) -> Spoken | Refused:
        hall = self.here.hall
        key, event = (message.asking_hall, message.thread), event_id(hall.encode(), SOURCE.encode(), ident.encode())
        known = sa.select(messages.c.id).where(messages.c.hall == hall, messages.c.event_id == event)
        if self.connection.scalar(known) is not None:
            return Spoken(key, event, again=True)
        said = said_in(self.connection, key)
        at = next_moment(said, self.now)
        if wrong := fault(message, hall, self.who.role) or _unlawful(self.here, message, self.who) or _untimely(said, hall, message, at):
            return Refused(wrong)
        draft = Draft(payload=write(message), **_header(self.here, message, event, self.who), occurred_at=at, recorded_at=self.now)
        outbox.put(self.connection, [draft], self.here.writer)
        heard = Heard(hall=hall, event_id=event, at=at, actor=self.who, message=message, payload=draft.payload)
        keep(self.connection, hall, heard, now_ms=microseconds(self.now) // 1000)
        return Spoken(key, event)


def say_again(connection: sa.Connection, here: Here, event: str, now: datetime) -> Spoken | Refused:
    """Send a message of this hall again that the hub refused: the same event, one attempt more."""
    row = connection.execute(sa.select(messages).where(messages.c.event_id == event, messages.c.hall == here.hall)).one_or_none()
    if row is None:
        return Refused("this hall has said no such thing")
    refused = sa.select(sa.func.count()).select_from(refusals)
    refused = refused.where(refusals.c.event_id == event, refusals.c.disposition == REFUSED)
    if (connection.scalar(refused) or 0) < row.attempt:
        return Refused("the hub has not refused it: it is sent when the hub is reached")
    who = Actor(row.person, row.role, row.department)
    message = read(row.payload, subject=row.thread, author=row.hall, role=row.role)
    if wrong := _unlawful(here, message, who):
        return Refused(wrong)
    attempt, header = row.attempt + 1, _header(here, message, event, who)
    draft = Draft(payload=row.payload, **header, attempt=attempt, occurred_at=moment(row.said_us), recorded_at=now)
    outbox.put(connection, [draft], here.writer)
    connection.execute(sa.update(messages).where(messages.c.id == row.id).values(attempt=attempt))
    return Spoken((row.asking_hall, row.thread), event)


def _untimely(said: list[Said], hall: str, message: Message, at: datetime) -> str:
    """Say why a thing cannot be said as the thread stands; empty when it can."""
    if len(said) >= MOST_MESSAGES:
        return f"the thread holds {MOST_MESSAGES:,} messages: ask in a new one"
    place = max((one.place for one in said if one.hall == hall), default=-1) + 1
    more = Said(ref=0, kind=message.kind, hall=hall, at=at, place=place, grade=message.grade, question=message.question)
    flag = odd(said, more)
    return f"as the thread stands, {message.kind} is {flag.replace('-', ' ')}" if flag else ""


def _unlawful(here: Here, message: Message, who: Actor) -> str:
    """Say why the hub would not carry a message, by the rules as this hall knows them; empty when it would."""
    if here.rules.law is None:
        return ""
    heading = Heading(here.hall, RESOURCE, TYPE, who.role, who.department, (_recipient(here, message),))
    verdict = judge(here.rules.law, heading)
    return f"the rules of the province do not allow it: {Reason.Name(verdict.reason)}" if isinstance(verdict, NotRouted) else ""


def _recipient(here: Here, message: Message) -> str:
    return message.guiding_hall if here.hall == message.asking_hall else message.asking_hall


class _Header(TypedDict):
    event_id: str
    source: str
    type: str
    subject: str
    resource: str
    recipients: tuple[str, ...]
    actor: Actor


def _header(here: Here, message: Message, event: str, who: Actor) -> _Header:
    return _Header(
        event_id=event,
        source=SOURCE,
        type=TYPE,
        subject=message.thread,
        resource=RESOURCE,
        recipients=(_recipient(here, message),),
        actor=who,
    )
