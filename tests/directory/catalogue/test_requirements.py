"""A version stands in the catalogue as the standard wants it, or everything that is wrong with it is named."""

from dataclasses import replace
from typing import Any

import pytest

from directory.catalogue.requirements import MOST_ITEMS, MOST_SAMPLES, code_fault, faults, provider_fault
from directory.catalogue.resources import Code, ResourceItem, ResourceVersion, as_sensitive
from directory.catalogue.vocabulary import ItemType, Openness, Pattern, ResourceClass, Sensitivity, SharingType, State
from directory.identifiers import uscc_of
from directory.resource_ids import RESERVED
from tests.directory.catalogue.made import EVERY_TYPE, SAMPLE, USCC, item, of_items, resource, version


def found(given: ResourceVersion) -> list[tuple[str, str]]:
    return [(fault.path, fault.what) for fault in faults(given)]


def test_a_version_that_meets_them_has_no_fault() -> None:
    assert faults(version()) == ()


@pytest.mark.parametrize(
    ("changes", "path", "what"),
    [
        ({"resource": "Register"}, "resource", "not a resource id"),
        ({"resource": "rеgister"}, "resource", "CYRILLIC SMALL LETTER IE"),
        ({"resource": "hub"}, "resource", "reserved"),
        *(({"resource": name}, "resource", "is reserved") for name in sorted(RESERVED)),
        ({"code": "307001"}, "code", "not a catalogue code"),
        ({"code": "407001/1"}, "code", "not a catalogue code"),
        ({"code": "307001/1\n"}, "code", "not a catalogue code"),
        ({"code": "30７001/1"}, "code", "FULLWIDTH DIGIT SEVEN"),
        ({"code": "107001/1"}, "code", "begins with 3, not with 1"),
        ({"display_name": ""}, "display_name", "is empty"),
        ({"display_name": "登记\u200b"}, "display_name", "not seen"),
        ({"provider": "Market"}, "provider", "not a department id"),
        ({"provider_uscc": USCC[:-1] + ("0" if USCC[-1] != "0" else "1")}, "provider_uscc", "check character"),
        ({"abstract": " "}, "abstract", "is empty"),
        ({"sharing_terms": ""}, "sharing_terms", "names its condition"),
        ({"sharing": SharingType.NOT_SHARED, "sharing_terms": ""}, "sharing_terms", "names its legal basis"),
        ({"sharing": SharingType.UNCONDITIONAL}, "sharing_terms", "adds no condition"),
        ({"openness": Openness.CONDITIONAL}, "openness_terms", "names it"),
        ({"openness": Openness.OPEN}, "openness", "personal data is not open"),
        ({"related": ("enterprise-register",)}, "related[0]", "not related to itself"),
        ({"related": ("a", "B")}, "related[1]", "not a resource id"),
        ({"related": ("a", "a")}, "related", "given 2 times"),
        ({"related": tuple(f"r{number}" for number in range(51))}, "related", "more than 50"),
        ({"items": (), "samples": ("{}",)}, "items", "from 1 to 500 fields, not 0"),
        ({"samples": ()}, "samples", "from 1 to 10 sample records, not 0"),
        ({"samples": (SAMPLE,) * (MOST_SAMPLES + 1)}, "samples", "not 11"),
        ({"ground": "\u202e"}, "ground", "not seen"),
        ({"samples": (SAMPLE, "{")}, "samples[1]", "no JSON"),
        ({"samples": (SAMPLE.replace('"staff": 12', '"staff": 12, "staff": 13'),)}, "samples[0]", "given twice"),
        ({"samples": (SAMPLE.replace('"staff": 12', '"staff": "12"'),)}, "samples[0].staff", "type integer"),
        ({"samples": (SAMPLE.replace('"staff": 12', '"stuff": 12'),)}, "samples[0].stuff", "no field"),
        ({"samples": ('{"name": "\ud800"}',)}, "samples[0]", "not UTF-8"),
    ],
)
def test_what_does_not_meet_them_is_named_with_its_place(changes: dict[str, Any], path: str, what: str) -> None:
    named = found(version(**changes))
    assert any(at == path and what in text for at, text in named), named


