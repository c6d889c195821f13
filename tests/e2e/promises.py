"""Remember what programs promised before they were killed, and see afterwards whether it was kept (G1).

Laws: a receipt promises that its batch stands in the ledger, an acknowledgement that its hall holds the entries; both are read from
the database of the one who was promised, and looked up in the database of the one who promised.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from tests.province.reckoning import CASE_EVENT
from tests.province.small import SmallProvince
from tongban.exchange.v1.exchange_pb2 import Batch, Receipt

RECEIPTED = "SELECT first, checkpoint, receipt FROM batches WHERE receipt IS NOT NULL AND first > ? ORDER BY first"
INBOX_SIZE = "SELECT coalesce(max(size), 0) FROM inbox_head"
ACKNOWLEDGED = "SELECT hall, acknowledged_size FROM mailboxes"
HELD = "SELECT ledger_first, batch FROM segments WHERE author = :hall AND journal_first = :first"
SENT = "SELECT (SELECT count(*) FROM case_events) + (SELECT count(*) FROM cases WHERE change_no IS NOT NULL)"
ARRIVED = "SELECT count(*) FROM deliveries WHERE type = ?"
TABLE = "SELECT count(*) FROM sqlite_master WHERE name = 'deliveries'"


@dataclass(frozen=True, slots=True, order=True)
class Receipted:
    """A batch for which an agent holds a receipt."""

    hall: str
    first: int
    checkpoint: str
    ledger_first: int


@dataclass(slots=True)
class Promises:
    """What was promised in a small province so far."""

    small: SmallProvince
    receipted: set[Receipted] = field(default_factory=set)
    acknowledged: dict[str, int] = field(default_factory=dict)

    def remember(self) -> None:
        """Take note of the receipts and acknowledgements that are given by now."""
        for hall in self.small.province.agents:
            newest = max((one.first for one in self.receipted if one.hall == hall), default=-1)
            self.receipted |= set(_receipted(self.small, hall, newest))
        for row in self.small.province.ledger(ACKNOWLEDGED):
            self.acknowledged[row.hall] = max(row.acknowledged_size, self.acknowledged.get(row.hall, 0))

    def broken(self) -> list[str]:
        """Say which were not kept."""
        return [*self._broken_receipts(), *self._broken_acknowledgements()]

    def _broken_receipts(self) -> Iterator[str]:
        for one in sorted(self.receipted):
            held = self.small.province.ledger(HELD, hall=one.hall, first=one.first)
            if [(row.ledger_first, Batch.FromString(row.batch).checkpoint) for row in held] != [(one.ledger_first, one.checkpoint)]:
                yield f"{one.hall} holds a receipt for its batch at {one.first}, which the ledger does not hold as promised"

    def _broken_acknowledgements(self) -> Iterator[str]:
        for hall, size in self.acknowledged.items():
            held = int(asked_of_agent(self.small, hall, INBOX_SIZE)[0][0]) if hall in self.small.province.agents else size
            if held < size:
                yield f"{hall} acknowledged {size} entries and holds {held}"


def _receipted(small: SmallProvince, hall: str, behind: int) -> Iterator[Receipted]:
    for first, checkpoint, receipt in asked_of_agent(small, hall, RECEIPTED, behind):
        yield Receipted(hall, first, checkpoint, Receipt.FromString(receipt).ledger_first)


def asked_of_agent(small: SmallProvince, hall: str, query: str, *binds: object) -> list[tuple[Any, ...]]:
    """Ask an agent's own store something by SQL."""
    path = small.province.hall_folder(hall) / "data" / "agent.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
        return list(connection.execute(query, binds))


def sent(small: SmallProvince) -> int:
    """Count the events that stand in the halls' business databases."""
    total = 0
    for path in small.ground.business.values():
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            total += int(connection.execute(SENT).fetchone()[0])
    return total


def arrived(small: SmallProvince) -> int:
    """Count the case events in the province's table."""
    with closing(sqlite3.connect(small.ground.sink, timeout=30)) as connection:
        there = connection.execute(TABLE).fetchone()[0]
        return int(connection.execute(ARRIVED, (CASE_EVENT,)).fetchone()[0]) if there else 0
