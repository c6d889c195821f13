"""Keep matters that are too many to remember: each is read from its table when it moves.

Laws: one matter moves at a time, and is read behind whatever is being committed, so that what is judged is what is so; a move counts
from the moment at which its transaction is durable. What is asked for again that is so already happens once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic

import sqlalchemy as sa

from directory.halls import Province
from hub.crash import crash_at
from hub.dockets import store
from hub.dockets.moves import Declined, Judge, Said, message
from hub.dockets.store import Form, Matter
from hub.exchange.own_journal import OwnJournal
from hub.owned import Owned


@dataclass(slots=True)
class Filed(Generic[Matter]):
    """The matters of one kind, in their table."""

    form: Form[Matter]
    own: OwnJournal
    owned: Owned
    province: Callable[[], Province]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def move(self, ident: str, judge: Judge[Matter]) -> Matter | Declined:
        """Make one move: what `judge` says of the matter as it is; a matter that it returns is so already.

        It is finished also when the caller is cancelled meanwhile. Raises what keeps it from being committed.
        """
        return await self.owned.finish(self._move(ident, judge))

    async def _move(self, ident: str, judge: Judge[Matter]) -> Matter | Declined:
        async with self._turn:
            before = await self.own.committer.deed(lambda connection: store.one(connection, self.form, ident))
            judged = judge(before)
            if not isinstance(judged, Said):
                return judged
            said = judged

            def also(connection: sa.Connection, ledger_first: int) -> None:
                store.keep(connection, self.form, [store.Kept(said.after, said.kind, ledger_first)])

            await self.own.say([message(self.form, said, self.province())], (), also)
            crash_at("filed-move-said")
            return said.after
