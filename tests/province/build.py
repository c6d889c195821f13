"""Build a small province of real programs: an authority, a hub, an agent in each hall.

Laws: everything is made by the commands that operators use, stands under one temporary folder and runs as processes of its own; a hub
started again listens where it did before. The hall that is to be cut off reaches the hub through a proxy of ours and by no other way.
"""

import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from hub.db import models_url
from node_agent.config import load
from node_agent.status import report
from tests.province.commands import Arguments, commands
from tests.province.processes import Program, ProgramFailed, executable, free_port, run, wait_until
from tests.province.proxy import TcpProxy

TRUST_DOMAIN = "jilin.example"
PROVINCE_HALL = "jilin-sheng"
COUNTIES = ("gongzhuling", "yushu", "dehui", "nongan", "jiutai")
"""Five county halls under the city hall of 长春 and so under the province."""

HOST = "127.0.0.1"
SQLITE = "sqlite:///hub.db"
CHANGE_SECONDS = 60.0
DRAIN_SECONDS = 20.0

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class HallSetup:
    """What one hall's agent.toml says beside its name: [[source]] and [[sink]] tables, further sections, and how it reaches the hub."""

    hall: str
    sources: Sequence[Table] = ()
    sinks: Sequence[Table] = ()
    sections: Mapping[str, Table] | None = None
    proxied: bool = False


