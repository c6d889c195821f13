"""Run bare streams beside which the exchange is measured.

Law: the figure of a kind of stream is the median of its runs, each over a connection and with a client process of its own.
"""

import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass

from certs import authority
from node_agent import hall_keys
from tests.bench.halls import Halls
from tests.province.build import PROVINCE_HALL
from tests.province.processes import Program, run

RUNS = 3
SINGLE = 1


@dataclass(frozen=True, slots=True)
class BareStream:
    """Messages a second of each run."""

    messages_a_frame: int
    runs: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """The median."""
        return statistics.median(self.runs)


def measure(halls: Halls, messages_a_frame: int, seconds: float, told: Callable[[str], None]) -> BareStream:
    """Measure one kind of stream with the certificates of the hub and of a hall; raises ProgramFailed."""
    folder = halls.province.folder
    hub_keys = halls.province.root.parent
    ready = folder / "bare.ready"
    server = Program(
        _command(hub_keys / authority.TLS_KEY, hub_keys / authority.TLS_CHAIN, hub_keys / authority.ROOT, "--serve", ready),
        folder / "bare.log",
    )
    keys = halls.province.keys(PROVINCE_HALL)
    server.start()
    try:
        address = f"127.0.0.1:{server.wait_ready(ready)['port']}"
        files = (keys / hall_keys.TLS_KEY, keys / hall_keys.TLS_CHAIN, keys / hall_keys.ROOT)
        client = _command(*files, "--send", address, "--messages-a-frame", messages_a_frame, "--seconds", seconds)
        rates = []
        for number in range(RUNS):
            counted = json.loads(run(client, seconds + 60))
            rates.append(counted["messages"] / counted["seconds"])
            told(f"bare stream, {messages_a_frame} a frame, run {number + 1}: {rates[-1]:,.0f} messages/s")
        return BareStream(messages_a_frame, tuple(rates))
    finally:
        server.kill()


def _command(*words: object) -> list[str]:
    return [sys.executable, "-m", "tests.bench.stream", *map(str, words)]
