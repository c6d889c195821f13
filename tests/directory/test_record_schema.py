"""Records are tried on the schema of their version: what it does not name is refused, and no answer repeats a record."""

import json
import socket
import string
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from directory.catalogue.vocabulary import ItemType, Pattern, Sensitivity
from directory.identifiers import citizen_id_check
from directory.record_json import LARGEST_INTEGER, read_record
from directory.record_schema import MOST_FAULTS, PATTERNS, Checker, schema, schema_id
from tests.directory.catalogue.made import CITIZEN_ID, SAMPLE, USCC, item, of_items, version

WHOLE = version()
CHECKER = Checker.compile(WHOLE)


def record(**changes: Any) -> dict[str, Any]:
    return {**json.loads(SAMPLE), **changes}


def faults(checker: Checker, given: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault.path, fault.what) for fault in checker.faults(given)]


def test_the_sample_holds() -> None:
    assert CHECKER.faults(read_record(SAMPLE.encode())) == ()
    assert CHECKER.faults(record(phone="13900000000", legal_person=CITIZEN_ID)) == ()


def test_a_schema_names_its_resource_and_version_and_is_a_schema() -> None:
    made = schema(WHOLE)
    assert made["$id"] == CHECKER.schema_id == schema_id("enterprise-register", 1) == "urn:tongban:resource:enterprise-register:1"
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["additionalProperties"] is False
    assert made["required"] == [item.name for item in WHOLE.items if item.name not in {"phone", "legal_person"}]
    assert made["properties"]["legal_person"]["x-sensitivity"] == "sensitive-personal"
    Draft202012Validator.check_schema(made)
    assert json.loads(json.dumps(made)) == made


def test_a_schema_refers_to_nothing_and_trying_a_record_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    assert "$ref" not in json.dumps(schema(WHOLE))
    assert Checker.compile(WHOLE).faults(record()) == ()
    assert Checker.compile(WHOLE).faults({"$ref": "http://127.0.0.1/", "$schema": "http://127.0.0.1/"})


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("name", "", "is empty"),
        ("name", "x" * 21, "has more than 20 signs"),
        ("name", 1, "must be of type string"),
        ("name", None, "must be of type string"),
        ("name", ["a"], "must be of type string"),
        ("name", "a\x00b", "not seen"),
        ("name", "a\u202eb", "not seen"),
        ("name", "a\u200fb", "not seen"),
        ("name", "a\ud800", "not seen"),
        ("phone", "1390000000", "does not look like"),
        ("phone", "13900000000\n", "does not look like"),
        ("phone", "１３９００００００００", "does not look like"),
        ("staff", 1.0, "must be of type integer"),
        ("staff", True, "must be of type integer"),
        ("staff", "1", "must be of type integer"),
        ("staff", LARGEST_INTEGER + 1, "is above"),
        ("staff", -LARGEST_INTEGER - 1, "is below"),
        ("capital", 1.5, "must be of type string"),
        ("capital", "1e3", "does not look like"),
        ("capital", "01", "does not look like"),
        ("capital", "1.", "does not look like"),
        ("capital", "1.5\n", "does not look like"),
        ("open", 1, "must be of type boolean"),
        ("open", "true", "must be of type boolean"),
        ("founded", "2021-02-29", "no date"),
        ("founded", "20210228", "does not look like"),
        ("founded", "2021-2-28", "does not look like"),
        ("changed", "2026-11-23T09:30:00", "does not look like"),
        ("changed", "2026-11-23T25:30:00Z", "no moment"),
        ("changed", "2026-11-23 09:30:00Z", "does not look like"),
        ("status", "03", "none of the codes"),
        ("status", "1", "none of the codes"),
        ("status", 1, "must be of type string"),
        ("uscc", USCC[:-1] + ("0" if USCC[-1] != "0" else "1"), "no USCC"),
        ("uscc", USCC.lower() + " ", "does not look like"),
        ("legal_person", CITIZEN_ID[:-1] + ("0" if CITIZEN_ID[-1] != "0" else "1"), "no citizen id"),
        ("legal_person", "110101189913310020", "no citizen id"),
        ("division", "22018", "does not look like"),
        ("division", "22018４", "does not look like"),
    ],
)
def test_a_field_that_does_not_hold_is_named_with_what_is_wrong(field: str, value: object, what: str) -> None:
    found = faults(CHECKER, record(**{field: value}))
    assert {path for path, _ in found} == {field}
    assert any(what in text for _, text in found), found


