"""Read out of segments of the ledger what halls tell of cases, and up to when they have told all they had.

Laws: what cannot be read is named and parks alone (G8); the bytes of an event are kept as received, never re-encoded; an event that the
hub forwards counts where the forward stands, as said by its author at the place in the author's journal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from google.protobuf.message import DecodeError

from certs.entries import ACCEPTED, LEDGER_MESSAGE
from certs.errors import MalformedName
from certs.names import HUB, parse_origin
from directory.lifecycle import Event
from hub.cases.events import is_plain, said_event, whose_case
from hub.cases.times import milliseconds
from hub.exchange.stored import StoredSegment
from tongban.case.v1.case_pb2 import CaseEvent, SourceRun
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch
from tongban.exchange.v1.forward_pb2 import Forward

RESOURCE = "case"
TYPE = CaseEvent.DESCRIPTOR.full_name
RUN_RESOURCE = "source-run"
RUN_TYPE = SourceRun.DESCRIPTOR.full_name
FORWARD = Forward.DESCRIPTOR.full_name
EVENT_ID_CHARACTERS = 36
EVENT_ID_BYTES = 16
CASE_NUMBER_CHARACTERS = 200
"""Four bytes a character still fit an index entry of every database."""
ITEM_CODE_CHARACTERS = 100
SOURCE_CHARACTERS = 100


class Unreadable(StrEnum):
    """Why an accepted message of the resource cannot be taken in."""

    BATCH = "batch_unreadable"
    ENVELOPE = "envelope_unreadable"
    AUTHOR = "author_is_no_hall"
    TYPE = "type_not_of_the_resource"
    ENCRYPTED = "payload_encrypted"
    PAYLOAD = "payload_unreadable"
    EVENT_ID = "event_id_is_no_uuid"
    SUBJECT = "subject_not_the_case_number"
    TEXT = "text_too_long_or_unprintable"
    TIME = "time_missing_or_impossible"


class Told(NamedTuple):
    """One case event as a hall told it, where it stands in ledger and journal, and what the fold needs of it.

    `hall` told it; `case_hall` and `case_number` say of which case, mostly one of its own.
    """

    ledger_index: int
    hall: str
    event_id: bytes
    case_hall: str
    case_number: str
    recorded_at_ms: int | None
    accepted_at_ms: int
    epoch: int
    journal_index: int
    payload: bytes
    event: Event


class Ran(NamedTuple):
    """A hall's word that one of its sources has told all it had up to a time."""

    ledger_index: int
    hall: str
    source: str
    read_up_to_ms: int


class Parked(NamedTuple):
    """A message that cannot be taken in."""

    ledger_index: int
    hall: str
    reason: Unreadable


class Said(NamedTuple):
    """A message, and where its author said it."""

    author: str
    epoch: int
    journal_index: int
    accepted_at_ms: int
    envelope: Envelope
    header: Header


class UnreadableMessage(Exception):
    """A message that cannot be taken in."""

    def __init__(self, reason: Unreadable) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Heard:
    """What segments hold, each list in ledger order: case events, what sources reported, and what could not be read."""

    told: list[Told] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)


def read(segments: Sequence[StoredSegment], first_unseen: int) -> Heard:
    """Return what the accepted messages at or behind a ledger index tell."""
    heard = Heard()
    for segment in segments:
        if segment.kind == LEDGER_MESSAGE:
            _read_segment(segment, first_unseen, heard)
    return heard


def _read_segment(segment: StoredSegment, first_unseen: int, heard: Heard) -> None:
    envelopes = envelopes_of(segment)
    envelope, header = Envelope(), Header()
    for member in accepted_members(segment, first_unseen):
        try:
            if envelopes is None:
                raise UnreadableMessage(Unreadable.BATCH)
            try:
                envelope.ParseFromString(envelopes[member])
                header.ParseFromString(envelope.header)
            except DecodeError:
                raise UnreadableMessage(Unreadable.ENVELOPE) from None
            if header.resource == RESOURCE:
                heard.told.append(_told(segment.ledger_first + member, said_at(segment, member, envelope, header)))
            elif header.resource == RUN_RESOURCE:
                heard.ran.extend(_ran(segment.ledger_first + member, said_at(segment, member, envelope, header)))
        except UnreadableMessage as fault:
            heard.parked.append(Parked(segment.ledger_first + member, segment.author, fault.reason))


def envelopes_of(segment: StoredSegment) -> Sequence[bytes] | None:
    """Return the envelopes of a batch; None for one that cannot be read."""
    try:
        envelopes = Batch.FromString(segment.batch).envelopes
    except DecodeError:
        return None
    return envelopes if len(envelopes) == segment.count else None


