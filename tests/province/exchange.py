"""Let five county halls work and disturb the exchange between them and the province.

Laws: the halls write on while the hub is dead and while one of them is cut off; each disturbance begins and ends between 20 % and
80 % of the accepted events, because the halls write no more than that until it is over.
"""

import random
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.province import business, directory
from tests.province.build import COUNTIES, Province, Table
from tests.province.business import Change
from tests.province.demo_view import View
from tests.province.feeding import Feeder, makes_event, order_of_commits, split
from tests.province.ground import Ground
from tests.province.reckoning import CASE_EVENT

START_SHARE = 0.2
"""Of the changes that are there when the agents start; the limit is a half."""
KILL_AT, CUT_AT = 0.30, 0.50
"""Shares of accepted events at which the hub is killed and a county is cut off."""
UNTIL_RESTART, UNTIL_CUT, UNTIL_RESTORED = 0.45, 0.55, 0.75
"""What the halls have written at most while the hub is dead, before the cut, and while it lasts."""
ALLOWED = (0.2, 0.8)
DEAD_SHARE, CUT_SHARE = 1 / 15, 1 / 6
"""For how much of the halls' time of writing the hub is dead, and a county is cut off."""
CUT_HALL = COUNTIES[0]

LATE_SECONDS = 1.5
LATE_LEAST = 10
LOOK_SECONDS = 0.1
STALLED_SECONDS = 60.0
SEED = 20_120_214

ARRIVED = "SELECT count(*), coalesce(max(arrival), ?) FROM deliveries WHERE arrival > ? AND type = ?"


@dataclass(slots=True)
class Course:
    """How it went: the share of accepted events at each disturbance, by name, and the time from the agents' start to the last arrival.

    `stalled` says what stood still before everything was there; empty when nothing did.
    """

    shares: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    late: int = 0
    stalled: str = ""


class Exchange:
    """Five county halls, the province and the hub, and what happens to them."""

    def __init__(self, ground: Ground, feed_seconds: float, view: View, consoles: Mapping[str, Table] | None = None) -> None:
        self.ground = ground
        self.view = view
        self.consoles = consoles or {}
        self.province = Province(ground.folder, unlinked=directory.UNLINKED)
        self._feed_seconds = feed_seconds
        busiest = max(len(log.changes) for log in ground.logs.values())
        self._late_most = max(LATE_LEAST, int(busiest / feed_seconds * LATE_SECONDS))
        self._planned: dict[Path, Sequence[Change]] = {}
        self._written = 0
        self._arrived = (0, 0)
        self._accepted = 0
        self._course = Course()
        self._feeder = Feeder({}, feed_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._feeder.stop()
        self.province.kill()

    # ---- before ----

    def build(self) -> None:
        """Make everything up to enrolled agents that do not run yet."""
        self.view.say(f"making a province in {self.ground.folder}")
        for setup in self.ground.setups(self._late_most, proxied=CUT_HALL, consoles=self.consoles):
            self.province.set_up(setup)
        self.province.found()
        directory.fill(self.province)
        ready = self.province.start_hub()
        self.view.say(f"hub runs as process {ready['pid']} on {ready['exchange']}")
        self._fill_business()
        self.province.enrol()
        self.view.say(f"{len(self.province.agents)} halls are enrolled")

    def _fill_business(self) -> None:
        chance = random.Random(SEED)
        for hall, log in self.ground.logs.items():
            path = self.ground.business[hall]
            before, self._planned[path] = split(order_of_commits(log.changes, self._late_most, chance), START_SHARE)
            business.create_business(path, log, before)
            self._written += sum(map(makes_event, before))
        share = self._written / self.ground.events
        self.view.say(f"{len(self._planned)} business databases hold {share:.0%} of {self.ground.events:,} events; the rest is yet to come")

    # ---- while ----

    def run(self) -> Course:
        """Run agents and halls until the province has everything, or nothing moves any more; raises ProgramFailed when one ends."""
        begun = time.monotonic()
        self.province.start_agents()
        self._feeder = Feeder(self._planned, self._feed_seconds)
        self._limit(UNTIL_RESTART)
        self._feeder.start()
        disturbances, moved, state = self._disturb(), begun, (0, 0, 0)
        while not self._complete() and time.monotonic() - moved < STALLED_SECONDS:
            next(disturbances, None)
            if state != (state := self._look()):
                moved = time.monotonic()
            self.province.check_running()
            time.sleep(LOOK_SECONDS)
        self._course.stalled = "" if self._complete() else self._standstill()
        self._look()
        self._course.seconds = time.monotonic() - begun
        self._course.late = self._feeder.late
        self.view.say(f"{self._feeder.late:,} events were committed behind later ones")
        return self._course

    def _disturb(self) -> Iterator[None]:
        """Kill the hub, then cut a county off; goes on each time it is asked."""
        while self._share < KILL_AT:
            yield
        self.province.hub.kill()
        self._look()
        self._note("hub killed (SIGKILL)")
        yield from self._pause(self._feed_seconds * DEAD_SHARE)
        self.province.start_hub()
        self._note("hub started again")
        self._limit(UNTIL_CUT)
        while self._share < CUT_AT:
            yield
        self.province.proxies[CUT_HALL].cut()
        self._note(f"{CUT_HALL} cut off")
        self._limit(UNTIL_RESTORED)
        yield from self._pause(self._feed_seconds * CUT_SHARE)
        self._look()
        self._note(f"{CUT_HALL} connected again")
        self.province.proxies[CUT_HALL].restore()
        self._limit(1.0)

    def _pause(self, seconds: float) -> Iterator[None]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            yield

    def _limit(self, share: float) -> None:
        self._feeder.limit = (share - START_SHARE) / (1 - START_SHARE)

    def _note(self, what: str) -> None:
        self._course.shares[what] = self._share
        self.view.say(f"{what} at {self._share:.1%} of the events accepted")

    @property
    def _share(self) -> float:
        return self._accepted / self.ground.events

    def _look(self) -> tuple[int, int, int]:
        """Count what is written, accepted and arrived, and show it."""
        total = self.ground.events
        with closing(sqlite3.connect(self.ground.sink, timeout=30)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'deliveries'").fetchone():
                more, last = connection.execute(ARRIVED, (self._arrived[1], self._arrived[1], CASE_EVENT)).fetchone()
                self._arrived = (self._arrived[0] + more, last)
        # The read model follows the ledger a moment later: what has arrived was accepted before.
        self._accepted = max(self.province.accepted(), self._arrived[0])
        written = self._written + self._feeder.events
        self.view.show(
            written_by_the_halls=(written, total),
            accepted_by_the_hub=(self._accepted, total),
            arrived_at_the_province=(self._arrived[0], total),
        )
        return written, self._accepted, self._arrived[0]

    def _complete(self) -> bool:
        return self._feeder.done and min(self._accepted, self._arrived[0]) >= self.ground.events

    def _standstill(self) -> str:
        logs = "\n".join(f"{hall}: {agent.log_end(5)}" for hall, agent in self.province.agents.items())
        return f"nothing moved for {STALLED_SECONDS:g} s\nhub: {self.province.hub.log_end(10)}\n{logs}"

    # ---- after ----

    def stop(self) -> None:
        """Ask everything to end; raises ProgramFailed when something does not in time."""
        self.province.stop()
