"""Report a run of a source: to the caller, and to the province as a SourceRun envelope."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from node_agent import db, outbox
from node_agent.outbox import Actor, Draft, EnvelopeWriter
from node_agent.sources import event_ids, progress
from node_agent.sources.config import SourceSection
from node_agent.sources.times import microseconds, timestamp
from tongban.case.v1.case_pb2 import SourceRun

RESOURCE = "source-run"
KIND = "source-run"
ROLE = "node"
REJECTED_NAMED = 1000


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What a run did: rows not read before, the events they are, those of them that were new to the outbox.

    `rejected` is (row key, reason) each, the first REJECTED_NAMED of `rows_rejected`; `dry` tells whether the source was read to its
    end; `ahead` counts the rows dated after `now`, which do not move the cursor.
    """

    rows_read: int = 0
    events: int = 0
    new: int = 0
    rows_rejected: int = 0
    rejected: tuple[tuple[str, str], ...] = ()
    read_up_to: datetime | None = None
    cursor: str = ""
    dry: bool = True
    ahead: int = 0


@dataclass(slots=True)
class Tally:
    """The counts of a run while it runs."""

    rows_read: int = 0
    events: int = 0
    new: int = 0
    rows_rejected: int = 0
    rejected: list[tuple[str, str]] = field(default_factory=list)

    def add(self, rows: int, events: int, new: int, rejected: Sequence[tuple[str, str]]) -> None:
        """Add the counts of a page."""
        self.rows_read += rows
        self.events += events
        self.new += new
        self.rows_rejected += len(rejected)
        self.rejected.extend(rejected[: REJECTED_NAMED - len(self.rejected)])

    def report(self, now_at: progress.Progress, *, dry: bool, ahead: int = 0) -> SourceReport:
        """Close the tally."""
        cursor = "" if now_at.cursor is None else now_at.cursor.encode()
        rejected = tuple(self.rejected)
        return SourceReport(self.rows_read, self.events, self.new, self.rows_rejected, rejected, now_at.read_up_to, cursor, dry, ahead)


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that ended: what it counted, when it began by the agent's clock, and up to when it showed that all is told.

    `told_up_to` is None for a run that did not reach the source's end, or of a source of which nobody can tell.
    """

    tally: Tally
    began: datetime
    told_up_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceRunWriter:
    """Who reports: a source of our own hall."""

    config: SourceSection
    hall: str
    envelopes: EnvelopeWriter

    def draft(self, at: progress.Progress, tally: Tally, now: datetime) -> Draft:
        """Write the SourceRun; runs of different times are different events even when nothing else differs."""
        name, cursor = self.config.name, "" if at.cursor is None else at.cursor.encode()
        run = SourceRun(source=name, cursor=cursor, rows_read=tally.rows_read, events=tally.events, rows_rejected=tally.rows_rejected)
        # What the province reads from it is up to when this hall has reported its cases: a source of records says nothing of them.
        if at.read_up_to is not None and self.config.record is None:
            run.read_up_to.CopyFrom(timestamp(microseconds(at.read_up_to)))
        payload = run.SerializeToString(deterministic=True)
        hashed = event_ids.fields_hash([(event_ids.prefixed(b"at"), b"%d" % microseconds(now)), (event_ids.prefixed(b"run"), payload)])
        return Draft(
            event_id=event_ids.event_id(self.hall, name, event_ids.row_key([cursor]), KIND, hashed),
            source=name,
            type=SourceRun.DESCRIPTOR.full_name,
            subject=name,
            occurred_at=now,
            recorded_at=now,
            resource=RESOURCE,
            recipients=(),
            payload=payload,
            actor=Actor("", ROLE, ""),
        )


def close_run(engine: sa.Engine, writer: SourceRunWriter, run: EndedRun) -> progress.Progress:
    """Put a SourceRun if the run read something or none was put for long; return the source's progress.

    Up to when all is told moves with the SourceRun that says so: behind every event that the run put.
    """
    name, now = writer.config.name, run.began
    with db.reading(engine) as connection:
        at = progress.load(connection, name)
    if run.tally.rows_read or _is_due(at.reported_at, writer.config.report_every, now):
        with db.begin(engine) as connection:  # only now: a run every two seconds that finds nothing must not cost the disk a write
            if run.told_up_to is not None:
                progress.advance(connection, name, None, run.told_up_to)
                at = progress.load(connection, name)
            outbox.put_source_run(connection, writer.draft(at, run.tally, now), writer.envelopes)
            progress.reported(connection, name, now)
    return at


def _is_due(reported_at: datetime | None, every: timedelta, now: datetime) -> bool:
    # A time of report in the future is a clock that was set back since.
    return reported_at is None or now - reported_at >= every or now < reported_at
