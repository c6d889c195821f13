"""Sum up how the cases of each hall stand, now or as of an earlier moment.

Laws: as of an earlier moment counts what had happened by then, whenever it was told; nothing is written, and nothing is found against
anybody. A case is counted under one state and one light; overdue, suspended and deemed are counted besides.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from directory.clocks.vocabulary import ClockState
from directory.errors import CalendarExceeded
from directory.supervision.lights import foremost, lights
from hub.cases.folded import Folded, Key, folded, told_event
from hub.cases.looking import View, read_clocks
from hub.cases.states import decode_case
from hub.cases.tables import case_events, cases
from hub.cases.times import unix_ms

ROWS_AT_ONCE = 1_000


@dataclass(slots=True)
class HallReport:
    """How the cases of one hall stand. `states` and `lights` count each case once; a case of which no limit runs has no light."""

    hall: str
    cases: int = 0
    open: int = 0
    suspended: int = 0
    overdue: int = 0
    late: int = 0
    """Ended, with the promised limit or the statutory one missed."""
    deemed: int = 0
    flagged: int = 0
    states: Counter[str] = field(default_factory=Counter)
    lights: Counter[str] = field(default_factory=Counter)

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can write it."""
        counts = {name: getattr(self, name) for name in ("hall", "cases", "open", "suspended", "overdue", "late", "deemed", "flagged")}
        return counts | {"states": dict(sorted(self.states.items())), "lights": dict(sorted(self.lights.items()))}


def report(standing: Iterable[tuple[Key, Folded]], view: View) -> list[HallReport]:
    """Sum up cases by hall, in the order of the halls' ids."""
    found: dict[str, HallReport] = {}
    for key, case in standing:
        _count(found.setdefault(key[0], HallReport(key[0])), key, case, view)
    return [found[hall] for hall in sorted(found)]


def _count(into: HallReport, key: Key, case: Folded, view: View) -> None:
    state, place = case.state, view.rulings.place(key[0], case.state.item_code)
    into.cases += 1
    into.open += state.is_open
    into.suspended += state.is_open and state.suspended_since_ms is not None
    into.flagged += bool(state.flags or case.facts.flags)
    into.states[state.status] += 1
    try:
        clocks = read_clocks(case, place, view)
    except CalendarExceeded:
        return
    stand = {clock.state for clock in clocks}
    into.overdue += ClockState.OVERDUE in stand
    into.late += any(clock.state is ClockState.MISSED and clock.kind.startswith("case-") for clock in clocks)
    into.deemed += ClockState.DEEMED in stand
    if shown := foremost(lights(clocks, place, view.sight(key[0])).values()):
        into.lights[shown.value] += 1


def standing_now(connection: sa.Connection) -> Iterator[tuple[Key, Folded]]:
    """Yield every case as it stands."""
    columns = (cases.c.hall, cases.c.case_number, cases.c.state, cases.c.facts, cases.c.last_ledger_index)
    query = sa.select(*columns).execution_options(yield_per=ROWS_AT_ONCE)
    for hall, number, state, facts, last in connection.execute(query):
        yield (hall, number), decode_case(state, facts, last)


def standing_at(connection: sa.Connection, moment: datetime) -> Iterator[tuple[Key, Folded]]:
    """Yield every case as it stood at a moment, by all that is known today."""
    at_ms = unix_ms(moment)
    order = (case_events.c.case_hall, case_events.c.case_number, case_events.c.ledger_index)
    query = sa.select(case_events).where(case_events.c.occurred_at_ms <= at_ms).order_by(*order).execution_options(yield_per=ROWS_AT_ONCE)
    for key, rows in groupby(connection.execute(query), lambda row: (row.case_hall, row.case_number)):
        case = folded(map(told_event, rows), key[0])
        if case.last >= 0:
            yield key, case
