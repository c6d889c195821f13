"""Read the clocks of one case as of a moment, with their lights.

Laws: what is shown is as the law has it, by the register of now; nothing of it is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from directory.clocks.clock import Clock
from directory.clocks.facts import flag_names
from directory.errors import CalendarExceeded
from directory.supervision.lights import lights
from directory.supervision.vocabulary import Light
from hub.cases.folded import Folded
from hub.cases.looking import View, read_clocks
from hub.cases.queries import CaseRow
from hub.cases.rulings import Rulings
from hub.cases.watermarks import reported


@dataclass(frozen=True, slots=True)
class ClocksRead:
    """The clocks of a case, the lights of those that have one by the clock's key, and what is odd about the events they rest on."""

    clocks: tuple[Clock, ...]
    lights: Mapping[tuple[str, str, int, int], Light]
    flags: tuple[str, ...]


def read_clocks_of(connection: sa.Connection, row: CaseRow, case: Folded, rulings: Rulings, now: datetime) -> ClocksRead:
    """Read the clocks of a case; none, and a flag, when no calendar counts so far."""
    view = View(rulings, reported(connection), now)
    place = rulings.place(row.hall, row.state.item_code)
    flags = tuple(flag_names(case.facts.flags))
    try:
        found = read_clocks(case, place, view)
    except CalendarExceeded:
        return ClocksRead((), {}, (*flags, "limit_beyond_calendars"))
    return ClocksRead(found, lights(found, place, view.sight(row.hall)), flags)
