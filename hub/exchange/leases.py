"""Let one process of a hall at a time submit to its journal.

Laws: the lease is a fencing number, checked again inside the commit; it ends with its stream. A second claimant makes the hub
ping the holder, and only silence passes the lease on.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import sqlalchemy as sa

from certs.merkle import Frontier
from certs.names import parse_origin
from hub.errors import Refusal
from hub.exchange.committer import Committer
from hub.exchange.intake import JournalTail
from hub.tables import journals
from tongban.errors.v1 import errors_pb2


@dataclass(slots=True, eq=False)
class Holder:
    """One submit stream: how to ping it and how to end it."""

    ping: Callable[[], None]
    end: Callable[[Refusal], None]
    alive: asyncio.Event = field(default_factory=asyncio.Event)


class Leases:
    """Who holds the submit lease of each journal."""

    def __init__(self, committer: Committer, silence: timedelta) -> None:
        self._committer = committer
        self._silence = silence.total_seconds()
        self._holders: dict[str, Holder] = {}

    async def claim(self, origin: str, holder: Holder) -> JournalTail:
        """Give the lease of a journal to `holder` and return where the journal stands; raises Refusal as `hold` does."""
        await self.hold(origin, holder)
        try:
            return await self._committer.deed(lambda connection: _grant(connection, origin))
        except BaseException:
            self.release(origin, holder)
            raise

    async def hold(self, origin: str, holder: Holder) -> None:
        """Let `holder` be the one stream on a log; raises Refusal when the present holder answers."""
        present = self._holders.get(origin)
        if present is not None:
            await self._displace(origin, present)
        if self._holders.setdefault(origin, holder) is not holder:
            raise Refusal(
                errors_pb2.REASON_LEASE_HELD, f"another process is claiming {origin} at this moment", retry_after=timedelta(seconds=1)
            )

    async def _displace(self, origin: str, present: Holder) -> None:
        present.alive.clear()
        present.ping()
        with suppress(TimeoutError):
            await asyncio.wait_for(present.alive.wait(), self._silence)
            msg = f"another process of this hall works on {origin} and answers; stop it, or use its store"
            raise Refusal(errors_pb2.REASON_LEASE_HELD, msg, retry_after=timedelta(seconds=30))
        if self._holders.get(origin) is present:
            del self._holders[origin]
            present.end(
                Refusal(errors_pb2.REASON_LEASE_LOST, f"no answer within {self._silence:g} s while another process claimed {origin}")
            )

    def release(self, origin: str, holder: Holder) -> None:
        """End a lease with its stream."""
        if self._holders.get(origin) is holder:
            del self._holders[origin]


def fence(connection: sa.Connection, hall: str) -> None:
    """Refuse from now on whatever a hall has in flight: its keys are revoked."""
    connection.execute(journals.update().where(journals.c.hall == hall).values(lease=journals.c.lease + 1))


def standing(connection: sa.Connection, held: JournalTail) -> JournalTail:
    """Return where a journal stands now, for whoever holds its lease; a lease that was lost stays lost."""
    row = connection.execute(sa.select(journals.c.size, journals.c.frontier).where(journals.c.origin == held.origin)).one()
    return replace(held, frontier=Frontier.decode(row.size, row.frontier))


def _grant(connection: sa.Connection, origin: str) -> JournalTail:
    """Raise the fencing number, so that whatever an older holder still has in flight is refused."""
    name = parse_origin(origin)
    row = connection.execute(sa.select(journals).where(journals.c.origin == origin)).one_or_none()
    if row is None:
        fresh = {"origin": origin, "hall": name.hall, "epoch": name.epoch, "size": 0, "frontier": b"", "checkpoint": "", "lease": 1}
        connection.execute(journals.insert(), fresh)
        return JournalTail(origin, name.hall, name.epoch, Frontier.decode(0, b""), 1)
    connection.execute(journals.update().where(journals.c.origin == origin).values(lease=row.lease + 1))
    return JournalTail(origin, name.hall, name.epoch, Frontier.decode(row.size, row.frontier), row.lease + 1)
