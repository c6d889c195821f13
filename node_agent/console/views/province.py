"""Show the halls of the province, or of a branch of it: how they stand, how far behind they are, how many cases end in time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from starlette.responses import Response

from directory.calendar import beijing_day
from directory.halls import Hall
from node_agent.console import atlas, charts, halls
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.charts import Month
from node_agent.console.moments import moment
from node_agent.console.pages import draw
from node_agent.console.views.counting import Counted, counts
from node_agent.console.visit import Visit

BEHIND_AFTER: Final = timedelta(hours=24)
MONTHS: Final = 12
"""Of the chart, this one among them."""


class HallState(StrEnum):
    """How a hall stands; the worst first."""

    SILENT = "silent"
    NEVER = "never"
    BEHIND = "behind"
    CURRENT = "current"
    UNLINKED = "unlinked"
    UNKNOWN = "unknown"
    """The hub was not reached."""


@dataclass(frozen=True, slots=True)
class Row:
    """One hall."""

    hall: Hall
    state: HallState
    up_to: datetime | None
    lag: timedelta | None
    counted: Any
    """Its counts (tongban.case.v1.StatisticsRow); None where there are none."""

    @property
    def rate(self) -> float | None:
        """Say how many per cent of the cases that ended were in time."""
        ended = self.counted.on_time + self.counted.late if self.counted is not None else 0
        return 100 * self.counted.on_time / ended if ended else None


async def show(visit: Visit) -> Response:
    """Draw map, list and chart."""
    known = {hall.hall for hall in halls.above(visit)}
    given = {"branch": visit.asked("branch"), "state": visit.asked("state")}
    given = {
        "branch": given["branch"] if given["branch"] in known else "",
        "state": given["state"] if given["state"] in set(HallState) else "",
    }
    first = charts.months_back(beijing_day(visit.now), MONTHS - 1)
    of = {"subtree": given["branch"]}
    now, over_time = await asyncio.gather(counts(visit, {}, ["hall"], lights=True), counts(visit, {**of, "from_month": first}, ["month"]))
    rows = standings(visit, now)
    shown = [row for row in rows if _is_wanted(row, given, _branch(visit, given["branch"]))]
    facts: dict[str, Any] = {
        "rows": sorted(shown, key=lambda row: list(HallState).index(row.state)),
        "tally": {state: sum(row.state is state for row in rows) for state in HallState},
        "atlas": atlas.drawn(halls.branches(visit), {row.hall.hall: row.state.value for row in rows}),
        "chart": _chart(visit, over_time, first),
        "as_of": now.said.as_of if isinstance(now, Answered) else None,
        "unanswered": now if isinstance(now, Unanswered) else None,
    }
    return draw(visit, "province.html", given=given, above=halls.above(visit), **facts)


def _branch(visit: Visit, hall: str) -> frozenset[str]:
    return visit.law.province.subtree(hall) if hall and visit.law is not None else frozenset()


def _is_wanted(row: Row, given: Mapping[str, str], branch: frozenset[str]) -> bool:
    return (not branch or row.hall.hall in branch) and (not given["state"] or row.state == given["state"])


def standings(visit: Visit, now: Counted) -> list[Row]:
    """Return how each hall stands that the person may look at, from its counts of now, in the order of the tree."""
    if isinstance(now, Unanswered):
        return [Row(hall, HallState.UNKNOWN if hall.linked else HallState.UNLINKED, None, None, None) for hall in halls.in_order(visit)]
    told = {one.hall: one for one in now.said.reported}
    counted = {row.hall: row for row in now.said.rows}
    return [_row(hall, told.get(hall.hall), counted.get(hall.hall), visit.now) for hall in halls.in_order(visit)]


def _row(hall: Hall, told: Any, counted: Any, now: datetime) -> Row:  # noqa: ANN401 - a Reported and a StatisticsRow
    up_to = moment(told.up_to) if told is not None else None
    lag = max(timedelta(0), now - up_to) if up_to is not None else None
    if not hall.linked:
        state = HallState.UNLINKED
    elif lag is None:
        state = HallState.NEVER
    elif told.silent:
        state = HallState.SILENT
    else:
        state = HallState.BEHIND if lag > BEHIND_AFTER else HallState.CURRENT
    return Row(hall, state, up_to, lag, counted)


def _chart(visit: Visit, over_time: Counted, first: str) -> charts.Chart | None:
    if isinstance(over_time, Unanswered):
        return None
    counted = {row.month: row for row in over_time.said.rows}
    months: Sequence[str] = charts.months_between(first, charts.months_back(beijing_day(visit.now), 0))
    found = [counted.get(month) for month in months]
    drawn = [Month(m, row.applied, row.on_time, row.late) if row else Month(m, 0, 0, 0) for m, row in zip(months, found, strict=True)]
    return charts.chart(drawn) if any(found) else None
