"""A list of halls is taken as it is or refused with its line."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import HallsMalformed
from directory.hall_list import load_halls, read_halls
from directory.halls import Province

HEAD = "hall,name,tier,superior,division_code"
GOOD = (HEAD, "xian,县,county,shi,220122", "shi,市,city,sheng,220100", "sheng,省,province,,220000")


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode() + b"\n"


def test_a_superior_may_stand_behind_its_inferior() -> None:
    assert read_halls(csv(*GOOD)).superiors("xian") == ("shi", "sheng")


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "halls.csv"
    file.write_bytes(csv(*GOOD))
    assert len(load_halls(file)) == 3


def test_the_column_linked_and_the_setting_both_unlink() -> None:
    lines = (HEAD + ",linked", "xian,县,county,shi,220122,no", "shi,市,city,sheng,220100,yes", "sheng,省,province,,220000,yes")
    assert [hall.hall for hall in read_halls(csv(*lines)) if not hall.linked] == ["xian"]
    assert {hall.hall for hall in read_halls(csv(*lines), unlinked={"shi"}) if not hall.linked} == {"xian", "shi"}


def test_unlinking_a_hall_that_is_not_there_is_refused() -> None:
    with pytest.raises(HallsMalformed, match="'atlantis'"):
        read_halls(csv(*GOOD), unlinked={"atlantis"})


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("qu,区,county,wu,220112", "'wu' of 'qu' is not in the list"),
        ("qu,区,county,xian,220112", "not above it"),
        ("qu,区,county,qu,220112", "run in a circle"),
        ("xian,县,county,shi,220122", "'xian' is given twice"),
        ("qu,区,township,shi,220112", "'township' is not a tier"),
        ("qu,区,county,shi,22011", "six digits"),
        ("qu,区,county,shi,22011２", "six digits"),
        ("qu,区,county,shi", "4 fields where there are 5 columns"),
        ("", "0 fields where there are 5 columns"),
        ("Qu,区,county,shi,220112", "not a hall id"),
        ("1qu,区,county,shi,220112", "not a hall id"),
        (" qu,区,county,shi,220112", "not a hall id"),
        (",区,county,shi,220112", "not a hall id"),
        ("hub,区,county,shi,220112", "reserved"),
        ("qu,,county,shi,220112", "the name"),
        ("qu,区\u202e,county,shi,220112", "the name"),
        ("qu,区\u200b,county,shi,220112", "the name"),
        ("qu,e\u0301,county,shi,220112", "not in NFC"),
        ('qu,"区,county,shi,220112', "not CSV"),
    ],
)
def test_a_bad_line_is_named(line: str, fault: str) -> None:
    with pytest.raises(HallsMalformed, match=fault) as caught:
        read_halls(csv(*GOOD, line))
    assert caught.value.line == 5


@pytest.mark.parametrize(
    ("hall", "sign"),
    [
        ("хian", "CYRILLIC SMALL LETTER HA"),
        ("ｘian", "FULLWIDTH LATIN SMALL LETTER X"),
        ("xi\u200dan", "ZERO WIDTH JOINER"),
        ("xi\u202ean", "RIGHT-TO-LEFT OVERRIDE"),
        ("xia\u0301n", "COMBINING ACUTE ACCENT"),
        ("hall-1７", "FULLWIDTH DIGIT SEVEN"),
    ],
)
def test_a_look_alike_is_no_second_hall(hall: str, sign: str) -> None:
    with pytest.raises(HallsMalformed, match=sign) as caught:
        read_halls(csv(*GOOD, f"{hall},县,county,shi,220123"))
    assert caught.value.line == 5
    assert caught.value.fault.isascii(), "a look-alike must not be shown as what it looks like"


def test_the_line_is_counted_over_fields_of_several_lines() -> None:
    with pytest.raises(HallsMalformed, match="given twice") as caught:
        read_halls(csv(HEAD + ",basis", 'sheng,省,province,,220000,"one\ntwo\nthree"', "sheng,省,province,,220000,"))
    assert caught.value.line == 5


@pytest.mark.parametrize("head", ["hall,name,tier,superior", HEAD + ",colour", HEAD + ",hall", "", "\ufeff\ufeff" + HEAD])
def test_other_columns_are_refused(head: str) -> None:
    with pytest.raises(HallsMalformed, match="the columns must be") as caught:
        read_halls(csv(head, *GOOD[1:]))
    assert caught.value.line == 1


def test_bytes_that_are_no_utf_8_are_refused_with_their_line() -> None:
    with pytest.raises(HallsMalformed, match="not UTF-8") as caught:
        read_halls(csv(*GOOD) + "qu,区".encode("gb18030"))
    assert caught.value.line == 5


@given(st.binary(max_size=200))
def test_any_bytes_are_a_province_or_malformed(data: bytes) -> None:
    with suppress(HallsMalformed):
        assert isinstance(read_halls(csv(*GOOD) + data), Province)
