"""An item that does not hold together is refused, each fault at its path."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from directory.items.requirements import faults, longer, version_faults
from directory.items.service_items import Basis, Limit, Material, Result, ServiceItem, SpecialProcedure, Step
from directory.items.vocabulary import ART_45, ItemState, ItemType, Kind, Medium, Necessity, ProcedureKind, Unit
from directory.validity import Period
from tests.directory.items.made import EXPERTS, ITEM, items, version

LATER = date(2027, 1, 1)
STEPS = ITEM.steps


@given(items())
def test_a_full_implementation_list_is_taken(item: ServiceItem) -> None:
    assert list(faults(item)) == []


def test_the_item_of_these_tests_is_taken() -> None:
    assert list(faults(ITEM)) == []


@pytest.mark.parametrize(
    ("change", "path", "what"),
    [
        ({"levels": ()}, "levels", "empty"),
        ({"basis": ()}, "basis", "empty"),
        ({"objects": ()}, "objects", "empty"),
        ({"steps": ()}, "steps", "empty"),
        ({"handlings": ()}, "handlings", "empty"),
        ({"results": ()}, "results", "issues something"),
        ({"materials": ()}, "materials", "Art 29"),
        ({"statutory": None}, "statutory", "Art 42"),
        ({"lower_review": Limit(0)}, "lower_review", "Art 43"),
        ({"promised": Limit(21)}, "promised", "longer than the statutory"),
        ({"kind": Kind.IMMEDIATE, "procedures": ()}, "promised", "immediate exactly when"),
        ({"promised": Limit(0), "steps": (replace(STEPS[0], limit=Limit(0)),)}, "promised", "immediate exactly when"),
        ({"materials": (Material("a", necessity=Necessity.CONDITIONAL),)}, "materials[0].condition", "exactly when it is conditional"),
        ({"materials": (Material("a", condition="如有"),)}, "materials[0].condition", "exactly when it is conditional"),
        ({"materials": (Material("a"), Material("b", count=0))}, "materials[1].count", "only what is electronic"),
        ({"materials": (Material("a"), Material("a"))}, "materials", "given 2 times"),
        ({"steps": (STEPS[0], replace(STEPS[1], order=3))}, "steps[1].order", "without a gap"),
        ({"steps": (replace(STEPS[0], order=2),)}, "steps[0].order", "numbered from 1"),
        ({"steps": (STEPS[0], replace(STEPS[1], procedure="听证"))}, "steps[1].procedure", "not a special procedure"),
        ({"steps": (STEPS[0], replace(STEPS[1], limit=Limit(8)))}, "steps", "take 9 together, and 8 are promised"),
        ({"results": (Result("a"), Result("a"))}, "results", "given 2 times"),
        ({"fees": ITEM.fees * 2}, "fees", "given 2 times"),
        ({"handlings": ITEM.handlings[:1] * 2}, "handlings", "given 2 times"),
        ({"levels": ITEM.levels[:1] * 2}, "levels", "given 2 times"),
        ({"objects": ITEM.objects * 2}, "objects", "given 2 times"),
        ({"procedures": (EXPERTS, EXPERTS)}, "procedures", "given 2 times"),
    ],
)
def test_what_is_wrong_with_an_item_is_named(change: dict[str, Any], path: str, what: str) -> None:
    found = list(faults(replace(ITEM, **change)))
    assert [at for at, _ in found] == [path]
    assert what in found[0][1]


def test_what_is_decided_at_once_has_no_special_procedure() -> None:
    at_once = replace(ITEM, kind=Kind.IMMEDIATE, promised=Limit(0), steps=(replace(STEPS[0], limit=Limit(0)),))
    assert [path for path, _ in faults(at_once)] == ["procedures"]
    assert list(faults(replace(at_once, procedures=()))) == []


@pytest.mark.parametrize("kind", ProcedureKind)
def test_only_what_article_45_names_stops_the_statutory_clock_without_a_basis_of_its_own(kind: ProcedureKind) -> None:
    procedure = SpecialProcedure("程序", kind, Limit(5), stops_statutory=True, stops_promised=True)
    found = [path for path, _ in faults(replace(ITEM, procedures=(procedure,)))]
    assert found == ([] if kind in ART_45 else ["procedures[0].stops_statutory"])
    assert list(faults(replace(ITEM, procedures=(replace(procedure, basis=Basis("某法")),)))) == []
    assert list(faults(replace(ITEM, procedures=(replace(procedure, stops_statutory=False),)))) == []


def test_a_site_survey_and_a_publicity_are_not_in_article_45() -> None:
    assert set(ProcedureKind) - ART_45 == {ProcedureKind.SITE_SURVEY, ProcedureKind.PUBLICITY}


def test_the_time_of_a_special_procedure_is_not_counted_among_the_steps() -> None:
    experts = Step(3, "专家评审", "评审中心", "评审岗", Limit(10), procedure="专家评审")
    assert list(faults(replace(ITEM, steps=(*STEPS, experts)))) == []


def test_what_is_no_licence_may_do_without_a_statutory_limit_and_a_result() -> None:
    assert list(faults(replace(ITEM, type=ItemType.PUBLIC_SERVICE, statutory=None, results=(), materials=()))) == []


def test_what_is_electronic_needs_no_copies() -> None:
    assert list(faults(replace(ITEM, materials=(Material("a", medium=Medium.ELECTRONIC, count=0),)))) == []


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (Limit(5), Limit(5), False),
        (Limit(6), Limit(5), True),
        (Limit(6), Limit(5, Unit.DAY), True),
        (Limit(5), Limit(5, Unit.DAY), False),
        (Limit(9, Unit.DAY), Limit(5), False),
        (Limit(1, Unit.MONTH), Limit(27, Unit.DAY), True),
        (Limit(1, Unit.MONTH), Limit(28, Unit.DAY), False),
        (Limit(60), Limit(2, Unit.MONTH), False),
    ],
)
def test_limits_of_different_units_are_compared_where_there_is_no_doubt(one: Limit, other: Limit, answer: object) -> None:
    assert longer(one, other) is answer


def test_versions_follow_one_another() -> None:
    first, second = version(end=LATER), version(number=2, start=LATER)
    assert list(version_faults([second, first])) == []
    assert list(version_faults([version(), second])) == [(1, "version 2 of 220117001000 and version 1 share days")]
    assert list(version_faults([first, version(number=1, start=LATER)])) == [
        (0, "version 1 of 220117001000 is given twice"),
        (1, "version 1 of 220117001000 is given twice"),
        (1, "version 1 of 220117001000 follows version 1"),
    ]
    assert list(version_faults([replace(first, number=3), second])) == [(1, "version 2 of 220117001000 follows version 3")]


def test_a_draft_may_be_for_any_days() -> None:
    assert list(version_faults([version(), replace(version(number=2), state=ItemState.DRAFT, period=Period(LATER))])) == []


def test_versions_of_other_items_do_not_matter() -> None:
    assert list(version_faults([version(), version(replace(ITEM, code="220117002000"))])) == []
