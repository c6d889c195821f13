"""Build the business database of a hall from a log of real cases, change by change.

Laws: a database has the tables `cases` and `case_events` with the columns of the log's CSV files, and `change_no`, one sequence for
the whole hall; a case is there, open, before its first event; what happened in a case has rising change numbers, its closing last.
`case_plan` says of which activities a case consists, as the workflow of a hall's system does from the start.
"""

import csv
import gzip
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECEIPT_LOG = Path(__file__).parent / "data"
FIVE_HALLS_LOG = ROOT.parent / "shared" / "data" / "cases"
MAPPINGS = Path(__file__).parent / "mappings"
HALLS = 5

Row = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Change:
    """One change in a hall's database: a new event, or (`closes`) the end of a case."""

    change_no: int
    case_id: str
    closes: bool
    row: Row


@dataclass(frozen=True, slots=True)
class HallLog:
    """What happened at one hall: its cases as they are in the end, and the changes that led there."""

    cases: Sequence[Row]
    changes: Sequence[Change]

    @property
    def events(self) -> int:
        """Count the event rows."""
        return sum(not change.closes for change in self.changes)

    @property
    def closings(self) -> int:
        """Count the closings."""
        return sum(change.closes for change in self.changes)


def read_log(folder: Path = RECEIPT_LOG) -> list[HallLog]:
    """Read the log in a folder for five halls: dealt by the number in the case id where all cases are in one file."""
    if (folder / "hall1_events.csv.gz").is_file():
        return [_hall_log(_rows(folder / f"hall{n}_cases.csv.gz"), _rows(folder / f"hall{n}_events.csv.gz")) for n in range(1, HALLS + 1)]
    cases, events = _rows(folder / "receipt_cases.csv.gz"), _rows(folder / "receipt_events.csv.gz")
    return [_hall_log(_dealt(cases, hall), _dealt(events, hall), with_closings=True) for hall in range(HALLS)]


def mapping_of(folder: Path = RECEIPT_LOG) -> Path:
    """Return the mapping that fits the log in a folder."""
    return MAPPINGS / ("five_halls.toml" if (folder / "hall1_events.csv.gz").is_file() else "receipt.toml")


def create_business(path: Path, log: HallLog, changes: Iterable[Change] = ()) -> None:
    """Create the database with all cases, open, and these changes."""
    events = [change.row for change in log.changes if not change.closes]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"CREATE TABLE cases ({_declared(log.cases)}, PRIMARY KEY (case_id))")
        connection.execute(f"CREATE TABLE case_events ({_declared(events)}, PRIMARY KEY (case_id, position))")
        connection.execute("CREATE TABLE case_plan (case_id TEXT, activity_code TEXT, PRIMARY KEY (case_id, activity_code)) WITHOUT ROWID")
        for table in ("cases", "case_events"):
            connection.execute(f"CREATE UNIQUE INDEX {table}_change_no ON {table} (change_no)")
        opened = [row | {"ended_at": None} for row in log.cases] if log.closings else log.cases
        _insert(connection, "cases", opened)
        plan = {(row["case_id"], row["activity_code"]) for row in events if row.get("activity_code")}
        connection.executemany("INSERT INTO case_plan VALUES (?, ?)", sorted(plan, key=str))
        insert_changes(connection, changes)


def insert_changes(connection: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Make changes within the caller's transaction."""
    for closes, alike in groupby(changes, key=lambda change: change.closes):
        if closes:
            values = [(change.row["ended_at"], change.change_no, change.case_id) for change in alike]
            connection.executemany("UPDATE cases SET ended_at = ?, change_no = ? WHERE case_id = ?", values)
        else:
            _insert(connection, "case_events", [change.row | {"change_no": str(change.change_no)} for change in alike])


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    if rows:
        columns = ", ".join(f'"{name}"' for name in rows[0])
        marks = ", ".join(f":{name}" for name in rows[0])
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 - names are the CSV's header


def _declared(rows: Sequence[Row]) -> str:
    numbers = {"position"}
    columns = [f'"{name}" {"INTEGER" if name in numbers else "TEXT"}' for name in rows[0]]
    return ", ".join([*columns, "change_no INTEGER"])


def _rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return [{name: value or None for name, value in row.items()} for row in csv.DictReader(lines)]


def _dealt(rows: Sequence[Row], hall: int) -> list[Row]:
    return [row for row in rows if int(str(row["case_id"]).rpartition("-")[2]) % HALLS == hall]


def _hall_log(cases: Sequence[Row], events: Sequence[Row], *, with_closings: bool = False) -> HallLog:
    """Put the changes of a hall in the order in which it wrote them down: by time, but never against the order within a case."""
    last: dict[str, datetime] = {}
    timed: list[tuple[datetime, str, bool, Row]] = []
    for row in events:
        case_id = str(row["case_id"])
        last[case_id] = max(datetime.fromisoformat(str(row["occurred_at"])), last.get(case_id, datetime.min.replace(tzinfo=UTC)))
        timed.append((last[case_id], case_id, False, row))
    for row in cases if with_closings else ():
        if row["ended_at"] is not None:
            case_id = str(row["case_id"])
            timed.append((max(datetime.fromisoformat(row["ended_at"]), last[case_id]), case_id, True, row))
    timed.sort(key=lambda change: change[0])  # stable: what happened in a case at one time stays in order, its closing behind
    return HallLog(cases, [Change(number, case_id, closes, row) for number, (_, case_id, closes, row) in enumerate(timed, start=1)])
