"""Measure whether the hub's memory grows with what has passed through it.

Laws: resident memory, of the hub and of the process that keeps its read models up, is read twice, at rest: after the first part of
the messages and after all of them, each time with everything acknowledged and the read model caught up. Eight halls send at full
speed, so that what the hub keeps at hand is full both times; the hub runs on while the outboxes are filled in between.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.halls import Halls, Run
from tests.bench.throughput import LIMIT_SECONDS, eight
from tests.bench.usage import tree_resident_bytes
from tests.province.build import PROVINCE_HALL

REST_SECONDS = 3.0
MEBIBYTE = 1024 * 1024
FIRST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the hub, in bytes, before anything, and after each part of the messages; counts of what was acknowledged."""

    asked: int
    empty_bytes: int
    first_messages: int
    first_bytes: int
    messages: int
    bytes: int
    seconds: float

    @property
    def growth_mb(self) -> float:
        """Growth between the two, in MiB."""
        return (self.bytes - self.first_bytes) / MEBIBYTE

    @property
    def complete(self) -> bool:
        """Tell whether everything arrived within the time given."""
        return self.messages >= self.asked


def measure(halls: Halls, messages: int, seconds: float, told: Callable[[str], None]) -> Memory:
    """Send so many messages, for at most so long; raises ProgramFailed."""
    first, rest = eight(int(messages * FIRST_SHARE)), eight(messages - int(messages * FIRST_SHARE))
    halls.load(first)
    begun = halls.start([send.hall for send in first], [PROVINCE_HALL])
    empty = tree_resident_bytes(halls.province.hub.pid)
    first_messages = sum(send.messages for send in first)
    halls.follow(begun, first_messages, LIMIT_SECONDS)
    first_bytes = _at_rest(halls, begun)
    told(f"{begun.samples[-1].acknowledged:,} messages: the hub has {first_bytes / MEBIBYTE:.0f} MiB")
    halls.stop_agents(begun)
    halls.load(rest, told)
    halls.start_agents(begun)
    halls.follow(begun, first_messages + sum(send.messages for send in rest), seconds)
    last_bytes = _at_rest(halls, begun)
    arrived = begun.samples[-1]
    told(f"{arrived.acknowledged:,} messages: the hub has {last_bytes / MEBIBYTE:.0f} MiB")
    halls.stop(begun)
    return Memory(messages, empty, first_messages, first_bytes, arrived.acknowledged, last_bytes, arrived.at)


def _at_rest(halls: Halls, begun: Run) -> int:
    halls.settle(begun)
    time.sleep(REST_SECONDS)
    return tree_resident_bytes(halls.province.hub.pid)
