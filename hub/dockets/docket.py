"""Keep matters between halls in memory: judged, said in the hub's own journal, and then so.

Laws: one matter moves at a time, so that what is judged is what is said; a move counts from the moment at which its transaction is
durable, and whoever is answered sees it. What is asked for again that is so already happens once. While it is not known whether a
move came through, its matter is in doubt, and whoever looks at it takes it for ended.
"""

import asyncio
from bisect import bisect_right, insort
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic

import sqlalchemy as sa

from directory.halls import Province
from hub.crash import crash_at
from hub.dockets import store
from hub.dockets.moves import Declined, Judge, Said, message
from hub.dockets.store import Form, Matter, Place
from hub.exchange.own_journal import OwnJournal
from hub.owned import Owned

Observer = Callable[[Matter | None, Matter], None]
"""What wants to know of moves: given the matter before and behind one."""


@dataclass(slots=True)
class Docket(Generic[Matter]):
    """The matters of one kind; `open` comes first."""

    form: Form[Matter]
    own: OwnJournal
    owned: Owned
    province: Callable[[], Province]
    _matters: dict[str, Matter] = field(default_factory=dict)
    _order: list[Place] = field(default_factory=list)
    _observers: list[Observer[Matter]] = field(default_factory=list)
    _doubtful: set[str] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self) -> None:
        """Take the matters up as they are kept; raises MessageMalformed."""
        async with self._turn:
            await self._load()

    def watch(self, observer: Observer[Matter]) -> None:
        """Call `observer` behind every move that came through."""
        self._observers.append(observer)

    def __len__(self) -> int:
        return len(self._matters)

    def __iter__(self) -> Iterator[Matter]:
        """Yield all matters, in the order in which they were opened."""
        return self.after(None)

    def after(self, place: Place | None) -> Iterator[Matter]:
        """Yield the matters behind a place of the list."""
        start = 0 if place is None else bisect_right(self._order, place)
        return (self._matters[ident] for _, ident in self._order[start:])

    def get(self, ident: str) -> Matter | None:
        """Return a matter, None when there is none."""
        return self._matters.get(ident)

    @property
    def doubts(self) -> frozenset[str]:
        """The matters of which it is not known whether a move came through."""
        return frozenset(self._doubtful)

    def in_doubt(self, ident: str) -> bool:
        """Tell whether it is not known whether a move of a matter came through."""
        return ident in self._doubtful

    async def move(self, ident: str, judge: Judge[Matter]) -> Matter | Declined:
        """Make one move: what `judge` says of the matter as it is; a matter that it returns is so already.

        It is finished also when the caller is cancelled meanwhile. Raises what keeps it from being committed.
        """
        return await self.owned.finish(self._move(ident, judge))

    async def _move(self, ident: str, judge: Judge[Matter]) -> Matter | Declined:
        async with self._turn:
            if self._doubtful:
                await self._load()
            before = self._matters.get(ident)
            judged = judge(before)
            if not isinstance(judged, Said):
                return judged
            await self._say(ident, judged)
            crash_at("move-said")
            self._take(judged.after)
            return judged.after

    async def settle(self) -> None:
        """Find out what became of moves in doubt; raises what keeps the database from being read."""
        if self._doubtful:
            await self.open()

    async def _say(self, ident: str, said: Said[Matter]) -> None:
        def also(connection: sa.Connection, ledger_first: int) -> None:
            store.keep(connection, self.form, [store.Kept(said.after, said.kind, ledger_first)])

        self._doubtful.add(ident)  # until it is known: the answer to a commit may get lost
        try:
            await self.own.say([message(self.form, said, self.province())], (), also)
        except Exception:
            with suppress(Exception):  # the one that is raised says more; `settle` tries again
                await self._load()
            raise
        self._doubtful.discard(ident)

    async def _load(self) -> None:
        before = self._matters
        # Behind whatever is being committed: what is in doubt is settled then.
        matters = await self.own.committer.deed(self._read)
        self._matters = {self.form.place(matter)[1]: matter for matter in matters}
        self._order = [self.form.place(matter) for matter in matters]
        self._doubtful.clear()
        for ident, matter in self._matters.items():
            if before.get(ident) != matter:
                self._tell(before.get(ident), matter)

    def _read(self, connection: sa.Connection) -> list[Matter]:
        return list(store.load(connection, self.form))

    def _take(self, after: Matter) -> None:
        place = self.form.place(after)
        before = self._matters.get(place[1])
        self._matters[place[1]] = after
        if before is None:
            insort(self._order, place)
        self._tell(before, after)

    def _tell(self, before: Matter | None, after: Matter) -> None:
        for observer in self._observers:
            observer(before, after)
