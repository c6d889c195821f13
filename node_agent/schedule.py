"""Decide when sources are read, sinks are filled, and what is kept is looked over.

Laws: a source never runs beside itself, and runs that were missed become one (coalesce); a sink runs when something was
received, with a slow look as a net; with too little room on the disk nothing is taken in.
"""

import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from node_agent import db, retention
from node_agent.config import Config
from node_agent.errors import AgentError, StoreFull
from node_agent.guidance import sweeping
from node_agent.guidance.files import FOLDER
from node_agent.outbox import EnvelopeWriter
from node_agent.pulse import Pulse
from node_agent.sinks.sql import Entries, SinkReport, entries_of
from node_agent.sources.errors import ResourceNotSendable
from node_agent.sources.source_run import SourceReport

_log = structlog.get_logger(__name__)

RETENTION_CRON = "15 3 * * *"
RETRY_PARKED = timedelta(minutes=10)
AFTER_FAILURE = timedelta(seconds=5)
"""How long a sink rests after it failed."""
LOOK_AGAIN = timedelta(seconds=30)
"""A source whose resource it may not send yet looks so soon whether it may now, however seldom it runs."""


class Source(Protocol):
    """A system of the hall that is read."""

    def run(self, engine: sa.Engine, writer: EnvelopeWriter, now: datetime) -> SourceReport:
        """Read what is new; raises AgentError."""

    def reread(self, engine: sa.Engine, writer: EnvelopeWriter, now: datetime) -> SourceReport:
        """Read again from further behind; `new` of the report is what had been missed. Raises AgentError."""

    def close(self) -> None:
        """Give back what is held open."""


class Sink(Protocol):
    """A system of the hall that is filled."""

    def deliver(self, entries: Entries, now: datetime) -> SinkReport:
        """Write what was received since; raises AgentError."""

    def retry_parked(self, now: datetime) -> SinkReport:
        """Try again what could not be written; raises AgentError."""

    def parked_count(self) -> int:
        """Count what could not be written until now; raises AgentError."""

    def close(self) -> None:
        """Give back what is held open."""


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """A source and when it runs: `every` or `cron`, or neither: only when asked."""

    name: str
    source: Source
    every: timedelta | None
    cron: str | None


@dataclass(frozen=True, slots=True)
class PlannedSink:
    """A sink and how often it looks unasked."""

    name: str
    sink: Sink
    every: timedelta


