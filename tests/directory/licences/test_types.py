"""A type of licences is read whole or refused with its line, and stands in the register only with all that it names."""

from dataclasses import replace
from datetime import date

import pytest

from directory.catalogue.catalogue_file import tables as resource_tables
from directory.catalogue.vocabulary import ItemType
from directory.documents import write_json, write_toml
from directory.licences.requirements import resource_faults
from directory.licences.type_file import read_types, tables
from directory.licences.types import Group, LicenceType, Types
from directory.register.importing import File
from directory.register.kinds import FORMS, Kind
from directory.validity import Period
from tests.directory.register.made import HALLS, UNITS, planned, register, told
from tests.province import licensed

RESOURCES = File("resources.toml", licensed.RESOURCES.read_bytes())
BEHIND = (HALLS, UNITS, RESOURCES)
FOOD = next(one for one in licensed.types() if one.type == licensed.FOOD)


def file(*types: LicenceType) -> File:
    return File("types.toml", write_toml(tables(types)))


def faults(*types: LicenceType) -> list[str]:
    return told(planned(file(*types), documents=register(*BEHIND)))


def test_the_demonstrations_types_hold_in_its_register() -> None:
    found = planned(File("types.toml", licensed.TYPES.read_bytes()), documents=register(*BEHIND))
    assert (found.faults, found.notes) == ((), ())
    assert len(found.differences[Kind.LICENCE_TYPE].added) == 3


@pytest.mark.parametrize("write", [write_toml, write_json])
def test_what_is_written_reads_as_the_same(write: object) -> None:
    assert callable(write)
    assert read_types(write(tables(licensed.types()))).whole() == licensed.types()


def test_a_document_of_the_register_reads_as_the_same() -> None:
    form = FORMS[Kind.LICENCE_TYPE]
    assert form.things(form.documents(licensed.types())).whole() == licensed.types()


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('type = "11220000DEM0002176001"', 'type = "11220000DEM0002177001"', "line 4 type: the check character"),
        ('tiers = ["city", "county"]', 'tiers = ["village"]', "line 4 tiers: 'village' is not one of"),
        ("renewable = true", 'renewable = "yes"', "line 4 renewable: is neither"),
        ("validity_months = 60", "validity_months = 0", "line 4 validity_months: is not a whole number"),
        ("from = 2026-01-01", "form = 2026-01-01", "line 4 from: is missing"),
        ('title = "许可内容"', 'titel = "许可内容"', "line 4 layout[1].title: is missing"),
    ],
)
def test_a_bad_type_is_refused_with_its_line(old: str, new: str, wanted: str) -> None:
    data = licensed.TYPES.read_text("utf-8").replace(old, new, 1).encode()
    found = read_types(data)
    assert any(str(fault).startswith(wanted) for fault in found.faults), found.faults
    assert len(found.rows) == 2


def test_no_two_versions_of_a_type_hold_at_one_time() -> None:
    nineteen = replace(FOOD, period=Period(date(2026, 6, 1)))
    assert any("hold at one time" in fault for fault in faults(FOOD, nineteen))
    assert faults(replace(FOOD, period=Period(date(2026, 1, 1), date(2026, 6, 1))), nineteen) == []


def test_a_resource_is_that_of_one_type() -> None:
    other = replace(FOOD, type="11220000DEM0002176002", name="另一证照（示例）")
    assert any("is that of two types" in fault for fault in faults(FOOD, other))


@pytest.mark.parametrize(
    ("changed_type", "wanted"),
    [
        (replace(FOOD, tiers=frozenset(), halls=frozenset({"atlantis"})), "the hall 'atlantis' is not known"),
        (replace(FOOD, tiers=frozenset()), "no hall issues it"),
        (replace(FOOD, departments=frozenset({"nobody"})), "there is no department 'nobody'"),
        (replace(FOOD, departments=frozenset({"sheng-shijian"})), "sits in no hall that issues the type"),
        (replace(FOOD, resource="nothing"), "there is no published resource 'nothing'"),
        (replace(FOOD, period=Period(date(2025, 12, 31))), "there is no published resource"),
        (replace(FOOD, layout=()), "no group of fields"),
        (replace(FOOD, layout=(Group("一", ("weight",)),)), "it has no field 'weight'"),
        (replace(FOOD, layout=(Group("一", ("business",)), Group("二", ("business",)))), "stands twice"),
        (replace(FOOD, validity_months=None), "valid without end is not renewed"),
    ],
)
def test_a_type_names_what_there_is(changed_type: LicenceType, wanted: str) -> None:
    assert any(wanted in fault for fault in faults(changed_type)), faults(changed_type)


def test_a_resource_that_is_not_encrypted_or_names_no_holder_is_no_licences() -> None:
    (resource,) = [one for one in licensed.resources() if one.resource.resource == FOOD.resource]
    clear = replace(resource, resource=replace(resource.resource, encrypted=False))
    nameless = replace(resource, items=tuple(item for item in resource.items if item.name != "holder_name"), samples=())
    optional = replace(resource, items=tuple(replace(item, required=False) for item in resource.items))
    other = replace(
        resource,
        items=tuple(
            replace(item, type=ItemType.INTEGER, max_length=None) if item.name == "holder_code" else item for item in resource.items
        ),
    )
    for version, wanted in (
        (clear, "it is not encrypted"),
        (nameless, "needs a required field 'holder_name'"),
        (optional, "needs a required field 'holder_code'"),
        (other, "needs a required field 'holder_code'"),
    ):
        found = [what for _, what in resource_faults([FOOD], [version])]
        assert any(wanted in what for what in found), (wanted, found)


def test_what_a_type_rests_on_is_not_taken_away() -> None:
    documents = register(*BEHIND, File("types.toml", licensed.TYPES.read_bytes()))
    food_less = [one for one in licensed.resources() if one.resource.resource != FOOD.resource]
    gone = planned(File("r.toml", write_toml(resource_tables(food_less))), documents=documents, whole=True)
    assert any("there is no published resource" in fault for fault in told(gone))


def test_the_version_of_a_day_is_found_by_type_and_by_resource() -> None:
    old, new = replace(FOOD, period=Period(date(2026, 1, 1), date(2026, 6, 1))), replace(FOOD, name="新", period=Period(date(2026, 6, 1)))
    ended = replace(new, period=Period(date(2026, 6, 1), date(2026, 9, 1)))
    types = Types([new, old])
    assert types.in_force(FOOD.type, date(2026, 5, 31)) == types.newest(FOOD.type, date(2026, 5, 31)) == old
    assert types.in_force(FOOD.type, date(2026, 6, 1)) == types.of_resource(FOOD.resource, date(2026, 6, 1)) == new
    assert types.in_force(FOOD.type, date(2025, 12, 31)) is types.newest(FOOD.type, date(2025, 12, 31)) is None
    assert Types([ended]).in_force(FOOD.type, date(2026, 9, 1)) is None
    assert Types([ended]).newest(FOOD.type, date(2026, 9, 1)) == ended
    assert Types([ended]).all_at(date(2026, 9, 1)) == {FOOD.type: ended}
