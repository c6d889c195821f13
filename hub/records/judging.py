"""Judge the batches of records that wait, fairly by author, and say what came of each.

Laws: authors take turns, a batch each (G8), each author's in the order of its journal (G3); what is said of a batch, what holds of it and
its leaving the queue are one transaction, so its effects are once (G2). An event that took effect has none when it comes again. A batch
that cannot be judged for a fault of ours is parked with its author's later ones, told in the log, and tried again at the next start.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa
import structlog

from directory.calendar import beijing_day
from directory.catalogue.resources import ResourceVersion
from directory.errors import Fault
from directory.records import Held, Sent, Versions, judge, key_fault
from hub.crash import crash_at
from hub.db import Database
from hub.errors import HubError
from hub.exchange import record_work, segments
from hub.exchange.committer import Committer
from hub.exchange.mailboxes import lengths
from hub.exchange.own_journal import Message, OwnJournal
from hub.exchange.record_work import Waiting
from hub.exchange.segments import Segment
from hub.owned import Owned
from hub.records import places, reading, updates
from hub.records.updates import Update
from tongban.directory.v1.records_pb2 import InvalidRecord, RecordFault, RecordsJudged
from tongban.envelope.v1.envelope_pb2 import Header

_log = structlog.get_logger(__name__)

SOURCE = "records"
JUDGED = "records-judged"
INVALID = "invalid-record"
FAULTS_SAID = 5
"""Of one record; whoever sent it mends these and sends it again."""
_EVENT_ID_BYTES = 16


@dataclass(slots=True)
class Judged:
    """What came of one batch: which members hold, by resource, with their events, and what is wrong with which others."""

    segment: Segment
    journal: str = ""
    held: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    events: dict[bytes, None] = field(default_factory=dict)
    invalid: list[tuple[int, Header, Sequence[Fault]]] = field(default_factory=list)

    def messages(self, at: datetime) -> list[Message]:
        """Return what is said of it: the judgement, for nobody, and each record that does not hold, for its provider."""
        return [self._judgement(at), *(self._report(*found, at) for found in self.invalid)]

    def keep(self, connection: sa.Connection, judged: int) -> None:
        """Write it down, and take the batch from the queue."""
        segment = self.segment
        record_work.done(connection, segment.ledger_first)
        places.keep(connection, judged, segment.ledger_first, self.held)
        places.keep_events(connection, segment.author, list(self.events))
        updates.add(connection, list(self._updates()))

    def _updates(self) -> Iterator[Update]:
        segment = self.segment
        for resource, members in self.held.items():
            last = segment.ledger_first + members[-1]
            yield Update(resource, segment.author, segment.accepted_at_ms, last, len(members))

    def _judgement(self, at: datetime) -> Message:
        segment = self.segment
        members = sorted(member for some in self.held.values() for member in some)
        said = RecordsJudged(
            journal=self.journal,
            journal_index=segment.journal_first,
            ledger_index=segment.ledger_first,
            count=segment.count,
            runs=lengths(places.runs_of(members)),
        )
        kind, payload = RecordsJudged.DESCRIPTOR.full_name, said.SerializeToString()
        return Message(source=SOURCE, resource=JUDGED, type=kind, subject=segment.author, payload=payload, at=at)

    def _report(self, member: int, header: Header, faults: Sequence[Fault], at: datetime) -> Message:
        said = InvalidRecord(
            resource=header.resource,
            subject=header.subject,
            version=int(header.dataschema) if header.dataschema.isdecimal() and len(header.dataschema) < 10 else 0,  # noqa: PLR2004 - u32
            journal=header.journal,
            journal_index=self.segment.journal_first + member,
            ledger_index=self.segment.ledger_first + member,
            event_id=header.id,
            faults=[RecordFault(path=fault.path, what=fault.what) for fault in faults[:FAULTS_SAID]],
        )
        kind, payload, to = InvalidRecord.DESCRIPTOR.full_name, said.SerializeToString(), (self.segment.author,)
        # A header is read by whoever keeps messages: what is no key may be more than a database takes.
        subject = str(said.journal_index) if key_fault(header.subject) else header.subject
        return Message(source=SOURCE, resource=INVALID, type=kind, subject=subject, payload=payload, at=at, recipients=to)


@dataclass(slots=True)
class Judging:
    """The desk at which records are judged; `resources` are all versions of all resources, the same object while nothing changes."""

    database: Database
    committer: Committer
    own: OwnJournal
    owned: Owned
    resources: Callable[[], Sequence[ResourceVersion]]
    clock: Callable[[], datetime]
    _versions: tuple[Sequence[ResourceVersion], Versions] = field(default=((), Versions(())))

    async def open(self) -> None:
        """Have what was parked tried again."""
        if parked := await self.committer.deed(record_work.unpark):
            _log.info("parked records are tried again", batches=parked)

    async def round(self) -> dict[str, int] | None:
        """Judge the next batch of every author; return where the newest records of each resource were judged now.

        None when no batch waits that may be judged: one of which nothing holds is not the last.
        """
        judged: dict[str, int] | None = None
        author = ""
        while waiting := await asyncio.to_thread(self._next_after, author):
            author = waiting.author
            if not waiting.parked:
                judged = (judged or {}) | await self._settle(waiting)
        return judged

    def _next_after(self, author: str) -> Waiting | None:
        with self.database.reader.begin() as connection:
            return record_work.next_after(connection, author)

    async def _settle(self, waiting: Waiting) -> dict[str, int]:
        """Judge a batch and say so; raises HubError when that cannot be written now."""
        try:
            found = await asyncio.to_thread(self._judged, waiting.ledger_first)
            if not found.journal:  # what was noted for its records holds none that was accepted
                await self.committer.deed(partial(record_work.done, ledger_first=waiting.ledger_first))
                return {}
            said = await self.owned.finish(self.own.say(found.messages(self.clock()), also=found.keep))
        except HubError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours holds up its author alone
            _log.error("records parked", hall=waiting.author, ledger_index=waiting.ledger_first, error=repr(error), exc_info=error)
            park = partial(record_work.park, ledger_first=waiting.ledger_first, why=type(error).__name__)
            await self.committer.deed(park)
            return {}
        crash_at("records-judged")
        if found.invalid:
            _log.warning("records do not hold", hall=waiting.author, ledger_index=waiting.ledger_first, records=len(found.invalid))
        return dict.fromkeys(found.held, said.ledger_first)

    def _judged(self, ledger_first: int) -> Judged:
        with self.database.reader.begin() as connection:
            (segment,) = segments.at_ledger(connection, [ledger_first])
            records = list(reading.records_in(segment))
            ids = [event_id for record in records if (event_id := event_bytes(record.header.id))]
            known = places.known_events(connection, segment.author, ids)
        return judge_batch(segment, records, known, self._known_versions())

    def _known_versions(self) -> Versions:
        given = self.resources()
        if self._versions[0] is not given:
            self._versions = given, Versions(given)
        return self._versions[1]


def judge_batch(segment: Segment, records: Sequence[reading.Sent], known: set[bytes], versions: Versions) -> Judged:
    """Judge the records of one batch; `known` are events that took effect before."""
    found = Judged(segment)
    day = beijing_day(datetime.fromtimestamp(segment.accepted_at_ms / 1000, UTC))
    for record in records:
        header = record.header
        found.journal = header.journal
        event_id = event_bytes(header.id)
        if not event_id:
            found.invalid.append((record.member, header, (Fault(0, "the event id is no UUID"),)))
            continue
        if event_id in known or event_id in found.events:
            continue
        sent = Sent(resource=header.resource, subject=header.subject, dataschema=header.dataschema, payload=record.payload, day=day)
        verdict = judge(sent, versions)
        if isinstance(verdict, Held):
            found.held[header.resource].append(record.member)
            found.events[event_id] = None
        else:
            found.invalid.append((record.member, header, verdict))
    return found


def event_bytes(text: str) -> bytes:
    """Return the 16 bytes of an event id; nothing for what is none."""
    try:
        found = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        return b""
    return found if len(found) == _EVENT_ID_BYTES else b""