@pytest.mark.parametrize(
    ("field", "path", "what"),
    [
        (item("Name"), "name", "does not hold"),
        (item("1st"), "name", "does not hold"),
        (item("a-b"), "name", "does not hold"),
        (item("nаme"), "name", "CYRILLIC SMALL LETTER A"),
        (item("a" * 64), "name", "at most 63"),
        (item("only", title="名\u202e称"), "title", "not seen"),
        (item("only", max_length=None), "max_length", "say how many"),
        (item("only", max_length=0), "max_length", "say how many"),
        (item("only", max_length=10_001), "max_length", "10000"),
        (item("only", ItemType.INTEGER, max_length=5), "max_length", "type integer has no max_length"),
        (item("only", ItemType.DATE, pattern=Pattern.DIGITS), "pattern", "type date has no pattern"),
        (item("only", codes=(Code("1", "一"),)), "codes", "type text has no codes"),
        (item("only", ItemType.CODE, codes=()), "codes", "from 1 to"),
        (item("only", ItemType.CODE, codes=(Code("1", "一"), Code("1", "二"))), "codes", "'1' is given 2 times"),
        (item("only", ItemType.CODE, codes=(Code("１", "一"),)), "codes[0]", "is not a code"),
        (item("only", ItemType.CODE, codes=(Code("1", "一"), Code("2", ""))), "codes[1]", "is empty"),
        (item("only", ItemType.CITIZEN_ID, sensitivity=Sensitivity.INTERNAL), "sensitivity", "personal data"),
    ],
)
def test_a_field_that_does_not_hold_is_named_with_its_place(field: ResourceItem, path: str, what: str) -> None:
    named = found(of_items(item("first"), field))
    assert any(at == f"items[1].{path}" and what in text for at, text in named), named


def test_two_fields_of_one_name_or_one_title_are_refused() -> None:
    named = found(of_items(item("a"), item("a", title="另"), item("b", title="另")))
    assert ("items", "'a' is given 2 times") in named
    assert ("items", f"{'另'!a} is given 2 times") in named


def test_everything_is_named_and_not_only_the_first() -> None:
    wrong = version(code="x", abstract="", items=(item("A"), item("B"), *EVERY_TYPE), samples=())
    assert {path for path, _ in found(wrong)} == {"code", "abstract", "items[0].name", "items[1].name", "samples"}


def test_too_many_fields_are_refused() -> None:
    assert any("not 501" in what for _, what in found(of_items(*(item(f"f{number}") for number in range(MOST_ITEMS + 1)))))


def test_a_draft_may_have_no_samples_yet() -> None:
    assert faults(version(state=State.DRAFT, samples=())) == ()


def test_a_version_is_counted_from_one() -> None:
    assert found(replace(version(), version=0)) == [("version", "0 is not a version: they are counted from 1")]


@pytest.mark.parametrize(("kind", "digit"), [(ResourceClass.BASE, "1"), (ResourceClass.THEME, "2"), (ResourceClass.DEPARTMENT, "3")])
def test_the_first_digit_of_a_code_is_its_class(kind: ResourceClass, digit: str) -> None:
    assert [first for first in "123" if not code_fault(f"{first}07001000123/000456", kind)] == [digit]


def test_a_provider_is_a_department_with_this_uscc() -> None:
    other = uscc_of("11220000000000002")
    assert provider_fault(resource(), {"market-regulation": USCC}) == ""
    assert "no department" in provider_fault(resource(), {})
    assert other in provider_fault(resource(), {"market-regulation": other})


def test_the_sensitivity_of_a_version_is_its_highest() -> None:
    assert version().sensitivity is Sensitivity.SENSITIVE_PERSONAL
    assert of_items(item("a", sensitivity=Sensitivity.PUBLIC), item("b")).sensitivity is Sensitivity.INTERNAL
    assert of_items().sensitivity is Sensitivity.PUBLIC
    assert [as_sensitive(level, Sensitivity.PERSONAL) for level in Sensitivity] == [False, False, True, True]
