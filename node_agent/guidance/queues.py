"""Say which threads wait, for whom, and how each stands.

Laws: nothing that waits is out of sight: what nobody looks after is in a queue, and what the hub refused says so; what waits for an answer
comes first, the longest wait before the others, then the newest.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from directory.errors import MessageMalformed
from directory.guidance.grams import holds, words
from directory.guidance.messages import Message, read
from directory.guidance.vocabulary import Side
from node_agent.guidance import parking, searching
from node_agent.guidance.desk import Claim
from node_agent.guidance.rulebook import Rulebook, moment
from node_agent.guidance.tables import claims, messages, notes, seen, threads
from node_agent.guidance.threads import Key
from node_agent.guidance.threads import moment as moment_of_us
from node_agent.outbox import Actor
from node_agent.tables import batches, outbox, refusals
from tongban.errors.v1.errors_pb2 import Reason

LOOKED_BACK: Final = 10_000
"""Envelopes of the outbox among which those are looked for that wait: it may hold all that a hall has said in a week without its link."""


class Queue(StrEnum):
    """Which threads: 待认领, 我的, 本组, or all of the hall."""

    UNCLAIMED = "unclaimed"
    """Those that wait for an answer of this hall, and nobody looks after; of one's department where one is asked."""
    MINE = "mine"
    """Those that one looks after, and those that one began."""
    GROUP = "group"
    """Those of one's department."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """How a thread stands at this hall; `reply_due` and what follows is there while it waits for an answer."""

    key: Key
    row: Any
    claim: Claim | None
    unread: bool
    refused: int
    reply_due: datetime | None = None
    provisional: bool = False
    overdue: bool = False
    waited_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A message, or a note of this hall, as a page shows it; `refused` is why the hub did not carry it."""

    id: int
    at: datetime
    hall: str
    person: str
    department: str
    kind: str
    text: str
    message: Message | None = None
    flag: str = ""
    refused: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What someone must act on."""

    unclaimed: int
    mine: int
    group: int
    unread: int
    overdue: int


_WAITS: Final = threads.c.waiting_since.is_not(None)
_CLAIM_OF: Final = sa.and_(claims.c.asking_hall == threads.c.asking_hall, claims.c.thread == threads.c.thread)
_TRIES_REFUSED: Final = (
    sa.select(sa.func.count()).select_from(refusals).where(refusals.c.event_id == messages.c.event_id).correlate(messages).scalar_subquery()
)
_OWN_REFUSED: Final = (
    sa.select(sa.func.count())
    .select_from(messages)
    .where(messages.c.asking_hall == threads.c.asking_hall, messages.c.thread == threads.c.thread, messages.c.attempt <= _TRIES_REFUSED)
    .correlate(threads)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which threads of a queue: about an item, asked by a hall, overdue, in which words stand. What is empty leaves out nothing."""

    queue: Queue
    item: str = ""
    hall: str = ""
    text: str = ""
    overdue: bool = False

    @property
    def is_all(self) -> bool:
        """Whether it is the whole queue."""
        return not (self.item or self.hall or self.text or self.overdue)


def listed(connection: sa.Connection, queue: Queue, who: Actor, rules: Rulebook, now: datetime) -> list[Listed]:
    """Return the threads of a queue as someone of the hall sees it, at most 500."""
    return narrowed(connection, Wanted(queue=queue), who, rules, now)


def narrowed(connection: sa.Connection, wanted: Wanted, who: Actor, rules: Rulebook, now: datetime) -> list[Listed]:
    """Return the threads of a queue that are wanted of it, as someone of the hall sees it, at most 500."""
    query = _query(who).where(_in(wanted.queue, who))
    for column, value in ((threads.c.item_code, wanted.item), (threads.c.asking_hall, wanted.hall)):
        query = query.where(column == value) if value else query
    if wanted.text:
        hits = [one.key for one in search(connection, wanted.text, who, rules, now)]
        query = query.where(sa.tuple_(threads.c.asking_hall, threads.c.thread).in_(hits))
    found = _in_order(connection, query, rules, now)
    return [one for one in found if one.overdue] if wanted.overdue else found


def _in_order(connection: sa.Connection, query: "sa.Select[Any]", rules: Rulebook, now: datetime) -> list[Listed]:
    waits_first = sa.case((_WAITS, 0), else_=1)
    ordered = query.order_by(waits_first, threads.c.waiting_since, threads.c.last_at.desc(), threads.c.thread).limit(500)
    return [_listed(row, rules, now) for row in connection.execute(ordered)]


def of_case(connection: sa.Connection, case: tuple[str, str], who: Actor, rules: Rulebook, now: datetime) -> list[Listed]:
    """Return the threads about a case, (hall, number), the newest first."""
    query = _query(who).where(threads.c.case_hall == case[0], threads.c.case_number == case[1])
    return [_listed(row, rules, now) for row in connection.execute(query.order_by(threads.c.last_at.desc()).limit(500))]


