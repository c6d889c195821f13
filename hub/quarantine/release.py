"""Release halls from quarantine: forward what was held, and then let them send again.

Laws: first nothing of the hall can be committed any more, then all that is held is forwarded in the order of the ledger, in bounded
batches, and only when none is left it may send (G3). A forward and its striking off are one transaction (G2): a hub that dies goes on
behind the last.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from directory.routing import still_reached
from hub.crash import crash_at
from hub.db import Database
from hub.errors import HubError
from hub.exchange import held, leases, record_work, segments
from hub.exchange.committer import Committer
from hub.exchange.held import Held
from hub.exchange.own_journal import OwnJournal
from hub.exchange.segments import Segment
from hub.owned import Owned
from hub.quarantine.forwards import prepare
from hub.quarantine.quarantine import Quarantine
from hub.records.reading import records_in
from hub.registry.laws import Laws

_log = structlog.get_logger(__name__)

HELD_FOR = timedelta(days=90)
"""What was held for longer is not forwarded any more; it stays in the ledger."""


@dataclass(slots=True)
class Release:
    """Who forwards what was held."""

    database: Database
    committer: Committer
    own: OwnJournal
    laws: Laws
    quarantine: Quarantine
    owned: Owned
    clock: Callable[[], datetime]
    _fenced: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Forward what is held of every hall that is being released, a batch of each in turn, until none is left."""
        going_on = True
        while going_on and (halls := self.quarantine.releasing()):
            self._fenced.intersection_update(halls)
            going_on = False
            for hall in halls:
                going_on |= await self.owned.finish(self._step(hall))
        self._fenced.intersection_update(self.quarantine.releasing())

    async def _step(self, hall: str) -> bool:
        """Go one step on with a hall; False when there is nothing to be done about it now."""
        if hall not in self._fenced:
            # Its streams were ended, and now what they had in flight can be committed no more: nothing is held from here on.
            await self.committer.deed(lambda connection: leases.fence(connection, hall))
            self._fenced.add(hall)
        found = await asyncio.to_thread(self._next, hall)
        if found is None:
            done = await self.quarantine.settle(hall)
            if done:
                _log.warning("hall released", hall=hall)
            return done
        await self._forward(*found)
        return True

    async def _forward(self, waiting: Held, segment: Segment) -> None:
        reached = partial(still_reached, self.laws.in_force().law)
        prepared = await asyncio.to_thread(prepare, segment, waiting, reached, self.clock())
        count = len(prepared.messages)

        def also(connection: sa.Connection, _first: int) -> None:
            held.strike_off(connection, waiting, prepared.behind, count)
            if waiting.next_member == 0 and any(records_in(segment)):
                record_work.note(connection, [segment])  # its records are judged where they stand

        await self.own.say(prepared.messages, also=also)
        crash_at("forwards-logged")
        _log.info("held messages forwarded", hall=waiting.hall, count=count, left_of_segment=waiting.waiting - count)

    def _next(self, hall: str) -> tuple[Held, Segment] | None:
        with self.database.reader.begin() as connection:
            waiting = held.first_of(connection, hall)
            if waiting is None:
                return None
            found = segments.at_ledger(connection, [waiting.ledger_first])
        if not found:
            msg = f"the segment at {waiting.ledger_first} is missing; restore the database from a backup"
            raise HubError(msg)
        return waiting, found[0]

    async def drop_old(self) -> None:
        """Stop waiting with what was held for too long."""
        before_ms = int((self.clock() - HELD_FOR).timestamp() * 1000)
        for hall, count in (await self.committer.deed(lambda connection: held.drop_before(connection, before_ms))).items():
            _log.warning("held messages dropped", hall=hall, count=count, held_for_days=HELD_FOR.days)
