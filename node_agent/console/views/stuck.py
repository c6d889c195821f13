"""List what does not go on by itself, with the reason: guidance, rows of sources, records that the hub found invalid.

Law: nothing waits invisibly; where the reason is a program's, it is shown as that, beside what a person can do.
"""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from node_agent import invalid_records
from node_agent.console.site import Agent
from node_agent.errors import ConfigInvalid
from node_agent.guidance import parking
from node_agent.guidance.parking import Parked
from node_agent.invalid_records import Invalid
from node_agent.sources import progress
from node_agent.sources.config import FolderSourceConfig, read_sources
from node_agent.sources.progress import Reject

SHOWN: Final = 50
"""Of each kind; the oldest first, records the newest first."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """What is listed; `files` are where sources that read folders put rows that they could not read."""

    guidance: list[Parked]
    rows: list[Reject]
    more_rows: bool
    invalid: list[Invalid]
    files: list[str]


def found(agent: Agent, connection: sa.Connection) -> Stuck:
    """Read all of it; raises StoreError."""
    rows = progress.rejects(connection, limit=SHOWN + 1)
    invalid = invalid_records.newest(connection, limit=SHOWN)
    return Stuck(list(parking.waiting(connection, SHOWN)), rows[:SHOWN], len(rows) > SHOWN, invalid, _files(agent))


def _files(agent: Agent) -> list[str]:
    try:
        sources = read_sources(agent.config.source, agent.config.folder)
    except ConfigInvalid:  # the agent says so at its start: what was set aside stays listed
        return []
    return [str(one.path / one.quarantine) for one in sources if isinstance(one, FolderSourceConfig)]
