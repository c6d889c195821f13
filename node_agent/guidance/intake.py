"""Take messages of guidance in: those that were delivered, and this hall's own that came back from the hub.

Laws: what is taken in and the cursor behind it are one transaction, so each message counts once, however the agent ends; what cannot be
applied is parked with its reason, and the others go on; where nothing is guidance nothing is parsed, and hardly anything is written.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from google.protobuf.message import DecodeError
from sqlalchemy.dialects.sqlite import insert

from certs.entries import LEDGER_MESSAGE
from directory.errors import MessageMalformed
from directory.guidance.messages import RESOURCE, TYPE, moment_said, read
from node_agent import db, inbox
from node_agent.guidance import knowledge, parking, threads
from node_agent.guidance.parking import INBOX, JOURNAL, Entry
from node_agent.guidance.tables import cursors
from node_agent.guidance.threads import MOST_MESSAGES, Heard, keep
from node_agent.inbox import Received
from node_agent.outbox import Actor
from node_agent.sinks.sql import Entries, SinkReport
from node_agent.tables import batches
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

PAGE: Final = 512
FAR: Final = 65_536
"""So many entries are looked through in a moment."""
_MARK: Final = TYPE.encode()
_BATCHES: Final = 64
_EPOCH_BITS: Final = 48
"""A place is a journal's epoch above an index in it."""


