"""Live in a province of two halls with consoles: real programs, and cases whose every field is hostile.

Laws: as `tests.province`: everything is made by the commands that operators use, and runs as processes of its own.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from node_agent import db
from node_agent.accounts import drafts, sessions, users
from node_agent.accounts.tables import sign_in_failures
from node_agent.accounts.users import Held
from tests.province.build import PROVINCE_HALL, HallSetup, Province, Table, province
from tests.province.processes import executable, free_port, run, wait_until

COUNTY = "gongzhuling"
STAFF = "1024"
ROLES = ("clerk", "supervisor", "hall-administrator")

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\"'><svg onload=alert(3)>",
    "javascript:alert(4)",
    "{{ 7*7 }}{% raw %}",
    "</textarea></title><body onload=alert(5)>",
    "<a href='https://evil.example/'>klick</a><link rel=stylesheet href=https://evil.example/a.css>",
)
"""What others may write into a field that our pages show."""

_COLUMNS = ("case_id", "kind", "at", "step", "officer", "department", "ground")
TABLE = f"CREATE TABLE steps (n INTEGER PRIMARY KEY, {', '.join(_COLUMNS)})"
MAPPING = """
query = "SELECT * FROM steps WHERE n >= :cursor ORDER BY n LIMIT :limit"
cursor = "n"
key = "n"
timezone = "UTC"
fields = { case_number = "case_id", occurred_at = "at", step_name = "step", officer = "officer", department = "department" }
code = { column = "kind" }

[[event]]
code = "applied"
kind = "applied"

[[event]]
code = "accepted"
kind = "accepted"
fields = { promised_by = "ground" }

[[event]]
code = "step"
kind = "step"
fields = { ground = "ground", document = "step", basis = "ground" }

[[event]]
code = "decided"
kind = "decided"
fields = { ground = "ground", outcome = { value = "granted" } }

[[event]]
code = "rated"
kind = "rated"
fields = { grade = "ground" }
"""
HURRIED = {"back_off_most": "500ms", "silence": "5s"}
SOURCE = {"name": "business", "kind": "sql", "url": "sqlite:///business.db", "every": "200ms", "mapping": "steps.toml"}


@dataclass(frozen=True, slots=True)
class Living:
    """The province and where its consoles are."""

    province: Province
    ports: dict[str, int]

    def base(self, hall: str = COUNTY) -> str:
        return f"http://localhost:{self.ports[hall]}"

    def write(self, *rows: tuple[object, ...]) -> None:
        """Let the county hall's system write steps of cases."""
        marks = ", ".join("?" * len(_COLUMNS))
        with closing(sqlite3.connect(self.province.hall_folder(COUNTY) / "business.db", timeout=30)) as connection, connection:
            connection.executemany(f"INSERT INTO steps ({', '.join(_COLUMNS)}) VALUES ({marks})", rows)  # noqa: S608 - of constants

    @contextmanager
    def store(self) -> Iterator[sa.Connection]:
        """Write into the store of the county hall, beside its agent, as the command line does."""
        engine = db.connect(self.province.hall_folder(COUNTY) / "data" / "agent.db")
        try:
            with db.begin(engine) as connection:
                yield connection
        finally:
            engine.dispose()

    def revoke(self, number: str = STAFF) -> None:
        """End all sessions of a user of the county hall."""
        with self.store() as connection:
            sessions.revoke_all(connection, number)

    def draft(self, form: str, number: str = STAFF) -> str:
        """Return what a user has typed into a form."""
        with self.store() as connection:
            return drafts.find(connection, number, form)

    def forgive(self) -> None:
        """Forget failed sign-ins."""
        with self.store() as connection:
            connection.execute(sa.delete(sign_in_failures))

    def order(self, text: str) -> str:
        """Let the province order the county hall to do something; return the order's id."""
        words = ["order", "issue", COUNTY, "--rule", "promise-broken", "--text", text, "--role", "supervisor", "--person", "9"]
        said = run([executable("tongban-agent"), *words, "--json", "--config", self.province.hall_config(PROVINCE_HALL)])
        return str(json.loads(said)["order"]["order"]["order"])


@contextmanager
def living(folder: Path, hasher: str) -> Iterator[Living]:
    """Run the province for as long as the block lasts; `hasher` is the hash of PASSWORD."""
    ports = {hall: free_port() for hall in (PROVINCE_HALL, COUNTY)}
    county = folder / "halls" / COUNTY
    county.mkdir(parents=True)
    with closing(sqlite3.connect(county / "business.db")) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(TABLE)
    (county / "steps.toml").write_text(MAPPING, "utf-8")
    consoles = {hall: {"public_origin": f"http://localhost:{port}", "port": port} for hall, port in ports.items()}
    sections: dict[str, dict[str, Table]] = {hall: {"console": console, "link": HURRIED} for hall, console in consoles.items()}
    sinks = [{"name": "cases", "kind": "sql", "url": "sqlite:///hall.db"}]
    setups = [HallSetup(PROVINCE_HALL, sinks=sinks, sections=sections[PROVINCE_HALL])]
    setups.append(HallSetup(COUNTY, sources=[SOURCE], sinks=sinks, sections=sections[COUNTY], proxied=True))
    with province(folder, setups) as built:
        found = Living(built, ports)
        for hall in ports:
            _staff(built.hall_folder(hall) / "data" / "agent.db", hasher)
        found.write(*_steps())
        built.wait_accepted(len(_steps()))
        wait_until(lambda: built.report(COUNTY)["directory"]["documents"] > 0, "the hall has heard of the province")
        yield found


def _steps() -> list[tuple[object, ...]]:
    """Return steps of a case in time, of one that is late, and of cases in whose fields something hostile stands."""
    now = datetime.now(UTC)
    said = now.isoformat()
    old = (now - timedelta(days=60)).isoformat()
    steps: list[tuple[object, ...]] = [
        ("2026-0001", "applied", said, "收件", "1024", "窗口", ""),
        ("2026-0001", "accepted", said, "受理", "1024", "窗口", (now + timedelta(days=20)).isoformat()),
        ("2026-0002", "applied", old, "收件", "1024", "窗口", ""),
        ("2026-0002", "accepted", old, "受理", "1024", "窗口", (now - timedelta(days=30)).isoformat()),
    ]
    for number, text in enumerate(HOSTILE):
        steps.append((text if number % 2 else f"x-{number}", "applied", said, text, "1024", text, ""))
        steps.append((text if number % 2 else f"x-{number}", "step", said, text, text[:30], text, text))
    return steps


def _staff(store: Path, hashed: str) -> None:
    engine = db.connect(store)
    now = datetime.now(UTC)
    with db.begin(engine) as connection:
        for number, name in ((STAFF, HOSTILE[1]), ("7", "李主任")):
            users.add(connection, number, name, hashed, now)
            users.set_password(connection, number, hashed, now, must_change=False)
            for role in ROLES:
                users.give(connection, number, Held(role))
    engine.dispose()
