"""Give a door the agent's store, out of the way of everything else.

Law: who asks there waits in threads of the door's own, never in the loop and never in the link's writer: a slow disk or a locked database
makes the door slow, and nothing else.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import sqlalchemy as sa

from node_agent import db

_T = TypeVar("_T")

THREADS: Final = 3


class Keeping:
    """The store, as one door uses it; close it when the door has ended."""

    def __init__(self, engine: sa.Engine, door: str) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix=door)

    async def write(self, work: Callable[[sa.Connection], _T]) -> _T:
        """Run work in a transaction; return when it is durable. Raises StoreError."""

        def in_thread() -> _T:
            with db.begin(self._engine) as connection:
                return work(connection)

        return await self.apart(in_thread)

    async def read(self, work: Callable[[sa.Connection], _T]) -> _T:
        """Run work on one state. Raises StoreError."""

        def in_thread() -> _T:
            with db.reading(self._engine) as connection:
                return work(connection)

        return await self.apart(in_thread)

    async def apart(self, work: Callable[[], _T]) -> _T:
        """Run work that waits for something in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let go of the threads; what still waits in them is cut off with the process."""
        self._threads.shutdown(wait=False, cancel_futures=True)
