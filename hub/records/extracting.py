"""Reduce records to what a grant lets through.

Laws: an extract is named by its record and its grant, so the same record under the same grant is the same event; it holds the granted
fields in their one spelling, and says which record of the provider's journal it was taken from. Whose records they are gets none of them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from directory.event_ids import extract_id
from directory.record_json import read_record
from directory.records import spelled
from directory.sharing.applications import Grant
from directory.sharing.grants import reduce
from hub.exchange.own_journal import Message
from hub.exchange.segments import Segment, hashes
from hub.records import places
from hub.records.places import Cursor
from hub.records.reading import Sent
from tongban.directory.v1 import register_pb2
from tongban.directory.v1.records_pb2 import Extract, Record

SOURCE: Final = "records"
TYPE: Final = Extract.DESCRIPTOR.full_name
BATCH_EXTRACTS: Final = 256
BATCH_BYTES: Final = 512 * 1024
"""A batch goes out in one frame."""
PLACES_A_BATCH: Final = 8

Opened = Callable[[int], tuple[Segment, Sequence[Sent]]]
"""A segment by its first ledger index, and the records in it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is said next under a grant, and where it goes on behind that."""

    messages: Sequence[Message]
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which grant records are reduced, by which rules (SHA-256, in hexadecimal), and when."""

    grant: Grant
    rules_digest: str
    at: datetime


def take(connection: sa.Connection, opened: Opened, terms: Terms, cursor: Cursor) -> Taken:
    """Return what fits one batch from a cursor on."""
    messages: list[Message] = []
    size = 0
    for place in places.after(connection, terms.grant.resource, cursor.judged, PLACES_A_BATCH):
        segment, records = opened(place.ledger_first)
        first = cursor.member if place.judged == cursor.judged else 0
        for record in _given(terms.grant, segment, records, place, first):
            if len(messages) == BATCH_EXTRACTS or size >= BATCH_BYTES:
                return Taken(messages, Cursor(place.judged, record.member))
            messages.append(extract(terms, segment, record))
            size += len(messages[-1].payload)
        cursor = Cursor(place.judged + 1, 0)
    return Taken(messages, cursor)


def _given(grant: Grant, segment: Segment, records: Sequence[Sent], place: places.Place, first: int) -> Iterator[Sent]:
    if segment.author == grant.hall:
        return
    wanted = frozenset(place.members())
    yield from (record for record in records if record.member in wanted and record.member >= first)


def extract(terms: Terms, segment: Segment, record: Sent) -> Message:
    """Return what a grant lets through of one record."""
    said, grant = Record.FromString(record.payload), terms.grant
    put = said.operation == register_pb2.OPERATION_PUT
    leaf = hashes(segment.leaves)[record.member]
    made = Extract(
        grant=grant.grant,
        version=said.version,
        operation=said.operation,
        document=spelled(reduce(read_record(said.document), grant)) if put else b"",
        journal=record.header.journal,
        journal_index=segment.journal_first + record.member,
        leaf=leaf,
        ledger_index=segment.ledger_first + record.member,
        rules_digest=terms.rules_digest,
    )
    made.accepted_at.FromMilliseconds(segment.accepted_at_ms)
    return Message(
        source=SOURCE,
        resource=grant.resource,
        type=TYPE,
        subject=record.header.subject,
        payload=made.SerializeToString(),
        at=terms.at,
        event_id=extract_id(leaf, grant.grant),
    )
