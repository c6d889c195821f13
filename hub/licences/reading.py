"""Read out of segments of the ledger what concerns licences: acts, keys that halls name, key entries, changes of the register.

Laws: everything comes in the order of the ledger; an act that the hub forwards counts where the forward stands, as said by its author at
the place in the author's journal; what is held or refused is not there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError

from certs.entries import ACCEPTED, LEDGER_KEY, LEDGER_MESSAGE
from certs.errors import MalformedName
from certs.merkle import leaf_hashes
from certs.names import HUB, parse_origin
from directory.errors import ChangeMalformed
from directory.register.changes import RESOURCE as REGISTER
from directory.register.changes import TYPE as CHANGE
from directory.register.changes import Change, read_change
from hub.exchange.stored import StoredSegment
from tongban.enrolment.v1.enrolment_pb2 import KeyEntry, LicenceKey
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch
from tongban.exchange.v1.forward_pb2 import Forward
from tongban.licence.v1.licence_pb2 import LicenceEvent

ACTS: Final = "licence"
"""The resource of acts on licences."""
KEYS: Final = "licence-key"
"""The resource under which a hall names the key with which it signs licences."""
_FORWARD: Final = Forward.DESCRIPTOR.full_name
_WANTED: Final = tuple(name.encode() for name in (LicenceEvent.DESCRIPTOR.full_name, LicenceKey.DESCRIPTOR.full_name, CHANGE))


@dataclass(frozen=True, slots=True)
class Entry:
    """A key entry, with its leaf hash in the hub's journal."""

    ledger_index: int
    leaf: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of the register."""

    ledger_index: int
    change: Change


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a hall about licences, where it stands in the ledger and in its author's journal."""

    ledger_index: int
    hall: str
    epoch: int
    journal_index: int
    accepted_at_ms: int
    envelope: Envelope
    header: Header


def read(segments: Sequence[StoredSegment], first_unseen: int) -> Iterator[Entry | Changed | Said]:
    """Yield what stands at or behind a ledger index."""
    for segment in segments:
        if segment.kind == LEDGER_KEY:
            yield from (entry for entry in _entries(segment) if entry.ledger_index >= first_unseen)
        elif segment.kind == LEDGER_MESSAGE and any(name in segment.batch for name in _WANTED):  # spares taking most apart
            yield from _messages(segment, first_unseen)


def _entries(segment: StoredSegment) -> Iterator[Entry]:
    for member, raw in enumerate(Batch.FromString(segment.batch).envelopes):
        note = KeyEntry.FromString(Envelope.FromString(raw).payload).note
        yield Entry(segment.ledger_first + member, leaf_hashes([raw])[0], note)


def _messages(segment: StoredSegment, first_unseen: int) -> Iterator[Changed | Said]:
    try:
        envelopes = Batch.FromString(segment.batch).envelopes
    except DecodeError:
        return
    for member, raw in enumerate(envelopes):
        ledger_index = segment.ledger_first + member
        if ledger_index < first_unseen or (segment.dispositions and segment.dispositions[member] != ACCEPTED):
            continue
        try:
            envelope = Envelope.FromString(raw)
            header = Header.FromString(envelope.header)
        except DecodeError:
            continue
        if segment.author == HUB:
            yield from _of_hub(ledger_index, envelope, header)
        elif header.resource in {ACTS, KEYS}:
            yield Said(
                ledger_index, segment.author, segment.epoch, segment.journal_first + member, segment.accepted_at_ms, envelope, header
            )


def _of_hub(ledger_index: int, envelope: Envelope, header: Header) -> Iterator[Changed | Said]:
    """Yield what the hub itself says of the register, and what it forwards of a hall's."""
    try:
        if header.resource == REGISTER:
            yield Changed(ledger_index, read_change(envelope.payload))
        elif header.type == _FORWARD and header.resource in {ACTS, KEYS}:
            yield _forwarded(ledger_index, Forward.FromString(envelope.payload))
    except (ChangeMalformed, DecodeError, MalformedName):
        return


def _forwarded(ledger_index: int, forward: Forward) -> Said:
    envelope = Envelope.FromString(forward.envelope)
    header = Header.FromString(envelope.header)
    author = parse_origin(header.journal)
    at_ms = forward.accepted_at.ToMilliseconds()
    return Said(ledger_index, author.hall, author.epoch, forward.journal_index, at_ms, envelope, header)
