"""Give two halls with stores of their own, and a wire between them that carries what waits in their outboxes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from certs.entries import ACCEPTED, LEDGER_MESSAGE
from directory.guidance.thread import NOTHING, About
from directory.guidance.vocabulary import Kind
from directory.refusal import Refused
from node_agent import db
from node_agent.guidance import queues, rulebook
from node_agent.guidance.intake import Intake
from node_agent.guidance.queues import Line, Listed, Queue
from node_agent.guidance.rulebook import Rulebook
from node_agent.guidance.speaking import Asked, Here, Speaker, Spoken, Words
from node_agent.guidance.threads import Key
from node_agent.inbox import Received
from node_agent.outbox import Actor, EnvelopeWriter
from node_agent.sinks.sql import SinkReport
from node_agent.tables import outbox
from tests.node_agent.delivered import entries
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

COUNTY, CITY = "gongzhuling", "changchun"
TD = "tongban.example"
MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
"""09:00 in Beijing."""
CLERK = Actor("1024", "clerk", "gongzhuling-rs")
GUIDE = Actor("7", "guide", "changchun-rs")
OTHER_GUIDE = Actor("8", "guide", "changchun-rs")


@dataclass
class Hall:
    """One hall: its store, and what was delivered to it."""

    name: str
    path: Path
    now: datetime = MONDAY
    inbox: list[Received] = field(default_factory=list)
    sent: int = 0
    rules: Rulebook | None = None

    def __post_init__(self) -> None:
        self.engine = db.open_store(self.path)

    @contextmanager
    def begun(self) -> Iterator[sa.Connection]:
        with db.begin(self.engine) as connection:
            yield connection

    def here(self, connection: sa.Connection) -> Here:
        return Here(self.name, EnvelopeWriter(TD, self.name, 1), self.rules or rulebook.read_on(connection, self.now))

    def ask(self, text: str, who: Actor = CLERK, *, to: str = CITY, department: str = "", about: About = NOTHING, **more: Any) -> Key:
        done = self.asked(text, who, to=to, department=department, about=about, **more)
        assert isinstance(done, Spoken), done
        return done.key

    def asked(
        self, text: str, who: Actor = CLERK, *, to: str = CITY, department: str = "", about: About = NOTHING, **more: Any
    ) -> Spoken | Refused:
        with self.begun() as connection:
            speaker = Speaker(connection, self.here(connection), who, self.now)
            return speaker.ask(Asked(guiding_hall=to, department=department, about=about), Words(text=text, **more))

    def says(self, key: Key, kind: Kind, text: str = "", who: Actor = CLERK, **more: Any) -> Spoken | Refused:
        with self.begun() as connection:
            return Speaker(connection, self.here(connection), who, self.now).say(key, kind, Words(text=text, **more))

    def waits(self) -> list[bytes]:
        """Return the envelopes that were not carried yet, and let them be carried."""
        with db.reading(self.engine) as connection:
            rows = connection.execute(sa.select(outbox.c.id, outbox.c.envelope).where(outbox.c.id > self.sent).order_by(outbox.c.id)).all()
        self.sent = rows[-1].id if rows else self.sent
        return [row.envelope for row in rows]

    def receive(self, author: str, *envelopes: bytes, fault: str = "") -> None:
        for envelope in envelopes:
            index = len(self.inbox)
            place = (1, index, 0, ACCEPTED, LEDGER_MESSAGE, envelope)
            self.inbox.append(Received(index, 1000 + index, author, *place, fault=fault))

    def take_in(self) -> SinkReport:
        return Intake(self.engine, self.name).deliver(entries(self.inbox), self.now)

    def find(self, key: Key, who: Actor = CLERK) -> Listed:
        with db.reading(self.engine) as connection:
            found = queues.find(connection, key, who, rulebook.read_on(connection, self.now), self.now)
        assert found is not None
        return found

    def lines(self, key: Key) -> list[Line]:
        with db.reading(self.engine) as connection:
            return queues.lines(connection, key)

    def queue(self, queue: Queue, who: Actor) -> list[Key]:
        with db.reading(self.engine) as connection:
            return [one.key for one in queues.listed(connection, queue, who, rulebook.read_on(connection, self.now), self.now)]

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


def carry(sender: Hall, recipient: Hall) -> list[bytes]:
    """Carry what waits from one hall to the other, and have it taken in; return it."""
    carried = sender.waits()
    recipient.receive(sender.name, *carried)
    recipient.take_in()
    return carried


def header(envelope: bytes) -> Header:
    return Header.FromString(Envelope.FromString(envelope).header)


def changed(envelope: bytes, payload: bytes | None = None, **fields: Any) -> bytes:
    """Return an envelope with another payload, or with other fields of its header."""
    found = Envelope.FromString(envelope)
    head = Header.FromString(found.header)
    for name, value in fields.items():
        setattr(head, name, value)
    return Envelope(header=head.SerializeToString(), payload=found.payload if payload is None else payload).SerializeToString()


def as_person(who: Actor, person: str) -> Actor:
    return replace(who, person=person)
