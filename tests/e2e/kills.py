"""Kill programs of a small province at random while halls write.

Laws: chance is seeded, so that a run can be told from its seed; a program that ends by itself is a fault. One kill is one process
that gets SIGKILL: at times two at once, at times one that has just been started again.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.promises import Promises, arrived, sent
from tests.province.build import PROVINCE_HALL
from tests.province.processes import Program, ProgramFailed, wait_until
from tests.province.reckoning import Reckoning
from tests.province.small import SmallProvince

GAP_SECONDS = (0.05, 0.9)
START_SECONDS = (0.05, 1.2)
TWO_AT_ONCE = 0.2
DURING_START = 0.25
READY_SECONDS = 60.0
SETTLE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Victim:
    """A program that can be killed and made to run again; `weight` is how likely, against the others."""

    name: str
    program: Program
    ready_file: Path
    weight: int


@dataclass(slots=True)
class Tally:
    """What happened: kills by name; how many strokes met two at once, a start, messages under way."""

    kills: dict[str, int] = field(default_factory=dict)
    strokes: int = 0
    two_at_once: int = 0
    during_start: int = 0
    under_way: int = 0

    @property
    def total(self) -> int:
        """Count the kills."""
        return sum(self.kills.values())


class Campaign:
    """Kill and start again; `promises` holds what was promised before each stroke."""

    def __init__(self, small: SmallProvince, seed: int) -> None:
        self.small = small
        self.tally = Tally()
        self.promises = Promises(small)
        self._chance = random.Random(seed)
        self._victims = list(_victims(small))

    def kill(self, wanted: int) -> Iterator[int]:
        """Kill until so many processes were, giving the number after each stroke; everything runs then."""
        while (left := wanted - self.tally.total) > 0:
            time.sleep(self._chance.uniform(*GAP_SECONDS))
            self._stroke(self._chosen(left), again=self._chance.random() < DURING_START and left > 2)
            yield self.tally.total
        self._wait_ready(self._victims)

    def _chosen(self, left: int) -> list[Victim]:
        first = self._chance.choices(self._victims, [victim.weight for victim in self._victims])[0]
        if left == 1 or self._chance.random() >= TWO_AT_ONCE:
            return [first]
        self.tally.two_at_once += 1
        return [first, self._chance.choice([victim for victim in self._victims if victim is not first])]

    def _stroke(self, victims: list[Victim], *, again: bool) -> None:
        """Kill these, and the first of them `again` while it starts. Those killed before may still be starting."""
        self._wait_ready(victims)
        check_running(self.small)
        self.promises.remember()
        self.tally.strokes += 1
        before = arrived(self.small)
        self.tally.under_way += sent(self.small) > before
        for victim in victims:
            self._end(victim)
        if again:
            victims[0].program.start()
            time.sleep(self._chance.uniform(*START_SECONDS))
            self._end(victims[0])
            self.tally.during_start += 1
        for victim in victims:
            victim.program.start()

    def _wait_ready(self, victims: list[Victim]) -> None:
        for victim in victims:
            victim.program.wait_ready(victim.ready_file, READY_SECONDS)

    def _end(self, victim: Victim) -> None:
        if not victim.program.running:
            raise ProgramFailed(f"{victim.name} ended by itself with {victim.program.exit_code}\n{victim.program.log_end()}")
        victim.program.kill()
        self.tally.kills[victim.name] = self.tally.kills.get(victim.name, 0) + 1


def _victims(small: SmallProvince) -> Iterator[Victim]:
    province, senders = small.province, len(small.halls)
    yield Victim("hub", province.hub, province.folder / "hub.ready", 2 * senders)
    for hall, agent in province.agents.items():
        yield Victim(hall, agent, province.hall_folder(hall) / "agent.ready", senders if hall == PROVINCE_HALL else 2)


def check_running(small: SmallProvince) -> None:
    """Raise ProgramFailed when a program has ended that nobody killed."""
    small.province.check_running()
    hub = small.province.hub
    if not hub.running:
        raise ProgramFailed(f"the hub ended by itself with {hub.exit_code}\n{hub.log_end()}")


def settle(small: SmallProvince, looked: Callable[[], object] = lambda: None) -> Reckoning:
    """Wait until as many events have arrived as were sent, and reckon; `looked` is called at each look."""

    def all_there() -> bool:
        check_running(small)
        looked()
        return arrived(small) >= sent(small)

    wait_until(all_there, "everything written has arrived", SETTLE_SECONDS, every=0.25)
    small.province.wait_acknowledged(PROVINCE_HALL, SETTLE_SECONDS)
    return small.reckon()
