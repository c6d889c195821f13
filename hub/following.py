"""Keep the read models up with the ledger, beside the exchange and never in its way.

Laws: the exchange commits and delivers without waiting for a read model, so `serve` runs them in a process of their own that
yields the processor (docs/adr/0008); that process ends with the hub, however the hub ends; what fails in it is tried again.
"""

import asyncio
import gc
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import structlog

from hub.cases.consumer import CaseConsumer
from hub.cases.reckoner import Reckoner
from hub.cases.silence import HEARS_AFTER
from hub.consumers import Consumer, clear, position, run_once
from hub.db import Database, models_url, open_database, transaction
from hub.decisions.consumer import DecisionConsumer
from hub.exchange import ledger
from hub.exchange.segments import read_after
from hub.guidance.consumer import GuidanceConsumer
from hub.keys import Keys
from hub.licences.consumer import LicenceConsumer
from hub.licences.room import secrets_of
from hub.licences.sealing import load_seal
from hub.records.consumer import RecordConsumer

_log = structlog.get_logger(__name__)

CONSUMERS: Sequence[Callable[[], Consumer]] = (CaseConsumer, DecisionConsumer, RecordConsumer, GuidanceConsumer)
"""Those that need no key; `licences` makes the one that does."""
SEGMENTS_A_RUN = 64
IDLE_SECONDS = 0.2
RECKONER_IDLE_SECONDS = 1.0
"""How soon a case is looked at whose time has come, or that was touched when nothing else was due."""
RECKONER_WAITS_SECONDS = 1.0
"""In a flood: what halls tell is taken in first, and one run of the reckoner follows after so long."""
COLLECT_EVERY: Final = (50_000, 20, 50)
"""Thresholds of the garbage collector: a run makes tens of thousands of rows that it needs all at once, and no cycles; looking through
them at every 700th, as is usual, costs a fifth of the run."""
AGAIN_SECONDS = 5.0
"""After a fault, and before a process that ended is started again."""
END_SECONDS = 10.0
NICENESS = 10
"""Added to the process's own: in a flood, cases are delivered first and counted later."""


def licences(keys: Keys, folder: Path) -> Sequence[Consumer]:
    """Make the consumer that keeps the registry of licences; none where a key is missing. Raises ConfigInvalid."""
    secrets = secrets_of(keys, load_seal(folder))
    return [LicenceConsumer(secrets)] if secrets else []


class Follower:
    """The process that follows; make it before this one has a thread or an event loop, for it forks.

    It begins with `run`, and ends at the end of a pipe that only this process can write to. A child of its own does the work,
    and is replaced when it dies.
    """

    def __init__(self, database_url: str, more: Sequence[Consumer] = ()) -> None:
        """Take the consumers beside CONSUMERS."""
        ours, self._pipe = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._pipe)
            _supervise(ours, database_url, more)
        os.close(ours)

    async def run(self) -> None:
        """Let it follow until cancelled, then end it; the databases must be there."""
        os.write(self._pipe, b"\n")
        try:
            await asyncio.Event().wait()
        finally:
            os.close(self._pipe)
            await asyncio.to_thread(self._ended)

    def _ended(self) -> None:
        deadline = time.monotonic() + END_SECONDS
        while os.waitpid(self._pid, os.WNOHANG)[0] == 0:
            if time.monotonic() > deadline:
                _log.error("read models do not end", pid=self._pid)
                return
            time.sleep(0.01)