def accepted_members(segment: StoredSegment, first_unseen: int) -> Iterator[int]:
    """Return the positions of the accepted envelopes that are still unseen."""
    start = max(0, first_unseen - segment.ledger_first)
    if not segment.dispositions:
        return iter(range(start, segment.count))
    return (member for member in range(start, segment.count) if segment.dispositions[member] == ACCEPTED)


def said_at(segment: StoredSegment, member: int, envelope: Envelope, header: Header) -> Said:
    """Say who sent a message, and where it stands in its author's journal; of a forward, those of the message in it."""
    if segment.author == HUB and header.type == FORWARD:
        return _forwarded(envelope.payload)
    return Said(segment.author, segment.epoch, segment.journal_first + member, segment.accepted_at_ms, envelope, header)


def _forwarded(payload: bytes) -> Said:
    try:
        forward = Forward.FromString(payload)
        envelope = Envelope.FromString(forward.envelope)
        header = Header.FromString(envelope.header)
        author = parse_origin(header.journal)
    except (DecodeError, MalformedName):
        raise UnreadableMessage(Unreadable.ENVELOPE) from None
    return Said(author.hall, author.epoch, forward.journal_index, forward.accepted_at.ToMilliseconds(), envelope, header)


def _told(ledger_index: int, said: Said) -> Told:
    header, payload = said.header, said.envelope.payload
    event = _case_event(said)
    occurred = milliseconds(header.time) if header.HasField("time") else None
    if occurred is None or (event.HasField("promised_by") and milliseconds(event.promised_by) is None):
        raise UnreadableMessage(Unreadable.TIME)
    recorded = milliseconds(header.recorded_at) if header.HasField("recorded_at") else None
    return Told(
        ledger_index,
        said.author,
        event_id_of(header.id),
        *whose_case(event, said.author),
        recorded,
        said.accepted_at_ms,
        said.epoch,
        said.journal_index,
        payload,
        said_event(event, occurred, said.author, ledger_index),
    )


def _case_event(said: Said) -> CaseEvent:
    check_sender(said, TYPE)
    try:
        event = CaseEvent.FromString(said.envelope.payload)
    except DecodeError:
        raise UnreadableMessage(Unreadable.PAYLOAD) from None
    if not event.case_number or event.case_number != said.header.subject:
        raise UnreadableMessage(Unreadable.SUBJECT)
    if not is_plain(event.case_number, CASE_NUMBER_CHARACTERS) or not _is_code(event.item_code):
        raise UnreadableMessage(Unreadable.TEXT)
    return event


@lru_cache(maxsize=8192)
def _is_code(text: str) -> bool:
    return is_plain(text, ITEM_CODE_CHARACTERS)


def check_sender(said: Said, type_name: str) -> None:
    """Raise UnreadableMessage for a message that no hall sent, that is of another type, or that is encrypted."""
    if said.author == HUB:
        raise UnreadableMessage(Unreadable.AUTHOR)
    if said.header.type != type_name:
        raise UnreadableMessage(Unreadable.TYPE)
    if not said.envelope.HasField("payload"):
        raise UnreadableMessage(Unreadable.ENCRYPTED)


def _ran(ledger_index: int, said: Said) -> Iterator[Ran]:
    """Yield up to when a source of cases has told all it had; a source of records says no such time."""
    check_sender(said, RUN_TYPE)
    try:
        run = SourceRun.FromString(said.envelope.payload)
    except DecodeError:
        raise UnreadableMessage(Unreadable.PAYLOAD) from None
    if not run.source or not is_plain(run.source, SOURCE_CHARACTERS):
        raise UnreadableMessage(Unreadable.TEXT)
    if not run.HasField("read_up_to"):
        return
    up_to = milliseconds(run.read_up_to)
    if up_to is None:
        raise UnreadableMessage(Unreadable.TIME)
    # Nobody has told all there is of a time that is yet to come.
    yield Ran(ledger_index, said.author, run.source, min(up_to, said.accepted_at_ms))


def event_id_of(text: str) -> bytes:
    """Return the 16 bytes of an event id; raises UnreadableMessage."""
    # uuid.UUID takes ten times as long, and more spellings.
    try:
        event_id = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        raise UnreadableMessage(Unreadable.EVENT_ID) from None
    if len(text) != EVENT_ID_CHARACTERS or len(event_id) != EVENT_ID_BYTES:
        raise UnreadableMessage(Unreadable.EVENT_ID)
    return event_id
