"""Let the halls work: write the changes of a log into their business databases while the agents read them.

Laws: a change keeps its number and may be committed late, behind changes with higher numbers, as happens when a transaction takes its
number early and commits late; within a case nothing overtakes. No change is late by more than `late_most` numbers, so a source that
re-reads as many misses nothing.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from tests.province.business import Change, HallLog, insert_changes

LATE_SHARE, LATE_CHANGES = 0.01, 20
"""Of the changes so many are late, or so many of them where that is more."""
TICK_SECONDS = 0.2


def order_of_commits(changes: Sequence[Change], late_most: int, chance: random.Random) -> list[Change]:
    """Return the changes in the order in which they are committed: some late, none out of the order of its case."""
    share = max(LATE_SHARE, LATE_CHANGES / max(1, len(changes)))
    held_up_to: dict[str, int] = {}
    timed: list[tuple[int, Change]] = []
    for change in changes:
        lateness = chance.randint(1, late_most) if late_most and chance.random() < share else 0
        # What follows in a case waits with the change before it.
        commit = held_up_to[change.case_id] = max(change.change_no + lateness, held_up_to.get(change.case_id, 0))
        timed.append((commit, change))
    timed.sort(key=lambda planned: planned[0])
    return [change for _, change in timed]


def makes_event(change: Change) -> bool:
    """Tell whether a change is an event: a question answered False did not happen."""
    return change.closes or change.row.get("answer") != "False"


def first_cases(log: HallLog, count: int) -> HallLog:
    """Return the log of the first cases alone."""
    cases = log.cases[:count]
    wanted = {row["case_id"] for row in cases}
    return HallLog(cases, [change for change in log.changes if change.case_id in wanted])


class Feeder:
    """Write what is planned for each hall's database, evenly over a time, in a thread."""

    def __init__(self, planned: Mapping[Path, Sequence[Change]], seconds: float) -> None:
        self.planned = planned
        self.limit = 1.0
        """Up to which share to write; whoever disturbs the exchange raises it when it is time for more."""
        self.late = 0
        """How many changes were committed behind a transaction with a higher number."""
        self.events = 0
        """How many events were written."""
        self._seconds = seconds
        self._stopping = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    @property
    def done(self) -> bool:
        """Tell whether everything is written; raises what stopped the writing."""
        if self._fault is not None:
            raise self._fault
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Write no more."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            writers = [self._write(path, changes) for path, changes in self.planned.items()]
            share, at = 0.0, time.monotonic()
            while writers and not self._stopping.wait(TICK_SECONDS):
                passed, at = time.monotonic() - at, time.monotonic()
                share = max(share, min(self.limit, share + passed / self._seconds))
                writers = [write for write in writers if write(share)]
        except BaseException as error:  # noqa: BLE001 - whoever asks whether it is done gets it
            self._fault = error

    def _write(self, path: Path, changes: Sequence[Change]) -> Callable[[float], bool]:
        """Return what writes up to a share of the changes, and tells whether more are left."""
        written, newest = 0, 0

        def write(share: float) -> bool:
            nonlocal written, newest
            due = changes[written : int(len(changes) * share)]
            if due:
                with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
                    insert_changes(connection, due)
                self.late += sum(change.change_no < newest for change in due)
                self.events += sum(map(makes_event, due))
                newest = max(newest, *(change.change_no for change in due))
                written += len(due)
            return written < len(changes)

        return write


def split(changes: Sequence[Change], share: float) -> Iterator[list[Change]]:
    """Give the changes before a share of all, then those behind it."""
    at = int(len(changes) * share)
    yield list(changes[:at])
    yield list(changes[at:])
