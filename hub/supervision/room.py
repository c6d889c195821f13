"""Hold the rooms of supervision, built from what they share, and sweep through them by the clock.

Law: one sweep at a time, whoever asks for it.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from hub.dockets.filed import Filed
from hub.supervision.cards import Cards
from hub.supervision.deadlines import Deadlines
from hub.supervision.forms import cards_by, orders_by, rectifications_by
from hub.supervision.ground import Ground
from hub.supervision.issuing import Issuing
from hub.supervision.orders import Orders
from hub.supervision.rectifications import Rectifications

ROUNDS_A_SWEEP: Final = 64
"""After so many rounds of findings a sweep looks after the rest, and goes on with the next one."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """Cards, orders and rectifications; `open` comes first, `sweep` again and again."""

    ground: Ground
    cards: Cards
    orders: Orders
    rectifications: Rectifications
    issuing: Issuing
    deadlines: Deadlines
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self) -> None:
        """Take up what the register says."""
        await self.ground.look()

    async def sweep(self) -> None:
        """Issue what was found since, keep limits up with the register, and send up what nobody answered; what was missed is caught up."""
        async with self._turn:
            await self.ground.look()
            await self.deadlines.keep()
            for _ in range(ROUNDS_A_SWEEP):
                if not await self.issuing.round():
                    break
            await self.orders.send_up()
            await self.rectifications.send_up()


def build(ground: Ground) -> Supervision:
    """Build the rooms."""
    of_cards, of_orders, of_ratings = cards_by(ground.calendar), orders_by(ground.calendar), rectifications_by(ground.calendar)
    rectifications = Rectifications(ground, Filed(of_ratings, ground.own, ground.owned, ground.province))
    return Supervision(
        ground,
        Cards(ground, Filed(of_cards, ground.own, ground.owned, ground.province)),
        Orders(ground, Filed(of_orders, ground.own, ground.owned, ground.province)),
        rectifications,
        Issuing(ground, of_cards, of_orders, rectifications),
        Deadlines(ground, of_cards, of_orders, of_ratings),
    )