class _Unusable(Exception):
    """A message that cannot be applied; `subject` as far as it can be read."""

    def __init__(self, reason: str, subject: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.subject = subject


@dataclass(slots=True)
class Intake:
    """What the schedule runs when something was received, as it runs a sink."""

    engine: sa.Engine
    hall: str
    received: Callable[[], object] = lambda: None
    """Called behind each page: more may have to be fetched for what it names."""
    _looked: int = 0
    """Up to which inbox index nothing more is guidance, as far as this process has seen."""
    _looked_back: int = 0
    """The same of the own journal: what comes back is appended to it."""

    def deliver(self, entries: Entries, now: datetime) -> SinkReport:
        """Take in all that waits; raises StoreError."""
        self._catch_up(now)
        with db.reading(self.engine) as connection:
            kept, end = at(connection, INBOX), inbox.size(connection)
        position, parked = max(kept, self._looked), 0
        while found := entries(position, PAGE, _MARK):
            with db.begin(self.engine) as connection:
                if at(connection, INBOX) != kept:
                    break  # another process was here
                parked += take_in(connection, self.hall, map(_entry, filter(_may_be, found)), now)
                position = kept = found[-1].index + 1
                move(connection, INBOX, kept)
            self.received()
        else:
            self._looked = max(position, end)
            self._keep_up(kept)
        return SinkReport(parked=parked, position=position)

    def retry_parked(self, now: datetime) -> SinkReport:
        """Try what is parked again; raises StoreError."""
        with db.begin(self.engine) as connection:
            retry(connection, self.hall, now)
            return SinkReport(position=at(connection, INBOX))

    def parked_count(self) -> int:
        """Count what is parked; raises StoreError."""
        with db.reading(self.engine) as connection:
            return parking.count(connection)

    def close(self) -> None:
        """Give nothing back: the store is the agent's."""

    def _keep_up(self, kept: int) -> None:
        """Move the cursor over what is not guidance, before the next start would have much to look through."""
        if self._looked - kept >= FAR:
            with db.begin(self.engine) as connection:
                if at(connection, INBOX) == kept:
                    move(connection, INBOX, self._looked)

    def _catch_up(self, now: datetime) -> None:
        """Take in what else is behind: knowledge of the register, and what of the own journal came back."""
        with db.reading(self.engine) as connection:
            end = _journal_end(connection)
            behind = knowledge.is_behind(connection)
            if end > self._looked_back:
                behind = behind or bool(_came_back(connection, max(at(connection, JOURNAL), self._looked_back)))
        if behind:
            with db.begin(self.engine) as connection:
                knowledge.take_in(connection)
                take_back(connection, self.hall, now)
        self._looked_back = end


def at(connection: sa.Connection, name: str) -> int:
    """Return the position of the next entry of a log that is to be taken in."""
    return connection.scalar(sa.select(cursors.c.next).where(cursors.c.name == name)) or 0


def move(connection: sa.Connection, name: str, position: int) -> None:
    """Move a cursor, in the transaction of what it stands behind."""
    moved = insert(cursors).values(name=name, next=position)
    connection.execute(moved.on_conflict_do_update(index_elements=["name"], set_={"next": position}))


def take_in(connection: sa.Connection, hall: str, entries: Iterable[Entry], now: datetime) -> int:
    """Apply entries; return how many were parked."""
    parked = 0
    for entry in entries:
        try:
            _apply(connection, hall, entry, now)
        except _Unusable as error:
            parking.park(connection, entry, error.subject, error.reason, now_ms=_ms(now))
            parked += 1
    return parked


def retry(connection: sa.Connection, hall: str, now: datetime) -> tuple[int, int]:
    """Try parked messages again; return how many were applied, and how many are parked still."""
    applied = 0
    for one in parking.waiting(connection):
        try:
            _apply(connection, hall, one.entry, now)
        except _Unusable as error:
            parking.park(connection, one.entry, one.subject, error.reason, now_ms=_ms(now))
        else:
            parking.release(connection, one)
            applied += 1
    return applied, parking.count(connection)


def take_back(connection: sa.Connection, hall: str, now: datetime) -> None:
    """Take in this hall's own messages in batches that came back from the hub, where the store had lost them."""
    while found := _came_back(connection, at(connection, JOURNAL)):
        for first, count, checkpoint_epoch, body in found:
            take_in(connection, hall, _own(hall, first, checkpoint_epoch, body), now)
            move(connection, JOURNAL, first + count)


def _came_back(connection: sa.Connection, first: int) -> Sequence[tuple[int, int, int, bytes]]:
    columns = (batches.c.first, batches.c.count, sa.literal(0), batches.c.body)
    query = sa.select(*columns).where(batches.c.first >= first, batches.c.body.is_not(None))
    return [tuple(row) for row in connection.execute(query.order_by(batches.c.first).limit(_BATCHES))]


def _journal_end(connection: sa.Connection) -> int:
    last = connection.execute(sa.select(batches.c.first, batches.c.count).order_by(batches.c.first.desc()).limit(1)).one_or_none()
    return last[0] + last[1] if last else 0


def _own(hall: str, first: int, epoch: int, body: bytes) -> Iterator[Entry]:
    if _MARK not in body:
        return
    for number, envelope in enumerate(Batch.FromString(body).envelopes):
        if _MARK in envelope:
            where = first + number
            yield Entry(origin=JOURNAL, position=where, hall=hall, epoch=epoch, journal_index=where, envelope=envelope)


def _may_be(entry: Received) -> bool:
    # Looking is a hundred times as fast as parsing. What the hub forwards and cannot prove is set aside by node_agent.forwards.
    return entry.kind == LEDGER_MESSAGE and not entry.is_withheld and not entry.fault and _MARK in entry.envelope


def _entry(received: Received) -> Entry:
    return Entry(
        origin=INBOX,
        position=received.index,
        hall=received.author,
        epoch=received.epoch,
        journal_index=received.journal_index,
        envelope=received.envelope,
        ledger_index=received.ledger_index,
    )


def _apply(connection: sa.Connection, hall: str, entry: Entry, now: datetime) -> None:
    """Apply one entry if it is a message of guidance; raises _Unusable."""
    try:
        envelope = Envelope.FromString(entry.envelope)
        header = Header.FromString(envelope.header)
    except DecodeError:
        raise _Unusable("the envelope cannot be read") from None
    if header.resource != RESOURCE:
        return
    heard = _heard(entry, header, envelope.payload)
    if hall not in (heard.message.asking_hall, heard.message.guiding_hall):
        raise _Unusable("the thread is one of other halls", header.subject)
    if threads.size(connection, heard.key) >= MOST_MESSAGES:
        raise _Unusable(f"the thread holds {MOST_MESSAGES:,} messages already", header.subject)
    keep(connection, hall, heard, now_ms=_ms(now))


def _heard(entry: Entry, header: Header, payload: bytes) -> Heard:
    actor = Actor(header.actor.person, header.actor.role, header.actor.department)
    try:
        message = read(payload, subject=header.subject, author=entry.hall, role=actor.role)
        said = moment_said(header.time)
    except MessageMalformed as error:
        raise _Unusable(str(error), header.subject) from None
    if header.type != TYPE or not header.HasField("time") or not header.id:
        raise _Unusable("it has no time, no id, or is of another type", header.subject)
    is_own = entry.origin == JOURNAL
    return Heard(
        hall=entry.hall,
        event_id=header.id,
        at=said,
        actor=actor,
        message=message,
        payload=payload,
        attempt=header.attempt or 1,
        place=None if is_own else (entry.epoch << _EPOCH_BITS) + entry.journal_index,
        ledger_index=entry.ledger_index,
    )


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
