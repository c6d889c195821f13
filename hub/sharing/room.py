"""Hold the rooms in which resources are shared, built from what they share themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from directory.halls import Province
from directory.register.lookup import Lookup
from directory.sharing.limits import ReplyLimits
from hub.config import SharingSection
from hub.dockets.docket import Docket
from hub.exchange.own_journal import OwnJournal
from hub.owned import Owned
from hub.sharing import corrections, shares
from hub.sharing.corrections import Corrections
from hub.sharing.grants import Grants
from hub.sharing.shares import Limits, Shares


@dataclass(frozen=True, slots=True)
class Sharing:
    """What is shared, by which grants, and what was found wrong in it; `open` comes first."""

    shares: Shares
    grants: Grants
    corrections: Corrections

    async def open(self) -> None:
        """Take up what is kept; raises MessageMalformed."""
        await self.shares.docket.open()
        await self.corrections.docket.open()

    async def settle(self) -> None:
        """Find out what became of what is in doubt; nothing is said."""
        await self.corrections.docket.settle()
        await self.shares.docket.settle()

    async def sweep(self) -> None:
        """Settle what is in doubt, and record what has expired."""
        await self.settle()
        await self.shares.sweep()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the rooms stand on; what may change is asked for each time."""

    own: OwnJournal
    owned: Owned
    lookup: Callable[[], Lookup]
    province: Callable[[], Province]
    clock: Callable[[], datetime]


def limits(section: SharingSection) -> Limits:
    """Return the limits that a configuration sets."""
    reply = ReplyLimits(unconditional=section.answer_unconditional, conditional=section.answer_conditional, sharing=section.share_within)
    return Limits(reply=reply, longest_term=section.longest_term_days)


def build(ground: Ground, section: SharingSection) -> Sharing:
    """Build the rooms."""
    of_shares = Docket(shares.FORM, ground.own, ground.owned, ground.province)
    of_corrections = Docket(corrections.FORM, ground.own, ground.owned, ground.province)
    grants = Grants(of_shares, ground.lookup, ground.clock)
    of_shares.watch(grants.moved)
    return Sharing(
        Shares(of_shares, ground.lookup, ground.province, limits(section), ground.clock),
        grants,
        Corrections(of_corrections, ground.lookup, section.answer_correction, ground.clock),
    )
