"""Departments sit in halls, and their lines run upward through superior halls without a circle."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.department_list import read_departments, write_departments
from directory.departments import MAX_LINE, Department, Departments, faults
from directory.errors import DepartmentsMalformed, UnknownDepartment
from directory.hall_list import seed
from directory.halls import Province
from directory.identifiers import uscc_of
from directory.validity import Period
from tests.directory.pace import seconds

TODAY = date(2026, 11, 23)
ALWAYS = Period(date(1980, 1, 1))
HEAD = "department,uscc,name,hall,superior,from,to"
TING, JU = f"ting,{uscc_of('11220000DEM000001')},省厅,jilin-sheng,,,", f"ju,{uscc_of('11220100DEM000002')},市局,changchun,ting,,"


@pytest.fixture(scope="module")
def jilin() -> Province:
    return seed()


def department(name: str, hall: str = "jilin-sheng", superior: str = "", period: Period = ALWAYS, number: int = 0) -> Department:
    return Department(name, uscc_of(f"11220000DEM{number or sum(name.encode()):06}"), "部门", hall, superior, period)


def csv(*lines: str) -> bytes:
    return "\n".join((HEAD, *lines)).encode()


def line_of_three() -> list[Department]:
    return [department("xian-ju", "nongan", "shi-ju"), department("shi-ju", "changchun", "sheng-ting"), department("sheng-ting")]


def test_a_line_runs_from_county_to_province(jilin: Province) -> None:
    found = Departments([*line_of_three(), department("other", "nongan")], jilin, TODAY)
    assert found.line("xian-ju") == ("shi-ju", "sheng-ting")
    assert found.top("xian-ju") == found.top("sheng-ting") == "sheng-ting"
    assert found.in_line("sheng-ting", "xian-ju")
    assert found.in_line("xian-ju", "xian-ju")
    assert not found.in_line("other", "sheng-ting")
    assert found.of_hall("nongan") == ("xian-ju", "other")
    assert found.of_hall("dehui") == ()
    assert len(found) == len(list(found)) == 4


def test_an_unknown_department_is_refused(jilin: Province) -> None:
    found = Departments(line_of_three(), jilin, TODAY)
    assert found.get("nobody") is None
    assert "nobody" not in found
    looks = (found.department, found.line, found.top, lambda name: found.in_line(name, "ju"), lambda name: found.in_line("shi-ju", name))
    for look in looks:
        with pytest.raises(UnknownDepartment, match="'nobody'"):
            look("nobody")


def test_only_departments_of_the_day_are_there(jilin: Province) -> None:
    old = replace(department("ju"), period=Period(date(1980, 1, 1), date(2020, 1, 1)))
    new = replace(old, name="新名", period=Period(date(2020, 1, 1)))
    assert Departments([old, new], jilin, date(2019, 12, 31)).department("ju").name == "部门"
    assert Departments([old, new], jilin, date(2020, 1, 1)).department("ju").name == "新名"


def test_a_superior_may_sit_in_the_same_hall(jilin: Province) -> None:
    assert Departments([department("chu", superior="ting"), department("ting")], jilin, TODAY).line("chu") == ("ting",)


@pytest.mark.parametrize(
    ("departments", "what"),
    [
        ([department("a", superior="b"), department("b", superior="a")], "runs in a circle"),
        ([department("a", superior="a")], "runs in a circle"),
        ([department("a", superior="nobody")], "'nobody' of 'a' is not there"),
        ([department("a", "atlantis")], "'atlantis' of 'a' is not known"),
        ([department("a", "changchun", "b"), department("b", "jilin-shi")], "which is not above 'changchun'"),
        ([department("a", superior="b"), department("b", "changchun")], "which is not above 'jilin-sheng'"),
        ([department("a"), department("a")], "'a' has another version"),
        ([department("a", number=5), department("b", number=5)], "the USCC of 'a' in the same hall"),
    ],
)
def test_departments_that_are_no_forest_are_refused(jilin: Province, departments: list[Department], what: str) -> None:
    assert any(what in fault for _, fault in faults(departments, jilin))
    with pytest.raises(DepartmentsMalformed):
        Departments(departments, jilin, TODAY)


def test_one_organ_may_sit_in_several_halls(jilin: Province) -> None:
    assert list(faults([department("a", number=5), department("b", "changchun", number=5)], jilin)) == []


def test_a_circle_counts_only_when_all_of_it_holds_on_one_day(jilin: Province) -> None:
    before, after = Period(date(1980, 1, 1), date(2020, 1, 1)), Period(date(2020, 1, 1))
    a = [department("a", superior="b", period=before), department("a", period=after)]
    b = [department("b", period=before), department("b", superior="a", period=after)]
    assert list(faults([*a, *b], jilin)) == []
    early, late = Period(date(1980, 1, 1), date(2019, 1, 1)), Period(date(2019, 1, 1))
    overlapping = [*a, replace(b[0], period=early), replace(b[1], period=late)]
    assert {fault for _, fault in faults(overlapping, jilin)} == {"the line above 'b' runs in a circle"}


def test_an_endless_line_is_refused(jilin: Province) -> None:
    chain = [department(f"d{place}", superior=f"d{place - 1}" if place else "", number=place + 1) for place in range(MAX_LINE + 2)]
    assert list(faults(chain[:-1], jilin)) == []
    assert [position for position, _ in faults(chain, jilin)] == [MAX_LINE + 1]


def test_a_superior_must_be_there_the_whole_time(jilin: Province) -> None:
    late = [department("a", superior="b"), department("b", period=Period(date(2000, 1, 1)))]
    assert list(faults(late, jilin)) == [(0, "the superior 'b' of 'a' is not there in 1980-01-01/2000-01-01")]


names = st.sampled_from("abcde")
versions = st.builds(
    lambda name, hall, superior, start, length: department(
        name, hall, superior, Period(date(2000, 1, start), date(2000, 1, start + length) if length else None), ord(name)
    ),
    names,
    st.sampled_from(["jilin-sheng", "changchun", "nongan"]),
    st.sampled_from(["", "", "a", "b", "c"]),
    st.integers(1, 3),
    st.integers(0, 3),
)


@given(st.lists(versions, max_size=5))
def test_what_has_no_fault_is_a_forest_at_every_day(departments: list[Department]) -> None:
    jilin = seed()
    if list(faults(departments, jilin)):
        return
    for day in range(1, 9):
        found = Departments(departments, jilin, date(2000, 1, day))
        for one in found:
            assert one.department not in found.line(one.department)
            assert found.line(one.department) == () or found.department(found.line(one.department)[0]).department == one.superior
            for above in found.line(one.department):
                hall = found.department(above).hall
                assert hall in {one.hall, *jilin.superiors(one.hall)}


def test_departments_are_read_from_a_file(jilin: Province) -> None:
    read = read_departments(csv(JU, TING), jilin)
    assert [(row.department, row.hall, row.superior) for row in read.whole()] == [("ju", "changchun", "ting"), ("ting", "jilin-sheng", "")]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (f"a,{uscc_of('11220000DEM000003')[:-1]}_,名,jilin-sheng,,,", "not a USCC"),
        ("a,11220000DEM0000030,名,jilin-sheng,,,", "check character"),
        (f"А,{uscc_of('11220000DEM000003')},名,jilin-sheng,,,", "CYRILLIC"),
        (f"a,{uscc_of('11220000DEM000003')},名\u200d,jilin-sheng,,,", "the name"),
        (f"a,{uscc_of('11220000DEM000003')},名,Jilin,,,", "not a hall id"),
        (f"a,{uscc_of('11220000DEM000003')},名,atlantis,,,", "is not known"),
        (f"a,{uscc_of('11220000DEM000003')},名,jilin-sheng,b,,", "is not there"),
        (f"a,{uscc_of('11220000DEM000003')},名,jilin-sheng,,2020-13-01,", "not a day"),
        (f"ju,{uscc_of('11220000DEM000003')},名,jilin-sheng,,2020-01-01,", "another version"),
    ],
)
def test_a_bad_line_is_named(jilin: Province, line: str, what: str) -> None:
    found = read_departments(csv(TING, JU, line), jilin).faults
    assert {fault.line for fault in found} == {4}
    assert any(what in fault.what for fault in found)


def test_what_is_written_is_read_again(jilin: Province) -> None:
    departments = (*line_of_three(), department("old", period=Period(date(1990, 1, 1), date(1991, 1, 1))))
    assert read_departments(write_departments(departments), jilin).whole() == departments


def read_many(count: int, jilin: Province) -> float:
    rows = [department(f"d-{n}", "changchun", "ting", number=n) for n in range(2, count + 2)]
    data = write_departments([department("ting", number=1), *rows]).replace(b"d-77,1", b"d-77,2").replace(b"d-501,1", b"D-501,1")
    assert [fault.line for fault in read_departments(data, jilin).faults] == [78, 502]
    return seconds(lambda: read_departments(data, jilin))


def test_ten_thousand_rows_take_ten_times_as_long_as_a_thousand(jilin: Province) -> None:
    # A quadratic reader would take a hundred times as long.
    assert read_many(10_000, jilin) < 40 * read_many(1_000, jilin)


def test_ten_thousand_rows_are_judged_in_ten_times_what_a_thousand_take(jilin: Province) -> None:
    rows = [department("ting", number=1), *(department(f"d-{n}", "changchun", "ting", number=n) for n in range(2, 10_002))]
    assert list(faults(rows, jilin)) == []
    assert seconds(lambda: list(faults(rows, jilin))) < 40 * seconds(lambda: list(faults(rows[:1_000], jilin)))
