"""Read the case events out of segments of the ledger.

Laws: what cannot be read is named and parks alone (G8); the bytes of an event are kept as received, never re-encoded; an event that the
hub forwards counts where the forward stands, as said by its author at the place in the author's journal.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from google.protobuf.message import DecodeError

from certs.entries import ACCEPTED, LEDGER_MESSAGE
from certs.errors import MalformedName
from certs.names import HUB, parse_origin
from directory.lifecycle import Event
from directory.texts import hall_id_fault
from hub.cases.times import milliseconds
from hub.exchange.stored import StoredSegment
from tongban.case.v1.case_pb2 import CaseEvent
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch
from tongban.exchange.v1.forward_pb2 import Forward

RESOURCE = "case"
TYPE = CaseEvent.DESCRIPTOR.full_name
FORWARD = Forward.DESCRIPTOR.full_name
EVENT_ID_CHARACTERS = 36
EVENT_ID_BYTES = 16
CASE_NUMBER_CHARACTERS = 200
"""Four bytes a character still fit an index entry of every database."""
ITEM_CODE_CHARACTERS = 100
DEPARTMENT_CHARACTERS = 100


class Unreadable(StrEnum):
    """Why an accepted message of the resource cannot be taken in."""

    BATCH = "batch_unreadable"
    ENVELOPE = "envelope_unreadable"
    AUTHOR = "author_is_no_hall"
    TYPE = "type_not_a_case_event"
    ENCRYPTED = "payload_encrypted"
    PAYLOAD = "payload_unreadable"
    EVENT_ID = "event_id_is_no_uuid"
    SUBJECT = "subject_not_the_case_number"
    TEXT = "text_too_long_or_unprintable"
    TIME = "time_missing_or_impossible"


class Told(NamedTuple):
    """One case event as a hall told it, where it stands in ledger and journal, and what the fold needs of it."""

    ledger_index: int
    hall: str
    event_id: bytes
    case_number: str
    recorded_at_ms: int | None
    accepted_at_ms: int
    epoch: int
    journal_index: int
    payload: bytes
    event: Event


class Parked(NamedTuple):
    """A message that cannot be taken in."""

    ledger_index: int
    hall: str
    reason: Unreadable


class _Said(NamedTuple):
    """A message, and where its author said it."""

    author: str
    epoch: int
    journal_index: int
    accepted_at_ms: int
    envelope: Envelope
    header: Header


class _Fault(Exception):
    def __init__(self, reason: Unreadable) -> None:
        super().__init__(reason)
        self.reason = reason


def read(segments: Sequence[StoredSegment], first_unseen: int) -> tuple[list[Told], list[Parked]]:
    """Return the accepted case events at or behind a ledger index, in ledger order, and what could not be read."""
    told: list[Told] = []
    parked: list[Parked] = []
    for segment in segments:
        if segment.kind == LEDGER_MESSAGE:
            _read_segment(segment, first_unseen, told, parked)
    return told, parked


def _read_segment(segment: StoredSegment, first_unseen: int, told: list[Told], parked: list[Parked]) -> None:
    envelopes = _envelopes(segment)
    envelope, header = Envelope(), Header()
    for member in _members(segment, first_unseen):
        try:
            if envelopes is None:
                raise _Fault(Unreadable.BATCH)
            try:
                envelope.ParseFromString(envelopes[member])
                header.ParseFromString(envelope.header)
            except DecodeError:
                raise _Fault(Unreadable.ENVELOPE) from None
            if header.resource == RESOURCE:
                said = _said(segment, member, envelope, header)
                told.append(_told(segment.ledger_first + member, said))
        except _Fault as fault:
            parked.append(Parked(segment.ledger_first + member, segment.author, fault.reason))


def _envelopes(segment: StoredSegment) -> Sequence[bytes] | None:
    try:
        envelopes = Batch.FromString(segment.batch).envelopes
    except DecodeError:
        return None
    return envelopes if len(envelopes) == segment.count else None


def _members(segment: StoredSegment, first_unseen: int) -> Iterator[int]:
    """Return the positions of the accepted envelopes that are still unseen."""
    start = max(0, first_unseen - segment.ledger_first)
    if not segment.dispositions:
        return iter(range(start, segment.count))
    return (member for member in range(start, segment.count) if segment.dispositions[member] == ACCEPTED)


def _said(segment: StoredSegment, member: int, envelope: Envelope, header: Header) -> _Said:
    """Say who sent a message, and where it stands in its author's journal; of a forward, those of the message in it."""
    if segment.author == HUB and header.type == FORWARD:
        return _forwarded(envelope.payload)
    return _Said(segment.author, segment.epoch, segment.journal_first + member, segment.accepted_at_ms, envelope, header)


