"""The demonstration's list of items is whole: 26 window units, 237 items, each with its full implementation list."""

import csv
import io
import re
from collections import Counter
from datetime import date

from directory.departments import Departments
from directory.differences import difference
from directory.hall_list import seed
from directory.identifiers import handling_code_fault, implementation_code_fault
from directory.items.item_list import read_items, write_items
from directory.items.offer_list import read_offers, write_offers
from directory.items.offers import implementation, implementation_faults, offer_faults
from directory.items.requirements import version_faults
from directory.items.service_items import ItemVersion, ServiceItem
from directory.items.vocabulary import ItemType, Kind, Level, ProcedureKind
from tests.province.provincial import DATA, DEPARTMENTS, ITEMS, departments, items, offers

TODAY = date(2026, 11, 23)
HALL = "jilin-sheng"
OF_PUBLIC_PAGE = ("name", "basis", "flow", "conditions", "promised", "materials")
"""What is always made public, of the eight things of 行政许可法 Art 30; fees and a quota are where there are any."""


def all_items() -> list[ServiceItem]:
    return [version.item for version in items()]


def test_the_provincial_hall_has_26_window_units() -> None:
    found = Departments(departments(), seed(), TODAY)
    assert len(found.of_hall(HALL)) == 26
    assert len({department.uscc for department in found}) == 26
    assert all("（演示）" in department.name for department in found)


def test_they_offer_237_items_of_distinct_names_and_codes() -> None:
    assert len(items()) == 237
    assert len({item.code for item in all_items()}) == 237
    assert len({item.name for item in all_items()}) == 237
    assert Counter(offer.item for offer in offers()) == Counter(item.code for item in all_items())
    assert {offer.department for offer in offers()} == {department.department for department in departments()}
    assert min(Counter(offer.department for offer in offers()).values()) >= 5


def test_every_item_is_a_full_implementation_list_where_it_is_offered() -> None:
    province, units = seed(), Departments(departments(), seed(), TODAY)
    versions = {version.code: version for version in items()}
    lists = [implementation(versions[offer.item], offer, units.department(offer.department), province) for offer in offers()]
    assert [(listed.handling_code, fault) for listed in lists for fault in implementation_faults(listed)] == []
    assert [listed.code for listed in lists if implementation_code_fault(listed.code)] == []
    assert [listed.handling_code for listed in lists if handling_code_fault(listed.handling_code)] == []
    assert {listed.level for listed in lists} == {Level.PROVINCE}
    assert len({listed.handling_code for listed in lists}) == 237


def test_items_offers_and_units_agree() -> None:
    assert list(version_faults(items())) == []
    assert list(offer_faults(offers(), items(), departments(), seed())) == []


def test_nothing_of_a_public_page_is_empty() -> None:
    assert [(item.name, part) for item in all_items() for part in OF_PUBLIC_PAGE if not getattr(item, part)] == []
    assert all(item.results and item.steps and item.objects and item.levels for item in all_items())
    assert all(fee.standard.startswith("合成示例") for item in all_items() for fee in item.fees)


def test_every_item_says_that_it_is_synthetic() -> None:
    assert all("合成" in item.synthetic for item in all_items())
    assert ITEMS.read_text("utf-8").startswith("# Synthetic")


def test_the_list_holds_every_sort_of_item() -> None:
    assert {item.type for item in all_items()} >= {
        ItemType.LICENCE,
        ItemType.BENEFIT,
        ItemType.CONFIRMATION,
        ItemType.REWARD,
        ItemType.RULING,
        ItemType.OTHER,
        ItemType.PUBLIC_SERVICE,
    }
    assert {item.kind for item in all_items()} == set(Kind)
    assert any(item.fees for item in all_items())
    kinds = {procedure.kind for item in all_items() for procedure in item.procedures}
    assert kinds >= {ProcedureKind.EXPERT_REVIEW, ProcedureKind.SITE_SURVEY}
    assert any(Level.TOWNSHIP in item.levels for item in all_items())


def test_every_special_procedure_of_an_item_has_its_step() -> None:
    for item in all_items():
        assert {step.procedure for step in item.steps if step.procedure} == {procedure.name for procedure in item.procedures}


def test_a_basis_is_a_law_with_an_article_written_as_laws_are_cited() -> None:
    for basis in (basis for item in all_items() for basis in item.basis):
        assert len(basis.law) >= 4
        assert re.fullmatch(r"(第[一二三四五六七八九十百千零]+条)?", basis.article), basis


def test_the_list_is_the_same_after_it_was_laid_open_and_read_again() -> None:
    for as_json in (False, True):
        again = read_items(write_items(items(), as_json=as_json)).whole()
        assert not difference(items(), again, lambda version: version.key)
        assert read_offers(write_offers(offers(), as_json=as_json)).whole() == offers()


def test_a_change_of_one_item_is_shown_as_one_change() -> None:
    changed = ITEMS.read_text("utf-8").replace('name = "取水许可"', 'name = "取水许可（示例）"')
    after: tuple[ItemVersion, ...] = read_items(changed.encode()).whole()
    found = difference(items(), after, lambda version: version.key)
    assert (len(found.added), len(found.changed), len(found.removed)) == (0, 1, 0)
    assert {field.path for field in found.changed[0].fields} == {"item.name", "item.handlings[0].name"}


def test_the_readme_names_every_file_and_what_is_made_up() -> None:
    text = (DATA / "README.md").read_text("utf-8")
    assert ITEMS.name in text
    assert DEPARTMENTS.name in text
    assert len(list(csv.DictReader(io.StringIO(DEPARTMENTS.read_text("utf-8"))))) == 26
