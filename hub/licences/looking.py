"""Read for all questions that wait at once what the registry holds of what they ask for.

Laws: who comes while others are read for, or have their records written, is read for with the next, so that a hundred questions cost some
statements and some commits and not hundreds; a question that takes long holds the next up for a moment and no longer; a reading that fails
fails for those alone for whom it was made.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from hub.db import Database
from hub.licences import queries
from hub.licences.queries import Looked

AT_ONCE: Final = 64
"""Questions that one reading is made for."""
MOMENT_SECONDS: Final = 0.05
"""How long the next reading waits for those who were read for to leave: some commits."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn of one question, from what is read for it (given on entering) until its record is written (left then)."""

    case: tuple[str, str]
    ids: Collection[str]
    holders: Collection[bytes]
    done: asyncio.Future[Looked]
    left: asyncio.Future[None]

    async def __aenter__(self) -> Looked:
        try:
            return await self.done
        except BaseException:
            self.left.set_result(None)  # nobody waits for who hung up, or was not read for
            raise

    async def __aexit__(self, *_: object) -> None:
        self.left.set_result(None)


class Looking:
    """Who reads; `prepare` is done in the reading thread, and says up to when a registry that came so far has heard, in Unix ms."""

    def __init__(self, models: Database, prepare: Callable[[int], int]) -> None:
        self._models = models
        self._prepare = prepare
        self._waiting: deque[Turn] = deque()
        self._reading: asyncio.Task[None] | None = None

    def turn(self, case: tuple[str, str], ids: Collection[str], holders: Collection[bytes]) -> Turn:
        """Return the turn of a question about a case (hall and number), licences by identifier, and licences of holders."""
        loop = asyncio.get_running_loop()
        asked = Turn(case, ids, holders, loop.create_future(), loop.create_future())
        self._waiting.append(asked)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_waiting())
        return asked

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
            await asyncio.wait([one.left for one in group], timeout=MOMENT_SECONDS)

    def _read(self, group: Sequence[Turn]) -> Looked:
        cases, ids, holders = ({one.case for one in group}, set[str](), set[bytes]())
        for one in group:
            ids.update(one.ids)
            holders.update(one.holders)
        with self._models.reader.begin() as connection:
            looked = queries.look(connection, cases, ids, holders)
        looked.read_up_to_ms = self._prepare(looked.next_ledger_index)
        return looked
