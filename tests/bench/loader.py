"""Put messages into an agent's outbox: all at once from a process of its own, or at a pace from within the agent.

Laws: what is put is durable when it is counted; the time of a paced message is taken behind its commit. What was done
is told as one line of JSON.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from node_agent import db, hall_keys, outbox
from node_agent.config import Config, load
from node_agent.outbox import Draft, EnvelopeWriter
from tests.bench.case_messages import drafts

TOGETHER = 2_048
"""Messages in one transaction, unless they are paced."""
SAMPLE = 1_000
"""Messages whose size is looked at."""


@dataclass(frozen=True, slots=True)
class Load:
    """What to put where."""

    config: Path
    messages: int
    recipients: tuple[str, ...]
    first: int = 0
    interleaved: bool = False

    def to_json(self) -> str:
        """Write it as an argument of a command."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        told: dict[str, Any] = json.loads(text)
        return cls(**told | {"config": Path(told["config"]), "recipients": tuple(told["recipients"])})

    def drafts(self, config: Config) -> Iterator[Draft]:
        """Yield the messages."""
        return drafts(config.hall, self.first, self.messages, self.recipients, interleaved=self.interleaved)


@dataclass(frozen=True, slots=True)
class Pace:
    """So many messages a second, so many of them in one transaction."""

    rate: float
    together: int = 1


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was put, and the mean size of its envelopes."""

    messages: int
    envelope_bytes: float


def put(load_: Load) -> Loaded:
    """Put a load into the outbox; raises AgentError, and ValueError when an event was there before."""
    config = load(load_.config)
    writer = EnvelopeWriter(config.trust_domain, config.hall, hall_keys.load(config).epoch)
    sizes = [len(envelope) for envelope in writer.write(list(islice(load_.drafts(config), SAMPLE)))]
    engine = db.open_store(config.store_path)
    waiting = load_.drafts(config)
    try:
        while some := list(islice(waiting, TOGETHER)):
            _put(engine, some, writer)
    finally:
        engine.dispose()
    return Loaded(load_.messages, sum(sizes) / len(sizes))


def put_paced(engine: sa.Engine, waiting: Iterator[Draft], writer: EnvelopeWriter, pace: Pace) -> list[tuple[str, int]]:
    """Put messages at a pace; return their event ids and the Unix nanoseconds behind their commits."""
    durable: list[tuple[str, int]] = []
    begun = time.monotonic()
    while some := list(islice(waiting, pace.together)):
        time.sleep(max(0.0, begun + len(durable) / pace.rate - time.monotonic()))
        _put(engine, some, writer)
        at = time.time_ns()
        durable += [(draft.event_id, at) for draft in some]
    return durable


def _put(engine: sa.Engine, some: Sequence[Draft], writer: EnvelopeWriter) -> None:
    with db.begin(engine) as connection:
        new = outbox.put(connection, some, writer)
    if new != len(some):
        msg = f"{len(some) - new} of these events were put before"
        raise ValueError(msg)


def main() -> None:
    """Put the load that the command line gives as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.loader", description=__doc__)
    parser.add_argument("load", help="the fields of tests.bench.loader.Load, as JSON", type=Load.from_json)
    print(json.dumps(asdict(put(parser.parse_args().load))))


if __name__ == "__main__":
    main()
