"""Run a province for measuring: a hub, the provincial hall and eight county halls, all enrolled, as the real programs.

Laws: between two runs every program is stopped, so that outboxes are filled beside nothing else; agents are ready and knock before
the hub opens, so that a run begins for all halls at once, as after a night without the line. What the halls' inboxes acknowledged is
read from the hub's database: durable, and not the programs' own word.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.case_messages import BATCH
from tests.bench.loader import Load, Loaded
from tests.bench.usage import children_cpu_seconds, cpu_seconds, tree_cpu_seconds
from tests.province.build import COUNTIES, PROVINCE_HALL, SQLITE, HallSetup, Province, Table
from tests.province.processes import ProgramFailed, run, wait_until

EIGHT = (*COUNTIES, "shuangyang", "panshi", "lishu")
"""The county halls."""
LINK: Table = {"back_off_first": "100ms", "back_off_most": "200ms"}
"""Only for the common start: how soon an agent tries again to reach a hub that is not there."""
SAMPLE_SECONDS = 0.1
READY_SECONDS = 60.0
LOAD_SECONDS = 300.0
LOADERS = 2
MODELS_SECONDS = 120.0
POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class Send:
    """What one hall sends: each message to one of the recipients."""

    hall: str
    messages: int
    recipients: tuple[str, ...]
    interleaved: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds since the hub opened, entries acknowledged since, processor seconds by role, and entries taken into the ledger since."""

    at: float
    acknowledged: int
    cpu: Mapping[str, float]
    accepted: int = 0


@dataclass(slots=True)
class Run:
    """One run in progress: what is expected, and what was seen of it."""

    senders: Sequence[str]
    recipients: Sequence[str]
    base: int
    ledger_base: int
    opened: float = 0.0
    samples: list[Sample] = field(default_factory=list)

    @property
    def halls(self) -> list[str]:
        """Everyone who takes part."""
        return [*self.senders, *self.recipients]


