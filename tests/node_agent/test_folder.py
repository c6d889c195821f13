import csv
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node_agent import db
from node_agent.outbox import EnvelopeWriter
from node_agent.sources import progress
from node_agent.sources.config import FolderSourceConfig, read_source
from node_agent.sources.errors import SourceUnavailable
from node_agent.sources.folder import FolderSource
from node_agent.sources.meaning import meaning_at_rest
from node_agent.sources.preview import preview
from node_agent.sources.source_run import SourceReport
from tests.node_agent.waiting import waiting_events, waiting_runs

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WRITER = EnvelopeWriter("tongban.example", "gongzhuling", 1)
HEADER = "row,case_id,at,step"
ROW = "{0},case-1,2026-03-01T08:00:00Z,step {0}"


class Dropped:
    """A folder into which files are dropped, and its agent's store."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "in"
        self.path.mkdir()
        self.store = db.open_store(folder / "agent.db")
        self.folder = folder

    def drop(self, name: str, text: str | bytes, *, age: float = 60) -> Path:
        path = self.path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        written = NOW.timestamp() - age
        os.utime(path, (written, written))
        return path

    def drop_rows(self, name: str, *numbers: int) -> Path:
        return self.drop(name, "\n".join([HEADER, *(ROW.format(number) for number in numbers)]) + "\n")

    def config(self, **changes: Any) -> FolderSourceConfig:
        table = {
            "name": "drop",
            "kind": "folder",
            "path": "in",
            "key": "row",
            "page": 3,
            "timezone": "UTC",
            "fields": {"case_number": "case_id", "occurred_at": "at", "step_name": "step"},
            "otherwise": {"kind": "step"},
        }
        found = read_source(table | changes, self.folder)
        assert isinstance(found, FolderSourceConfig)
        return found

    def run(self, now: datetime = NOW, **changes: Any) -> SourceReport:
        return FolderSource(self.config(**changes), "gongzhuling").run(self.store, WRITER, now)

    def sent(self) -> list[int]:
        return [int(one.event.source_row) for one in waiting_events(self.store)]

    def names(self, *folders: str) -> list[str]:
        return sorted(path.name for path in self.path.joinpath(*folders).iterdir() if path.is_file())

    def rejected(self, name: str) -> list[list[str]]:
        with (self.path / "quarantine" / name).open(newline="") as lines:
            return list(csv.reader(lines))


@pytest.fixture
def dropped(tmp_path: Path) -> Iterator[Dropped]:
    found = Dropped(tmp_path)
    yield found
    found.store.dispose()


def test_a_dropped_csv_file_becomes_events_and_moves_to_the_archive(dropped: Dropped) -> None:
    dropped.drop_rows("a.csv", *range(1, 11))
    report = dropped.run()
    assert (report.rows_read, report.events, report.new, report.rows_rejected, report.dry) == (10, 10, 10, 0, True)
    assert report.read_up_to == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert dropped.sent() == list(range(1, 11))
    assert (dropped.names(), dropped.names("archive")) == ([], ["a.csv"])
    assert [(run.source, run.rows_read) for run in waiting_runs(dropped.store)] == [("drop", 10)]


def test_json_lines_become_events_too(dropped: Dropped) -> None:
    lines = [{"row": number, "case_id": "案1", "at": "2026-03-01T08:00:00Z", "more": [number]} for number in range(1, 6)]
    dropped.drop("a.jsonl", "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    assert dropped.run().new == 5
    assert waiting_events(dropped.store)[0].event.case_number == "案1"
    assert dropped.names("archive") == ["a.jsonl"]


def test_quotes_line_breaks_byte_order_marks_and_other_encodings_are_read(dropped: Dropped) -> None:
    dropped.drop("a.csv", '\ufeffrow,case_id,at,step\r\n1,case-1,2026-03-01,"one,\r\n""two"""\r\n\r\n2,case-1,2026-03-01,three'.encode())
    dropped.drop("b.csv", "row;case_id;at;step\n3;办件;2026-03-01;受理\n".encode("gb18030"))
    dropped.run(files_a_run=1)
    dropped.run(encoding="gb18030", delimiter=";")
    assert [one.event.step_name for one in waiting_events(dropped.store)] == ['one,\r\n"two"', "three", "受理"]


