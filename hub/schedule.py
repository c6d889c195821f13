"""Run what the hub does by the clock: witnessing, revocations, changes of the law, quarantine, supervision, renewals.

Laws: a job never runs beside itself; runs that were missed, also while the hub was down, become one, which comes at once. What the clock or
a cursor alone makes the hub say waits until it is sure that it was not set back (hub.exchange.standing).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from hub.config import AttachmentsSection, Config
from hub.guidance import sweeping
from hub.registry.changes import apply_pending
from hub.registry.own_certificates import renew_own
from hub.rooms import Rooms
from hub.rpc.lawful import LawWatch
from hub.rpc.streams import OpenCalls

_log = structlog.get_logger(__name__)

CHANGES_EVERY_SECONDS = 5.0
LAW_EVERY_SECONDS = 0.5
QUARANTINE_EVERY_SECONDS = 1.0
SUPERVISION_EVERY_SECONDS = 2.0
"""A sweep that finds nothing reads four rows."""
LICENCES_EVERY_SECONDS = 1.0
"""A sweep that finds nothing reads four rows."""
RENEWALS_EVERY_SECONDS = 3_600.0
OLD_EVERY_SECONDS = 3_600.0
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Jobs:
    """What runs beside the doors."""

    tasks: tuple[asyncio.Task[None], ...]

    async def stop(self) -> None:
        """End every job."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def start(rooms: Rooms, config: Config, calls: OpenCalls, follow: Coroutine[Any, Any, None]) -> Jobs:
    """Start every job, and `follow`, which keeps the read models up with the ledger."""

    async def witness() -> None:
        if await asyncio.to_thread(rooms.witnesses.propose):
            rooms.witnesses.announce()

    async def change() -> None:
        await apply_pending(rooms.registry, calls)
        await rooms.registrar.take_in()
        await (rooms.sharing.sweep() if rooms.standing.may_go_on() else rooms.sharing.settle())

    watch = LawWatch(rooms.laws, calls)

    async def law() -> None:
        watch.look()

    async def renew() -> None:
        await asyncio.to_thread(renew_own, rooms.registry.authority, config.keys, rooms.clock())

    async def supervise() -> None:
        if rooms.standing.may_go_on():
            await rooms.supervision.sweep()

    async def say_of_licences() -> None:
        if rooms.standing.may_go_on():
            await rooms.licences.saying.sweep()

    jobs = (
        _every(config.witness.every.total_seconds(), "witness", witness),
        _every(CHANGES_EVERY_SECONDS, "changes", change),
        _every(LAW_EVERY_SECONDS, "law", law),
        _every(QUARANTINE_EVERY_SECONDS, "quarantine", lambda: rooms.quarantine.take_in(calls)),
        _every(QUARANTINE_EVERY_SECONDS, "release", rooms.release.run),
        _every(OLD_EVERY_SECONDS, "held for too long", rooms.release.drop_old),
        _every(OLD_EVERY_SECONDS, "old files", partial(sweep_files, rooms, config.attachments)),
        _every(SUPERVISION_EVERY_SECONDS, "supervision", supervise),
        _every(LICENCES_EVERY_SECONDS, "licences", say_of_licences),
        _every(RENEWALS_EVERY_SECONDS, "own certificates", renew),
        rooms.records.run(rooms.standing.may_go_on),
        follow,
    )
    return Jobs(tuple(asyncio.create_task(job) for job in jobs))


async def sweep_files(rooms: Rooms, kept: AttachmentsSection) -> None:
    """Forget the files of guidance that were kept for long enough, then remove them."""
    now_ms = rooms.now_ms()
    before_ms = now_ms - kept.keep // _MILLISECOND
    forgotten = await rooms.committer.deed(lambda connection: sweeping.forget(connection, before_ms, now_ms=now_ms))
    removed = await asyncio.to_thread(sweeping.clean, kept.folder, rooms.database, before_ms)
    parts = await asyncio.to_thread(sweeping.drop_parts, kept.folder, now_ms - sweeping.PARTS_KEPT // _MILLISECOND)
    if forgotten or removed or parts:
        _log.info("old files are gone", forgotten=forgotten, removed=removed, parts=parts)


async def _every(seconds: float, name: str, job: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await job()
        except Exception as error:  # noqa: BLE001 - a job that fails is tried again at its next time
            _log.error("job failed", job=name, error=repr(error))
        await asyncio.sleep(seconds)
