"""Compare, by SQL, what the halls' business databases hold with what arrived in the province's table.

Laws: the programs' own counters have no say; all databases are opened to be read only. An event is a row of `case_events` that was not
answered False, or the closing of a case; it is known in the province by its hall, its case and its row in the hall's system. The order
of the source is `change_no`, the order of arrival is `arrival`, and both are compared within each case.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

CASE_EVENT = "tongban.case.v1.CaseEvent"
ATTACHED_MOST = 9
"""SQLite attaches ten databases at most; one is the province's."""

# One hall's events, as its business system has them. `answered` is empty where questions have no answers in this log.
SENT = """
INSERT INTO sent
SELECT :hall, 'event/' || case_id || '/' || position, case_id, change_no FROM {hall}.case_events {answered}
UNION ALL
SELECT :hall, 'closing/' || case_id, case_id, change_no FROM {hall}.cases WHERE change_no IS NOT NULL
"""

# What the province's sink wrote, case events alone.
IS_THERE = "SELECT 1 FROM province.sqlite_master WHERE name = 'deliveries'"
ARRIVED = """
INSERT INTO arrived
SELECT hall, source_row, subject, arrival FROM province.deliveries WHERE type = :type
"""

TABLES = """
CREATE TEMP TABLE sent (hall TEXT, source_row TEXT, case_id TEXT, change_no INTEGER, PRIMARY KEY (hall, source_row));
CREATE TEMP TABLE arrived (hall TEXT, source_row TEXT, case_id TEXT, arrival INTEGER PRIMARY KEY);
"""
INDEX = "CREATE INDEX temp.arrived_rows ON arrived (hall, source_row, case_id)"

# Sent and not there.
LOST = """
SELECT count(*) FROM sent s
 WHERE NOT EXISTS (SELECT 1 FROM arrived a WHERE a.hall = s.hall AND a.source_row = s.source_row AND a.case_id = s.case_id)
"""

# There more than once, each time too many.
DUPLICATES = """
SELECT coalesce(sum(times - 1), 0) FROM (SELECT count(*) AS times FROM arrived GROUP BY hall, source_row, case_id)
"""

# There and never sent.
STRANGERS = """
SELECT count(*) FROM arrived a
 WHERE NOT EXISTS (SELECT 1 FROM sent s WHERE a.hall = s.hall AND a.source_row = s.source_row AND a.case_id = s.case_id)
"""

# Arrived behind an event of the same case that the hall wrote down later.
OUT_OF_ORDER = """
SELECT count(*) FROM (
    SELECT change_no, max(change_no) OVER (
        PARTITION BY hall, case_id ORDER BY arrival ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newest_before
      FROM arrived JOIN sent USING (hall, source_row, case_id))
 WHERE change_no < newest_before
"""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What SQL finds; `sent` and `arrived` count case events by hall."""

    sent: Mapping[str, int]
    arrived: Mapping[str, int]
    cases: int
    rows: int
    lost: int
    duplicates: int
    strangers: int
    out_of_order: int

    @property
    def faults(self) -> dict[str, int]:
        """What must not be: each fault that there is, by name."""
        found = {"lost": self.lost, "duplicates": self.duplicates, "strangers": self.strangers, "out_of_order": self.out_of_order}
        return {name: count for name, count in found.items() if count}


def reckon(business: Mapping[str, Path], province: Path) -> Reckoning:
    """Compare the business databases, by hall, with the province's database, in which a sink filled the table `deliveries`."""
    with _attached(business, province) as connection:
        return Reckoning(
            sent=_by_hall(connection, "sent"),
            arrived=_by_hall(connection, "arrived"),
            cases=sum(_rows(connection, hall, "cases") for hall in business),
            rows=sum(_rows(connection, hall, "case_events") for hall in business),
            lost=_number(connection, LOST),
            duplicates=_number(connection, DUPLICATES),
            strangers=_number(connection, STRANGERS),
            out_of_order=_number(connection, OUT_OF_ORDER),
        )


@contextmanager
def _attached(business: Mapping[str, Path], province: Path) -> Iterator[sqlite3.Connection]:
    if len(business) > ATTACHED_MOST:
        raise ValueError(f"SQLite reads {ATTACHED_MOST} halls at once, not {len(business)}")
    with closing(sqlite3.connect("file::memory:", uri=True)) as connection:
        connection.executescript(TABLES)
        connection.execute("ATTACH ? AS province", (_read_only(province),))
        for hall, path in business.items():
            connection.execute(f"ATTACH ? AS {_schema(hall)}", (_read_only(path),))
            connection.execute(SENT.format(hall=_schema(hall), answered=_answered(connection, hall)), {"hall": hall})
        if connection.execute(IS_THERE).fetchone():  # a sink makes its table when something arrives first
            connection.execute(ARRIVED, {"type": CASE_EVENT})
        connection.execute(INDEX)
        yield connection


def _answered(connection: sqlite3.Connection, hall: str) -> str:
    """Leave out what was answered False, where the log has answers: it did not happen."""
    columns = {row[1] for row in connection.execute(f"PRAGMA {_schema(hall)}.table_info(case_events)")}
    return "WHERE answer IS NOT 'False'" if "answer" in columns else ""


def _schema(hall: str) -> str:
    return f'"hall_{hall}"'


def _read_only(path: Path) -> str:
    return f"file:{path}?mode=ro"


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _rows(connection: sqlite3.Connection, hall: str, table: str) -> int:
    return _number(connection, f"SELECT count(*) FROM {_schema(hall)}.{table}")  # noqa: S608 - our own tables


def _by_hall(connection: sqlite3.Connection, table: str) -> dict[str, int]:
    return dict(connection.execute(f"SELECT hall, count(*) FROM {table} GROUP BY hall ORDER BY hall"))  # noqa: S608 - our own tables
