"""Run an agent as `tongban-agent run` does, over an outbox that is full, and have it seal whole batches at a steady pace.

Laws: what a hall has to send was made before, as for the peak with which this is compared; a batch is sealed no earlier than its time,
and one that the machine was late for as soon as it can be. The pace begins when a file says so; all else is the agent as it ships.
"""

import argparse
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from node_agent import app, db, journal
from node_agent.cli import main as tongban_agent
from node_agent.config import Config
from node_agent.outbox import EnvelopeWriter
from node_agent.schedule import PlannedSource
from node_agent.sources.source_run import SourceReport
from tests.bench.case_messages import BATCH, SOURCE
from tests.bench.paced_agent import LOOK_SECONDS, ONCE

_seal = journal.seal


@dataclass(slots=True)
class Gate:
    """How many batches may have been sealed by now."""

    opened: int = 0
    sealed: int = 0

    def seal(self, *told: Any, **said: Any) -> Any:
        """Seal a batch if one may be."""
        if self.sealed >= self.opened:
            return None
        found = _seal(*told, **said)
        self.sealed += found is not None
        return found


@dataclass(frozen=True, slots=True)
class PacedGate:
    """The source of one run: it tells nothing, and opens the gate batch by batch."""

    gate: Gate
    rate: float
    messages: int
    begin: Path

    def run(self, engine: sa.Engine, writer: EnvelopeWriter, now: datetime) -> SourceReport:
        """Open the gate for one batch after the other, and wake the link for each."""
        del writer, now
        while not self.begin.exists():
            time.sleep(LOOK_SECONDS)
        begun = time.monotonic()
        for batch in range(-(-self.messages // BATCH)):
            time.sleep(max(0.0, begun + batch * BATCH / self.rate - time.monotonic()))
            self.gate.opened += 1
            with db.begin(engine) as connection:
                db.wake_after(connection)
        return SourceReport()

    def reread(self, engine: sa.Engine, writer: EnvelopeWriter, now: datetime) -> SourceReport:
        """Find nothing: nothing was missed."""
        del engine, writer, now
        return SourceReport()

    def close(self) -> None:
        """Give nothing back."""


def main() -> None:
    """Run the agent."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.paced_sealer", description=__doc__)
    parser.add_argument("config", type=Path, help="the agent's configuration")
    parser.add_argument("rate", type=float, help="messages a second")
    parser.add_argument("messages", type=int, help="messages in the outbox")
    parser.add_argument("begin", type=Path, help="the file to wait for")
    parser.add_argument("ready", type=Path, help="the ready file of the agent")
    told = parser.parse_args()
    gate = Gate()

    def planned(config: Config) -> list[PlannedSource]:
        del config
        return [PlannedSource(SOURCE, PacedGate(gate, told.rate, told.messages, told.begin), ONCE, None)]

    app._planned_sources = planned
    journal.seal = gate.seal
    tongban_agent(["run", "--config", str(told.config), "--ready-file", str(told.ready)])


if __name__ == "__main__":
    main()
