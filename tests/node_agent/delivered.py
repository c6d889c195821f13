"""Make entries of an inbox, as a sink finds them in the agent's store."""

from collections.abc import Sequence
from datetime import UTC, datetime

from certs.entries import ACCEPTED, LEDGER_MESSAGE
from node_agent.inbox import Received
from node_agent.outbox import Actor, Draft, EnvelopeWriter
from node_agent.sinks.sql import Entries
from tongban.case.v1.case_pb2 import CaseEvent

AT = datetime(2026, 3, 1, 8, 30, 0, 250_000, UTC)
LEDGER_FIRST = 1000


def envelope(number: int, *, hall: str = "gongzhuling", subject: str = "case-1", kind: str = "STEP", row: str = "") -> bytes:
    """Return an envelope of a hall's case event; its event id is of its number."""
    event = CaseEvent(case_number=subject, kind=f"CASE_EVENT_KIND_{kind}", source_row=row or f"event/{number}", position=number)
    return wrapped(number, event.SerializeToString(), hall=hall, subject=subject)


def wrapped(
    number: int, payload: bytes, *, hall: str = "gongzhuling", subject: str = "case-1", of: str = "tongban.case.v1.CaseEvent"
) -> bytes:
    """Return an envelope around a payload."""
    event_id = f"00000000-0000-8000-8000-{number:012}"
    actor = Actor("4711", "clerk", "General")
    draft = Draft(event_id, "business", of, subject, AT, AT, "case", ("jilin-sheng",), payload, actor)
    return EnvelopeWriter("tongban.example", hall, 1).write([draft])[0]


def entry(index: int, data: bytes, *, author: str = "gongzhuling", kind: int = LEDGER_MESSAGE) -> Received:
    """Return the entry at an index of the inbox log."""
    return Received(index, LEDGER_FIRST + index, author, 1, index, 0, ACCEPTED, kind, data)


def inbox_of(*envelopes: bytes) -> list[Received]:
    """Return an inbox with these envelopes."""
    return [entry(index, data) for index, data in enumerate(envelopes)]


def entries(inbox: Sequence[Received]) -> Entries:
    """Read an inbox that is a list; nothing in it is passed over."""

    def read(first: int, limit: int, mark: bytes = b"") -> Sequence[Received]:
        return inbox[first : first + limit]

    return read
