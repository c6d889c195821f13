"""Every bad line of a file is reported, and a file with one is not applied at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import Fault, ListMalformed
from directory.reading import MAX_FAULTS, Cells, Columns, Read, read_csv, write_csv
from directory.texts import id_fault, name_fault
from tests.directory.effort import calls

COLUMNS = Columns(("id", "name"), ("note",))
Pair = tuple[str, str]

names = st.text(min_size=1, max_size=12).filter(lambda text: name_fault(text) == "")
ids = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True).filter(lambda text: id_fault(text) == "")


def pair(cells: Cells) -> Pair:
    found = cells.text("id", id_fault), cells.text("name", name_fault)
    cells.check()
    return found


def rows(*lines: str) -> bytes:
    return "\n".join(("id,name", *lines)).encode()


def test_all_bad_lines_are_reported_with_all_that_is_wrong() -> None:
    read = read_csv(rows("a,x", "B,", "c,y", "d", "e,z,z"), COLUMNS, pair)
    assert read.rows == (("a", "x"), ("c", "y"))
    assert [fault.line for fault in read.faults] == [3, 3, 5, 6]
    with pytest.raises(ListMalformed, match=r"line 3: .*and 1 more") as caught:
        read.whole()
    assert caught.value.faults == read.faults


def test_a_file_without_fault_is_given_whole() -> None:
    assert read_csv(rows("a,x"), COLUMNS, pair).whole() == (("a", "x"),)


def test_a_file_that_is_no_csv_from_some_line_on_keeps_what_was_wrong_before() -> None:
    read = read_csv(rows("A,x", "b,y", 'c,"z'), COLUMNS, pair)
    assert [fault.line for fault in read.faults] == [2, 4]
    assert "not CSV" in read.faults[1].what


def test_bytes_that_are_no_utf_8_are_refused_with_their_line() -> None:
    (fault,) = read_csv(rows("a,x") + b"\nb,\xff", COLUMNS, pair).faults
    assert (fault.line, fault.what[:9]) == (3, "not UTF-8")


def test_the_mark_that_spreadsheets_put_before_a_file_is_no_part_of_it() -> None:
    assert read_csv(b"\xef\xbb\xbf" + rows("a,x"), COLUMNS, pair).whole() == (("a", "x"),)


@pytest.mark.parametrize("head", ["id", "id,name,name", "id,name,colour", "", "\ufeff\ufeffid,name"])
def test_other_columns_are_refused(head: str) -> None:
    (fault,) = read_csv(f"{head}\na,b".encode(), COLUMNS, pair).faults
    assert fault.line == 1
    assert "may be note" in fault.what


def test_what_is_judged_over_all_rows_is_reported_with_their_lines() -> None:
    read = read_csv(rows("a,x", '"b","y"', "c,z"), COLUMNS, pair).judged([(-1, "the whole"), (2, "c"), (0, "a")])
    assert read.faults == (Fault(2, "a"), Fault(4, "c"), Fault(0, "the whole"))


def test_a_file_of_another_kind_does_not_yield_endless_faults() -> None:
    assert len(read_csv(rows(*["x"] * (MAX_FAULTS + 5)), COLUMNS, pair).faults) == MAX_FAULTS


@given(st.lists(st.tuples(ids, names)))
def test_what_is_written_is_read_again(pairs: list[Pair]) -> None:
    data = write_csv(COLUMNS, [{"id": one, "name": name} for one, name in pairs])
    assert read_csv(data, COLUMNS, pair).whole() == tuple(pairs)


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_faults(data: bytes) -> None:
    assert isinstance(read_csv(rows("a,x") + data, COLUMNS, pair), Read)


def effort(count: int) -> int:
    data = rows(*(f"row-{n},名" if n % 1000 else f"Row-{n},名" for n in range(1, count + 1)))
    assert len(read_csv(data, COLUMNS, pair).faults) == count // 1000
    return calls(lambda: read_csv(data, COLUMNS, pair))


def test_ten_thousand_rows_take_ten_times_as_long_as_a_thousand() -> None:
    # A quadratic reader would take a hundred times as many steps.
    assert effort(10_000) < 12 * effort(1_000)
