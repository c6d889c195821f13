"""Keep the read model of guidance up with the ledger.

Laws: a message counts once, by its hall and event id; a thread is the fold of all its messages; what cannot be read parks alone.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from certs.entries import LEDGER_MESSAGE
from directory.errors import MessageMalformed
from directory.guidance.messages import RESOURCE, TYPE, Message, moment_said, read
from directory.guidance.thread import About, Question, Said, Thread, fold
from directory.guidance.vocabulary import Kind
from hub.bulk import insert_new, upsert
from hub.cases.reading import Said as Sent
from hub.cases.reading import Unreadable, UnreadableMessage, accepted_members, check_sender, envelopes_of, event_id_of, said_at
from hub.consumers import digest_rows
from hub.exchange.stored import StoredSegment
from hub.guidance.tables import MODEL, messages, named, parked, threads
from tongban.envelope.v1.envelope_pb2 import Envelope, Header

MOST_MESSAGES: Final = 1_000
"""Of one thread: it is folded anew with each."""
TOO_MANY: Final = "thread_too_long"
MALFORMED: Final = "message_malformed"
NEVER_WAITS: Final = 1 << 62
"""In a list, all that waits stands before what does not."""
_MARK: Final = TYPE.encode()
_EPOCH_BITS: Final = 48
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_Key = tuple[str, str]
_Row = tuple[Any, ...]


class GuidanceConsumer:
    """The consumer that makes the tables of hub.guidance."""

    name = "guidance"
    author = ""
    tables: Sequence[sa.Table] = MODEL

    def apply(self, connection: sa.Connection, segments: Sequence[StoredSegment], first_unseen: int) -> None:
        """Take in segments, in the caller's transaction."""
        touched: set[_Key] = set()
        for segment in segments:
            if segment.kind == LEDGER_MESSAGE and _MARK in segment.batch:  # looking spares taking apart what holds none
                touched |= _take_in(connection, segment, first_unseen)
        rows = [row for key in sorted(touched) if (row := _thread_row(connection, key)) is not None]
        if rows:
            upsert(connection, threads, rows)

    def digest(self, connection: sa.Connection) -> str:
        """Return the digest of the model."""
        return digest_rows(connection, self.tables)


def _take_in(connection: sa.Connection, segment: StoredSegment, first_unseen: int) -> set[_Key]:
    """Keep the messages of a batch; return the threads that they belong to."""
    envelopes, touched = envelopes_of(segment), set[_Key]()
    for member in accepted_members(segment, first_unseen):
        ledger_index = segment.ledger_first + member
        try:
            heard = _heard(segment, member, envelopes)
            if heard is not None:
                _keep(connection, ledger_index, *heard)
                touched.add((heard[1].asking_hall, heard[1].thread))
        except UnreadableMessage as error:
            insert_new(connection, parked, [(ledger_index, segment.author, error.reason)])
        except MessageMalformed:
            insert_new(connection, parked, [(ledger_index, segment.author, MALFORMED)])
    return touched


def _heard(segment: StoredSegment, member: int, envelopes: Sequence[bytes] | None) -> tuple[Sent, Message] | None:
    """Read a member of a batch; None for one that is no message of guidance. Raises UnreadableMessage or MessageMalformed."""
    if envelopes is None:
        raise UnreadableMessage(Unreadable.BATCH)
    if _MARK not in envelopes[member]:
        return None
    try:
        envelope = Envelope.FromString(envelopes[member])
        header = Header.FromString(envelope.header)
    except DecodeError:
        raise UnreadableMessage(Unreadable.ENVELOPE) from None
    if header.resource != RESOURCE:
        return None
    sent = said_at(segment, member, envelope, header)
    check_sender(sent, TYPE)
    head = sent.header
    return sent, read(sent.envelope.payload, subject=head.subject, author=sent.author, role=head.actor.role)


def _keep(connection: sa.Connection, ledger_index: int, sent: Sent, message: Message) -> None:
    of_thread = (messages.c.asking_hall == message.asking_hall, messages.c.thread == message.thread)
    count = connection.scalar(sa.select(sa.func.count()).select_from(messages).where(*of_thread)) or 0
    if count >= MOST_MESSAGES:
        insert_new(connection, parked, [(ledger_index, sent.author, TOO_MANY)])
        return
    about = message.about
    row = (
        ledger_index,
        message.asking_hall,
        message.thread,
        sent.author,
        event_id_of(sent.header.id),
        (sent.epoch << _EPOCH_BITS) + sent.journal_index,
        message.kind.value,
        _said_us(sent.header),
        message.grade,
        message.guiding_hall,
        message.department,
        about.case_hall,
        about.case_number,
        about.item_code,
    )
    if insert_new(connection, messages, [row]):
        files = [(one.sha256, message.asking_hall, message.thread, sent.author, message.guiding_hall) for one in message.attachments]
        if files:
            insert_new(connection, named, files)


def _said_us(header: Header) -> int:
    try:
        return (moment_said(header.time) - _EPOCH) // _MICROSECOND
    except MessageMalformed:
        raise UnreadableMessage(Unreadable.TIME) from None


def _thread_row(connection: sa.Connection, key: _Key) -> _Row | None:
    """Fold a thread; None for one whose question has not come, which says nothing of itself yet."""
    rows = connection.execute(sa.select(messages).where(messages.c.asking_hall == key[0], messages.c.thread == key[1]))
    thread = fold(_said(rows)).thread
    if thread.question is None:
        return None
    question, about = thread.question, thread.question.about
    return (
        *key,
        question.guiding_hall,
        question.department,
        about.case_hall,
        about.case_number,
        about.item_code,
        thread.state.value,
        *map(_us, (thread.asked_at, thread.waiting_since, thread.answered_at, thread.closed_at)),
        thread.grade,
        " ".join(sorted(thread.flags)),
        _rank(thread),
    )


def _said(rows: "sa.CursorResult[Any]") -> Iterator[Said]:
    for row in rows:
        question = None
        if row.kind == Kind.ASKED:
            about = About(row.case_hall, row.case_number, row.item_code)
            halls = {"asking_hall": row.asking_hall, "guiding_hall": row.guiding_hall}
            question = Question(**halls, department=row.department, about=about)
        kind, at = Kind(row.kind), moment(row.said_us)
        yield Said(ref=row.ledger_index, kind=kind, hall=row.hall, at=at, place=row.place, grade=row.grade, question=question)


def _rank(thread: Thread) -> int:
    since, last = _us(thread.waiting_since), _us(thread.last_at)
    return since if since is not None else NEVER_WAITS - (last or 0)


def _us(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def moment(unix_us: int) -> datetime:
    """Return a moment given in Unix microseconds, in UTC."""
    return _EPOCH + unix_us * _MICROSECOND
