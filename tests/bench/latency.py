"""Measure how long one message takes while a hall sends a hundred a second, one at a time.

Laws: a message's time begins when the transaction that put it into the outbox has committed, seen by the process that put it; it has
its receipt when the agent has checked that; it is at the recipient when the hub has the recipient's acknowledgement, which is sent
behind the recipient's commit. Programs note times in whole milliseconds, cut off: half a millisecond is added, so that no figure
flatters. A process beside the agent cannot wake it, so the agent looks into its outbox every two milliseconds here (`link.poll`): that
waiting is part of the figures.
"""

import statistics
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from node_agent.config import load
from node_agent.journal import header_of
from tests.bench.halls import EIGHT, Halls, Send
from tests.bench.throughput import cpu_a_message
from tests.province.build import PROVINCE_HALL
from tests.province.processes import ProgramFailed
from tongban.exchange.v1.exchange_pb2 import Batch

RATE = 100.0
SECONDS = 20.0
WARMING = 200
"""Messages before those that count."""
POLL = "2ms"
ARRIVAL_SECONDS = 30.0
_HALF_TICK_MS = 0.5

SENDER = EIGHT[1]
_RECEIPTED = "SELECT first, receipted_at, body FROM batches WHERE receipted_at IS NOT NULL"
_DELIVERED = """
SELECT g.journal_first, g.count, e.first FROM segments g JOIN mailbox_entries e ON e.ledger_first = g.ledger_first
 WHERE g.author = :author AND e.hall = :recipient
"""
_ACKNOWLEDGED = "SELECT size, recorded_at_ms FROM acknowledgements WHERE hall = :recipient ORDER BY size"


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Latency:
    """What one run showed; `cpu` in microseconds a message, by role."""

    messages: int
    rate: float
    receipt: Spread
    recipient: Spread
    cpu: Mapping[str, float]


def measure(halls: Halls, told: Callable[[str], None]) -> Latency:
    """Send for some seconds; raises ProgramFailed when a message does not arrive."""
    halls.set_up(SENDER, poll=POLL)
    begun = halls.start([SENDER], [PROVINCE_HALL])
    messages = WARMING + int(RATE * SECONDS)
    told(f"{SENDER} sends {RATE:g} messages a second for {messages / RATE:g} s")
    loaded = halls.load([Send(SENDER, messages, (PROVINCE_HALL,), rate=RATE)])[0]
    if not halls.follow(begun, messages, ARRIVAL_SECONDS):
        raise ProgramFailed(f"{begun.samples[-1].acknowledged} of {messages} messages arrived within {ARRIVAL_SECONDS:g} s")
    halls.settle(begun)
    halls.stop(begun)
    halls.set_up(SENDER)
    counted = loaded.durable[WARMING:]
    receipted, acknowledged = _receipted(halls), _acknowledged(halls)
    passed = (counted[-1][1] - counted[0][1]) / 1e9
    return Latency(
        messages=len(counted),
        rate=(len(counted) - 1) / passed,
        receipt=spread([_since(at, receipted[event_id][1]) for event_id, at in counted]),
        recipient=spread([_since(at, acknowledged(receipted[event_id][0])) for event_id, at in counted]),
        cpu=cpu_a_message(begun.samples[0], begun.samples[-1]),
    )


def spread(milliseconds: Sequence[float]) -> Spread:
    """Return median and 99th percentile."""
    return Spread(statistics.median(milliseconds), statistics.quantiles(milliseconds, n=100)[98])


def _since(durable_ns: int, noted_ms: int) -> float:
    return noted_ms + _HALF_TICK_MS - durable_ns / 1e6


def _receipted(halls: Halls) -> dict[str, tuple[int, int]]:
    """Return journal index and time of receipt of every event that the sender holds."""
    store = load(halls.province.hall_config(SENDER)).store_path
    with halls.province.reading(f"sqlite:///{store}") as connection:
        rows = connection.execute(sa.text(_RECEIPTED)).all()
    return {
        header_of(envelope).id: (first + at, receipted_at)
        for first, receipted_at, body in rows
        for at, envelope in enumerate(Batch.FromString(body).envelopes)
    }


def _acknowledged(halls: Halls) -> Callable[[int], int]:
    """Return what tells when the recipient's acknowledgement of a journal index was at the hub."""
    delivered = {
        journal_first + member: first + member
        for journal_first, count, first in halls.province.ledger(_DELIVERED, author=SENDER, recipient=PROVINCE_HALL)
        for member in range(count)
    }
    sizes, times = zip(*halls.province.ledger(_ACKNOWLEDGED, recipient=PROVINCE_HALL), strict=True)
    return lambda journal_index: int(times[bisect_right(sizes, delivered[journal_index])])
