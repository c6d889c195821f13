"""Write distinct case messages of about 1 KiB an envelope.

Laws: no two messages are alike; each is an event of a case that the read model folds, and neighbours in a batch are of different
cases, as in a hall where many clerks work at once. Every case runs from its application to its closing.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from node_agent.outbox import Actor, Draft
from node_agent.sources.event_ids import event_id, fields_hash, row_key
from tongban.case.v1.case_pb2 import CaseEvent, CaseEventKind

SOURCE = "bench"
BATCH = 256
"""Messages under one signature: the hub's limit as it ships."""
GROUND_BYTES = 322
"""Of random text, as hexadecimal: what brings the envelope to 1 KiB."""

_STEPS: Sequence[CaseEventKind] = (
    CaseEventKind.CASE_EVENT_KIND_APPLIED,
    CaseEventKind.CASE_EVENT_KIND_ACCEPTED,
    CaseEventKind.CASE_EVENT_KIND_STEP_STARTED,
    CaseEventKind.CASE_EVENT_KIND_STEP_COMPLETED,
    CaseEventKind.CASE_EVENT_KIND_STEP_STARTED,
    CaseEventKind.CASE_EVENT_KIND_STEP_COMPLETED,
    CaseEventKind.CASE_EVENT_KIND_DECIDED,
    CaseEventKind.CASE_EVENT_KIND_CLOSED,
)
_BEGIN = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
_ACTOR = Actor("gzl-0417", "clerk", "market-regulation")


def drafts(hall: str, first: int, count: int, recipients: Sequence[str], *, interleaved: bool = False) -> Iterator[Draft]:
    """Yield the messages `first` to `first + count` of a hall.

    Each goes to one of the recipients: in equal contiguous runs of a batch (an agent may order them so), or, `interleaved`,
    to another one than its neighbour.
    """
    chance = random.Random(f"{hall} {first}")
    for number in range(first, first + count):
        at = number % BATCH
        recipient = recipients[at % len(recipients)] if interleaved else recipients[at * len(recipients) // BATCH]
        yield _draft(hall, number, recipient, chance.randbytes(GROUND_BYTES).hex())


def _draft(hall: str, number: int, recipient: str, ground: str) -> Draft:
    step = number // BATCH % len(_STEPS)
    case_number = f"{hall}-{number // (BATCH * len(_STEPS)) * BATCH + number % BATCH:08d}"
    kind = _STEPS[step]
    occurred_at = _BEGIN + timedelta(seconds=number)
    said = CaseEvent(
        case_number=case_number,
        kind=kind,
        item_code="220000-0417-003",
        step_name="现场核查",
        step_code=f"step-{step}",
        department=_ACTOR.department,
        officer=_ACTOR.person,
        ground=ground,
        source_row=f"event/{number}",
        position=number,
    )
    name = CaseEventKind.Name(kind)
    return Draft(
        event_id=event_id(hall, SOURCE, row_key([str(number)]), name, fields_hash([(b"ground", ground.encode())])),
        source=SOURCE,
        type=CaseEvent.DESCRIPTOR.full_name,
        subject=case_number,
        occurred_at=occurred_at,
        recorded_at=occurred_at,
        resource="case",
        recipients=(recipient,),
        payload=said.SerializeToString(),
        actor=_ACTOR,
    )
