"""Read for all questions that wait at once what the registry holds of what they ask for.

Laws: who waits while one reading goes on is read for by the next, so that a hundred questions cost some statements and not hundreds; a
reading that fails fails for those alone for whom it was made.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from hub.db import Database
from hub.licences import queries
from hub.licences.queries import Looked

AT_ONCE = 64
"""Questions that one reading is made for."""


@dataclass(frozen=True, slots=True)
class _Asked:
    case: tuple[str, str]
    ids: Collection[str]
    holders: Collection[bytes]
    done: asyncio.Future[Looked]


class Looking:
    """Who reads; `prepare` is done in the reading thread, and says up to when a registry that came so far has heard, in Unix ms."""

    def __init__(self, models: Database, prepare: Callable[[int], int]) -> None:
        self._models = models
        self._prepare = prepare
        self._waiting: deque[_Asked] = deque()
        self._reading: asyncio.Task[None] | None = None

    async def look(self, case: tuple[str, str], ids: Collection[str], holders: Collection[bytes]) -> Looked:
        """Return what is there of a case (hall and number), licences by identifier, and licences of holders."""
        done: asyncio.Future[Looked] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(case, ids, holders, done))
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_waiting())
        return await done

    async def _read_waiting(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            try:
                looked = await asyncio.to_thread(self._read, group)
            except Exception as error:  # noqa: BLE001 - every cause is handed to whoever waits for it
                for one in group:
                    if not one.done.done():
                        one.done.set_exception(error)
                continue
            for one in group:
                if not one.done.done():
                    one.done.set_result(looked)

    def _read(self, group: Sequence[_Asked]) -> Looked:
        cases, ids, holders = ({one.case for one in group}, set[str](), set[bytes]())
        for one in group:
            ids.update(one.ids)
            holders.update(one.holders)
        with self._models.reader.begin() as connection:
            looked = queries.look(connection, cases, ids, holders)
        looked.read_up_to_ms = self._prepare(looked.next_ledger_index)
        return looked
