"""Give a hall a stock of licences from before, in a database of its own and in files; synthetic."""

import csv
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from directory.licences.identifiers import LicenceId
from node_agent import db
from node_agent.licences.desks import Desks
from node_agent.licences.stock import loading, progress
from node_agent.licences.stock.config import read_stock
from node_agent.licences.stock.loading import Agent, Mode, Stock
from node_agent.licences.stock.progress import Counts
from node_agent.licences.tables import licence_acts
from tests.node_agent.licensed_hall import FOOD, NOW, OFFICER
from tests.node_agent.linked import Linked
from tests.province import licensed

COLUMNS = ("n", "permit_no", "identifier", "owner", "code", "premises", "business", "legal_person", "first", "last", "state", "changed_at")
MAPPED = """
name = "food-stock"
key = "permit_no"
{where}

[record]
occurred_at = "changed_at"
removed = {{ column = "state", values = ["gone"] }}

[record.fields]
holder_name = "owner"
holder_code = "code"
holder_code_type = {{ value = "001" }}
premises = "premises"
business = "business"
legal_person = "legal_person"

[licence]
{number}
valid_from = "first"
valid_until = "last"
"""
SQL = """
kind = "sql"
url = "sqlite:///permits.db"
query = "SELECT * FROM permits WHERE n >= :cursor ORDER BY n LIMIT :limit"
cursor = "n"
"""
FOLDER = """
kind = "folder"
path = "dropped"
"""
SERIAL, IDENTIFIER = 'serial = "permit_no"', 'identifier = "identifier"'


def row(number: int, **changes: Any) -> dict[str, Any]:
    """Return a row that holds."""
    usual = {
        "n": number,
        "permit_no": f"JY{number:08}",
        "identifier": str(LicenceId(licensed.FOOD, "220184", f"JY{number:08}", 1)),
        "owner": FOOD["holder_name"],
        "code": FOOD["holder_code"],
        "premises": f"示例市示例路{number}号",
        "business": FOOD["business"],
        "legal_person": FOOD["legal_person"],
        "first": "2024-03-01",
        "last": "2029-02-28",
        "state": "open",
        "changed_at": "2024-03-01T08:00:00Z",
    }
    return usual | changes


class StockedHall:
    """A hall with a stock to load."""

    def __init__(self, linked: Linked) -> None:
        self.linked, self.folder = linked, linked.config.folder
        with self.permits() as connection:
            connection.execute(f"CREATE TABLE IF NOT EXISTS permits ({', '.join(COLUMNS)})")

    def permits(self) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(self.folder / "permits.db", isolation_level=None))

    def insert(self, *rows: dict[str, Any]) -> None:
        with self.permits() as connection, connection:
            connection.execute("BEGIN")
            names = ", ".join(f":{name}" for name in COLUMNS)
            connection.executemany(f"INSERT INTO permits VALUES ({names})", rows)  # noqa: S608 - of constants

    def change(self, statement: str) -> None:
        with self.permits() as connection:
            connection.execute(statement)

    def drop(self, name: str, rows: Iterable[dict[str, Any]]) -> Path:
        """Drop a CSV file."""
        folder = self.folder / "dropped"
        folder.mkdir(exist_ok=True)
        path = folder / name
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def mapped(self, where: str = SQL, number: str = SERIAL) -> Path:
        path = self.folder / "stock.toml"
        path.write_text(MAPPED.format(where=where, number=number), encoding="utf-8")
        return path

    def load(self, mode: Mode = Mode.LOAD, *, path: Path | None = None, pages: int = 1_000_000, **stock: Any) -> Counts:
        """Load the stock, or so many pages of it."""
        engine = db.open_store(self.linked.config.store_path)
        try:
            config = read_stock(path or self.mapped(), "food-business-licence")
            usual: dict[str, Any] = {"config": config, "type": licensed.FOOD, "officer": OFFICER, "trust_level": 2}
            made = Stock(**(usual | stock))
            total = Counts()
            for at, (counts, _) in enumerate(loading.load(Agent(engine, Desks(self.linked.config), lambda: NOW), made, mode), start=1):
                total = total.plus(counts)
                if at == pages:
                    break
            return total
        finally:
            engine.dispose()

    def issued(self) -> list[str]:
        """Return the licences of the hall's book, in the order in which they came."""
        found: Sequence[str] = self.linked.look(
            lambda connection: list(connection.scalars(sa.select(licence_acts.c.licence_id).order_by(licence_acts.c.position)))
        )
        return list(found)

    def rejects(self, stock: str = "food-stock") -> dict[str, str]:
        """Return why rows are set aside."""
        found = self.linked.look(lambda connection: progress.rejects(connection, stock, 1000))
        return {one.shown: one.reason for one in found}


def identifiers(numbers: Iterable[int]) -> list[str]:
    """Return the identifiers of rows."""
    return [str(LicenceId(licensed.FOOD, "220184", f"JY{number:08}", 1)) for number in numbers]
