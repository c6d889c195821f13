"""Keep what is said in threads, and how each thread stands after it.

Laws: a message is kept once, by its hall and event id, however often it comes; a thread is the fold of all its messages, so the order in
which they came changes nothing; whoever watches is told of each change in the transaction that makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from directory.guidance.messages import Message, read
from directory.guidance.thread import Question, Said, Thread, fold
from directory.guidance.vocabulary import Kind, Side
from node_agent.guidance import changes, files, searching
from node_agent.guidance.tables import messages, threads
from node_agent.outbox import Actor

Key = tuple[str, str]
"""The asking hall, and the thread's id there."""

MOST_MESSAGES: Final = 1_000
"""Of one thread: it is folded anew with each."""
TITLE_SIGNS: Final = 60
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message as its hall said it; `place` orders what a hall said, None for the next of this hall's own."""

    hall: str
    event_id: str
    at: datetime
    actor: Actor
    message: Message
    payload: bytes
    attempt: int = 1
    place: int | None = None
    ledger_index: int | None = None

    @property
    def key(self) -> Key:
        """Name the thread."""
        return self.message.asking_hall, self.message.thread


def keep(connection: sa.Connection, hall: str, heard: Heard, *, now_ms: int) -> bool:
    """Keep a message of a thread of this hall, and fold the thread anew; return whether the message was new."""
    key, actor = heard.key, heard.actor
    row = {
        "asking_hall": key[0],
        "thread": key[1],
        "hall": heard.hall,
        "event_id": heard.event_id,
        "attempt": heard.attempt,
        "place": next_place(connection, key, heard.hall) if heard.place is None else heard.place,
        "position": 0,
        "kind": heard.message.kind,
        "said_us": microseconds(heard.at),
        "person": actor.person,
        "role": actor.role,
        "department": actor.department,
        "payload": heard.payload,
        "flag": "",
        "ledger_index": heard.ledger_index,
        "kept_at": now_ms,
    }
    if connection.execute(insert(messages).values(row).on_conflict_do_nothing()).rowcount == 0:
        return False
    about = heard.message.about
    searching.add(connection, searching.THREAD, key, (heard.message.text, about.case_number, about.item_code))
    (files.send if heard.hall == hall else files.fetch)(connection, heard.message.attachments)
    _refold(connection, hall, key, heard.message)
    changes.note(connection, key, heard.message.kind)
    return True


def size(connection: sa.Connection, key: Key) -> int:
    """Count the messages of a thread."""
    return connection.scalar(sa.select(sa.func.count()).select_from(messages).where(*_of(key))) or 0


def next_place(connection: sa.Connection, key: Key, hall: str) -> int:
    """Return the place behind all that a hall said in a thread."""
    last = sa.select(sa.func.max(messages.c.place)).where(*_of(key), messages.c.hall == hall)
    found = connection.scalar(last)
    return 0 if found is None else found + 1


def said_in(connection: sa.Connection, key: Key) -> list[Said]:
    """Return what was said in a thread, as the fold wants it; `ref` is the message's id."""
    return [_said(row) for row in connection.execute(sa.select(messages).where(*_of(key)))]


def _said(row: "sa.Row[Any]") -> Said:
    grade, question = 0, None
    if row.kind in {Kind.ASKED, Kind.RATED}:  # no other kind says either
        message = read(row.payload, subject=row.thread, author=row.hall, role=row.role)
        grade, question = message.grade, message.question
    kind, at = Kind(row.kind), moment(row.said_us)
    return Said(ref=row.id, kind=kind, hall=row.hall, at=at, place=row.place, grade=grade, question=question)


def _refold(connection: sa.Connection, hall: str, key: Key, last: Message) -> None:
    folded = fold(said_in(connection, key))
    rows = [{"ident": one.ref, "at": place, "odd": folded.odd.get(one.ref, "")} for place, one in enumerate(folded.order)]
    told = sa.update(messages).where(messages.c.id == sa.bindparam("ident"))
    connection.execute(told.values(position=sa.bindparam("at"), flag=sa.bindparam("odd")), rows)
    newest = connection.scalar(sa.select(sa.func.max(messages.c.id)).where(*_of(key)))
    values = {
        "asking_hall": key[0],
        "thread": key[1],
        "newest": newest,
        **_question(hall, folded.thread.question, last),
        **_begun(connection, key, folded.thread),
        **_standing(folded.thread),
    }
    kept = insert(threads).values(values)
    connection.execute(kept.on_conflict_do_update(index_elements=["asking_hall", "thread"], set_=values))


def _question(hall: str, question: Question | None, last: Message) -> dict[str, object]:
    """Say who asks whom about what; of a thread whose question has not come only what its messages say."""
    guiding = question.guiding_hall if question else last.guiding_hall
    about = question.about if question else last.about
    return {
        "guiding_hall": guiding,
        "side": Side.ASKING if last.asking_hall == hall else Side.GUIDING,
        "department": question.department if question else "",
        "case_hall": about.case_hall,
        "case_number": about.case_number,
        "item_code": about.item_code,
    }


def _begun(connection: sa.Connection, key: Key, thread: Thread) -> dict[str, object]:
    """Say how the thread began: its first line, and who asked."""
    query = sa.select(messages).where(*_of(key), messages.c.kind == Kind.ASKED, messages.c.flag == "")
    row = connection.execute(query.order_by(messages.c.position).limit(1)).one_or_none() if thread.question else None
    if row is None:
        return {"title": "", "asked_by": "", "asked_by_department": ""}
    text = read(row.payload, subject=key[1], author=row.hall, role=row.role).text
    return {"title": text.split("\n", 1)[0][:TITLE_SIGNS], "asked_by": row.person, "asked_by_department": row.department}


def _standing(thread: Thread) -> dict[str, object]:
    return {
        "state": thread.state,
        "asked_at": milliseconds_if_any(thread.asked_at),
        "waiting_since": milliseconds_if_any(thread.waiting_since),
        "answered_at": milliseconds_if_any(thread.answered_at),
        "closed_at": milliseconds_if_any(thread.closed_at),
        "grade": thread.grade,
        "last_at": milliseconds_if_any(thread.last_at),
        "messages": thread.messages,
        "flags": " ".join(sorted(thread.flags)),
    }


def _of(key: Key) -> Sequence[sa.ColumnElement[bool]]:
    return messages.c.asking_hall == key[0], messages.c.thread == key[1]


def microseconds(at: datetime) -> int:
    """Return a moment in Unix microseconds."""
    return (at - _EPOCH) // _MICROSECOND


def moment(unix_us: int) -> datetime:
    """Return a moment given in Unix microseconds, in UTC."""
    return _EPOCH + unix_us * _MICROSECOND


def milliseconds_if_any(at: datetime | None) -> int | None:
    """Return a moment in Unix milliseconds."""
    return None if at is None else microseconds(at) // 1000
