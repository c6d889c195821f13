"""Run an agent as `tongban-agent run` does, with one source that puts a message at a steady pace.

Laws: the source runs in the agent's own schedule and wakes the link as every source does (another process cannot: the agent would
notice what that put at its next slow look); all else is the agent as it ships. The source begins when a file says so, and tells in
another when each message was durable.
"""

import argparse
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from node_agent import app
from node_agent.cli import main as tongban_agent
from node_agent.config import Config
from node_agent.outbox import EnvelopeWriter
from node_agent.schedule import PlannedSource
from node_agent.sources.source_run import SourceReport
from tests.bench.case_messages import SOURCE
from tests.bench.loader import Load, Pace, put_paced

ONCE = timedelta(days=1)
"""The source runs when the agent starts, and not again."""
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class PacedSource:
    """A source of one run."""

    config: Config
    load: Load
    pace: Pace
    begin: Path
    told: Path

    def run(self, engine: sa.Engine, writer: EnvelopeWriter, now: datetime) -> SourceReport:
        """Put every message, then tell when each was durable."""
        del now
        while not self.begin.exists():
            time.sleep(LOOK_SECONDS)
        durable = put_paced(engine, self.load.drafts(self.config), writer, self.pace)
        draft = self.told.with_suffix(".draft")
        draft.write_text(json.dumps(durable), encoding="utf-8")
        draft.replace(self.told)
        return SourceReport(rows_read=len(durable), events=len(durable), new=len(durable))

    def reread(self, engine: sa.Engine, writer: EnvelopeWriter, now: datetime) -> SourceReport:
        """Find nothing: nothing was missed."""
        del engine, writer, now
        return SourceReport()

    def close(self) -> None:
        """Give nothing back."""


def main() -> None:
    """Run the agent."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.paced_agent", description=__doc__)
    parser.add_argument("load", type=Load.from_json, help="the fields of tests.bench.loader.Load, as JSON")
    parser.add_argument("rate", type=float, help="messages a second")
    parser.add_argument("together", type=int, help="messages in one transaction")
    parser.add_argument("begin", type=Path, help="the file to wait for")
    parser.add_argument("told", type=Path, help="the file to be written in the end: [[event id, Unix nanoseconds], …]")
    parser.add_argument("ready", type=Path, help="the ready file of the agent")
    told = parser.parse_args()
    load: Load = told.load

    def planned(config: Config) -> list[PlannedSource]:
        return [PlannedSource(SOURCE, PacedSource(config, load, Pace(told.rate, told.together), told.begin, told.told), ONCE, None)]

    app._planned_sources = planned
    tongban_agent(["run", "--config", str(load.config), "--ready-file", str(told.ready)])


if __name__ == "__main__":
    main()
