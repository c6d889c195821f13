"""Live in a province of three halls that issue, share and look at licences: real programs, each hall with a console. All synthetic."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from directory.identifiers import citizen_id_check
from node_agent import db
from node_agent.accounts import users
from node_agent.accounts.users import Held
from tests.console.living import COUNTY, HURRIED, MAPPING, SOURCE, TABLE
from tests.province import directory, licensed
from tests.province.build import PROVINCE_HALL, HallSetup, Province, Table, province
from tests.province.licensing import Licences, in_process
from tests.province.processes import free_port, wait_until

ISSUER, READER = "yushu", COUNTY
DEPARTMENT, CASE = "general", "2026-0001"
PURPOSE = "核验任教资格"
GRANTED = ("holder_name", "holder_code", "holder_code_type", "subject")
CODE = "22010219900101888"
CODE += citizen_id_check(CODE)
NAME = "示例人员丙"
TEACHER = {"holder_name": NAME, "holder_code": CODE, "holder_code_type": "111", "category": "2", "subject": "数学", "born": "1990-01-01"}
PEOPLE = {
    PROVINCE_HALL: (("9", Held("auditor")),),
    ISSUER: (
        ("1024", Held("licence-officer")),
        ("2048", Held("licence-officer")),
        ("55", Held("clerk")),
        ("8", Held("hall-administrator")),
    ),
    READER: (("7", Held("licence-reader", DEPARTMENT)),),
}
"""Who may sign in where, as what."""


@dataclass(frozen=True, slots=True)
class Dealing:
    """The province, where its consoles are, and the licence that was issued and granted before."""

    province: Province
    ports: dict[str, int]
    licences: Licences
    licence: str

    def base(self, hall: str) -> str:
        return f"http://localhost:{self.ports[hall]}"


@contextmanager
def dealing(folder: Path, hashed: str) -> Iterator[Dealing]:
    """Run the province for as long as the block lasts; `hashed` is the hash of everybody's password."""
    ports = {hall: free_port() for hall in PEOPLE}
    business = folder / "halls" / READER
    business.mkdir(parents=True)
    with closing(sqlite3.connect(business / "business.db")) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(TABLE)
        row = (CASE, "applied", datetime.now(UTC).isoformat(), "收件", "7", DEPARTMENT, "")
        connection.execute("INSERT INTO steps (case_id, kind, at, step, officer, department, ground) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    (business / "steps.toml").write_text(MAPPING, "utf-8")
    with province(folder, [_setup(hall, port) for hall, port in ports.items()]) as built:
        directory.fill(built)
        for hall, people in PEOPLE.items():
            _staff(built.hall_folder(hall) / "data" / "agent.db", people, hashed)
        built.wait_accepted(1)
        wait_until(lambda: _have_heard(built), "the halls know the types of licences")
        dealt = Licences(
            commands=in_process(built),
            issuer=ISSUER,
            licence_type=licensed.TEACHER,
            resource="teacher-qualification",
            provider="sheng-jiaoyu",
            reader=READER,
            department=DEPARTMENT,
            case_number=CASE,
            fields=GRANTED,
            purpose=PURPOSE,
        )
        dealt.have_keys()
        licence = dealt.issue(TEACHER)
        dealt.grant(dealt.apply())
        dealt.wait_status(licence, "valid")
        yield Dealing(built, ports, dealt, licence)


def _setup(hall: str, port: int) -> HallSetup:
    sections: dict[str, Table] = {"console": {"public_origin": f"http://localhost:{port}", "port": port}, "link": HURRIED}
    return HallSetup(hall, sources=[SOURCE] if hall == READER else [], sections=sections, proxied=hall == READER)


def _have_heard(built: Province) -> bool:
    if built.ledger("SELECT count(*) FROM register WHERE kind = 'licence-type'")[0][0] != directory.WANTED["licence-type"]:
        return False
    newest = int(built.ledger("SELECT max(ledger_index) FROM register")[0][0])
    held = [built.report(hall)["directory"]["ledger_index"] for hall in PEOPLE]
    return all(one is not None and int(one) >= newest for one in held)


def _staff(store: Path, people: tuple[tuple[str, Held], ...], hashed: str) -> None:
    engine = db.connect(store)
    now = datetime.now(UTC)
    with db.begin(engine) as connection:
        for number, held in people:
            users.add(connection, number, f"示例{number}", hashed, now)
            users.set_password(connection, number, hashed, now, must_change=False)
            users.give(connection, number, held)
    engine.dispose()
