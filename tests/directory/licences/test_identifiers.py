"""The identifier of a licence is taken in its one written form, and one wrong sign is always seen."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from directory.licences.identifiers import (
    HIGHEST_VERSION,
    LicenceId,
    licence_id_fault,
    parse_licence_id,
    root_fault,
    serial_fault,
    shown_holder_fault,
)
from tests.directory.catalogue.made import CITIZEN_ID
from tests.directory.licences.made import FIRST

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent.parent / "data" / "identifiers.json").read_text("utf-8"))
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

ids = st.builds(
    LicenceId,
    st.sampled_from(["11100000000013338W032", FIRST.type]),
    st.sampled_from(["11220000013544541J", "340100", FIRST.issuer]),
    st.text(SIGNS, min_size=1, max_size=32),
    st.integers(1, HIGHEST_VERSION),
)


@pytest.mark.parametrize("text", VECTORS["licence_id_valid"])
def test_the_identifier_of_a_licence_that_was_issued_is_taken(text: str) -> None:
    assert licence_id_fault(text) == ""
    assert str(parse_licence_id(text)) == text


def test_an_example_of_a_manual_has_a_wrong_check_character() -> None:
    (wrong,) = VECTORS["licence_id_wrong_check"]
    assert "check character" in licence_id_fault(wrong)
    assert licence_id_fault(f"{wrong[:-1]}D") == ""


@given(ids)
def test_what_is_put_together_is_taken_apart_again(licence: LicenceId) -> None:
    assert parse_licence_id(str(licence)) == licence
    assert root_fault(licence.root) == ""
    assert str(licence).startswith(f"{licence.root}.")


@given(ids, st.data())
def test_one_wrong_sign_is_always_seen(licence: LicenceId, data: st.DataObject) -> None:
    text = str(licence)
    place = data.draw(st.sampled_from([at for at in range(len("1.2.156.3005.2."), len(text)) if text[at] != "."]))
    sign = data.draw(st.sampled_from(SIGNS))
    assume(sign != text[place])
    assert licence_id_fault(text[:place] + sign + text[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        str(FIRST).replace("1.2.156.3005.2.", ""),
        str(FIRST).replace("3005", "3006"),
        f"{FIRST.root}.000.{FIRST.check}",
        f"{FIRST.root}.01.{FIRST.check}",
        f"{FIRST.root}.001.",
        f"{FIRST.root}.001",
        f"{FIRST}.X",
        f" {FIRST}",
        f"{FIRST}\n",
        str(FIRST).replace("0000001", "00000０1"),
        str(FIRST).replace("0000001", "abcdefg"),
        str(FIRST).replace("0000001", "A" * 33),
        str(FIRST).replace(FIRST.issuer, "22018"),
        str(FIRST).replace(FIRST.type, "11220000DEM0002177001"),
        str(FIRST).replace(FIRST.type, "11220000DEM000217600"),
    ],
)
def test_any_other_form_is_refused(text: str) -> None:
    assert licence_id_fault(text)


def test_a_small_check_character_is_none() -> None:
    licence = next(one for n in range(100) if (one := LicenceId(FIRST.type, FIRST.issuer, f"{n}", 1)).check.isalpha())
    assert licence_id_fault(str(licence)) == ""
    assert "check character" in licence_id_fault(str(licence)[:-1] + licence.check.lower())


def test_no_fault_repeats_a_number_that_may_be_a_persons() -> None:
    serial = "11010118991231002"
    assert serial not in licence_id_fault(f"{FIRST.root.replace('0000001', serial)}.001.?")
    assert serial not in serial_fault(f"{serial}-")


@pytest.mark.parametrize("serial", [CITIZEN_ID, f"JX{CITIZEN_ID}", f"2026{CITIZEN_ID}01", "22038118980704001X"])
def test_a_serial_that_shows_a_citizen_id_is_none(serial: str) -> None:
    assert "citizen id" in serial_fault(serial)
    assert serial not in serial_fault(serial)
    assert licence_id_fault(str(LicenceId(FIRST.type, FIRST.issuer, serial, 1)))


def test_another_long_number_is_a_serial() -> None:
    assert serial_fault(f"{CITIZEN_ID[:-1]}{(int(CITIZEN_ID[-1]) + 1) % 10}") == ""


def test_after_the_last_version_comes_none() -> None:
    assert FIRST.next_version().version == 2
    with pytest.raises(ValueError, match="at most 999"):
        LicenceId(FIRST.type, FIRST.issuer, FIRST.serial, HIGHEST_VERSION).next_version()


@pytest.mark.parametrize(
    ("code", "serial"), [("E12345678", "E12345678"), ("e1234-5678", "2026E12345678"), ("\uff25 12345678", "E12345678"), ("77", "77")]
)
def test_a_number_that_shows_its_holders_code_is_none(code: str, serial: str) -> None:
    fault = shown_holder_fault(replace(FIRST, serial=serial), code)
    assert fault
    assert code not in fault


@pytest.mark.parametrize("code", ["77", "E12345678", "证", ""])
def test_a_code_that_stands_there_by_chance_or_not_at_all_shows_nobody(code: str) -> None:
    assert shown_holder_fault(replace(FIRST, serial="2026770001"), code) == ""
