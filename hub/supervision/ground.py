"""Hold what the rooms of supervision stand on, and say by which days a hall works."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from directory.calendar import Calendar, beijing_day
from directory.halls import Province
from hub.cases.rulings import Rulings, RulingsInForce
from hub.cases.watermarks import reported
from hub.db import Database
from hub.exchange.own_journal import OwnJournal
from hub.owned import Owned


@dataclass(slots=True)
class Ground:
    """What the rooms share; `look` comes first, and again whenever the register may have changed."""

    own: OwnJournal
    owned: Owned
    database: Database
    models: Database
    province: Callable[[], Province]
    in_force: RulingsInForce
    clock: Callable[[], datetime]
    rulings: Rulings = field(init=False)

    async def look(self) -> None:
        """Take up what the register says; raises CalendarMalformed or RulesMalformed for one that contradicts itself."""
        self.rulings = await asyncio.to_thread(self.in_force.now)

    def calendar(self, hall: str) -> Calendar:
        """Return the calendar that a hall keeps today."""
        return self.rulings.calendar(hall, beijing_day(self.clock()))

    def watermarks(self) -> Mapping[str, datetime]:
        """Return up to when each hall has reported; reads the database."""
        with self.models.reader.begin() as connection:
            return reported(connection)

    def superiors(self, hall: str) -> tuple[str, ...]:
        """Return the halls above a hall, nearest first; none for one that there is no longer."""
        province = self.province()
        return province.superiors(hall) if hall in province else ()

    def issuer(self, hall: str) -> str:
        """Return the hall for which the hub issues what concerns a hall: its superior; the province's own is issued for itself."""
        return next(iter(self.superiors(hall)), self.province().root)

    def appealed_from(self, hall: str, issuer: str) -> str:
        """Return the hall directly above which an appeal is decided: the issuer.

        Nothing stands above the province, so what it issued to a hall below is decided by itself; no person issued it.
        """
        chain = (hall, *self.superiors(hall))
        return chain[-2] if issuer == self.province().root and len(chain) > 1 else issuer
