"""Show how many cases shine in which light, by hall and by item."""

import asyncio
from typing import Any, Final

from starlette.responses import Response

from node_agent.console import halls
from node_agent.console.asking import Answered, Unanswered
from node_agent.console.pages import draw
from node_agent.console.views.counting import Counted, counts, given
from node_agent.console.visit import Visit

MOST_ITEMS: Final = 50
"""Rows of the table by item; those with the most red and yellow lights come first."""


async def show(visit: Visit) -> Response:
    """Draw both tables."""
    of = {name: text for name, text in given(visit).items() if name in {"hall", "subtree"}}
    by_hall, by_item = await asyncio.gather(counts(visit, of, ["hall"], lights=True), counts(visit, of, ["item_code"], lights=True))
    rows, items = _rows(by_hall), _rows(by_item)
    silent = [told.hall for told in by_hall.said.reported if told.silent] if isinstance(by_hall, Answered) else []
    facts: dict[str, Any] = {
        "rows": rows,
        "items": items[:MOST_ITEMS],
        "more_items": len(items) > MOST_ITEMS,
        "silent": silent,
        "total": {light: sum(getattr(row, light) for row in rows) for light in ("red", "yellow", "grey", "green")},
        "as_of": by_hall.said.as_of if isinstance(by_hall, Answered) else None,
        "unanswered": by_hall if isinstance(by_hall, Unanswered) else None,
    }
    return draw(visit, "lights.html", given=of, halls=halls.in_order(visit), above=halls.above(visit), **facts)


def _rows(counted: Counted) -> list[Any]:
    """Return the rows that have a light, the most urgent first."""
    if isinstance(counted, Unanswered):
        return []
    lit = [row for row in counted.said.rows if row.red or row.yellow or row.grey or row.green]
    return sorted(lit, key=lambda row: (-row.red, -row.yellow, -row.grey, row.hall, row.item_code))
