"""Measure how far the read model of cases is behind the ledger while eight halls send at a share of the hub's peak.

Laws: the peak is the rate of the part `eight` of the same run; halls send whole batches, evenly spread. The lag at a moment is the age of
the oldest entry that is in the ledger and not in the read model yet, 0 when there is none; it is looked at all the time, by the clock by
which the hub accepts, from when the halls send until they have sent all.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.case_messages import BATCH
from tests.bench.halls import EIGHT, Halls, Send
from tests.bench.latency import pace
from tests.province.build import PROVINCE_HALL

SHARE = 0.6
SECONDS = 15.0
LAG_BAR = 1.0
LOOK_SECONDS = 0.02
ARRIVAL_SECONDS = 60.0

_NEXT = "SELECT next_ledger_index FROM consumers WHERE name = 'cases'"
_WAITING = """
SELECT g.accepted_at_ms FROM segments g, head h WHERE g.ledger_first <= :next AND :next < h.ledger_size
 ORDER BY g.ledger_first DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Lag:
    """What one run showed: messages asked for and accepted a second, and seconds that the read model was behind."""

    asked_per_s: float
    accepted_per_s: float
    p50_s: float
    p99_s: float
    caught_up_seconds: float
    """Behind the last message, until the read model had all."""


def measure(halls: Halls, peak: float, told: Callable[[str], None]) -> Lag:
    """Send at a share of the peak; raises ProgramFailed."""
    rate = SHARE * peak / len(EIGHT)
    messages = int(rate * SECONDS)
    told(f"eight halls send {rate * len(EIGHT):,.0f} messages a second for {SECONDS:g} s")
    sends = [Send(hall, messages, (PROVINCE_HALL,)) for hall in EIGHT]
    begins = [pace(halls, send, rate, BATCH)[0] for send in sends]
    run = halls.start(EIGHT, [PROVINCE_HALL])
    started, size = time.monotonic(), _size(halls)
    for begin in begins:
        begin.touch()
    seen: list[float] = []
    while _size(halls) - size < messages * len(EIGHT) and time.monotonic() - started < SECONDS + ARRIVAL_SECONDS:
        seen.append(_behind(halls))
        time.sleep(LOOK_SECONDS)
    accepted = (_size(halls) - size) / (time.monotonic() - started)
    ended = time.monotonic()
    halls.settle(run)
    caught_up = time.monotonic() - ended
    halls.stop(run)
    for hall in EIGHT:
        halls.set_up(hall)
    return Lag(rate * len(EIGHT), accepted, *_spread(seen), caught_up)


def _size(halls: Halls) -> int:
    return int(halls.province.ledger("SELECT ledger_size FROM head")[0][0])


def _behind(halls: Halls) -> float:
    """Return for how many seconds the oldest entry waits that the read model lacks."""
    rows = halls.province.ledger(_WAITING, next=int(halls.province.models(_NEXT)[0][0]))
    return max(0.0, time.time() - rows[0][0] / 1000) if rows else 0.0


def _spread(seconds: Sequence[float]) -> tuple[float, float]:
    return statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