@dataclass(slots=True)
class Schedule:
    """The agent's clockwork; everything in it runs in threads."""

    config: Config
    engine: sa.Engine
    writer: EnvelopeWriter
    pulse: Pulse
    sources: Sequence[PlannedSource]
    sinks: Sequence[PlannedSink]
    _scheduler: BackgroundScheduler = field(default_factory=BackgroundScheduler)
    _received: list[threading.Event] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _turns: dict[str, threading.Lock] = field(default_factory=dict)

    def start(self) -> None:
        """Set the clockwork going: each source runs at once, then as configured."""
        zone = ZoneInfo(self.config.timezone)
        pool = ThreadPoolExecutor(max(2, len(self.sources) + 1))
        self._scheduler = BackgroundScheduler(timezone=zone, executors={"default": pool})
        for planned in self.sources:
            self._turns[planned.name] = threading.Lock()
            trigger = _trigger(planned, zone)
            if trigger is not None:
                self._add(f"source {planned.name}", partial(self.read, planned), trigger, at_once=True)
        self._add("reconciliation", self.reconcile, CronTrigger.from_crontab(self.config.reconcile.cron, timezone=zone))
        self._add("retention", self._forget, CronTrigger.from_crontab(RETENTION_CRON, timezone=zone))
        self._scheduler.start()
        for sink in self.sinks:
            event = threading.Event()
            self._received.append(event)
            threading.Thread(target=self._fill, args=(sink, event), name=f"sink {sink.name}", daemon=True).start()

    def _add(self, name: str, job: Callable[[], object], trigger: Any, *, at_once: bool = False) -> None:  # noqa: ANN401 - no types
        first = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(job, trigger, id=name, name=name, coalesce=True, max_instances=1, misfire_grace_time=None, **first)

    def stop(self) -> None:
        """Start nothing more; what runs finishes its transaction or is cut off with the process."""
        self._stopping.set()
        self.received()
        self._scheduler.shutdown(wait=False)
        for planned in self.sources:
            if self._turns[planned.name].acquire(blocking=False):
                planned.source.close()

    def received(self) -> None:
        """Tell the sinks that something came in; from any thread."""
        for event in self._received:
            event.set()

    def read_all(self) -> None:
        """Read every source now, one after the other."""
        for planned in self.sources:
            self.read(planned)

    def read(self, planned: PlannedSource) -> SourceReport | None:
        """Read one source, unless there is no room or it is being read; return the report, None if it failed."""
        return self._run(planned, planned.source.run)

    def reconcile(self) -> list[dict[str, object]]:
        """Read every source again from further behind, and enqueue what had been missed."""
        found = []
        for planned in self.sources:
            report = self._run(planned, planned.source.reread)
            if report is not None:
                found.append({"source": planned.name, "rows": report.rows_read, "missed": report.new})
                if report.new:
                    _log.warning("reconciliation found events that had been missed", source=planned.name, missed=report.new)
        self.pulse.tell(reconciled_at=datetime.now(UTC).isoformat(), reconciliation=found)
        return found

    def _run(self, planned: PlannedSource, run: Callable[[sa.Engine, EnvelopeWriter, datetime], SourceReport]) -> SourceReport | None:
        if self._stopping.is_set() or not self._has_room():
            return None
        alarm = f"source {planned.name}"
        with self._turns.setdefault(planned.name, threading.Lock()):
            try:
                report = run(self.engine, self.writer, datetime.now(UTC))
            except AgentError as error:
                if self.pulse.alarm(alarm, str(error), "see what the text says; the next run tries again", datetime.now(UTC)):
                    _log.error("source failed", source=planned.name, error=str(error))
                self._full(error)
                if isinstance(error, ResourceNotSendable):
                    self._look_again(planned)
                return None
        if self.pulse.well(alarm):
            _log.info("source is well again", source=planned.name)
        if report.rows_read or report.rejected:
            _log.info("source read", source=planned.name, rows=report.rows_read, new=report.new, rejected=len(report.rejected))
        self.pulse.tell(**{alarm: {"ran_at": datetime.now(UTC).isoformat(), "dry": report.dry, "ahead": report.ahead}})
        return report

    def _look_again(self, planned: PlannedSource) -> None:
        """Run a source soon again; one that runs only when it is asked has no job."""
        job = self._scheduler.get_job(f"source {planned.name}")
        soon = datetime.now(UTC) + LOOK_AGAIN
        if job is not None and job.next_run_time > soon:
            job.modify(next_run_time=soon)

    def fill_all(self) -> None:
        """Fill every sink now, one after the other."""
        for planned in self.sinks:
            self._deliver(planned, planned.sink.deliver)

    def _fill(self, planned: PlannedSink, event: threading.Event) -> None:
        retried_at = datetime.now(UTC) - RETRY_PARKED
        while not self._stopping.is_set():
            well = self._deliver(planned, planned.sink.deliver)
            if well and datetime.now(UTC) - retried_at >= RETRY_PARKED:
                retried_at = datetime.now(UTC)
                well = self._deliver(planned, lambda _, now: planned.sink.retry_parked(now))
            if not well:
                self._stopping.wait(AFTER_FAILURE.total_seconds())
            event.wait(planned.every.total_seconds())
            event.clear()
        planned.sink.close()

    def _deliver(self, planned: PlannedSink, deliver: Callable[[Entries, datetime], SinkReport]) -> bool:
        """Write to one sink; return whether that went well."""
        alarm = f"sink {planned.name}"
        try:
            report = deliver(entries_of(self.engine), datetime.now(UTC))
            parked = planned.sink.parked_count()
        except AgentError as error:
            if self.pulse.alarm(alarm, str(error), "see what the text says; the agent tries again", datetime.now(UTC)):
                _log.error("sink failed", sink=planned.name, error=str(error))
            return False
        if self.pulse.well(alarm):
            _log.info("sink is well again", sink=planned.name)
        if report.parked:
            _log.warning("deliveries were parked: they cannot become rows", sink=planned.name, parked=report.parked)
        self.pulse.tell(**{alarm: {"ran_at": datetime.now(UTC).isoformat(), "position": report.position, "parked": parked}})
        return True

    def _forget(self) -> None:
        try:
            with db.begin(self.engine) as connection:
                gone = retention.forget(connection, self.config.keep, datetime.now(UTC))
            files = self._forget_files()
        except (AgentError, OSError) as error:
            _log.error("retention failed", error=str(error))
            return
        counts = {"batches": gone.batches, "sent_events": gone.sent_events, "segments": gone.segments, "files": files}
        _log.info("forgot what was kept long enough", **counts)

    def _forget_files(self) -> int:
        now = datetime.now(UTC)
        before_ms, now_ms = (int(at.timestamp() * 1000) for at in (now - self.config.keep.attachments, now))
        with db.begin(self.engine) as connection:
            gone = sweeping.forget(connection, self.config.data_dir / FOLDER, before_ms, now_ms=now_ms)
        sweeping.remove(gone)
        return len(gone)

    def _has_room(self) -> bool:
        free = shutil.disk_usage(self.config.data_dir).free
        least = self.config.keep.free_bytes
        if free >= least:
            if self.pulse.well("disk"):
                _log.info("there is room on the disk again", free=free)
            return True
        what = f"{free // 1024 // 1024} MiB free under {self.config.data_dir}, {least // 1024 // 1024} MiB are needed: sources are not read"
        if self.pulse.alarm("disk", what, "make room on the disk; the agent goes on by itself", datetime.now(UTC)):
            _log.error("no room on the disk", free=free, needed=least)
        return False

    def _full(self, error: AgentError) -> None:
        if isinstance(error, StoreFull):
            self.pulse.alarm("disk", str(error), "make room on the disk; the agent goes on by itself", datetime.now(UTC))


def _trigger(planned: PlannedSource, zone: ZoneInfo) -> Any:  # noqa: ANN401 - APScheduler has no types
    if planned.every is not None:
        return IntervalTrigger(seconds=max(planned.every.total_seconds(), 0.05), timezone=zone)
    if planned.cron is not None:
        return CronTrigger.from_crontab(planned.cron, timezone=zone)
    return None
