"""What a licence says fits its type: every field, whose it is, and for how long; and a grant opens of it what it names."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.calendar import BEIJING
from directory.catalogue.vocabulary import Sensitivity
from directory.licences.contents import Contents, code_fault, faults, last_day, midnight, usual_end
from directory.licences.disclosing import claim_of, disclosed, field_of, fields_of, in_clear, wanted
from directory.record_schema import Checker
from tests.directory.catalogue.made import CITIZEN_ID, USCC
from tests.province import licensed

RESOURCE = {one.resource.resource: one for one in licensed.resources()}
FOOD, TEACHER = (next(one for one in licensed.types() if one.type == code) for code in (licensed.FOOD, licensed.TEACHER))
VERSION = RESOURCE[FOOD.resource]
FIELDS: dict[str, Any] = {
    "holder_name": "松江示例餐饮有限公司（演示）",
    "holder_code": USCC,
    "holder_code_type": "001",
    "premises": "示例市示例路1号",
    "business": "热食类食品制售",
    "legal_person": "示例人员甲",
}
START = date(2026, 11, 23)
BEGINNING, END = midnight(START), midnight(date(2031, 11, 23))


def paths(contents: Contents) -> list[str]:
    return [fault.path for fault in faults(contents, FOOD, Checker.compile(VERSION))]


def said(end: datetime | None = END, start: datetime = BEGINNING, **changes: Any) -> Contents:
    return Contents({name: value for name, value in (FIELDS | changes).items() if value is not None}, start, end)


def test_a_licence_that_fits_its_type_is_taken() -> None:
    assert paths(said()) == []
    assert paths(said(canteen_seats=200)) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"premises": None}, "premises"),
        ({"premises": ""}, "premises"),
        ({"canteen_seats": "200"}, "canteen_seats"),
        ({"holder_code": CITIZEN_ID}, "holder_code"),
        ({"holder_code": "91220000DEM1000150"}, "holder_code"),
        ({"holder_code_type": "002"}, "holder_code_type"),
        ({"holder_code_type": "111", "holder_code": CITIZEN_ID[:-1] + "?"}, "holder_code"),
    ],
)
def test_each_field_that_does_not_fit_is_named(changes: dict[str, Any], path: str) -> None:
    assert path in paths(said(**changes))


def test_a_field_that_the_type_does_not_have_is_refused() -> None:
    assert paths(said(weight=1))


def test_no_fault_repeats_what_a_field_holds() -> None:
    found = faults(said(holder_code_type="111", holder_code="11010118991231002Z"), FOOD, Checker.compile(VERSION))
    assert found
    assert not any("1101011899" in str(fault) for fault in found)


@pytest.mark.parametrize(
    ("end", "wrong"),
    [
        (midnight(date(2031, 11, 23)), False),
        (midnight(date(2031, 11, 24)), False),
        (midnight(date(2031, 11, 24)) + timedelta(seconds=1), True),
        (None, True),
        (midnight(START), True),
        (midnight(START) + timedelta(days=1), False),
    ],
)
def test_a_licence_is_valid_for_no_longer_than_its_type(end: datetime | None, wrong: bool) -> None:  # noqa: FBT001 - what is expected
    assert paths(said(end)) == (["valid_until"] if wrong else [])


def test_a_type_without_a_limit_may_have_no_end() -> None:
    contents = Contents({}, midnight(START), None)
    assert not [one for one in faults(contents, TEACHER, Checker.compile(RESOURCE[TEACHER.resource])) if one.path == "valid_until"]


@pytest.mark.parametrize("year", [1, 1899, 9001])
def test_a_licence_is_of_our_times(year: int) -> None:
    start = datetime(year, 3, 1, tzinfo=BEIJING)
    assert paths(said(start + timedelta(days=1), start)) == ["valid_from"]


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 23), 60, date(2031, 11, 23)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 1, 1), 12, date(2027, 1, 1)),
    ],
)
def test_months_are_counted_as_the_civil_code_counts(first: date, months: int, last: date) -> None:
    assert last_day(first, months) == last


@given(st.dates(date(1900, 1, 1), date(2900, 1, 1)), st.integers(1, 1200))
def test_the_usual_end_is_within_the_limit(first: date, months: int) -> None:
    end = usual_end(first, months)
    assert end is not None
    assert midnight(first) < end <= midnight(last_day(first, months) + timedelta(days=1))


def test_without_months_there_is_no_end() -> None:
    assert usual_end(START, None) is None


@pytest.mark.parametrize(("kind", "code", "wrong"), [("001", USCC, ""), ("111", CITIZEN_ID, ""), ("414", "E12345678", "")])
def test_a_code_is_judged_by_its_kind(kind: str, code: str, wrong: str) -> None:
    assert code_fault(kind, code) == wrong
    assert code_fault(kind, f"{code}\u202e")


def test_a_holder_is_claims_of_its_own_and_never_in_clear() -> None:
    assert [claim_of(field) for field in ("holder_name", "premises")] == ["holder.name", "premises"]
    assert fields_of({"holder.code": 1, "premises": 2}) == {"holder_code": 1, "premises": 2}
    public = replace(VERSION, items=tuple(replace(item, sensitivity=Sensitivity.PUBLIC) for item in VERSION.items))
    assert in_clear(VERSION) == {"business"}
    assert in_clear(public) == VERSION.item_names - {"holder_name", "holder_code", "holder_code_type"}


@given(st.sets(st.sampled_from([*sorted(VERSION.item_names), "gone"])), st.sets(st.sampled_from(sorted(VERSION.item_names))))
def test_a_presentation_discloses_what_was_decided_and_nothing_else(granted: set[str], asked: set[str]) -> None:
    decided = wanted(asked, granted, VERSION)
    assert decided == (asked or granted - {"gone"})
    shown = {field_of(claim) for claim in disclosed(decided, VERSION)}
    assert shown == decided - in_clear(VERSION)
