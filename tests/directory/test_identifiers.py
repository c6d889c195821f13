"""An identifier is taken in its one written form, or refused for a reason that repeats no person's number."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.identifiers import (
    NO_REGISTRAR,
    USCC_SIGNS,
    area_code_fault,
    base_code_fault,
    citizen_id_check,
    citizen_id_fault,
    division_code_fault,
    handling_code_fault,
    handling_number_fault,
    implementation_code_fault,
    licence_type_fault,
    mask_citizen_id,
    uscc_fault,
    uscc_of,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "identifiers.json").read_text("utf-8"))
HOUSING = "11220000013544541J"
BASE = "220117001000"

places = st.text("0123456789", min_size=6, max_size=6)
births = st.dates(date(1800, 1, 1), date(2030, 12, 31))
citizens = st.builds(lambda place, birth, number: f"{place}{birth:%Y%m%d}{number:03}", places, births, st.integers(0, 999))
bodies = st.builds(
    lambda registrar, kind, place, rest: registrar + kind + place + rest,
    st.sampled_from(USCC_SIGNS.replace(NO_REGISTRAR, "")),
    st.sampled_from(USCC_SIGNS),
    places,
    st.text(USCC_SIGNS, min_size=9, max_size=9),
)


@pytest.mark.parametrize("text", VECTORS["uscc_valid"])
def test_the_uscc_of_an_organ_is_taken(text: str) -> None:
    assert uscc_fault(text) == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("11220000013544541K", "check character"),
        ("000000000000000000", "issued to nobody"),  # whose check character is right
        (uscc_of("01220000013544541"), "issued to nobody"),
        ("11220000013544541j", "is not a USCC"),
        ("1122 0000 0135 4454 1J", "is not a USCC"),
        ("11220000-013544541J", "is not a USCC"),
        ("1122000001354454IJ", "is not a USCC"),
        ("", "is not a USCC"),
        ("1122000001354454１J", "FULLWIDTH DIGIT ONE"),
        ("11220000О13544541J", "CYRILLIC CAPITAL LETTER O"),
    ],
)
def test_a_uscc_in_another_form_is_refused(text: str, fault: str) -> None:
    assert fault in uscc_fault(text)
    assert uscc_fault(text).isascii()


def test_the_uscc_of_a_body_outside_the_four_first_registrars_is_taken() -> None:
    assert uscc_fault(uscc_of("N2220112MF1234567")) == ""


@given(bodies, st.data())
def test_one_wrong_sign_of_a_uscc_is_found(body: str, data: st.DataObject) -> None:
    right = uscc_of(body)
    place = data.draw(st.integers(0, 17))
    sign = data.draw(st.sampled_from("0123456789" if 2 <= place < 8 else USCC_SIGNS).filter(lambda sign: sign != right[place]))
    assert uscc_fault(right) == ""
    assert "check character" in uscc_fault(right[:place] + sign + right[place + 1 :])


def test_a_body_with_letters_that_a_uscc_has_not_gets_no_check_character() -> None:
    with pytest.raises(ValueError, match="body of a USCC"):
        uscc_of("1122000001354454I")


@pytest.mark.parametrize("text", VECTORS["citizen_id_valid"])
def test_a_citizen_id_is_taken_whatever_became_of_its_place(text: str) -> None:
    assert citizen_id_fault(text) == ""


@given(citizens)
def test_any_six_digits_may_be_the_place_of_a_citizen_id(body: str) -> None:
    assert citizen_id_fault(body + citizen_id_check(body)) == ""


@given(citizens, st.data())
def test_one_wrong_digit_of_a_citizen_id_is_found(body: str, data: st.DataObject) -> None:
    right = body + citizen_id_check(body)
    place = data.draw(st.integers(0, 17))
    signs = "0123456789X" if place == 17 else "0123456789"
    sign = data.draw(st.sampled_from(signs).filter(lambda sign: sign != right[place]))
    assert citizen_id_fault(right[:place] + sign + right[place + 1 :])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("220113189902300016", "no date"),
        ("220113189913010011", "no date"),
        ("220113000012310011", "no date"),
        ("220113189912310011", "check character"),
        ("22038118980704001x", "17 digits"),
        ("220113991231001", "17 digits"),
        ("22011318991231001０", "17 digits"),
        ("", "17 digits"),
    ],
)
def test_a_citizen_id_that_does_not_hold_is_refused_without_repeating_it(text: str, fault: str) -> None:
    assert fault in citizen_id_fault(text)
    assert not text or text[6:] not in citizen_id_fault(text)


def test_the_middle_of_a_citizen_id_is_masked() -> None:
    assert mask_citizen_id("220113189912310010") == "220***********0010"


@given(st.text(max_size=40))
def test_a_mask_shows_at_most_seven_signs_and_never_more_than_half(text: str) -> None:
    masked = mask_citizen_id(text)
    assert len(masked) == len(text)
    shown = sum(sign != "*" for sign in masked)
    assert shown <= min(7, len(text) // 2)


def test_a_mask_hides_the_whole_date_of_birth() -> None:
    assert mask_citizen_id("220113189912310010")[6:14] == "********"


@pytest.mark.parametrize("text", ["22010", "2201000", "22010a", "", "22010０", "220 00", "220100\n"])
def test_a_division_code_is_six_digits(text: str) -> None:
    assert division_code_fault("220100") == ""
    assert "six digits" in division_code_fault(text)


@pytest.mark.parametrize("text", ["220184", "2201841010000", "22018410100x", ""])
def test_an_area_code_is_twelve_digits(text: str) -> None:
    assert area_code_fault("220184101000") == ""
    assert "twelve digits" in area_code_fault(text)


@pytest.mark.parametrize("text", ["511A0138000000", "000000000000", "22011700100", "22011700100０", ""])
def test_a_base_code_is_twelve_digits(text: str) -> None:
    assert base_code_fault(BASE) == ""
    assert "twelve digits" in base_code_fault(text)


def test_an_implementation_code_is_a_uscc_a_level_and_a_base_code() -> None:
    assert implementation_code_fault(f"{HOUSING}2{BASE}") == ""
    assert "31 signs" in implementation_code_fault(f"{HOUSING}2{BASE}01")
    assert "level" in implementation_code_fault(f"{HOUSING}7{BASE}")
    assert "check character" in implementation_code_fault(f"{HOUSING[:-1]}K2{BASE}")
    assert "twelve digits" in implementation_code_fault(f"{HOUSING}2{BASE[:-1]}A")


def test_a_handling_code_is_an_implementation_code_and_a_number() -> None:
    assert handling_code_fault(f"{HOUSING}2{BASE}01") == ""
    assert "33 signs" in handling_code_fault(f"{HOUSING}2{BASE}")
    assert "two digits" in handling_code_fault(f"{HOUSING}2{BASE}00")
    assert "level" in handling_code_fault(f"{HOUSING}02{BASE[:-1]}01")


@given(st.data())
def test_one_wrong_sign_in_the_uscc_of_a_handling_code_is_found(data: st.DataObject) -> None:
    right = f"{HOUSING}2{BASE}01"
    place = data.draw(st.integers(0, 17))
    sign = data.draw(st.sampled_from(USCC_SIGNS).filter(lambda sign: sign != right[place]))
    assert handling_code_fault(right[:place] + sign + right[place + 1 :])


@pytest.mark.parametrize("text", ["00", "1", "001", "0a", "", "０1"])
def test_the_number_of_a_handling_item_is_two_digits_from_01(text: str) -> None:
    assert handling_number_fault("01") == handling_number_fault("99") == ""
    assert "two digits" in handling_number_fault(text)


def test_a_licence_type_is_a_uscc_and_three_digits() -> None:
    assert licence_type_fault("11100000000013338W032") == ""
    assert "check character" in licence_type_fault("11100000000013338X032")
    assert "not a licence type" in licence_type_fault("11100000000013338W32")
    assert "not a licence type" in licence_type_fault("11100000000013338W03A")
