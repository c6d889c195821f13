"""Measure what licences cost: a stock that is loaded, licences that are issued one by one, the registry's fold, and questions.

Laws: a stock is loaded by the command that halls use, sent by the hall's agent, and folded again by the hub's rebuild, each by itself; the
questions are beside bare reads of the same rows by primary key, through the same server, in flight alike.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from sys import executable as python
from uuid import uuid4

from directory.identifiers import citizen_id_check
from directory.licences.identifiers import LicenceId
from directory.licences.vocabulary import ActKind
from directory.scopes.principal import Principal
from node_agent import db
from node_agent.config import load as load_config
from node_agent.licences import acting
from node_agent.licences.asked import Asked as ActAsked
from node_agent.licences.asked import Text
from node_agent.licences.desks import Desks
from tests.bench.halls import EIGHT, Halls
from tests.bench.licence_questions import Asked, Timing, Window, queried, read_bare, timed
from tests.bench.usage import resident_bytes
from tests.e2e.by_hand import by_hand
from tests.hub.hall_client import Journal
from tests.hub.licensing import Asker, case_of, told_of
from tests.hub.records_sent import Provider
from tests.hub.test_submit import opened
from tests.province import directory, licensed
from tests.province.catalogued import enterprise
from tests.province.licensing import BASIS, in_process
from tests.province.licensing import Licences as Dealings
from tests.province.processes import Program, ProgramFailed, executable, run, wait_until
from tongban.directory.v1.scopes_pb2 import Purpose

ISSUER, READERS = EIGHT[1], EIGHT[4:8]
"""Four halls ask, sixteen questions each in flight: a hall may have 32."""
WINDOW, CASE, PURPOSE = "window-food", "bench-1", "核验食品经营许可"
FIELDS = ("holder_name", "premises")
ISSUED_SINGLY = 400
QUESTIONS = 8_000
TIMED = 500
CITIZEN = f"22010219900101123{citizen_id_check('22010219900101123')}"
"""Synthetic: of nobody."""
SOURCE = """
name = "stock"
kind = "sql"
url = "sqlite:///stock.db"
query = "SELECT * FROM permits WHERE n >= :cursor ORDER BY n LIMIT :limit"
cursor = "n"
key = "permit_no"

[record]
occurred_at = "changed_at"

[record.fields]
holder_name = "owner"
holder_code = "code"
holder_code_type = { value = "001" }
premises = "premises"
business = "business"
legal_person = "legal_person"

[licence]
serial = "permit_no"
"""
SETTLE_SECONDS = 3600.0
_VERSIONS = "SELECT count(*) FROM licence_versions"
_TAKEN_IN = "SELECT next_ledger_index FROM consumers WHERE name = 'licences'"


@dataclass(frozen=True, slots=True)
class Licences:
    """What one run showed: rates a second, bytes of the loading program at a tenth of the stock and at its end, and questions."""

    licences: int
    load_per_s: float
    load_first_bytes: int
    load_bytes: int
    issue_per_s: float
    sent_per_s: float
    fold_per_s: float
    query: Asked
    bare: Asked
    timing: Timing

    @property
    def ratio(self) -> float:
        """A question against a bare read, medians, in flight alike."""
        return self.query.call.p50 / self.bare.call.p50


def measure(halls: Halls, count: int, told: Callable[[str], None]) -> Licences:
    """Load, issue, send and fold so many licences, and ask for them; raises ProgramFailed."""
    province = halls.province
    with (province.hub_config).open("a", encoding="utf-8") as file:
        file.write("\n[limits]\nquestions_a_minute = 100000000\nlicence_queries_a_minute = 100000000\n")
    province.hub.command[:1] = [python, "-m", "tests.bench.bare_reads"]
    directory.fill(province)
    province.start_hub()
    dealt = _furnished(halls)
    told(f"{ISSUER} has a licence key, {len(READERS)} windows have their grants")
    loaded = _loaded(halls, count)
    told(f"{count:,} licences loaded, {loaded[0]:,.0f} a second")
    issued = _issued_singly(halls, ISSUED_SINGLY)
    told(f"{ISSUED_SINGLY:,} licences issued one by one, {issued:,.0f} a second")
    sent = _sent(halls, count + ISSUED_SINGLY)
    told(f"sent and taken in, {sent:,.0f} a second")
    query, bare, timing = asyncio.run(_questions(halls, dealt))
    told(f"asked: {query.per_second:,.0f} questions a second, {bare.per_second:,.0f} bare reads")
    province.hub.stop()
    return Licences(count, *loaded, issued, sent, _folded(halls, count), query, bare, timing)


def _furnished(halls: Halls) -> list[Dealings]:
    """Give the issuer a key, and each window a grant; agents run only meanwhile."""
    province = halls.province
    types = "SELECT count(*) FROM register WHERE kind = 'licence-type'"
    wait_until(lambda: province.ledger(types)[0][0] == directory.WANTED["licence-type"], "the types are in the register")
    province.start_agent(ISSUER)
    newest = int(province.ledger("SELECT max(ledger_index) FROM register")[0][0])
    wait_until(lambda: int(province.report(ISSUER)["directory"]["ledger_index"] or 0) >= newest, "the issuer knows the types")
    commands = in_process(province)
    dealt = [
        Dealings(commands, ISSUER, licensed.FOOD, "food-business-licence", "sheng-shijian", hall, WINDOW, CASE, FIELDS, PURPOSE)
        for hall in READERS
    ]
    commands(ISSUER, "licence", "key", "--timeout", "60")
    for one in dealt:
        one.grant(one.apply())
    province.agents[ISSUER].stop()
    return dealt


def _loaded(halls: Halls, count: int) -> tuple[float, int, int]:
    """Load a stock; return licences a second, and the program's memory at a tenth of them and at the end."""
    folder = halls.province.hall_folder(ISSUER)
    _write_stock(folder / "stock.db", count)
    (folder / "stock.toml").write_text(SOURCE, encoding="utf-8")
    words: list[str | Path] = [
        "licence",
        "load",
        "--type",
        licensed.FOOD,
        "--from-source",
        folder / "stock.toml",
        "--person",
        "1024",
        "--json",
    ]
    store = load_config(halls.province.hall_config(ISSUER)).store_path
    program = Program([executable("tongban-agent"), *words, "--config", halls.province.hall_config(ISSUER)], folder / "load.log")
    program.start()
    first = last = 0
    with closing(sqlite3.connect(store, timeout=60)) as connection:
        while program.running:
            now = resident_bytes(program.pid)
            last = now or last
            if not first and connection.execute("SELECT coalesce(max(position), 0) FROM licence_acts").fetchone()[0] >= count // 10:
                first = now
            time.sleep(0.2)
    if program.exit_code:
        raise ProgramFailed(f"loading a stock ended with {program.exit_code}\n{program.log_end()}")
    said = json.loads(program.log_end(1))
    if said["issued"] != count:
        raise ProgramFailed(f"of {count} licences were loaded: {said}")
    return said["issued"] / said["seconds"], first, last


