import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from node_agent.sinks.tables import sink_tables
from tests.province import business
from tests.province.business import HallLog
from tests.province.feeding import first_cases, makes_event
from tests.province.reckoning import CASE_EVENT, Reckoning, reckon

LOGS = [first_cases(log, 12) for log in business.read_log()[:2]]
HALLS = ("gongzhuling", "yushu")
BUSINESS_LOGS = dict(zip(HALLS, LOGS, strict=True))


class Books:
    """Two business databases, and a province's table that holds all of them, in turns, until a test spoils it."""

    def __init__(self, folder: Path) -> None:
        self.business = {hall: folder / f"{hall}.db" for hall in HALLS}
        for hall, log in BUSINESS_LOGS.items():
            business.create_business(self.business[hall], log, log.changes)
        self.province = folder / "province.db"
        engine = sa.create_engine(f"sqlite:///{self.province}")
        sink_tables("deliveries").metadata.create_all(engine)
        engine.dispose()
        self.connection = sqlite3.connect(self.province, isolation_level=None)
        for number, (hall, case_id, row) in enumerate(arrivals(), start=1):
            self.arrive(number, hall, case_id, row)

    def arrive(self, arrival: int, hall: str, case_id: str, row: str, type_: str = CASE_EVENT) -> None:
        """Put a row where the sink would."""
        values = (arrival, f"id-{arrival}", hall, "", type_, case_id, "step", "", "", 1, arrival, arrival, row, "{}")
        self.connection.execute(f"INSERT INTO deliveries VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 - marks

    def reckon(self) -> Reckoning:
        """Compare."""
        return reckon(self.business, self.province)


def arrivals() -> list[tuple[str, str, str]]:
    """Give hall, case and row of every event, as the halls wrote them."""
    found = []
    for hall, log in BUSINESS_LOGS.items():
        for change in log.changes:
            row = f"closing/{change.case_id}" if change.closes else f"event/{change.case_id}/{change.row['position']}"
            found.append((hall, change.case_id, row))
    return found


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    books = Books(tmp_path)
    with closing(books.connection):
        yield books


def test_what_arrived_once_and_in_order_has_no_faults(books: Books) -> None:
    books.arrive(9000, HALLS[0], "business", "", "tongban.case.v1.SourceRun")
    found = books.reckon()
    expected = {hall: len(log.changes) for hall, log in BUSINESS_LOGS.items()}
    assert found.faults == {}
    assert found.sent == found.arrived == expected
    assert found.cases == 24
    assert found.rows == sum(log.events for log in LOGS)


def test_what_is_missing_is_lost(books: Books) -> None:
    books.connection.execute("DELETE FROM deliveries WHERE arrival IN (3, 5)")
    assert books.reckon().faults == {"lost": 2}


def test_what_arrived_under_another_hall_or_case_is_lost_and_strange(books: Books) -> None:
    books.connection.execute("UPDATE deliveries SET hall = 'yushu' WHERE arrival = 3")
    books.connection.execute("UPDATE deliveries SET subject = 'case-1' WHERE arrival = 5")
    assert books.reckon().faults == {"lost": 2, "strangers": 2}


def test_what_arrived_again_is_a_duplicate_each_time(books: Books) -> None:
    hall, case_id, row = arrivals()[-1]
    books.arrive(9000, hall, case_id, row)
    books.arrive(9001, hall, case_id, row)
    assert books.reckon().faults == {"duplicates": 2}


def test_two_events_of_a_case_that_changed_places_are_out_of_order(books: Books) -> None:
    rows = arrivals()
    first = next(at for at, row in enumerate(rows) if row[:2] in [other[:2] for other in rows[at + 1 :]])
    second = next(at for at in range(first + 1, len(rows)) if rows[at][:2] == rows[first][:2])
    for old, new in ((first, 0), (second, first + 1), (-1, second + 1)):
        books.connection.execute("UPDATE deliveries SET arrival = ? WHERE arrival = ?", (new, old + 1))
    assert books.reckon().faults == {"out_of_order": 1}


def test_cases_may_overtake_each_other(books: Books) -> None:
    books.connection.execute("UPDATE deliveries SET arrival = arrival + 10000 WHERE subject = ?", (arrivals()[0][1],))
    assert books.reckon().faults == {}


def test_a_question_answered_false_was_not_sent(tmp_path: Path) -> None:
    rows = [{"case_id": "a", "position": str(at), "answer": answer} for at, answer in enumerate(["True", "False", None])]
    changes = [business.Change(at, "a", closes=False, row=row) for at, row in enumerate(rows, start=1)]
    business.create_business(tmp_path / "answers.db", HallLog([{"case_id": "a"}], changes), changes)
    Books(tmp_path).connection.close()
    found = reckon({HALLS[0]: tmp_path / "answers.db"}, tmp_path / "province.db")
    assert found.sent == {HALLS[0]: sum(map(makes_event, changes))} == {HALLS[0]: 2}
    assert found.rows == 3


def test_where_the_sink_has_no_table_yet_nothing_has_arrived(books: Books) -> None:
    books.connection.execute("DROP TABLE deliveries")
    assert books.reckon().lost == len(arrivals())
