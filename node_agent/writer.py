"""Do the link's store work in one thread of its own.

Law: SQLite has one writer; a queue before one thread costs the event loop nothing and keeps the order in which work was given.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from node_agent import db

P = ParamSpec("P")
T = TypeVar("T")


class Writer:
    """One thread that writes; close it when the links are down."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")

    async def write(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, …)` in a transaction of its own; return when it is durable. Raises StoreError."""

        def in_thread() -> T:
            with db.begin(self._engine) as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)

    async def read(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(connection, …)` on a state that is behind all writes given so far. Raises StoreError."""

        def in_thread() -> T:
            with db.reading(self._engine) as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)

    def close(self) -> None:
        """Finish what was given, and end the thread."""
        self._thread.shutdown(wait=True)