def _write_stock(path: Path, count: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE permits (n INTEGER PRIMARY KEY, permit_no TEXT, owner TEXT, code TEXT, premises TEXT, business TEXT,"
            " legal_person TEXT, changed_at TEXT)"
        )
        holders = (enterprise(number % 100_000) for number in range(count))
        rows = (
            (n, f"S{n:08}", one["name"], one["uscc"], f"示例市示例路{n}号", "热食类食品制售", "示例人员甲", one["changed_at"])
            for n, one in enumerate(holders, start=1)
        )
        connection.executemany("INSERT INTO permits VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _issued_singly(halls: Halls, count: int) -> float:
    """Issue licences of another type, each in a transaction of its own, durable; return how many a second."""
    config = load_config(halls.province.hall_config(ISSUER))
    officer = Principal(ISSUER, "licence-officer", "", "1024")
    fields = {"holder_name": "示例人员甲", "holder_code": CITIZEN, "holder_code_type": "111"}
    text = Text(fields={**fields, "category": "2", "subject": "数学", "born": "1990-01-01"})
    desks, engine, spent = Desks(config), db.open_store(config.store_path), []
    try:
        for _ in range(count):
            begun = time.perf_counter()
            with db.begin(engine) as connection:
                now = datetime.now(UTC)
                asked = ActAsked(request=str(uuid4()), kind=ActKind.ISSUED, officer=officer, type=licensed.TEACHER, text=text)
                acting.do(connection, desks.at(connection, now), asked, now)
            spent.append(time.perf_counter() - begun)
    finally:
        engine.dispose()
    return 1 / median(spent)


def _sent(halls: Halls, count: int) -> float:
    """Let the agent send all, and wait until the registry holds it; return how many a second."""
    province, begun = halls.province, time.monotonic()
    province.start_agent(ISSUER)
    wait_until(lambda: province.models(_VERSIONS)[0][0] >= count, "the registry holds all", SETTLE_SECONDS, every=0.2)
    seconds = time.monotonic() - begun
    province.agents[ISSUER].stop()
    return count / seconds


async def _questions(halls: Halls, dealt: Sequence[Dealings]) -> tuple[Asked, Asked, Timing]:
    province = halls.province
    providers = []
    for one in dealt:
        client = by_hand(province, one.reader)
        providers.append(Provider(client, (await opened(client))[0], Journal(client.identity)))
        await providers[-1].submit([told_of(client.identity, case_of(CASE, WINDOW))])
    known = "SELECT count(*) FROM cases WHERE case_number = :number"
    wait_until(lambda: province.models(known, number=CASE)[0][0] == len(dealt), "the windows' cases are known")
    windows = [
        Window(
            Asker(provider.client, department=WINDOW),
            Purpose(purpose=PURPOSE, basis=BASIS, case_hall=one.reader, case_number=CASE),
        )
        for one, provider in zip(dealt, providers, strict=True)
    ]
    ids = "SELECT licence_id FROM licence_versions WHERE type = :type LIMIT 20000"
    food = [row.licence_id for row in province.models(ids, type=licensed.FOOD)]
    teachers = [row.licence_id for row in province.models(ids, type=licensed.TEACHER)]
    forbidden = [teachers[at % len(teachers)] for at in range(TIMED)]
    absent = [str(LicenceId(licensed.TEACHER, teachers[0].split(".")[6], f"2025{at:08}", 1)) for at in range(TIMED)]
    bare = await read_bare(windows, food, QUESTIONS)
    query = await queried(windows, food, QUESTIONS)
    timing = await timed(windows[0], absent, forbidden)
    for provider in providers:
        await provider.client.close()
    return query, bare, timing


def _folded(halls: Halls, count: int) -> float:
    """Make the registry again from the ledger; return licences a second."""
    begun = time.monotonic()
    run([executable("tongban-hub"), "rebuild", "licences", "--config", halls.province.hub_config], SETTLE_SECONDS)
    return count / (time.monotonic() - begun)
