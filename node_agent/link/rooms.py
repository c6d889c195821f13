"""Give the parts of the link what they share."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from certs.names import LogName, parse_origin
from node_agent.adoption import AdoptActs
from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.keys_replica import KeysReplica
from node_agent.ledger_view import LedgerView
from node_agent.pulse import Pulse
from node_agent.writer import Writer
from tongban.exchange.v1.exchange_pb2 import Delivery

Clock = Callable[[], datetime]
AdoptCursor = Callable[[sa.Connection, str, str], None]
"""Take over a source's cursor, given its name, from a SourceRun that the hub gave back. Raises ValueError."""

RELEASE = "tongban-agent 0.1.0"
PROTOCOL_VERSION = 1


@dataclass(slots=True)
class LinkRooms:
    """What both streams use. `keys` is replaced when it was built anew from the store."""

    config: Config
    hall: HallKeys
    writer: Writer
    view: LedgerView
    keys: KeysReplica
    pulse: Pulse
    clock: Clock
    adopt_cursor: AdoptCursor
    adopt_acts: AdoptActs
    on_received: Callable[[], None]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something was put into the outbox."""

    @property
    def log(self) -> LogName:
        """The hall's journal."""
        return parse_origin(self.hall.journal.name)

    def now_ms(self) -> int:
        """Return the time in Unix milliseconds."""
        return int(self.clock().timestamp() * 1000)


def body_bytes(delivery: Delivery) -> int:
    """Return what a delivery weighs against the window."""
    return sum(len(segment.batch) + sum(map(len, segment.extract.envelopes)) for segment in delivery.segments)