def find(connection: sa.Connection, key: Key, who: Actor, rules: Rulebook, now: datetime) -> Listed | None:
    """Return one thread; None when this hall has none of that name."""
    query = _query(who).where(threads.c.asking_hall == key[0], threads.c.thread == key[1])
    row = connection.execute(query).one_or_none()
    return None if row is None else _listed(row, rules, now)


def keys_of(connection: sa.Connection, name: str) -> list[Key]:
    """Return the threads whose id begins so: two halls may have made the same."""
    begins = threads.c.thread.startswith(name, autoescape=True)
    query = sa.select(threads.c.asking_hall, threads.c.thread).where(begins).limit(10)
    return [(row.asking_hall, row.thread) for row in connection.execute(query)]


def lines(connection: sa.Connection, key: Key) -> list[Line]:
    """Return all that was said in a thread in the order of the fold, with the notes of this hall where their time puts them."""
    said = sa.select(messages).where(messages.c.asking_hall == key[0], messages.c.thread == key[1]).order_by(messages.c.position)
    rows = connection.execute(said).all()
    refused = _refused(connection, key)
    found = [_line(row, refused.get(row.event_id, "")) for row in rows]
    written = sa.select(notes).where(notes.c.asking_hall == key[0], notes.c.thread == key[1]).order_by(notes.c.id)
    for row in connection.execute(written):
        one = Line(id=row.id, at=moment(row.at), hall="", person=row.person, department=row.department, kind="note", text=row.text)
        place = next((place for place, other in enumerate(found) if other.at > one.at), len(found))
        found.insert(place, one)
    return found


def unsent(connection: sa.Connection, key: Key) -> frozenset[str]:
    """Return the messages of this hall in a thread, by their event ids, for which the hub has given no receipt yet."""
    receipted = sa.select(sa.func.coalesce(sa.func.max(batches.c.last_row), 0)).where(batches.c.receipted_at.is_not(None))
    newest = sa.select(sa.func.coalesce(sa.func.max(outbox.c.id), 0))
    waits = sa.and_(outbox.c.id > receipted.scalar_subquery(), outbox.c.id > newest.scalar_subquery() - LOOKED_BACK)
    of_thread = sa.select(messages.c.event_id).where(messages.c.asking_hall == key[0], messages.c.thread == key[1])
    return frozenset(connection.scalars(sa.select(outbox.c.event_id).where(waits, outbox.c.event_id.in_(of_thread))))


def counts(connection: sa.Connection, who: Actor, rules: Rulebook, now: datetime) -> Counts:
    """Count what someone must act on."""
    waiting = {queue: listed(connection, queue, who, rules, now) for queue in (Queue.UNCLAIMED, Queue.MINE, Queue.GROUP)}
    own = {one.key: one for queue in (Queue.MINE, Queue.GROUP) for one in waiting[queue]}
    return Counts(
        unclaimed=len(waiting[Queue.UNCLAIMED]),
        mine=sum(one.row.waiting_since is not None for one in waiting[Queue.MINE]),
        group=sum(one.row.waiting_since is not None for one in waiting[Queue.GROUP]),
        unread=sum(one.unread for one in waiting[Queue.MINE]),
        overdue=sum(one.overdue for one in {**own, **{one.key: one for one in waiting[Queue.UNCLAIMED]}}.values()),
    )


def unread(connection: sa.Connection, who: Actor) -> int:
    """Count the threads of one's own in which something was said that one has not seen."""
    last_seen = sa.select(seen.c.message).where(
        seen.c.person == who.person, seen.c.asking_hall == threads.c.asking_hall, seen.c.thread == threads.c.thread
    )
    news = threads.c.newest > sa.func.coalesce(last_seen.scalar_subquery(), 0)
    count = sa.select(sa.func.count()).select_from(threads.outerjoin(claims, _CLAIM_OF)).where(_in(Queue.MINE, who), news)
    return connection.scalar(count) or 0


def concerned(connection: sa.Connection, keys: Collection[Key]) -> frozenset[str]:
    """Return the people of this hall whose own these threads are: those who look after them, and those who began them."""
    columns = (threads.c.side, threads.c.asked_by, sa.func.coalesce(claims.c.person, "").label("holder"))
    query = sa.select(*columns).select_from(threads.outerjoin(claims, _CLAIM_OF))
    rows = connection.execute(query.where(sa.tuple_(threads.c.asking_hall, threads.c.thread).in_(list(keys)))) if keys else ()
    people = {person for row in rows for person in (row.holder, row.asked_by if row.side == Side.ASKING else "")}
    return frozenset(people - {""})


