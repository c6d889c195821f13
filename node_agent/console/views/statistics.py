"""Show counts of cases as a table, and hand it out as a file."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from starlette.responses import Response

from node_agent.console import halls, sheets
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.pages import draw, message
from node_agent.console.sheets import Cell
from node_agent.console.views import counting
from node_agent.console.views.counting import Counted
from node_agent.console.visit import Visit

GROUPS: Final = ("hall", "item_code", "department", "month")
COUNTS: Final = ("applied", "accepted", "decided", "granted", "refused", "closed", "on_time", "late", "yellow_cards", "red_cards")
MOST_SHOWN: Final = 200
"""Rows on a page; files hold all."""
_CSV: Final = "statistics.csv"
_XLSX: Final = "statistics.xlsx"
_MIME: Final = {_CSV: "text/csv; charset=utf-8", _XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


async def show(visit: Visit) -> Response:
    """Draw the table; the filters are the page's address."""
    of, by = counting.given(visit), _by(visit)
    counted = await counting.counts(visit, of, by)
    rows = list(counted.said.rows) if isinstance(counted, Answered) else []
    facts: dict[str, Any] = {
        "rows": rows[:MOST_SHOWN],
        "more": len(rows) > MOST_SHOWN,
        "total": {name: sum(getattr(row, name) for row in rows) for name in COUNTS},
        "as_of": counted.said.as_of if isinstance(counted, Answered) else None,
        "unanswered": counted if isinstance(counted, Unanswered) else None,
        "is_empty": not any(row.applied or row.accepted or row.decided or row.closed for row in rows),
    }
    address = {**of, **{f"by_{name}": "1" for name in by}}
    every: dict[str, Any] = {
        "groups": GROUPS,
        "counts": COUNTS,
        "files": tuple(_MIME),
        "halls": halls.in_order(visit),
        "above": halls.above(visit),
    }
    return draw(visit, "statistics.html", given=of, by=by, address=address, **every, **facts)


async def download(visit: Visit) -> Response:
    """Hand the table out as a file."""
    name = str(visit.request.path_params["name"])
    if name not in _MIME:
        return await message(visit, "absent", 404)
    counted = await counting.counts(visit, counting.given(visit), _by(visit))
    if isinstance(counted, Unanswered):
        return await message(visit, "no-file", 422 if counted.reason else 503)
    table = list(_table(visit, counted, _by(visit)))
    content = await visit.site.keeping.apart(lambda: (sheets.as_csv if name == _CSV else sheets.as_xlsx)(table))
    return Response(content, media_type=_MIME[name], headers={"content-disposition": f'attachment; filename="{name}"'})


def _by(visit: Visit) -> list[str]:
    """Return what rows are kept apart by; by hall where nothing is said and nothing is asked for."""
    chosen = [name for name in GROUPS if visit.asked(f"by_{name}") == "1"]
    return chosen or ([] if visit.asked("asked") == "1" else ["hall"])


def _table(visit: Visit, counted: Counted, by: Sequence[str]) -> Iterator[list[Cell]]:
    words = visit.words
    columns = [*by, *COUNTS]
    yield [words.of("stat", name) for name in columns]
    for row in counted.said.rows if isinstance(counted, Answered) else ():
        yield [getattr(row, name) for name in columns]