class Halls:
    """The province; `open` it before anything else, `close` it at the end."""

    def __init__(self, folder: Path, database: str = SQLITE, database_pid: int | None = None) -> None:
        self.province = Province(folder, database=database)
        self._database_pid = database_pid
        self._next: dict[str, int] = {}

    def open(self) -> None:
        """Make the province and enrol its halls; everything is stopped behind it."""
        for hall in (PROVINCE_HALL, *EIGHT):
            self.set_up(hall)
        self.province.found()
        self.province.start_hub()
        self.province.enrol()
        self.province.hub.stop()

    def close(self) -> None:
        """End everything."""
        self.province.kill()

    def set_up(self, hall: str) -> None:
        """Write the configuration of a hall's agent."""
        self.province.set_up(HallSetup(hall, sections={"link": LINK}))

    def ready_file(self, hall: str) -> Path:
        """Return the file that a hall's agent writes once it works."""
        return self.province.hall_folder(hall) / "agent.ready"

    # ---- loading ----

    def load(self, sends: Sequence[Send], told: Callable[[str], None] = lambda _: None) -> list[Loaded]:
        """Fill outboxes, two at a time, each from a process of its own."""
        with ThreadPoolExecutor(LOADERS) as pool:
            loaded = []
            for send, one in zip(sends, pool.map(self._load, sends), strict=True):
                told(f"{send.hall}: {one.messages:,} messages in the outbox")
                loaded.append(one)
            return loaded

    def _load(self, send: Send) -> Loaded:
        command = [sys.executable, "-m", "tests.bench.loader", self.plan(send).to_json()]
        return Loaded(**json.loads(run(command, LOAD_SECONDS)))

    def plan(self, send: Send) -> Load:
        """Return the load that makes a hall send what was not sent before."""
        first = self._next.get(send.hall, 0)
        # The next load starts with a batch of its own.
        self._next[send.hall] = -(-(first + send.messages) // BATCH) * BATCH
        return Load(self.province.hall_config(send.hall), send.messages, send.recipients, first, send.interleaved)

    # ---- running ----

    def start(self, senders: Sequence[str], recipients: Sequence[str]) -> Run:
        """Start the agents of these halls, and when all knock, the hub."""
        begun = Run(senders, recipients, self._sizes("size", recipients), self.ledger_size())
        self.start_agents(begun)
        self.province.start_hub()
        begun.opened = time.monotonic()
        self._sample(begun)
        return begun

    def start_agents(self, begun: Run) -> None:
        """Start the agents of a run, and wait until all are ready."""
        for hall in begun.halls:
            self.province.agents[hall].start()
        for hall in begun.halls:
            self.province.agents[hall].wait_ready(self.ready_file(hall), READY_SECONDS)

    def stop_agents(self, begun: Run) -> None:
        """Stop the agents of a run, so that their outboxes can be filled; raises ProgramFailed when one does not end in peace."""
        codes = {hall: self.province.agents[hall].stop() for hall in begun.halls}
        if any(codes.values()):
            raise ProgramFailed(f"ended with exit codes {codes}")

    def follow(self, begun: Run, messages: int, seconds: float) -> bool:
        """Sample until so many messages are acknowledged since the start, or time is up; return whether they are."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self._check(begun)
            if self._sample(begun).acknowledged >= messages:
                return True
            time.sleep(SAMPLE_SECONDS)
        return False

    def settle(self, begun: Run) -> None:
        """Wait until the read model has caught up with the ledger; raises ProgramFailed when it does not, or parked a message."""
        size = self.ledger_size()
        behind = "SELECT next_ledger_index FROM consumers WHERE name = 'cases'"
        wait_until(lambda: self.province.models(behind)[0][0] >= size, "the read model caught up", MODELS_SECONDS)
        self._sample(begun)
        parked = self.province.models("SELECT count(*) FROM cases_parked")[0][0]
        if parked:
            raise ProgramFailed(f"the read model could not read {parked} messages")

    def stop(self, begun: Run) -> None:
        """Stop the agents of a run, then the hub; raises ProgramFailed when one does not end in peace."""
        self.stop_agents(begun)
        if code := self.province.hub.stop():
            raise ProgramFailed(f"the hub ended with exit code {code}\n{self.province.hub.log_end()}")

    def cosignatures(self) -> int:
        """Count the cosignatures that witnesses gave."""
        return int(self.province.ledger("SELECT count(*) FROM cosignatures")[0][0])

    def ledger_size(self) -> int:
        """Count the entries of the ledger."""
        return int(self.province.ledger("SELECT ledger_size FROM head")[0][0])

    def _check(self, begun: Run) -> None:
        for program in (self.province.hub, *(self.province.agents[hall] for hall in begun.halls)):
            if not program.running:
                raise ProgramFailed(f"{' '.join(program.command)} ended with {program.exit_code}\n{program.log_end()}")

    def _sample(self, begun: Run) -> Sample:
        agents = self.province.agents
        cpu = {
            "hub": cpu_seconds(self.province.hub.pid),
            "models": children_cpu_seconds(self.province.hub.pid),
            "sender": sum(cpu_seconds(agents[hall].pid) for hall in begun.senders),
            "recipient": sum(cpu_seconds(agents[hall].pid) for hall in begun.recipients),
        }
        if self._database_pid is not None:
            cpu[POSTGRESQL] = tree_cpu_seconds(self._database_pid)
        acknowledged = max(0, self._sizes("acknowledged_size", begun.recipients) - begun.base)
        sample = Sample(time.monotonic() - begun.opened, acknowledged, cpu, self.ledger_size() - begun.ledger_base)
        begun.samples.append(sample)
        return sample

    def _sizes(self, column: str, halls: Sequence[str]) -> int:
        rows = self.province.ledger(f"SELECT hall, {column} AS size FROM mailboxes")  # noqa: S608 - a column's name of ours
        return sum(row.size for row in rows if row.hall in halls)