def _supervise(pipe: int, database_url: str, more: Sequence[Consumer]) -> NoReturn:
    """Have a child follow, and another when it dies; never returns into the caller's program."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the hub is told, drains, and then closes the pipe
    os.nice(NICENESS)
    if not os.read(pipe, 1):
        os._exit(0)  # the hub did not come so far
    while True:
        child = os.fork()
        if child == 0:
            _work(pipe, database_url, more)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == 0:
            os._exit(0)
        _log.error("read models ended", exit_code=code, again_in_seconds=AGAIN_SECONDS)
        time.sleep(AGAIN_SECONDS)


def _work(pipe: int, database_url: str, more: Sequence[Consumer]) -> NoReturn:
    try:
        _until_end(pipe, database_url, more)
    except BaseException as error:  # noqa: BLE001 - nothing may get back to where the hub was begun
        _log.error("read model failed", error=repr(error), exc_info=error)
        os._exit(1)
    os._exit(0)


def _until_end(pipe: int, database_url: str, more: Sequence[Consumer]) -> None:
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
    database, models = open_database(database_url), open_database(models_url(database_url), durable=False)
    followed = Followed(database, models, more=more)
    rest = 0.0
    while not _is_at_end(pipe, rest):
        rest = followed.run()


def _is_at_end(pipe: int, seconds: float) -> bool:
    """Wait for the end of the pipe, at most so long; tell whether it came. Nothing is ever written to it any more."""
    return bool(select.select([pipe], [], [], seconds)[0])


async def in_a_thread(database: Database, models: Database, more: Sequence[Consumer] = ()) -> None:
    """Do the same within this process, until cancelled: for a hub inside another program."""
    followed = await asyncio.to_thread(partial(Followed, database, models, more=more))
    while True:
        rest = await asyncio.to_thread(followed.run)
        await asyncio.sleep(rest)


def _now() -> datetime:
    return datetime.now(UTC)


class Followed:
    """The read models, each behind its own cursor, and what reckons with the cases; one that fails or lags holds up no other."""

    def __init__(
        self, database: Database, models: Database, clock: Callable[[], datetime] = _now, *, more: Sequence[Consumer] = ()
    ) -> None:
        self._database = database
        self._models = models
        self._reckoner = Reckoner(database, models, clock, hears_from=clock() + HEARS_AFTER)
        self._reckoner_due = 0.0
        self._reckoned = time.monotonic()
        self._due: dict[Consumer, float] = dict.fromkeys((*(consumer() for consumer in CONSUMERS), *more), 0.0)
        for consumer in self._due:
            begin_again_if_ahead(database, models, consumer)

    def run(self) -> float:
        """Take in what one run of each that is due takes; return for how many seconds to rest."""
        for consumer, due in self._due.items():
            if due <= time.monotonic():
                self._due[consumer] = time.monotonic() + _one_run(self._database, self._models, consumer)
        if self._reckoner_due <= time.monotonic() and self._may_reckon():
            self._reckoner_due = time.monotonic() + _one_reckoning(self._reckoner)
            self._reckoned = time.monotonic()
        return max(0.0, min(*self._due.values(), self._reckoner_due) - time.monotonic())

    def _may_reckon(self) -> bool:
        """Tell whether the read models have caught up, or the reckoner has waited long enough for them."""
        now = time.monotonic()
        return now - self._reckoned >= RECKONER_WAITS_SECONDS or all(due > now for due in self._due.values())


def begin_again_if_ahead(database: Database, models: Database, consumer: Consumer) -> None:
    """Drop a model that has seen more than the ledger holds: the ledger was restored from a backup, the model was not."""
    with database.reader.begin() as connection:
        size, _ = ledger.newest_commit(connection)
    with models.reader.begin() as connection:
        if position(connection, consumer.name) <= size:
            return
    with transaction(models.writer) as connection:
        _log.warning("read model is ahead of the ledger and is made again", consumer=consumer.name, ledger_size=size)
        clear(connection, consumer)


def _one_reckoning(reckoner: Reckoner) -> float:
    """Look at the cases that one run takes; return for how many seconds to rest."""
    try:
        looked = reckoner.run()
    except Exception as error:  # noqa: BLE001 - as below
        _log.error("cases cannot be reckoned", error=repr(error))
        return AGAIN_SECONDS
    return 0.0 if looked else RECKONER_IDLE_SECONDS


def _one_run(database: Database, models: Database, consumer: Consumer) -> float:
    """Take in what one run takes; return for how many seconds to rest."""
    try:
        taken = run_once(database.reader, models.writer, consumer, partial(read_after, author=consumer.author), SEGMENTS_A_RUN)
    except Exception as error:  # noqa: BLE001 - a fault is told and tried again, and delays no intake
        _log.error("read model failed", consumer=consumer.name, error=repr(error))
        return AGAIN_SECONDS
    return 0.0 if taken else IDLE_SECONDS
