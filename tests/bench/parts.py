"""Know the parts of the benchmark, and run those that are asked for.

Laws: parts that share a database share a province, founded once; a share is of the bare stream of the same run, so a part that has one
brings that stream along; a part on PostgreSQL is the part of the same name on a server of our own.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import bare, console, folding, lag, latency, licences, lists, memory, resources, throughput
from tests.bench.bare import BareStream
from tests.bench.case_messages import BATCH
from tests.bench.console import Console
from tests.bench.folding import Folding
from tests.bench.halls import POSTGRESQL, Halls, Send
from tests.bench.lag import Lag
from tests.bench.latency import Latency
from tests.bench.licences import Licences
from tests.bench.lists import Lists
from tests.bench.memory import Memory
from tests.bench.resources import Resources
from tests.bench.throughput import Throughput
from tests.province.postgres import missing, postgresql

BARE, CONSOLE, FOLD, LAG, LATENCY, LISTS, MEMORY, RESOURCES = "bare", "console", "fold", "lag", "latency", "lists", "memory", "resources"
LICENCES = "licences"
_ON_POSTGRESQL = f"-{POSTGRESQL}"
THROUGHPUT: Mapping[str, Callable[[int], list[Send]]] = {
    "eight": throughput.eight,
    "one": throughput.one,
    "split": throughput.split,
    "split-interleaved": throughput.interleaved,
}
_LATER = tuple(f"{name}{_ON_POSTGRESQL}" for name in ("eight", "one", "split", LISTS))
USUAL = (FOLD, BARE, "eight", "one", "split", LATENCY, LAG, LISTS, RESOURCES, LICENCES, CONSOLE, *_LATER, MEMORY)
"""The parts that run unless others are asked for, in this order: memory last, for it leaves the largest database."""
ALL = (*USUAL, *(f"split-interleaved{end}" for end in ("", _ON_POSTGRESQL)), f"{LATENCY}{_ON_POSTGRESQL}")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much to do."""

    bare_seconds: float
    messages: int
    memory_messages: int
    memory_seconds: float
    cases: int
    resources: int
    licences: int


@dataclass(slots=True)
class Results:
    """What was measured, by part."""

    bare: dict[int, BareStream] = field(default_factory=dict)
    throughput: dict[str, Throughput] = field(default_factory=dict)
    latency: dict[str, Latency] = field(default_factory=dict)
    lag: Lag | None = None
    lists: dict[str, Lists] = field(default_factory=dict)
    folding: Folding | None = None
    resources: Resources | None = None
    licences: Licences | None = None
    console: Console | None = None
    memory: Memory | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def share(self, part: str) -> float:
        """Return the rate of a part as a share of the bare stream of whole batches."""
        return self.throughput[part].per_second / self.bare[BATCH].per_second


class Provinces:
    """The provinces of one run, one a database, each founded when it is first needed."""

    def __init__(self, folder: Path, stack: ExitStack, told: Callable[[str], None]) -> None:
        self._folder = folder
        self._stack = stack
        self._told = told
        self._sqlite: Halls | None = None
        self._postgresql: Halls | None = None

    @property
    def sqlite(self) -> Halls:
        """The province whose hub keeps its ledger in SQLite."""
        if self._sqlite is None:
            self._sqlite = self._founded(Halls(self._folder / "sqlite"))
        return self._sqlite

    @property
    def postgresql(self) -> Halls:
        """The province whose hub keeps its ledger in PostgreSQL; raises ProgramFailed where that is not installed."""
        if self._postgresql is None:
            server = self._stack.enter_context(postgresql())
            self._postgresql = self._founded(Halls(self._folder / POSTGRESQL, server.new_database(), server.server.pid))
        return self._postgresql

    def folder(self, name: str) -> Path:
        """Return a folder for a part that makes a province itself."""
        return self._folder / name

    def apart(self, name: str) -> Halls:
        """Found a province of its own, for what would burden the parts behind it."""
        return self._founded(Halls(self._folder / name))

    def _founded(self, halls: Halls) -> Halls:
        self._told(f"founding a province on {halls.province.folder.name}: a hub and nine halls")
        self._stack.callback(halls.close)
        halls.open()
        return halls


def run(parts: Sequence[str], scale: Scale, provinces: Provinces, results: Results, told: Callable[[str], None]) -> None:
    """Run one part after the other; raises ProgramFailed."""
    for part in with_bare(parts):
        told(f"part {part}")
        if part.endswith(_ON_POSTGRESQL) and missing():
            results.left_out[part] = missing()
            continue
        begun = time.monotonic()
        _run(part, scale, provinces, results, told)
        results.seconds[part] = time.monotonic() - begun


def with_bare(parts: Iterable[str]) -> list[str]:
    """Return the parts in their order, with the bare stream of whole batches in front where a share is to be taken of it."""
    wanted = [part for part in ALL if part in set(parts)]
    if LAG in wanted and "eight" not in wanted:
        wanted.insert(0, "eight")  # whose rate is the peak
    needs = any(part.removesuffix(_ON_POSTGRESQL) in THROUGHPUT for part in wanted)
    return [f"{BARE}-{BATCH}", *wanted] if needs and BARE not in wanted else wanted


def _run(part: str, scale: Scale, provinces: Provinces, results: Results, told: Callable[[str], None]) -> None:
    if part == FOLD:
        results.folding = folding.measure(scale.cases)
        return
    if part.startswith(BARE):
        lengths = (bare.SINGLE, BATCH) if part == BARE else (BATCH,)
        results.bare = {length: bare.measure(provinces.sqlite, length, scale.bare_seconds, told) for length in lengths}
        return
    if part == CONSOLE:
        results.console = console.measure(provinces.folder(part), told)
        return
    if part == RESOURCES:
        results.resources = resources.measure(provinces.apart(part), scale.resources, told)
        return
    if part == LICENCES:
        results.licences = licences.measure(provinces.apart(part), scale.licences, told)
        return
    halls = provinces.postgresql if part.endswith(_ON_POSTGRESQL) else provinces.sqlite
    name = part.removesuffix(_ON_POSTGRESQL)
    if name == LAG:
        results.lag = lag.measure(halls, results.throughput["eight"].intake_per_second, told)
    elif name == LATENCY:
        results.latency[part] = latency.measure(halls, told)
    elif name == LISTS:
        results.lists[part] = lists.measure(halls, scale.cases, told)
    elif name == MEMORY:
        results.memory = memory.measure(halls, scale.memory_messages, scale.memory_seconds, told)
    else:
        results.throughput[part] = throughput.measure(halls, THROUGHPUT[name](scale.messages), told)
