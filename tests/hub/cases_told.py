"""Make segments of the ledger in which halls tell of their cases, as intake would have stored them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from certs.entries import LEDGER_MESSAGE
from certs.names import journal_origin, source_uri
from directory.lifecycle import Event
from hub.cases.times import timestamp
from hub.exchange.stored import StoredSegment
from tongban.case.v1.case_pb2 import CaseEvent, SourceRun
from tongban.envelope.v1.envelope_pb2 import Actor, Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

DOMAIN = "jilin.example"
ACCEPTED_AT_MS = 1_700_000_000_000


def event_id(name: str) -> str:
    """Return the event id (UUIDv8) that stands for a name."""
    raw = bytearray(hashlib.sha256(name.encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(raw)))


def payload(case_number: str, event: Event, of: tuple[str, str] = ("", "")) -> bytes:
    """Serialise a case event; `of` names hall and number of another hall's case that it is about."""
    said = CaseEvent(
        case_number=case_number,
        kind=event.kind,  # type: ignore[arg-type]  # any number may come
        outcome=event.outcome,  # type: ignore[arg-type]
        item_code=event.item_code,
        ground=event.ground,
        extension_days=event.extension_days,
        promised_by=timestamp(event.promised_by_ms),
        department=event.department,
        referred_to=event.referred_to,
        step_name=event.step,
        due_at=timestamp(event.due_at_ms),
        procedure=event.procedure,
        basis=event.basis,
        limit_days=event.limit_days,
        valid_until=timestamp(event.valid_until_ms),
        fee_project=event.fee_project,
        grade=event.grade,
        of_hall=of[0],
        of_case=of[1],
    )
    return said.SerializeToString()


def header(hall: str, case_number: str, at_ms: int, name: str) -> Header:
    """Build the header of a case event; `name` stands for its event id."""
    return Header(
        version=1,
        id=event_id(name),
        source=source_uri(DOMAIN, hall, "business"),
        type="tongban.case.v1.CaseEvent",
        subject=case_number,
        time=timestamp(at_ms),
        recorded_at=timestamp(at_ms),
        attempt=1,
        salt=bytes(16),
        resource="case",
        actor=Actor(role="clerk"),
        journal=journal_origin(DOMAIN, hall, 1),
    )


def envelope(hall: str, case_number: str, event: Event, name: str, of: tuple[str, str] = ("", "")) -> bytes:
    """Serialise the envelope of a case event."""
    head = header(hall, case_number, event.occurred_at_ms, name)
    return Envelope(header=head.SerializeToString(), payload=payload(case_number, event, of)).SerializeToString()


def run(hall: str, source: str, read_up_to_ms: int, name: str) -> bytes:
    """Serialise the envelope by which a source says up to when it has told all it had."""
    head = header(hall, source, read_up_to_ms, name)
    head.resource, head.type = "source-run", "tongban.case.v1.SourceRun"
    said = SourceRun(source=source, read_up_to=timestamp(read_up_to_ms))
    return Envelope(header=head.SerializeToString(), payload=said.SerializeToString()).SerializeToString()


@dataclass
class Ledger:
    """A ledger in memory that takes batches of any hall."""

    segments: list[StoredSegment] = field(default_factory=list)
    size: int = 0
    journals: dict[str, int] = field(default_factory=dict)
    accepts_from_ms: int = ACCEPTED_AT_MS

    def append(self, hall: str, envelopes: Sequence[bytes], dispositions: bytes = b"", kind: int = LEDGER_MESSAGE) -> StoredSegment:
        """Accept one batch of a hall."""
        segment = StoredSegment(
            ledger_first=self.size,
            count=len(envelopes),
            kind=kind,
            author=hall,
            epoch=1,
            journal_first=self.journals.get(hall, 0),
            accepted_at_ms=self.accepts_from_ms + self.size,
            dispositions=dispositions,
            batch=Batch(checkpoint="x", envelopes=envelopes).SerializeToString(),
        )
        self.segments.append(segment)
        self.size += segment.count
        self.journals[hall] = segment.journal_first + segment.count
        return segment

    def tell(self, hall: str, told: Iterable[tuple[str, Event]], *, batch: int = 256) -> None:
        """Accept case events (case number, event) of a hall, each with an event id of its own."""
        at = self.journals.get(hall, 0)
        envelopes = [envelope(hall, number, event, f"{hall}/{at + offset}") for offset, (number, event) in enumerate(told)]
        for start in range(0, len(envelopes), batch):
            self.append(hall, envelopes[start : start + batch])

    def read_after(self, _connection: object, ledger_index: int, limit: int) -> list[StoredSegment]:
        """Return up to `limit` segments that start at an index or behind it, as hub.exchange.segments does."""
        return [segment for segment in self.segments if segment.ledger_first >= ledger_index][:limit]
