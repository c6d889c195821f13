"""Measure how far the read model of cases is behind the ledger while eight halls send at a share of the hub's peak.

Laws: the peak is the intake of the part `eight` of the same run, on the same machine with its read model following, and what is sent is
made as for it: the outboxes are full before the halls begin (tests.bench.paced_sealer), for what a hall's own machines do is no load of
the hub's. Halls send whole batches, evenly spread. The lag at a moment is the age of the oldest entry that is in the ledger and not in
the read model yet, 0 when there is none; it is looked at all the time, by the clock by which the hub accepts, from when the halls send
until they have sent all.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.halls import EIGHT, Halls, Send
from tests.province.build import PROVINCE_HALL
from tests.province.processes import Program, wait_until

SHARE = 0.6
SECONDS = 15.0
LAG_BAR = 1.0
LOOK_SECONDS = 0.02
ARRIVAL_SECONDS = 60.0

LIGHTS_SECONDS = 300.0

_TOUCHED = "SELECT 1 FROM cases WHERE next_look_ms <= 0 LIMIT 1"
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
    lights_seconds: float
    """Behind the last message, until every case that it touched was reckoned."""


def measure(halls: Halls, peak: float, told: Callable[[str], None]) -> Lag:
    """Send at a share of the peak; raises ProgramFailed."""
    rate = SHARE * peak / len(EIGHT)
    messages = int(rate * SECONDS)
    sends = [Send(hall, messages, (PROVINCE_HALL,)) for hall in EIGHT]
    halls.load(sends)
    told(f"eight halls send {rate * len(EIGHT):,.0f} messages a second for {SECONDS:g} s")
    begins = [_pace(halls, send, rate) for send in sends]
    run = halls.start(EIGHT, [PROVINCE_HALL])
    started, size = time.monotonic(), halls.ledger_size()
    for begin in begins:
        begin.touch()
    seen: list[float] = []
    while halls.ledger_size() - size < messages * len(EIGHT) and time.monotonic() - started < SECONDS + ARRIVAL_SECONDS:
        seen.append(_behind(halls))
        time.sleep(LOOK_SECONDS)
    accepted = (halls.ledger_size() - size) / (time.monotonic() - started)
    ended = time.monotonic()
    halls.settle(run)
    caught_up = time.monotonic() - ended
    wait_until(lambda: not halls.province.models(_TOUCHED), "every case that was touched is reckoned", LIGHTS_SECONDS)
    lights = time.monotonic() - ended
    halls.stop(run)
    for hall in EIGHT:
        halls.set_up(hall)
    return Lag(rate * len(EIGHT), accepted, *_spread(seen), caught_up, lights)


def _pace(halls: Halls, send: Send, rate: float) -> Path:
    """Have a hall's agent seal what waits at a pace; return the file to begin at."""
    folder = halls.province.hall_folder(send.hall)
    begin = folder / "begin"
    begin.unlink(missing_ok=True)
    words = (halls.province.hall_config(send.hall), rate, send.messages, begin, halls.ready_file(send.hall))
    halls.province.agents[send.hall] = Program([sys.executable, "-m", "tests.bench.paced_sealer", *map(str, words)], folder / "agent.log")
    return begin


def _behind(halls: Halls) -> float:
    """Return for how many seconds the oldest entry waits that the read model lacks."""
    rows = halls.province.ledger(_WAITING, next=int(halls.province.models(_NEXT)[0][0]))
    return max(0.0, time.time() - rows[0][0] / 1000) if rows else 0.0


def _spread(seconds: Sequence[float]) -> tuple[float, float]:
    return statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