def _forwarded(payload: bytes) -> _Said:
    try:
        forward = Forward.FromString(payload)
        envelope = Envelope.FromString(forward.envelope)
        header = Header.FromString(envelope.header)
        author = parse_origin(header.journal)
    except (DecodeError, MalformedName):
        raise _Fault(Unreadable.ENVELOPE) from None
    return _Said(author.hall, author.epoch, forward.journal_index, forward.accepted_at.ToMilliseconds(), envelope, header)


def _told(ledger_index: int, said: _Said) -> Told:
    header, payload = said.header, said.envelope.payload
    event = _event(said)
    recorded = milliseconds(header.recorded_at) if header.HasField("recorded_at") else None
    subject = header.subject
    if not _plain(subject, CASE_NUMBER_CHARACTERS):
        raise _Fault(Unreadable.TEXT)
    return Told(
        ledger_index,
        said.author,
        _event_id(header.id),
        subject,
        recorded,
        said.accepted_at_ms,
        said.epoch,
        said.journal_index,
        payload,
        event,
    )


def _event(told: _Said) -> Event:
    envelope, header = told.envelope, told.header
    if told.author == HUB:
        raise _Fault(Unreadable.AUTHOR)
    if header.type != TYPE:
        raise _Fault(Unreadable.TYPE)
    if not envelope.HasField("payload"):
        raise _Fault(Unreadable.ENCRYPTED)
    try:
        said = CaseEvent.FromString(envelope.payload)
    except DecodeError:
        raise _Fault(Unreadable.PAYLOAD) from None
    if not said.case_number or said.case_number != header.subject:
        raise _Fault(Unreadable.SUBJECT)
    item_code = said.item_code
    if item_code and not _plain(item_code, ITEM_CODE_CHARACTERS):
        raise _Fault(Unreadable.TEXT)
    occurred = milliseconds(header.time) if header.HasField("time") else None
    promised = milliseconds(said.promised_by) if said.HasField("promised_by") else None
    if occurred is None or (promised is None and said.HasField("promised_by")):
        raise _Fault(Unreadable.TIME)
    # Rules compare these two. What is no name opens the case to nobody, and is no reason to lose the event.
    department = said.department if _plain(said.department, DEPARTMENT_CHARACTERS) else ""
    referred_to = said.referred_to if said.referred_to and not hall_id_fault(said.referred_to) else ""
    return Event(said.kind, occurred, said.outcome, item_code, said.ground, said.extension_days, promised, department, referred_to)


def _event_id(text: str) -> bytes:
    # uuid.UUID takes ten times as long, and more spellings.
    try:
        event_id = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        raise _Fault(Unreadable.EVENT_ID) from None
    if len(text) != EVENT_ID_CHARACTERS or len(event_id) != EVENT_ID_BYTES:
        raise _Fault(Unreadable.EVENT_ID)
    return event_id


def _plain(text: str, most: int) -> bool:
    """Say whether text is short, in NFC and free of signs that are not seen: no NUL, no zero-width, no bidirectional ones."""
    return len(text) <= most and text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text))
