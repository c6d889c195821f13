"""Measure how many events of cases one core folds a second, and what a sweep costs among a million open cases.

Laws: the fold is the pure one, state and facts, of cases that run from application to closing, events interleaved; one thread, no
other work in it. The sweep reads a read model in SQLite of as many open cases as are asked for, of which DUE are due; its steps are
those of SQLite's own machine, beside those among a hundredth of the cases.
"""

import sqlite3
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from directory.case_state import ACCEPTED, CaseState
from directory.clocks.facts import Facts
from directory.clocks.folding import advance_facts
from directory.lifecycle import Event, advance
from hub.bulk import upsert
from hub.cases.consumer import case_row
from hub.cases.folded import Folded
from hub.cases.reckoner import Reckoner
from hub.cases.tables import TOLD_COLUMNS, cases
from hub.consumers import metadata as models_metadata
from hub.db import Database, open_database, transaction
from hub.tables import metadata as ledger_metadata
from tongban.case.v1 import case_pb2 as wire

FOLD_BAR = 50_000
SWEEP_BAR = 1.5
"""The steps of a sweep among all cases, against those among a hundredth."""
DUE = 100
ROUNDS = 20
CASES_AT_ONCE = 2_000
ROWS_AT_ONCE = 20_000
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
KINDS = (
    wire.CASE_EVENT_KIND_APPLIED,
    wire.CASE_EVENT_KIND_ACCEPTED,
    wire.CASE_EVENT_KIND_STEP_STARTED,
    wire.CASE_EVENT_KIND_STEP_COMPLETED,
    wire.CASE_EVENT_KIND_PROCEDURE_STARTED,
    wire.CASE_EVENT_KIND_PROCEDURE_ENDED,
    wire.CASE_EVENT_KIND_DECIDED,
    wire.CASE_EVENT_KIND_CLOSED,
)


@dataclass(frozen=True, slots=True)
class Folding:
    """Events folded a second, and a sweep over DUE of `cases` open cases: seconds, steps, and steps among a hundredth of them."""

    fold_per_s: float
    cases: int
    sweep_seconds: float
    sweep_steps: int
    sweep_steps_small: int

    @property
    def ratio(self) -> float:
        """The steps against those among a hundredth of the cases."""
        return self.sweep_steps / self.sweep_steps_small


def measure(count: int) -> Folding:
    """Fold, then sweep among a hundredth of so many cases and among all."""
    small, _ = _sweep(max(count // 100, 2 * DUE))
    steps, seconds = _sweep(count)
    return Folding(_folded(), count, seconds, steps, small)


def _folded() -> float:
    events = [
        Event(
            kind,
            NOW_MS + step * 86_400_000,
            1,
            "220000-0417-003",
            "x",
            department="rs",
            step="审查",
            procedure="听证",
            hall="yushu",
            ref=step,
        )
        for step, kind in enumerate(KINDS)
    ]
    spent = 0.0
    for _ in range(ROUNDS):
        states = [(CaseState(), Facts()) for _ in range(CASES_AT_ONCE)]
        begun = time.perf_counter()
        for event in events:
            for state, facts in states:
                advance(state, event)
                advance_facts(facts, event)
        spent += time.perf_counter() - begun
    return ROUNDS * CASES_AT_ONCE * len(KINDS) / spent


def _sweep(count: int) -> tuple[int, float]:
    with tempfile.TemporaryDirectory() as folder:
        ledger, models = (open_database(f"sqlite:///{Path(folder) / name}.db", durable=False) for name in ("ledger", "models"))
        ledger_metadata.create_all(ledger.writer)
        models_metadata.create_all(models.writer)
        _fill(models, count)
        reckoner = Reckoner(ledger, models, lambda: NOW, replayed=True)
        while reckoner.run(limit=0):
            pass  # it has seen the register, and hands nothing back any more
        _make_due(models, count)
        found = _steps(models, reckoner)
        for database in (ledger, models):
            database.dispose()
        return found


def _fill(models: Database, count: int) -> None:
    for start in range(0, count, ROWS_AT_ONCE):
        rows = []
        for number in range(start, min(start + ROWS_AT_ONCE, count)):
            at = NOW_MS - number * 1_000
            state = CaseState(phase=ACCEPTED, events=2, first_event_at_ms=at, last_event_at_ms=at, applied_at_ms=at, accepted_at_ms=at)
            row = case_row((f"hall-{number % 53:02d}", f"{number:08d}"), Folded(state, Facts(), last=number), NOW_MS + 1 + number)
            rows.append(row)
        with transaction(models.writer) as connection:
            upsert(connection, cases, rows, TOLD_COLUMNS)


def _make_due(models: Database, count: int) -> None:
    with transaction(models.writer) as connection:
        for number in range(0, count, count // DUE):
            one = (cases.c.hall == f"hall-{number % 53:02d}") & (cases.c.case_number == f"{number:08d}")
            connection.execute(cases.update().where(one).values(next_look_ms=1))
        later = NOW_MS + 10**9
        connection.execute(cases.update().where(cases.c.next_look_ms <= 0).values(next_look_ms=later))


def _steps(models: Database, reckoner: Reckoner) -> tuple[int, float]:
    """Sweep; return the tens of steps that SQLite took, and the seconds."""
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    def watch(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(count, 10)

    for engine in (models.writer, models.reader):
        sa.event.listen(engine, "checkout", watch)
    begun = time.perf_counter()
    looked = reckoner.run()
    seconds = time.perf_counter() - begun
    if not DUE <= looked <= DUE + 1:
        raise AssertionError(f"{looked} cases were looked at, and {DUE} are due")
    return counted[0], seconds
