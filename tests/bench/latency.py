"""Measure how long one message takes while a hall sends a hundred a second, one at a time.

Laws: a message's time begins when the transaction that put it into the outbox has committed (tests.bench.paced_agent); it has its
receipt when the agent has checked that; it is at the recipient when the hub has the recipient's acknowledgement, which is sent behind
the recipient's commit. Programs note times in whole milliseconds, cut off: half a millisecond is added, so that no figure flatters.
"""

import json
import statistics
import sys
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from node_agent.config import load
from tests.bench.halls import EIGHT, Halls, Send
from tests.bench.throughput import cpu_a_message
from tests.province.build import PROVINCE_HALL
from tests.province.processes import Program, ProgramFailed, wait_until

RATE = 100.0
SECONDS = 20.0
WARMING = 200
"""Messages before those that count."""
ARRIVAL_SECONDS = 30.0
_HALF_TICK_MS = 0.5

SENDER = EIGHT[1]
_RECEIPTED = "SELECT first, receipted_at FROM batches ORDER BY first"
_TOLD = "SELECT event_id, journal_index FROM case_events WHERE hall = :hall"
_DELIVERED = """
SELECT g.journal_first, g.count AS count_, e.first FROM segments g JOIN mailbox_entries e ON e.ledger_first = g.ledger_first
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
    messages = WARMING + int(RATE * SECONDS)
    told(f"{SENDER} sends {RATE:g} messages a second for {messages / RATE:g} s")
    begin, durable_file = pace(halls, Send(SENDER, messages, (PROVINCE_HALL,)), RATE, 1)
    begun = halls.start([SENDER], [PROVINCE_HALL])
    begin.touch()
    if not halls.follow(begun, messages, messages / RATE + ARRIVAL_SECONDS):
        raise ProgramFailed(f"{begun.samples[-1].acknowledged} of {messages} messages arrived {ARRIVAL_SECONDS:g} s behind the last")
    wait_until(durable_file.exists, "the sender told when each message was durable")
    durable_at = json.loads(durable_file.read_text("utf-8"))
    halls.settle(begun)
    halls.stop(begun)
    halls.set_up(SENDER)
    at = _journal_indices(halls)
    counted = [(at[UUID(event_id).bytes], durable) for event_id, durable in durable_at[WARMING:]]
    receipted, acknowledged = _receipted(halls), _acknowledged(halls)
    passed = (counted[-1][1] - counted[0][1]) / 1e9
    return Latency(
        messages=len(counted),
        rate=(len(counted) - 1) / passed,
        receipt=spread([_since(durable, receipted(index)) for index, durable in counted]),
        recipient=spread([_since(durable, acknowledged(index)) for index, durable in counted]),
        cpu=cpu_a_message(begun.samples[0], begun.samples[-1]),
    )


def pace(halls: Halls, send: Send, rate: float, together: int) -> tuple[Path, Path]:
    """Have a hall's agent put messages by itself; return the file to begin at, and the file that tells when each was durable."""
    folder = halls.province.hall_folder(send.hall)
    begin, durable_file = folder / "begin", folder / "durable"
    for file in (begin, durable_file):
        file.unlink(missing_ok=True)
    words = (halls.plan(send).to_json(), rate, together, begin, durable_file, halls.ready_file(send.hall))
    command = [sys.executable, "-m", "tests.bench.paced_agent", *map(str, words)]
    halls.province.agents[send.hall] = Program(command, folder / "agent.log")
    return begin, durable_file


def spread(milliseconds: Sequence[float]) -> Spread:
    """Return median and 99th percentile."""
    return Spread(statistics.median(milliseconds), statistics.quantiles(milliseconds, n=100)[98])


def _since(durable_ns: int, noted_ms: int) -> float:
    return noted_ms + _HALF_TICK_MS - durable_ns / 1e6


def _journal_indices(halls: Halls) -> dict[bytes, int]:
    """Return where the sender's events stand in its journal, as the hub's read model has it."""
    return {bytes(row.event_id): row.journal_index for row in halls.province.models(_TOLD, hall=SENDER)}


def _receipted(halls: Halls) -> Callable[[int], int]:
    """Return what tells when the sender had the receipt of a journal index."""
    store = load(halls.province.hall_config(SENDER)).store_path
    with halls.province.reading(f"sqlite:///{store}") as connection:
        firsts, times = zip(*connection.execute(sa.text(_RECEIPTED)), strict=True)
    return lambda journal_index: int(times[bisect_right(firsts, journal_index) - 1])


def _acknowledged(halls: Halls) -> Callable[[int], int]:
    """Return what tells when the recipient's acknowledgement of a journal index was at the hub."""
    delivered = {
        row.journal_first + member: row.first + member
        for row in halls.province.ledger(_DELIVERED, author=SENDER, recipient=PROVINCE_HALL)
        for member in range(row.count_)
    }
    sizes, times = zip(*halls.province.ledger(_ACKNOWLEDGED, recipient=PROVINCE_HALL), strict=True)
    return lambda journal_index: int(times[bisect_right(sizes, delivered[journal_index])])
