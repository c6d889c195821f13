"""Let halls write without end: the log of a hall again and again, each round as cases of its own.

Law: what is the n-th change of a hall is settled by n alone, so that a load that was broken off goes on where the database stands.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.province.business import Change, HallLog, Row
from tests.province.feeding import Feeder

HIGHEST = "SELECT max(coalesce((SELECT max(change_no) FROM case_events), 0), coalesce((SELECT max(change_no) FROM cases), 0))"


def repeated(log: HallLog, rounds: int) -> HallLog:
    """Return a log that happens so many times over, each time to other cases."""
    cases = [_of_round(row, turn) for turn in range(rounds) for row in log.cases]
    changes = [_change(change, turn, len(log.changes)) for turn in range(rounds) for change in log.changes]
    return HallLog(cases, changes)


def _change(change: Change, turn: int, length: int) -> Change:
    row = _of_round(change.row, turn)
    return replace(change, change_no=turn * length + change.change_no, case_id=str(row["case_id"]), row=row)


def _of_round(row: Row, turn: int) -> Row:
    return row | {"case_id": f"{row['case_id']}-{turn}"}


def written(business: Path) -> int:
    """Return the number of the last change that a business database holds."""
    with closing(sqlite3.connect(business, timeout=30)) as connection:
        return int(connection.execute(HIGHEST).fetchone()[0])


def feeder(business: Mapping[str, Path], logs: Mapping[str, HallLog], a_second: float) -> Feeder:
    """Return what writes so many changes a second into each hall's database, from where it stands to the end of its log."""
    planned: dict[Path, Sequence[Change]] = {path: logs[hall].changes[written(path) :] for hall, path in business.items()}
    longest = max(map(len, planned.values()), default=0)
    return Feeder(planned, max(1.0, longest / a_second))