def test_every_missing_field_and_every_surplus_one_is_named() -> None:
    given = record(colour="red", nom="x")
    del given["name"], given["staff"]
    assert sorted(faults(CHECKER, given)) == [
        ("colour", "is no field of this version"),
        ("name", "is missing"),
        ("nom", "is no field of this version"),
        ("staff", "is missing"),
    ]


def test_a_surplus_look_alike_is_shown_as_what_it_is() -> None:
    assert faults(CHECKER, record(**{"nаme": "x", "y" * 500: 1})) == [
        ("n\\u0430me", "is no field of this version"),
        ("y" * 64, "is no field of this version"),
    ]


def test_the_faults_of_a_record_are_bounded() -> None:
    given = record(**{f"f{number}": number for number in range(10_000)})
    assert len(CHECKER.faults(given)) == MOST_FAULTS
    assert len(CHECKER.faults(given, most=3)) == 3


def test_no_fault_repeats_what_the_record_holds() -> None:
    secret = "SECRET99"
    given: dict[str, Any] = {name: secret for name in WHOLE.item_names if name != "name"}
    found = CHECKER.faults(given, most=1000)
    assert len(found) >= len(given)
    assert secret not in repr(found)


def test_a_place_code_that_is_not_known_is_no_reason_to_refuse_a_person() -> None:
    body = "99999918991231002"
    assert CHECKER.faults(record(legal_person=body + citizen_id_check(body))) == ()


@pytest.mark.parametrize("kind", ItemType)
def test_there_is_a_schema_for_every_type(kind: ItemType) -> None:
    checker = Checker.compile(of_items(item("only", kind)))
    assert faults(checker, {}) == [("only", "is missing")]
    assert faults(checker, {"only": None})


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (Pattern.DIGITS, "0123456789", "12 3"),
        (Pattern.LETTERS_AND_DIGITS, "Ab9", "Ab-9"),
        (Pattern.REFERENCE, "2026-1/a.b_c", "-2026"),
        (Pattern.MOBILE_NUMBER, "13900000000", "12900000000"),
        (Pattern.TELEPHONE, "0431-8888888-12", "0431 8888888"),
        (Pattern.POSTCODE, "130000", "13000"),
        (Pattern.YEAR_MONTH, "2026-12", "2026-13"),
    ],
)
def test_each_pattern_takes_what_it_is_for(pattern: Pattern, good: str, bad: str) -> None:
    checker = Checker.compile(of_items(item("only", pattern=pattern)))
    assert checker.faults({"only": good}) == ()
    assert faults(checker, {"only": bad})[0][0] == "only"


@pytest.mark.parametrize("pattern", Pattern)
def test_no_pattern_takes_long_for_any_text(pattern: Pattern) -> None:
    checker = Checker.compile(of_items(item("only", pattern=pattern, max_length=10_000)))
    started = time.process_time()
    for sign in "09Aa-./":
        checker.faults({"only": sign * 9_999 + "!"})
    assert time.process_time() - started < 1, "an expression that backtracks takes hours for such texts"


def test_every_pattern_has_its_expression_bound_at_both_ends() -> None:
    assert set(PATTERNS) == set(Pattern)
    assert all(expression.startswith("^") and expression.endswith("$") for expression in PATTERNS.values())


def test_the_sensitivity_is_told_in_the_schema() -> None:
    made = schema(of_items(item("a", sensitivity=Sensitivity.PUBLIC), item("b", sensitivity=Sensitivity.PERSONAL)))
    assert [made["properties"][name]["x-sensitivity"] for name in "ab"] == ["public", "personal"]


@given(
    st.dictionaries(
        st.sampled_from([*WHOLE.item_names, "other"]), st.none() | st.booleans() | st.integers() | st.text(string.printable, max_size=30)
    )
)
def test_whatever_holds_for_us_holds_for_the_published_schema(given: dict[str, Any]) -> None:
    plain = Draft202012Validator(schema(WHOLE))
    merged = record(**given)
    if not CHECKER.faults(merged):
        assert plain.is_valid(merged)


@given(st.dictionaries(st.sampled_from([*WHOLE.item_names, "other"]), st.integers() | st.text(max_size=30), max_size=6), st.integers(0, 8))
def test_never_more_faults_than_asked_for(given: dict[str, Any], most: int) -> None:
    assert len(CHECKER.faults(given, most=most)) <= most