def test_a_file_that_is_still_being_written_is_left_alone(dropped: Dropped) -> None:
    for name in ("a.csv.part", "b.tmp", ".c.csv", "d.txt"):
        dropped.drop(name, HEADER)
    (dropped.path / "folder.csv").mkdir()
    (dropped.path / "link.csv").symlink_to("a.csv.part")
    young = dropped.drop_rows("e.csv", 1)
    os.utime(young, (NOW.timestamp() - 1, NOW.timestamp() - 1))
    assert dropped.run().rows_read == 0
    assert dropped.run(now=NOW + timedelta(seconds=5)).new == 1
    assert dropped.names() == [".c.csv", "a.csv.part", "b.tmp", "d.txt", "link.csv"]


def test_a_done_file_says_that_a_young_file_is_whole(dropped: Dropped) -> None:
    dropped.drop("a.csv", f"{HEADER}\n{ROW.format(1)}\n", age=0)
    dropped.drop("a.csv.done", "", age=0)
    assert dropped.run().new == 1
    assert (dropped.names(), dropped.names("archive")) == ([], ["a.csv"])


def test_bad_rows_go_to_the_quarantine_with_line_and_reason_and_the_rest_goes_on(dropped: Dropped) -> None:
    lines = [HEADER, ROW.format(1), "2,case-1,never,x", '3,case-1,"2026-03-01', ROW.format(4), "5,case-1", ",,2026-03-01,", ROW.format(7)]
    dropped.drop("a.csv", "\n".join(lines) + "\n")
    report = dropped.run()
    assert (report.rows_read, report.events, report.rows_rejected) == (7, 3, 4)
    assert dropped.sent() == [1, 4, 7]
    header, *rows = dropped.rejected("a.rejected.csv")
    assert header == ["line", "reason", "row", "case_id", "at", "step"]
    assert [(row[0], row[1].split(":")[0]) for row in rows] == [
        ("3", "occurred_at"),
        ("4", "not CSV"),
        ("6", "2 columns, the header has 4"),
        ("7", "case_number is missing"),
    ]
    assert rows[0][2:] == ["2", "case-1", "never", "x"]
    assert dropped.names("archive") == ["a.csv"]


