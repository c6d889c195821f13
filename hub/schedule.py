"""Run what the hub does by the clock: witnessing, read models, revocations."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from hub.cases.consumer import CaseConsumer
from hub.config import Config
from hub.consumers import clear, position, run_once
from hub.db import Database
from hub.exchange import ledger
from hub.exchange.segments import read_after
from hub.registry.changes import apply_pending
from hub.registry.own_certificates import renew_own
from hub.rooms import Rooms
from hub.rpc.streams import OpenCalls

_log = structlog.get_logger(__name__)

CHANGES_EVERY_SECONDS = 5.0
RENEWALS_EVERY_SECONDS = 3_600.0
SEGMENTS_A_RUN = 64
MODELS_IDLE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Jobs:
    """What runs beside the doors."""

    tasks: tuple[asyncio.Task[None], ...]

    async def stop(self) -> None:
        """End every job."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def start(rooms: Rooms, models: Database, config: Config, calls: OpenCalls) -> Jobs:
    """Start every job."""

    async def witness() -> None:
        if await asyncio.to_thread(rooms.witnesses.propose):
            rooms.witnesses.announce()

    async def change() -> None:
        await apply_pending(rooms.registry, calls)

    async def renew() -> None:
        await asyncio.to_thread(renew_own, rooms.registry.authority, config.keys, rooms.clock())

    jobs = (
        _every(config.witness.every.total_seconds(), "witness", witness),
        _every(CHANGES_EVERY_SECONDS, "changes", change),
        _every(RENEWALS_EVERY_SECONDS, "own certificates", renew),
        _follow(rooms, models),
    )
    return Jobs(tuple(asyncio.create_task(job) for job in jobs))


async def _every(seconds: float, name: str, job: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await job()
        except Exception as error:  # noqa: BLE001 - a job that fails is tried again at its next time
            _log.error("job failed", job=name, error=repr(error))
        await asyncio.sleep(seconds)


def _begin_again_if_ahead(rooms: Rooms, models: Database, consumer: CaseConsumer) -> None:
    """Drop a model that has seen more than the ledger holds: the ledger was restored from a backup, the model was not."""
    with rooms.database.reader.begin() as connection:
        size, _ = ledger.newest_commit(connection)
    with models.writer.begin() as connection:
        if position(connection, consumer.name) > size:
            _log.warning("read model is ahead of the ledger and is made again", consumer=consumer.name, ledger_size=size)
            clear(connection, consumer)


async def _follow(rooms: Rooms, models: Database) -> None:
    """Keep the read models up with the ledger, in a thread; a fault is retried and delays no intake."""
    consumer = CaseConsumer()
    await asyncio.to_thread(_begin_again_if_ahead, rooms, models, consumer)
    while True:
        try:
            taken = await asyncio.to_thread(run_once, rooms.database.reader, models.writer, consumer, read_after, SEGMENTS_A_RUN)
        except Exception as error:  # noqa: BLE001 - as in `_every`
            _log.error("read model failed", consumer=consumer.name, error=repr(error))
            taken = 0
            await asyncio.sleep(5)
        if not taken:
            await asyncio.sleep(MODELS_IDLE_SECONDS)