class Province:
    """A province in a folder; usable once `found` has made it, or as a context that stops everything at its end."""

    def __init__(self, folder: Path, *, database: str = SQLITE, witness_every: str = "2s", unlinked: Sequence[str] = ()) -> None:
        self.folder = folder
        self.hub_folder = folder / "hub"
        self.ports = (free_port(), free_port(), free_port())
        self.agents: dict[str, Program] = {}
        self.proxies: dict[str, TcpProxy] = {}
        self._database = database
        self._witness_every = witness_every
        self._unlinked = unlinked
        self._engines: dict[str, sa.Engine] = {}
        self.hub = Program(
            [executable("tongban-hub"), "serve", "--config", self.hub_config, "--ready-file", self._ready_file],
            folder / "hub.log",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    # ---- places ----

    @property
    def hub_config(self) -> Path:
        """The hub's configuration."""
        return self.hub_folder / "hub.toml"

    @property
    def root(self) -> Path:
        """The province's root certificate: all that a verifier needs."""
        return self.hub_folder / "hub" / "root.pem"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the hub's ledger."""
        return f"sqlite:///{self.hub_folder / 'hub.db'}" if self._database == SQLITE else self._database

    @property
    def exchange(self) -> str:
        """Where the hub's exchange listens."""
        return f"{HOST}:{self.ports[0]}"

    @property
    def _ready_file(self) -> Path:
        return self.folder / "hub.ready"

    def hall_folder(self, hall: str) -> Path:
        """Return the folder of a hall: its configuration, its data, its databases."""
        return self.folder / "halls" / hall

    def hall_config(self, hall: str) -> Path:
        """Return the configuration of a hall's agent."""
        return self.hall_folder(hall) / "agent.toml"

    def keys(self, hall: str) -> Path:
        """Return the folder of a hall's keys and certificate."""
        return self.hall_folder(hall) / "data" / "keys"

    # ---- making ----

    def set_up(self, setup: HallSetup) -> None:
        """Write the configuration of a hall's agent, and start its proxy where it has one."""
        folder = self.hall_folder(setup.hall)
        folder.mkdir(parents=True, exist_ok=True)
        hub: dict[str, object] = {"enrolment_address": f"{HOST}:{self.ports[1]}"}
        if setup.proxied:
            self.proxies[setup.hall] = TcpProxy((HOST, self.ports[0])).start()
            hub["address"] = self.proxies[setup.hall].address
        top: dict[str, object] = {"hall": setup.hall, "trust_domain": TRUST_DOMAIN, "data_dir": "data"}
        parts = [_lines(top), _section("[hub]", hub)]
        parts += [_section(f"[{name}]", values) for name, values in (setup.sections or {}).items()]
        parts += [_section("[[source]]", values) for values in setup.sources]
        parts += [_section("[[sink]]", values) for values in setup.sinks]
        self.hall_config(setup.hall).write_text("\n".join(parts), encoding="utf-8")
        self.agents[setup.hall] = Program(
            [executable("tongban-agent"), "run", "--config", self.hall_config(setup.hall), "--ready-file", folder / "agent.ready"],
            folder / "agent.log",
        )

    def found(self) -> Self:
        """Make the authority, the hub's configuration, its database with 53 halls, and a token for every hall that is set up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        names = ["--name", HOST, "--name", "localhost"]
        where = ["--host", HOST, "--ports", *map(str, self.ports), "--database", self._database]
        rest = ["--trust-domain", TRUST_DOMAIN, "--witness-every", self._witness_every]
        rest += [word for hall in self._unlinked for word in ("--unlinked", hall)]
        tokens: list[Arguments] = [["token", hall, "--config", self.hub_config, "--out", self._token(hall)] for hall in self.agents]
        commands("hub.cli", [["ca", "init", self.hub_folder, *names, *where, *rest], *tokens])
        return self

    def enrol(self) -> None:
        """Let every agent enrol with its token; the hub has to run."""
        commands("node_agent.cli", [["enrol", self._token(hall), "--config", self.hall_config(hall)] for hall in self.agents])

    def _token(self, hall: str) -> Path:
        return self.hall_folder(hall) / "token"

    # ---- running ----

    def start_hub(self, *, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Start the hub and wait until it listens; returns what it says of itself."""
        self.hub.start(env=env)
        return self.hub.wait_ready(self._ready_file)

    def start_agent(self, hall: str, *, env: Mapping[str, str] | None = None) -> None:
        """Start the agent of a hall and wait until it works, which needs no hub."""
        self.agents[hall].start(env=env)
        self._wait_ready(hall)

    def start_agents(self) -> None:
        """Start every agent that does not run, all at once, and wait until they work."""
        halls = [hall for hall, agent in self.agents.items() if not agent.running]
        for hall in halls:
            self.agents[hall].start()
        for hall in halls:
            self._wait_ready(hall)

    def _wait_ready(self, hall: str) -> None:
        self.agents[hall].wait_ready(self.hall_folder(hall) / "agent.ready")

    def check_running(self) -> None:
        """Raise ProgramFailed when an agent has ended."""
        for hall, agent in self.agents.items():
            if not agent.running:
                raise ProgramFailed(f"the agent of {hall} ended with {agent.exit_code}\n{agent.log_end()}")

    def stop(self) -> None:
        """Ask agents and hub to end; raises ProgramFailed when one does not in time, or not in peace."""
        for agent in self.agents.values():
            agent.send(signal.SIGTERM)
        codes = {hall: agent.wait(DRAIN_SECONDS) for hall, agent in self.agents.items()}
        codes["hub"] = self.hub.stop(DRAIN_SECONDS)
        if any(codes.values()):
            raise ProgramFailed(f"ended with exit codes {codes}")

    def kill(self) -> None:
        """End everything at once."""
        for program in (*self.agents.values(), self.hub):
            program.kill()
        for proxy in self.proxies.values():
            proxy.stop()
        for engine in self._engines.values():
            engine.dispose()
        self.proxies.clear()
        self._engines.clear()

    # ---- looking ----

    @contextmanager
    def reading(self, url: str) -> Iterator[sa.Connection]:
        """Read a database, beside the programs that write it."""
        engine = self._engines.setdefault(url, sa.create_engine(url))
        with engine.connect() as connection:
            yield connection

    def ledger(self, query: str, **binds: object) -> list[sa.Row[Any]]:
        """Ask the hub's ledger something by SQL."""
        with self.reading(self.database_url) as connection:
            return list(connection.execute(sa.text(query), binds))

    def models(self, query: str, **binds: object) -> list[sa.Row[Any]]:
        """Ask the hub's read models something by SQL."""
        with self.reading(models_url(self.database_url)) as connection:
            return list(connection.execute(sa.text(query), binds))

    def accepted(self) -> int:
        """Count the case events that the hub accepted and its read model took in."""
        return int(self.models("SELECT count(*) FROM case_events")[0][0])

    def waiting(self, hall: str) -> int:
        """Count the entries of a hall's mailbox that it has not acknowledged."""
        rows = self.ledger("SELECT size - acknowledged_size FROM mailboxes WHERE hall = :hall", hall=hall)
        return int(rows[0][0]) if rows else 0

    def witnessed_size(self) -> int:
        """Return the size of the newest ledger checkpoint that a hall cosigned; 0 while none did."""
        return int(self.ledger("SELECT coalesce(max(ledger_size), 0) FROM cosignatures")[0][0])

    def wait_accepted(self, events: int, seconds: float = CHANGE_SECONDS) -> None:
        """Wait until the hub accepted so many case events."""
        wait_until(lambda: self.accepted() >= events, f"{events} case events accepted", seconds)

    def wait_acknowledged(self, hall: str, seconds: float = CHANGE_SECONDS) -> None:
        """Wait until a hall acknowledged everything addressed to it."""
        wait_until(lambda: self.waiting(hall) == 0, f"{hall} acknowledged everything", seconds)

    def report(self, hall: str) -> dict[str, Any]:
        """Return what `tongban-agent status --json` would print, without starting a program each time."""
        return report(load(self.hall_config(hall)), datetime.now(UTC))

    def status(self, hall: str) -> dict[str, Any]:
        """Return what a hall's agent says of itself."""
        said = run([executable("tongban-agent"), "status", "--json", "--config", self.hall_config(hall)])
        facts: dict[str, Any] = json.loads(said)
        return facts


@contextmanager
def province(folder: Path, setups: Sequence[HallSetup], *, database: str = SQLITE) -> Iterator[Province]:
    """Run a hub and the agents of these halls, enrolled, for as long as the block lasts; what fails in it leaves no process."""
    with Province(folder, database=database) as built:
        for setup in setups:
            built.set_up(setup)
        built.found()
        built.start_hub()
        built.enrol()
        built.start_agents()
        yield built
        built.check_running()
        built.stop()


def _section(head: str, values: Table) -> str:
    tables = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    plain = {key: value for key, value in values.items() if key not in tables}
    prefix = head.strip("[]")
    return "\n".join([head, _lines(plain), *(_section(f"[{prefix}.{key}]", value) for key, value in tables.items())])


def _lines(values: Table) -> str:
    # JSON's texts, numbers, booleans and lists are TOML's too.
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False, default=str)}\n" for key, value in values.items())
