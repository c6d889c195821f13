"""Put messages into an agent's outbox from a process of its own, all at once or at a steady pace.

Laws: what is put is durable when it is counted; a paced message is put alone, and its time is taken behind its commit. What was done
is told as one line of JSON.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from node_agent import db, hall_keys, outbox
from node_agent.config import load
from node_agent.outbox import Draft, EnvelopeWriter
from tests.bench.case_messages import drafts

TOGETHER = 2_048
"""Messages in one transaction, unless they are paced."""


@dataclass(frozen=True, slots=True)
class Load:
    """What to put where; `rate` is in messages a second, 0 for as fast as it goes."""

    config: Path
    messages: int
    recipients: tuple[str, ...]
    first: int = 0
    interleaved: bool = False
    rate: float = 0.0

    @property
    def command(self) -> list[str]:
        """The command that puts it."""
        return [sys.executable, "-m", "tests.bench.loader", json.dumps(asdict(self), default=str)]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was put; `durable` holds (event id, Unix nanoseconds behind the commit) of paced messages."""

    messages: int
    envelope_bytes: float
    durable: list[tuple[str, int]] = field(default_factory=list)


def put(load_: Load) -> Loaded:
    """Put a load into the outbox; raises AgentError, and ValueError when an event was there before."""
    config = load(load_.config)
    writer = EnvelopeWriter(config.trust_domain, config.hall, hall_keys.load(config).epoch)
    waiting = drafts(config.hall, load_.first, load_.messages, load_.recipients, interleaved=load_.interleaved)
    sample = writer.write(list(drafts(config.hall, load_.first, min(load_.messages, 1_000), load_.recipients)))
    engine = db.open_store(config.store_path)
    try:
        durable = _paced(engine, waiting, writer, load_.rate) if load_.rate else _at_once(engine, waiting, writer)
    finally:
        engine.dispose()
    return Loaded(load_.messages, sum(map(len, sample)) / len(sample), durable)


def _at_once(engine: sa.Engine, waiting: Iterator[Draft], writer: EnvelopeWriter) -> list[tuple[str, int]]:
    while some := list(islice(waiting, TOGETHER)):
        _put(engine, some, writer)
    return []


def _paced(engine: sa.Engine, waiting: Iterator[Draft], writer: EnvelopeWriter, rate: float) -> list[tuple[str, int]]:
    durable = []
    begun = time.monotonic()
    for number, draft in enumerate(waiting):
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
        _put(engine, [draft], writer)
        durable.append((draft.event_id, time.time_ns()))
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
    parser.add_argument("load", help="the fields of tests.bench.loader.Load, as JSON")
    told = json.loads(parser.parse_args().load)
    loaded = put(Load(**told | {"config": Path(told["config"]), "recipients": tuple(told["recipients"])}))
    print(json.dumps(asdict(loaded)))


if __name__ == "__main__":
    main()