def test_bad_json_lines_go_to_the_quarantine(dropped: Dropped) -> None:
    good = '{"row": 1, "case_id": "case-1", "at": "2026-03-01"}'
    bad = ["{", "[1]", '{"row": 1, "row": 2}', '{"row": NaN}', "[" * 100_000, '{"row": 2, "case_id": {}, "at": "2026-03-01"}']
    dropped.drop("a.jsonl", "\n".join([good, *bad, good.replace("1,", "9,", 1)]))
    assert dropped.run().rows_rejected == len(bad)
    assert dropped.sent() == [1, 9]
    rejected = [json.loads(line) for line in (dropped.path / "quarantine" / "a.rejected.jsonl").read_text().splitlines()]
    assert [row["line"] for row in rejected] == [2, 3, 4, 5, 6, 7]
    assert [row["row"] for row in rejected] == bad


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", f"{HEADER}\n{ROW.format(1)}\n".encode() + b"2,\xff\xfe,x,y\n", "line 3 is not utf-8: invalid start byte"),
        ("a.csv", b"", "there is no header"),
        ("a.csv", b"row,row\n1,2\n", "the header names a column twice"),
        ("a.csv", b"row,case_id\n1,2\n", "no column 'at'; there are row, case_id"),
        ("a.csv", b'"row\n', "the header cannot be read: unexpected end of data"),
        ("a.jsonl", b"\xff", "line 1 is not utf-8: invalid start byte"),
        ("a.jsonl", b" " * (2 << 20), "line 1 is longer than 1048576 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_goes_to_the_quarantine_whole(dropped: Dropped, name: str, content: bytes, reason: str) -> None:
    dropped.drop(name, content)
    dropped.drop_rows("b.csv", 7)
    report = dropped.run()
    assert report.rejected == ((name, reason),)
    assert dropped.sent() == [7]
    assert dropped.names("quarantine") == [name, f"{name}.reason.txt"]
    assert (dropped.path / "quarantine" / name).read_bytes() == content
    assert (dropped.path / "quarantine" / f"{name}.reason.txt").read_text() == f"{reason}\n"


def test_the_same_file_dropped_twice_has_no_effect_and_loses_no_copy(dropped: Dropped) -> None:
    for _ in range(3):
        dropped.drop_rows("a.csv", 1, 2)
        dropped.run()
    dropped.drop_rows("renamed.csv", 2, 3)
    assert dropped.run().new == 1
    assert dropped.sent() == [1, 2, 3]
    assert dropped.names("archive") == ["a.2.csv", "a.3.csv", "a.csv", "renamed.csv"]


def test_another_file_under_the_name_of_an_unfinished_one_is_read_from_its_beginning(dropped: Dropped) -> None:
    dropped.drop_rows("a.csv", *range(1, 8))
    with mock.patch.object(progress, "count", _dying_at(2)), pytest.raises(MemoryError):
        dropped.run()
    dropped.drop_rows("a.csv", *range(11, 20))
    dropped.run()
    assert dropped.sent() == [1, 2, 3, *range(11, 20)]


def test_a_file_that_grows_while_it_is_read_is_read_again(dropped: Dropped) -> None:
    path = dropped.drop_rows("a.csv", *range(1, 8))
    real = progress.count

    def growing(*arguments: Any) -> None:
        real(*arguments)
        with path.open("a") as more:
            more.write(f"{ROW.format(99)}\n")

    with mock.patch.object(progress, "count", growing):
        dropped.run()
    assert dropped.names() == ["a.csv"]
    dropped.run(now=datetime.now(UTC) + timedelta(minutes=1))
    assert sorted(dropped.sent()) == [*range(1, 8), 99]
    assert dropped.names("archive") == ["a.csv"]


def test_a_missing_folder_is_unavailable(dropped: Dropped) -> None:
    with pytest.raises(SourceUnavailable, match=r"'drop': .*No such file"):
        dropped.run(path="elsewhere")


def test_a_preview_of_a_folder_moves_nothing(dropped: Dropped) -> None:
    dropped.drop("a.csv", f"{HEADER}\n{ROW.format(1)}\nx\n")
    dropped.drop("b.jsonl", '{"row": 2}\n{')
    dropped.drop("c.csv", b"\xff")
    meaning = meaning_at_rest(dropped.config(), "gongzhuling", dropped.folder / "agent.db", NOW)
    shown = preview(dropped.config(), 10, meaning)
    assert [(row.mapped.kind if row.mapped else None, row.reason.split(":")[0]) for row in shown] == [
        ("step", ""),
        (None, "1 columns, the header has 4"),
        (None, "case_number is missing"),
        (None, "not JSON"),
        (None, "line 1 is not utf-8"),
    ]
    assert len(preview(dropped.config(), 2, meaning)) == 2
    assert dropped.names() == ["a.csv", "b.jsonl", "c.csv"]
    assert dropped.sent() == []


def _dying_at(page: int) -> Any:
    real, calls = progress.count, []

    def count(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == page:
            raise MemoryError
        real(*arguments)

    return count


lines = st.lists(st.sampled_from(["good", "good", "bad", "unclosed", "blank", "long"]), max_size=14)
_SPELT = {"bad": "{0},,,", "unclosed": '{0},"case-1,', "blank": "", "long": '{0},case-1,2026-03-01,"a\nb"', "good": ROW}


@settings(max_examples=40)
@given(lines=lines, deaths=st.lists(st.integers(1, 3), max_size=4), page=st.integers(1, 4))
def test_a_crash_in_the_middle_of_a_file_doubles_and_loses_neither_rows_nor_rejects(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], deaths: list[int], page: int
) -> None:
    dropped = Dropped(tmp_path_factory.mktemp("crash"))
    # An unclosed quote would swallow the next quoted row: those two do not meet here.
    spelt = [line if "unclosed" not in lines or line != "long" else "good" for line in lines]
    dropped.drop("a.csv", "\n".join([HEADER, *(_SPELT[line].format(number) for number, line in enumerate(spelt))]) + "\n")
    for death in deaths:
        with mock.patch.object(progress, "count", _dying_at(death)):
            try:
                dropped.run(page=page)
            except MemoryError:
                continue
    dropped.run(page=page)
    assert dropped.sent() == [number for number, line in enumerate(spelt) if line in {"good", "long"}]
    bad = [number for number, line in enumerate(spelt) if line in {"bad", "unclosed"}]
    found = dropped.rejected("a.rejected.csv")[1:] if bad else []
    assert [int(row[2].partition(",")[0]) for row in found] == bad
    dropped.store.dispose()