def asking_halls(connection: sa.Connection) -> list[str]:
    """Return the halls that have asked something."""
    return list(connection.scalars(sa.select(threads.c.asking_hall).distinct().order_by(threads.c.asking_hall)))


def standing(connection: sa.Connection) -> dict[str, int]:
    """Count for `status` the threads, those that wait for an answer, and the messages that cannot be applied."""
    count = sa.select(sa.func.count()).select_from(threads)
    waiting = connection.scalar(count.where(_WAITS)) or 0
    return {"threads": connection.scalar(count) or 0, "waiting": waiting, "parked": parking.count(connection)}


def search(connection: sa.Connection, query: str, who: Actor, rules: Rulebook, now: datetime) -> list[Listed]:
    """Return the threads in which every word of a query stands, in a message or a note, the newest first."""
    wanted = words(query)
    found = []
    for key in searching.candidates(connection, searching.THREAD, query):
        one = find(connection, key, who, rules, now)
        if one is not None and holds([*(line.text for line in lines(connection, key)), one.row.case_number, one.row.item_code], wanted):
            found.append(one)
    return sorted(found, key=lambda one: one.row.last_at, reverse=True)


def _query(who: Actor) -> "sa.Select[Any]":
    last_seen = sa.select(seen.c.message).where(
        seen.c.person == who.person, seen.c.asking_hall == threads.c.asking_hall, seen.c.thread == threads.c.thread
    )
    claim = (claims.c.person.label("claim_person"), claims.c.department.label("claim_department"), claims.c.by)
    more = (claims.c.at.label("claim_at"), _OWN_REFUSED.label("refused"), sa.func.coalesce(last_seen.scalar_subquery(), 0).label("seen"))
    return sa.select(threads, *claim, *more).select_from(threads.outerjoin(claims, _CLAIM_OF))


def _in(queue: Queue, who: Actor) -> sa.ColumnElement[bool]:
    # Given to a department, a thread is that department's, whichever was asked.
    given = sa.func.coalesce(sa.func.nullif(claims.c.department, ""), threads.c.department)
    nobody = sa.func.coalesce(claims.c.person, "") == ""
    guiding = threads.c.side == Side.GUIDING
    began = sa.and_(threads.c.side == Side.ASKING, threads.c.asked_by == who.person)
    of_group = sa.or_(
        sa.and_(guiding, given == who.department), sa.and_(threads.c.side == Side.ASKING, threads.c.asked_by_department == who.department)
    )
    match queue:
        case Queue.UNCLAIMED:
            own = given.in_(("", who.department)) if who.department else sa.true()
            return sa.and_(guiding, nobody, _WAITS, own)
        case Queue.MINE:
            return sa.or_(claims.c.person == who.person, began)
        case Queue.GROUP:
            return of_group
        case Queue.ALL:
            return sa.true()


def _listed(row: Any, rules: Rulebook, now: datetime) -> Listed:  # noqa: ANN401 - a row of `_query`
    claim = None if row.claim_at is None else Claim(row.claim_person, row.claim_department, row.by, moment(row.claim_at))
    listed = {"key": (row.asking_hall, row.thread), "row": row, "claim": claim, "unread": row.newest > row.seen, "refused": row.refused}
    if row.waiting_since is None:
        return Listed(**listed)
    since = moment(row.waiting_since)
    reply = rules.reply(row.guiding_hall, since)
    return Listed(
        **listed,
        reply_due=reply.due if reply else None,
        provisional=bool(reply and reply.provisional),
        overdue=bool(reply and now > reply.due),
        waited_minutes=rules.waited(row.guiding_hall, since, now.astimezone(UTC)),
    )


def _line(row: Any, refused: str) -> Line:  # noqa: ANN401 - a row of messages
    try:
        message = read(row.payload, subject=row.thread, author=row.hall, role=row.role)
    except MessageMalformed:  # an earlier release judged otherwise
        message = None
    return Line(
        id=row.id,
        at=moment_of_us(row.said_us),
        hall=row.hall,
        person=row.person,
        department=row.department,
        kind=row.kind,
        text=message.text if message else "",
        message=message,
        flag=row.flag,
        refused=refused,
        event_id=row.event_id,
    )


def _refused(connection: sa.Connection, key: Key) -> dict[str, str]:
    """Return why the hub did not carry the messages of a thread of which it carried no attempt, by event id."""
    query = sa.select(refusals.c.event_id, refusals.c.reason).join(messages, messages.c.event_id == refusals.c.event_id)
    query = query.where(messages.c.asking_hall == key[0], messages.c.thread == key[1], messages.c.attempt <= _TRIES_REFUSED)
    rows = connection.execute(query.order_by(refusals.c.journal_index))
    return {row.event_id: Reason.Name(row.reason) if row.reason in Reason.values() else str(row.reason) for row in rows}
