"""Make forwards of what was held: each carries a message as its author sent it, and the proof that its author did."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from certs.entries import HELD
from certs.merkle import Frontier, Growth
from hub.exchange.held import Held
from hub.exchange.own_journal import Message
from hub.exchange.segments import Segment, hashes
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch
from tongban.exchange.v1.forward_pb2 import Forward

SOURCE = "forwards"
"""Which of the hub's systems says it."""
TYPE = Forward.DESCRIPTOR.full_name
BATCH_MESSAGES = 256
BATCH_BYTES = 512 * 1024
"""A batch goes out in one frame."""

Reached = Callable[[str, str, tuple[str, ...]], tuple[str, ...]]
"""(author, resource, recipients stated) to those of the recipients to whom it may go now."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is said next of a held segment: all that is held of it before the member `behind`."""

    messages: tuple[Message, ...]
    behind: int


def prepare(segment: Segment, waiting: Held, reached: Reached, now: datetime) -> Prepared:
    """Make forwards of what waits first of a segment, as many as one batch may hold."""
    batch = Batch.FromString(segment.batch)
    growth = Growth(Frontier.decode(segment.journal_first, segment.journal_frontier), hashes(segment.leaves))
    messages: list[Message] = []
    size, member = 0, waiting.next_member
    while member < segment.count and len(messages) < BATCH_MESSAGES and size < BATCH_BYTES:
        if segment.disposition(member) == HELD:
            forward = _forward(segment, member, batch, growth)
            messages.append(_message(segment.author, forward, reached, now))
            size += len(messages[-1].payload)
        member += 1
    return Prepared(tuple(messages), member)


def _forward(segment: Segment, member: int, batch: Batch, growth: Growth) -> Forward:
    index = segment.journal_first + member
    forward = Forward(
        envelope=batch.envelopes[member],
        journal_checkpoint=batch.checkpoint,
        journal_index=index,
        journal_proof=growth.range_proof([(index, index + 1)]),
        ledger_index=segment.ledger_first + member,
    )
    forward.accepted_at.FromMilliseconds(segment.accepted_at_ms)
    return forward


def _message(author: str, forward: Forward, reached: Reached, now: datetime) -> Message:
    header = Header.FromString(Envelope.FromString(forward.envelope).header)
    return Message(
        source=SOURCE,
        resource=header.resource,
        type=TYPE,
        subject=header.subject,
        payload=forward.SerializeToString(),
        at=now,
        recipients=reached(author, header.resource, tuple(header.recipients)),
    )
