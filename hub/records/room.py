"""Keep records judged and handed on, beside the exchange, and say which of what was handed on is withheld by now.

Laws: intake and delivery wait for nothing here; what cannot be written now is tried again; whether a grant holds is asked again whenever
what it let through leaves the hub, so one that ended ends what waits under it.
"""

import asyncio
from collections.abc import Callable
from functools import lru_cache

import structlog

from hub.exchange.commit import Committed
from hub.exchange.segments import Segment
from hub.records import places
from hub.records.extracting import TYPE
from hub.records.granted import Grants, holds
from hub.records.handing import Handing
from hub.records.judging import Judging

_log = structlog.get_logger(__name__)

IDLE_SECONDS = 5.0
"""After which grants are looked at again without a record: one may have begun."""
AGAIN_SECONDS = 1.0
_EXTRACT = TYPE.encode()
REMEMBERED = 65_536
"""Of how many segments it is remembered under which grant they are."""


class Records:
    """The room of records; `run` works in it until it is cancelled."""

    def __init__(self, judging: Judging, handing: Handing) -> None:
        self._judging = judging
        self._handing = handing
        self._wake = asyncio.Event()
        self._grant_of = lru_cache(maxsize=REMEMBERED)(self._read_grant)

    @property
    def grants(self) -> Grants:
        """Give whoever keeps the grants."""
        return self._handing.grants

    def posted(self, committed: Committed) -> None:
        """Look up when a commit brought records."""
        if committed.with_records:
            self._wake.set()

    def look(self) -> None:
        """Look at the grants now: one was made or ended."""
        self._wake.set()

    async def run(self, may_go_on: Callable[[], bool]) -> None:
        """Judge and hand on whenever there is something, and `may_go_on` lets the hub say what its own cursors make it say."""
        opened = False
        while True:
            try:
                if not opened:
                    await self._judging.open()
                    await self._handing.open()
                    opened = True
                await self._until_idle(may_go_on)
                await self._woken(IDLE_SECONDS if may_go_on() else AGAIN_SECONDS)
            except Exception as error:  # noqa: BLE001 - what fails is taken up from the database again
                _log.warning("records wait", error=repr(error))
                opened = False
                await asyncio.sleep(AGAIN_SECONDS)

    async def _until_idle(self, may_go_on: Callable[[], bool]) -> None:
        while may_go_on():
            judged = await self._judging.round()
            self._handing.newest |= judged or {}
            if not await self._handing.round() and judged is None:
                return

    async def _woken(self, within_seconds: float) -> None:
        try:
            async with asyncio.timeout(within_seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    def withheld(self, hall: str, segment: Segment) -> bool:
        """Say whether a segment of the hub's own may not leave for a hall by now.

        Only what was handed on under a grant ever is. Reads the database the first time a segment of extracts is asked for.
        """
        if _EXTRACT not in segment.batch:  # spares the loop a look at the database for all else that the hub says
            return False
        given_under = self._grant_of(segment.ledger_first)
        if not given_under:
            return False
        handing = self._handing
        grant = handing.grants.grant(given_under)
        return grant is None or grant.hall != hall or not holds(grant, handing.laws.in_force().law, handing.clock())

    def _read_grant(self, ledger_first: int) -> str:
        with self._handing.database.reader.begin() as connection:
            return places.grant_of(connection, ledger_first)
