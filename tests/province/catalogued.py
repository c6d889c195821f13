"""Give the provincial hall a catalogue and a business table with records of one of its resources, all synthetic.

Law: a change gets the next number of one sequence, as a hall's exchange table does, so that the agent's source finds it.
"""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from directory.catalogue.catalogue_file import read_resources
from directory.catalogue.resources import ResourceVersion
from directory.identifiers import uscc_of
from tests.province.provincial import DATA

RESOURCES = DATA / "provincial_resources.toml"
REGISTER, INSURANCE, RESERVES = "enterprise-register", "social-insurance", "grain-reserves"
"""Shared unconditionally, on a condition, and not at all."""
DATABASE = "register.db"
"""In the folder of the hall's configuration."""
CREATE = """
CREATE TABLE enterprises (
  uscc TEXT PRIMARY KEY, name TEXT, capital REAL, founded TEXT, division TEXT, status TEXT, contact_phone TEXT,
  changed_at TEXT NOT NULL, change_no INTEGER NOT NULL UNIQUE
)
"""
_PUT = "INSERT OR REPLACE INTO enterprises VALUES (:uscc, :name, :capital, :founded, :division, :status, :contact_phone, :changed_at, :n)"

Enterprise = dict[str, object]


@cache
def resources() -> tuple[ResourceVersion, ...]:
    """Return the catalogue; raises ListMalformed."""
    return read_resources(RESOURCES.read_bytes()).whole()


def source(every: str = "1s") -> dict[str, object]:
    """Return the [[source]] table that sends the enterprises as records."""
    return {
        "name": "register",
        "kind": "sql",
        "url": f"sqlite:///{DATABASE}",
        "every": every,
        "query": "SELECT * FROM enterprises WHERE change_no >= :cursor ORDER BY change_no LIMIT :limit",
        "cursor": ["change_no"],
        "overlap": 20,
        "key": ["uscc"],
        "resource": REGISTER,
        "record": {"occurred_at": "changed_at", "removed": {"column": "status", "values": ["3"]}},
    }


def enterprise(number: int, **changes: object) -> Enterprise:
    """Return one of at most 100,000 enterprises; none exists."""
    return {
        "uscc": uscc_of(f"91220000DEM{100_000 + number:06}"),
        "name": f"松江示例{number}号商贸有限公司（演示）",
        "capital": 100.5 + number,
        "founded": "2020-02-29",
        "division": "220184",
        "status": "1",
        "contact_phone": None,
        "changed_at": f"2026-03-01T08:{number // 60 % 60:02}:{number % 60:02}+08:00",
    } | changes


def write(path: Path, *enterprises: Enterprise) -> None:
    """Write enterprises into the hall's table, which is made where it is missing; one that is there changes."""
    with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(CREATE.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
        last = connection.execute("SELECT coalesce(max(change_no), 0) FROM enterprises").fetchone()[0]
        connection.executemany(_PUT, [one | {"n": last + place} for place, one in enumerate(enterprises, start=1)])
