"""A code names a division for a time, and what became of it is known."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.division_list import read_division_changes, read_divisions, seed, write_divisions
from directory.divisions import BEGINNING, Division, Divisions, faults
from directory.errors import UnknownDivision
from directory.halls import Tier
from directory.validity import Period

TODAY = date(2026, 11, 23)
BEFORE = date(2019, 12, 31)
HEAD = "code,name,tier,parent_code"
PROVINCE, CITY = "220000,省,province,", "220100,市,city,220000"


@pytest.fixture(scope="module")
def jilin() -> Divisions:
    return seed()


def csv(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *lines)).encode()


def test_jilin_has_seventy_divisions_and_one_local_code(jilin: Divisions) -> None:
    present = [division for division in jilin if TODAY in division.period]
    assert len(present) == 70 + 1
    assert sum(division.tier is Tier.CITY for division in present) == 9 + 1
    assert list(faults(list(jilin))) == []


def test_gongzhuling_went_from_siping_to_changchun_in_2020(jilin: Divisions) -> None:
    old, new = jilin.at("220381", BEFORE), jilin.at("220184", TODAY)
    assert (old.name, old.parent, old.period.end) == ("公主岭市", "220300", date(2020, 1, 1))
    assert (new.name, new.parent, new.period) == ("公主岭市", "220100", Period(date(2020, 1, 1)))
    assert jilin.became("220381", BEFORE, TODAY) == new
    for code, day in (("220381", TODAY), ("220184", BEFORE)):
        with pytest.raises(UnknownDivision, match=code):
            jilin.at(code, day)


def test_an_old_code_is_found_whatever_the_day(jilin: Divisions) -> None:
    assert jilin.last("220381").name == "公主岭市"
    assert [division.name for division in jilin.history("220602")] == ["八道江区", "浑江区"]


def test_successors_are_followed_to_the_present(jilin: Divisions) -> None:
    codes = [division.code for division in jilin.chain("220319", date(1985, 1, 1))]
    assert codes == ["220319", "229001", "220381", "220184"]
    assert jilin.became("220319", date(1985, 1, 1), date(2000, 1, 1)).code == "220381"
    assert [division.code for division in jilin.chain("220184", TODAY)] == ["220184"]


def test_a_division_that_swapped_its_code_for_a_year_is_followed_by_its_name(jilin: Divisions) -> None:
    chain = jilin.chain("220281", date(2002, 6, 1))
    assert [(division.code, division.name) for division in chain] == [("220281", "蛟河市"), ("220282", "蛟河市"), ("220281", "蛟河市")]


def test_what_became_part_of_another_division_is_followed_too(jilin: Divisions) -> None:
    assert jilin.became("222301", date(1990, 1, 1), TODAY).name == "白城市"
    with pytest.raises(UnknownDivision, match="as it was at 1990-01-01"):
        jilin.became("220111", date(1990, 1, 1), TODAY)


def test_twelve_digits_name_the_same_division(jilin: Divisions) -> None:
    assert jilin.at("220184000000", TODAY) == jilin.at("220184", TODAY)
    assert jilin.around("220184101203", TODAY).name == "公主岭市"
    assert jilin.around("220381101203", BEFORE).name == "公主岭市"


@pytest.mark.parametrize("code", ["999999", "220184101000", "22018", "", "220184００００００", "2201840000000"])
def test_an_unknown_code_is_refused(jilin: Divisions, code: str) -> None:
    for look in (lambda: jilin.at(code, TODAY), lambda: jilin.history(code), lambda: jilin.chain(code, TODAY)):
        with pytest.raises(UnknownDivision):
            look()


@pytest.mark.parametrize("area", ["999999101000", "220184", "220184１01000", "220381101203"])
def test_an_area_in_no_division_is_refused(jilin: Divisions, area: str) -> None:
    with pytest.raises(UnknownDivision):
        jilin.around(area, TODAY)


def test_at_every_day_a_code_names_at_most_one_division_and_its_parent_is_there(jilin: Divisions) -> None:
    for year in range(1980, 2027):
        day = date(year, 7, 1)
        for division in [division for division in jilin if day in division.period]:
            assert jilin.at(division.code, day) is division
            assert division.parent == "" or jilin.at(division.parent, day).code == division.parent


def test_what_is_written_is_read_again(jilin: Divisions) -> None:
    rows = tuple(jilin)
    assert read_divisions(write_divisions(rows)).whole() == rows


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5), st.integers(0, 500))
def test_a_chain_is_followed_from_any_day_to_its_last_part(lengths: list[int], then: int) -> None:
    begins = [BEGINNING + timedelta(days=sum(lengths[:place])) for place in range(len(lengths) + 1)]
    codes = [f"2201{place:02}" for place in range(len(begins))]
    versions = [
        Division(codes[place], "区", Tier.COUNTY, "220000", Period(begins[place], begins[place + 1]), (codes[place + 1],))
        for place in range(len(lengths))
    ]
    last = Division(codes[-1], "区", Tier.COUNTY, "220000", Period(begins[-1]))
    divisions = Divisions([*versions, last])
    for place, version in enumerate(versions):
        assert [division.code for division in divisions.chain(version.code, version.period.start)] == codes[place:]
    day = BEGINNING + timedelta(days=then)
    holds = [version for version in [*versions, last] if day in version.period]
    assert divisions.became(codes[0], BEGINNING, day) == holds[0]


@pytest.mark.parametrize(
    ("lines", "faulty", "what"),
    [
        (("22010,市,city,220000",), 4, "six digits"),
        (("22010０,市,city,220000",), 4, "FULLWIDTH"),
        (("220200,市\u202e,city,220000",), 4, "the name"),
        (("220200,市,town,220000",), 4, "not a tier"),
        (("220200,市,,220000",), 4, "not a tier"),
        (("220200,市,city,",), 4, "needs a parent"),
        (("220200,市,city,229999",), 4, "is not there in"),
        (("220200,市,city,220100",), 4, "not above city tier"),
        (("220100,又,city,220000",), 4, "already names 市"),
    ],
)
def test_a_bad_division_is_named(lines: tuple[str, ...], faulty: int, what: str) -> None:
    (fault,) = read_divisions(csv(PROVINCE, CITY, *lines)).faults
    assert fault.line == faulty
    assert what in fault.what


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ("2020-02-30,,", "not a day"),
        ("2020-01-01,2020-01-01,", "there is no day"),
        (",2020-01-01,220999", "not in the list"),
        (",,220100", "has a successor and no end"),
        (",2020-01-01,2201", "six digits"),
    ],
)
def test_a_bad_history_is_named(cells: str, what: str) -> None:
    lines = (f"{PROVINCE},,,", f"{CITY},,,", f"220102,区,county,220100,{cells}")
    (fault,) = read_divisions(csv(*lines, head=HEAD + ",from,to,successors")).faults
    assert (fault.line, what in fault.what) == (4, True), fault


def test_a_parent_must_be_there_the_whole_time() -> None:
    rows = read_divisions(csv(PROVINCE, CITY, "220102,区,county,220100")).whole()
    late = [replace(row, period=Period(date(2000, 1, 1))) if row.code == "220100" else row for row in rows]
    assert list(faults(late)) == [(2, "the parent '220100' of '220102' is not there in 1980-01-01/2000-01-01")]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ('{"year": "1988", "type": "t", "level": 3, "old": {}, "new": {}}', "whole number"),
        ('{"year": 1988, "type": "t", "level": 4, "old": {}, "new": {}}', "from 1 to 3"),
        ('{"year": 1988, "type": "t", "level": 3, "old": {"code": "22"}, "new": {}}', "twelve digits"),
        ('{"year": 1988, "type": "t", "level": 3, "old": {}, "new": 5}', "not a table"),
        ("5", "not a table"),
    ],
)
def test_a_bad_change_is_named_with_its_line(change: str, what: str) -> None:
    read = read_division_changes(f"[\n{change},\n{change}]".encode())
    assert {fault.line for fault in read.faults} == {2, 3}
    assert any(what in fault.what for fault in read.faults)
    assert read.rows == ()


@pytest.mark.parametrize("data", [b"5", b"[", b"", b'[], "x": []', b"{}"])
def test_changes_that_are_no_list_are_refused(data: bytes) -> None:
    assert read_division_changes(data).faults
