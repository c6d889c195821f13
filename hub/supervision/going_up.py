"""Send up what nobody answered in time.

Laws: what is over is found by an index of limits that go up alone, page by page; whether it goes is judged by the matter as it is when its
turn comes. What does not go yet is looked at again with the next sweep.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from hub.dockets.filed import Filed
from hub.dockets.moves import Declined, Judge, Said
from hub.dockets.store import Matter
from hub.supervision.forms import ms
from hub.supervision.ground import Ground

A_LOOK: Final = 256
"""Matters that are looked at in one step, whether they go up."""

GoingUp = Callable[[Mapping[str, datetime], datetime], Judge[Matter]]
"""What judges whether a matter goes up, given up to when each hall has reported, and the moment."""

_Place = tuple[int, str]


async def send_up(ground: Ground, filed: Filed[Matter], going_up: GoingUp[Matter]) -> int:
    """Send up the matters of a table that go up by now; return how many. Raises what keeps one from being committed."""
    sent, place, now = 0, None, ground.clock()
    while page := await asyncio.to_thread(_due, ground, filed.form.matters, now, place):
        judge = going_up(await asyncio.to_thread(ground.watermarks), now)
        for _, ident in page:
            sent += await _moves(filed, ident, judge)
        place = page[-1]
    return sent


async def _moves(filed: Filed[Matter], ident: str, judge: Judge[Matter]) -> bool:
    """Make the move that a judge wants; tell whether there was one."""
    wanted: list[Said[Matter]] = []

    def noted(file: Matter | None) -> Said[Matter] | Matter | Declined:
        judged = judge(file)
        if isinstance(judged, Said):
            wanted.append(judged)
        return judged

    await filed.move(ident, noted)
    return bool(wanted)


def _due(ground: Ground, table: sa.Table, now: datetime, after: _Place | None) -> list[_Place]:
    """Return some of the matters whose limit is over, behind a place."""
    key = sa.tuple_(table.c.goes_up_ms, table.c.id)
    query = sa.select(table.c.goes_up_ms, table.c.id).where(table.c.goes_up_ms <= ms(now))
    if after is not None:
        query = query.where(key > after)
    with ground.database.reader.begin() as connection:
        rows = connection.execute(query.order_by(table.c.goes_up_ms, table.c.id).limit(A_LOOK))
        return [(due, ident) for due, ident in rows]
