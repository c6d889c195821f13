"""Keep until when replies and answers are awaited, when the days off change.

Laws: what is kept is looked at again when the register says something else, in bounded steps, by an index of what is awaited alone; so the
work does not grow with what was answered long ago.
"""

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from directory.supervision.card_file import CardFile
from directory.supervision.order_file import OrderFile
from directory.supervision.rectification_file import RectificationFile
from hub.dockets.store import Form
from hub.supervision.ground import Ground

ROWS_A_STEP: Final = 256

_Place = tuple[int, str]


@dataclass(slots=True)
class Deadlines:
    """The limits of what is awaited; `keep` comes with every sweep."""

    ground: Ground
    cards: Form[CardFile]
    orders: Form[OrderFile]
    rectifications: Form[RectificationFile]
    _seen: str | None = None

    async def keep(self) -> None:
        """Reckon the limits anew where the register has changed, and at the start; raises what keeps them from being written."""
        seen = self.ground.rulings.seen
        if seen == self._seen:
            return
        await self._walk(self.cards, ("due_ms",))
        await self._walk(self.orders, ("due_ms", "goes_up_ms"))
        await self._walk(self.rectifications, ("due_ms", "goes_up_ms"))
        self._seen = seen

    async def _walk(self, form: Form[Any], columns: tuple[str, ...]) -> None:
        place: _Place | None = (0, "")
        while place is not None:
            place = await self.ground.own.committer.plain(_Step(form, columns, place), patient=True)


@dataclass(frozen=True, slots=True)
class _Step:
    """One step: the rows behind a place, in the order of their limits."""

    form: Form[Any]
    columns: tuple[str, ...]
    place: _Place

    def __call__(self, connection: sa.Connection) -> _Place | None:
        """Write the limits that are others by now; return the last place, None when there is none further."""
        table = self.form.matters
        query = sa.select(table).where(table.c.due_ms.is_not(None), sa.tuple_(table.c.due_ms, table.c.id) > self.place)
        rows = connection.execute(query.order_by(table.c.due_ms, table.c.id).limit(ROWS_A_STEP)).all()
        for row in rows:
            now = dict(zip(table.c.keys(), self.form.row(self.form.read(row.document)), strict=False))
            changed = {name: now[name] for name in self.columns if now[name] != getattr(row, name)}
            if changed:
                connection.execute(table.update().where(table.c.id == row.id).values(changed))
        return (rows[-1].due_ms, rows[-1].id) if rows else None
