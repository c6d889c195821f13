"""Reduce records to what a grant lets through.

Laws: an extract is named by its record and its grant, so the same record under the same grant is the same event; it holds the granted
fields in their one spelling, and says which record of the provider's journal it was taken from. Whose records they are gets none of them.
Of what was there before a grant began it lets through what was current then and after: neither what a later record replaced nor what was
removed, as far as the read model knows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

import sqlalchemy as sa

from directory.calendar import BEIJING
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
PLACES_A_BATCH: Final = 32

Opened = Callable[[int], tuple[Segment, Sequence[Sent]]]
"""A segment by its first ledger index, and the records in it."""
Newest = Callable[[str, Sequence[str]], Mapping[str, tuple[int, bool]]]
"""Where the last record of each of these keys of a resource stands in the ledger, and whether that removed it; it may lag behind."""


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

    @property
    def since_ms(self) -> int:
        """From when on everything is let through, in Unix milliseconds."""
        begins = datetime.combine(self.grant.period.start, time(), BEIJING)
        return int(max(self.grant.granted_at, begins).timestamp() * 1000)


def take(connection: sa.Connection, opened: Opened, newest: Newest, terms: Terms, cursor: Cursor) -> Taken:
    """Return what fits one batch from a cursor on."""
    messages: list[Message] = []
    size = 0
    for place in places.after(connection, terms.grant.resource, cursor.judged, PLACES_A_BATCH):
        segment, records = opened(place.ledger_first)
        first = cursor.member if place.judged == cursor.judged else 0
        wanted = frozenset(place.members())
        given = [record for record in records if record.member in wanted and record.member >= first]
        for record in _let_through(terms, segment, given, newest):
            if len(messages) == BATCH_EXTRACTS or size >= BATCH_BYTES:
                return Taken(messages, Cursor(place.judged, record.member))
            messages.append(extract(terms, segment, record))
            size += len(messages[-1].payload)
        cursor = Cursor(place.judged + 1, 0)
    return Taken(messages, cursor)


def _let_through(terms: Terms, segment: Segment, given: Sequence[Sent], newest: Newest) -> Sequence[Sent]:
    if segment.author == terms.grant.hall:
        return ()
    if segment.accepted_at_ms >= terms.since_ms:
        return given
    known = newest(terms.grant.resource, [record.header.subject for record in given])
    return [record for record in given if not _is_over(segment.ledger_first + record.member, known.get(record.header.subject))]


def _is_over(ledger_index: int, newest: tuple[int, bool] | None) -> bool:
    """Say whether a record was replaced, or only says that there is none."""
    return newest is not None and (newest[0] > ledger_index or newest == (ledger_index, True))


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
