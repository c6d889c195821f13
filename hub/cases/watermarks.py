"""Keep up to when each hall has told all it had, and mark what it told afterwards.

Laws: a hall's watermark is the least of its sources', for what one of them has not told may be what a clock waits for; a source's never
falls. What counts for an event is the watermark in front of it in the ledger.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from directory.clocks.facts import LATE_RECORDED, marks
from hub.bulk import upsert
from hub.cases.reading import Ran, Told
from hub.cases.tables import watermarks

MOST_SOURCES: Final = 64
"""Of one hall; what a further one reports does not count."""

_READ: Final = sa.select(watermarks.c.hall, watermarks.c.source, watermarks.c.read_up_to_ms)


class Watermarks:
    """The watermarks of all halls, moved on in ledger order."""

    def __init__(self, connection: sa.Connection) -> None:
        self._sources: dict[str, dict[str, int]] = {}
        for hall, source, up_to in connection.execute(_READ):
            self._sources.setdefault(hall, {})[source] = up_to
        self._reported = {hall: min(sources.values()) for hall, sources in self._sources.items()}
        self._moved: dict[tuple[str, str], int] = {}

    def take(self, ran: Ran) -> None:
        """Move a source's watermark."""
        sources = self._sources.setdefault(ran.hall, {})
        if len(sources) >= MOST_SOURCES and ran.source not in sources:
            return
        sources[ran.source] = self._moved[ran.hall, ran.source] = max(ran.read_up_to_ms, sources.get(ran.source, ran.read_up_to_ms))
        self._reported[ran.hall] = min(sources.values())

    def marked(self, told: Told) -> Told:
        """Return an event with what is odd about its time."""
        event, up_to = told.event, self._reported.get(told.hall)
        found = marks(event.occurred_at_ms, told.accepted_at_ms, up_to)
        if not found:
            return told
        return told._replace(event=event._replace(marks=found, reported_ms=up_to if found & LATE_RECORDED else None))

    def write(self, connection: sa.Connection) -> None:
        """Keep what moved."""
        if self._moved:
            upsert(connection, watermarks, [(*key, up_to) for key, up_to in self._moved.items()])
            self._moved.clear()


def marked(connection: sa.Connection, told: Sequence[Told], ran: Sequence[Ran]) -> list[Told]:
    """Return events with what is odd about their times, and keep the watermarks behind them; both are in ledger order."""
    known = Watermarks(connection)
    found: list[Told] = []
    at = 0
    for event in told:
        while at < len(ran) and ran[at].ledger_index < event.ledger_index:
            known.take(ran[at])
            at += 1
        found.append(known.marked(event))
    for run in ran[at:]:
        known.take(run)
    known.write(connection)
    return found


def reported(connection: sa.Connection) -> dict[str, datetime]:
    """Return up to when each hall has told all it had; a hall that never said so is not in it."""
    least = sa.select(watermarks.c.hall, sa.func.min(watermarks.c.read_up_to_ms)).group_by(watermarks.c.hall)
    return {hall: datetime.fromtimestamp(up_to / 1000, UTC) for hall, up_to in connection.execute(least) if up_to > 0}
