"""A file of items is read whole, or every bad field is named with its line and path."""

import json
import tomllib
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.documents import read_document, write_json, write_toml
from directory.errors import Fault
from directory.items.item_list import read_items, write_items
from directory.items.requirements import version_faults
from directory.items.service_items import Basis, Handling, ItemVersion, Limit, Material, Step
from directory.items.vocabulary import Kind, Necessity, ProcedureKind, Unit
from directory.reading import Read
from tests.directory.effort import calls
from tests.directory.items.made import CODE, version, versions

FILE = """
synthetic = "limits are made up"

[material.application]
name = "申请书"

[material.identity]
name = "身份证明"
form = "copy"
source = "government"

[material_set]
person = ["application", "identity"]

[procedure.experts]
name = "专家评审"
kind = "expert_review"
limit = 10
stops_statutory = true
stops_promised = true

[step_set]
standard = [
  { name = "受理", office = "窗口", post = "受理岗", limit = 1 },
  { name = "审查", office = "业务处", post = "审查岗", limit = "rest" },
  { name = "决定", office = "业务处", post = "决定岗", limit = 2 },
]

[template.licence]
type = "01"
levels = ["province", "city"]
objects = ["enterprise"]
conditions = ["符合法定条件"]
materials = ["person"]
steps = "standard"
statutory = 20
visits = 1
from = 2026-01-01

[[item]]
template = "licence"
code = "220117001000"
name = "取水许可"
basis = ["中华人民共和国水法 第四十八条"]
materials = ["person", { name = "水资源论证报告", count = 2 }]
procedures = ["experts"]
promised = 8
results = ["取水许可证"]

[[item]]
template = "licence"
code = "220117002000"
name = "河道采砂许可"
basis = [{ law = "中华人民共和国水法", article = "第三十九条" }]
statutory = { amount = 1, unit = "month" }
promised = 10
results = [{ name = "采砂许可证", licence_type = "11100000000013338W032" }]
synthetic = "own words"
"""
GOOD: dict[str, Any] = tomllib.loads(FILE)


def changed(**fields: Any) -> dict[str, Any]:
    """Give the file with other fields in its second item; None leaves one out."""
    second = {name: value for name, value in (GOOD["item"][1] | fields).items() if value is not None}
    return {**GOOD, "item": [GOOD["item"][0], second]}


def faults_of(**fields: Any) -> list[tuple[str, str]]:
    """Change the second item; give the path and text of each fault, all of them on its line."""
    data = write_json(changed(**fields))
    found = read_items(data).faults
    assert {fault.line for fault in found} <= {read_document(data).line("item", 1)}
    return [(fault.path, fault.what) for fault in found]


def test_the_shorthand_is_laid_open() -> None:
    first, second = read_items(FILE.encode()).whole()
    assert [material.name for material in first.item.materials] == ["申请书", "身份证明", "水资源论证报告"]
    assert first.item.materials[2] == Material("水资源论证报告", count=2)
    assert first.item.steps[1] == Step(2, "审查", "业务处", "审查岗", Limit(5))
    assert [step.limit.amount for step in second.item.steps] == [1, 7, 2]
    assert first.item.procedures[0].kind is ProcedureKind.EXPERT_REVIEW
    assert first.item.basis == (Basis("中华人民共和国水法", "第四十八条"),)
    assert second.item.basis == (Basis("中华人民共和国水法", "第三十九条"),)
    assert second.item.statutory == Limit(1, Unit.MONTH)
    assert first.item.handlings == (Handling("01", "取水许可"),)
    assert (first.item.synthetic, second.item.synthetic) == ("limits are made up", "own words")


def test_an_item_takes_from_its_template_only_what_it_does_not_give() -> None:
    found = read_items(write_json(changed(visits=3))).whole()
    assert [version.item.visits for version in found] == [1, 3]


def test_what_is_left_of_the_promised_limit_leaves_special_procedures_aside() -> None:
    step = {"office": "窗口", "post": "岗"}
    experts = {**step, "name": "评审", "limit": 10, "procedure": "专家评审"}
    fields = {
        "procedures": ["experts"],
        "steps": [{**step, "name": "审查", "limit": "rest"}, experts, {**step, "name": "决定", "limit": 2}],
    }
    (_, second) = read_items(write_json(changed(**fields))).whole()
    assert [step.limit.amount for step in second.item.steps] == [8, 10, 2]


def test_what_is_promised_in_no_time_is_immediate() -> None:
    step = [{"name": "办理", "office": "窗口", "post": "受理岗", "limit": 0}]
    (_, second) = read_items(write_json(changed(promised=0, steps=step))).whole()
    assert second.item.kind is Kind.IMMEDIATE


def test_json_of_the_same_shape_says_the_same() -> None:
    assert read_items(write_json(GOOD)) == read_items(FILE.encode())


@given(st.lists(versions(), max_size=3, unique_by=lambda version: version.code), st.booleans())
def test_what_is_written_is_read_again(given_versions: list[ItemVersion], as_json: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    assert list(version_faults(given_versions)) == []
    assert read_items(write_items(given_versions, as_json=as_json)).whole() == tuple(given_versions)


def test_a_conditional_material_is_written_and_read_again() -> None:
    one = version()
    material = Material("委托书", necessity=Necessity.CONDITIONAL, condition="委托他人办理的")
    changed_item = [ItemVersion(replace_materials(one, material), 1, one.state, one.period)]
    assert read_items(write_items(changed_item)).whole() == tuple(changed_item)


def replace_materials(one: ItemVersion, material: Material) -> Any:
    return type(one.item)(**{name: getattr(one.item, name) for name in one.item.__slots__} | {"materials": (material,)})


@pytest.mark.parametrize(
    ("fields", "path", "what"),
    [
        ({"code": "2201170020"}, "code", "twelve digits"),
        ({"code": "22011700200０"}, "code", "FULLWIDTH"),
        ({"code": None}, "code", "is missing"),
        ({"name": ""}, "name", "empty"),
        ({"name": "河道\u202e采砂"}, "name", "not seen"),
        ({"name": None}, "name", "is missing"),
        ({"type": "99"}, "type", "one of"),
        ({"type": 1}, "type", "one of"),
        ({"levels": ["galaxy"]}, "levels", "one of"),
        ({"levels": []}, "levels", "is empty"),
        ({"objects": "enterprise"}, "objects", "not a list"),
        ({"basis": [5]}, "basis[0]", "not a table"),
        ({"basis": [""]}, "basis[0].law", "empty"),
        ({"basis": [{"law": "法", "page": 3}]}, "basis[0]", "'page' is not a field"),
        ({"basis": []}, "basis", "is empty"),
        ({"conditions": [7]}, "conditions[0]", "not a text"),
        ({"materials": ["nothing"]}, "materials[0]", "'nothing' is not a material"),
        ({"materials": ["person", {"name": "x", "count": -1}]}, "materials[1].count", "whole number"),
        ({"materials": [{"name": "x", "colour": "red"}]}, "materials[0]", "'colour' is not a field"),
        ({"materials": ["person", "person"]}, "materials", "given 2 times"),
        ({"materials": "person"}, "materials", "not a list"),
        ({"procedures": ["experts", "x"]}, "procedures[1]", "'x' is not a procedure"),
        (
            {"procedures": [{"name": "x", "kind": "hearing", "limit": 5, "stops_promised": True}]},
            "procedures[0].stops_statutory",
            "is missing",
        ),
        ({"steps": "express"}, "steps", "'express' is not a set of steps"),
        ({"steps": 5}, "steps", "neither a list"),
        ({"steps": [5]}, "steps[0]", "not a table"),
        ({"steps": [{"name": "x", "office": "x", "limit": 1}]}, "steps[0].post", "is missing"),
        ({"promised": 2}, "steps", "leave no time: they take 3 together, and 2 are promised"),
        ({"promised": None}, "promised", "is missing"),
        ({"promised": -1}, "promised", "whole number"),
        ({"promised": {"amount": 5, "unit": "year"}}, "promised.unit", "one of"),
        ({"promised": 40, "statutory": 20}, "promised", "longer than the statutory limit"),
        ({"results": [{"name": "x", "licence_type": "11100000000013338X032"}]}, "results[0].licence_type", "check character"),
        ({"fees": [{"project": "x", "standard": "5元"}]}, "fees[0].basis", "not a table"),
        ({"handlings": [{"number": "00", "name": "x"}]}, "handlings[0].number", "two digits"),
        ({"visits": "1"}, "visits", "whole number"),
        ({"version": 0}, "version", "whole number"),
        ({"state": "gone"}, "state", "one of"),
        ({"from": "2026-02-30"}, "from", "not a day"),
        ({"to": "2025-01-01"}, "to", "there is no day"),
        ({"template": "unknown"}, "template", "not a template"),
        ({"colour": "red"}, "", "'colour' is not a field"),
    ],
)
def test_a_bad_field_is_named_with_its_path(fields: dict[str, Any], path: str, what: str) -> None:
    found = faults_of(**fields)
    assert any(at == path and what in text for at, text in found), found


def test_all_that_is_wrong_is_named_at_once() -> None:
    assert [path for path, _ in faults_of(code="1", visits=99, basis=[], state="gone")] == ["code", "visits", "state"]


def test_lines_are_those_of_the_items() -> None:
    bad = FILE.replace('results = ["取水许可证"]', 'results = ["取水许可证"]\nvisits = 100')
    (fault,) = read_items(bad.encode()).faults
    assert bad.split("\n")[fault.line - 1] == "[[item]]"
    assert (fault.path, fault.line) == ("visits", bad.split("\n").index("[[item]]") + 1)


def test_without_a_line_the_path_says_which_item() -> None:
    bad = 'about = """\n[[item]]\n"""\n' + FILE.replace('code = "220117002000"', 'code = "1"')
    (fault,) = read_items(bad.encode()).faults
    assert (fault.line, fault.path) == (0, "item[1].code")


def test_items_that_overlap_are_named_with_their_line() -> None:
    found = read_items(write_json(changed(code=CODE, version=2))).faults
    assert [fault.what for fault in found] == [f"version 2 of {CODE} and version 1 share days"]
    assert found[0].line > 1


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"item = 5", Fault(0, "is not a list of tables", "item")),
        (b"[items]", Fault(0, "is not a section of a file of items", "items")),
        (b"material = 5", Fault(0, "is not a table", "material")),
        (b"synthetic = 5", Fault(0, "is not a text", "synthetic")),
    ],
)
def test_sections_of_another_kind_are_refused(data: bytes, fault: Fault) -> None:
    assert read_items(data).faults == (fault,)


def test_a_row_that_is_no_table_is_refused() -> None:
    assert "is not a table" in {fault.what for fault in read_items(b'{"item": [5, "x", null, []]}').faults}


words = st.sampled_from(["", "01", "standard", "person", "experts", "rest", "licence"])
fields = st.sampled_from(["name", "limit", "law", "amount", "basis"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 50) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*GOOD["item"][1], *GOOD["template"]["licence"], "procedures", "fees", "handlings"]), json_values))
def test_any_values_are_items_or_faults(fields: dict[str, Any]) -> None:
    assert isinstance(read_items(json.dumps({**GOOD, "item": [GOOD["item"][1] | fields]}, default=date.isoformat).encode()), Read)


@given(st.dictionaries(st.sampled_from(["material", "material_set", "procedure", "step_set", "template"]), json_values))
def test_any_definitions_are_items_or_faults(definitions: dict[str, Any]) -> None:
    assert isinstance(read_items(json.dumps(GOOD | definitions, default=date.isoformat).encode()), Read)


@pytest.mark.parametrize(
    ("kind", "field"), [("material", "materials"), ("material_set", "materials"), ("procedure", "procedures"), ("step_set", "steps")]
)
@given(value=json_values)
def test_a_definition_that_is_used_is_an_item_or_a_fault(kind: str, field: str, value: object) -> None:
    row = GOOD["item"][1] | {field: "odd" if field == "steps" else ["odd"]}
    data = json.dumps({**GOOD, kind: {"odd": value}, "item": [row]}, default=date.isoformat)
    assert isinstance(read_items(data.encode()), Read)


def effort(count: int, *, as_toml: bool) -> int:
    rows = [{**GOOD["item"][1], "code": f"22{n:010}", "visits": 99 if n in {7, 270} else 1} for n in range(1, count + 1)]
    tables = {**GOOD, "item": rows}
    data = write_toml(tables) if as_toml else write_json(tables)
    found = []
    made = calls(lambda: found.append(read_items(data)))
    (read,) = found
    lines = data.decode().split("\n")
    assert [lines[fault.line - 1].strip() for fault in read.faults] == ["[[item]]" if as_toml else "{"] * 2
    assert len(read.rows) == count - 2
    return made


@pytest.mark.parametrize("as_toml", [True, False])
def test_three_thousand_items_take_ten_times_as_long_as_three_hundred(as_toml: bool) -> None:  # noqa: FBT001 - a parameter of the test
    # A quadratic reader would take a hundred times as many steps.
    assert effort(3_000, as_toml=as_toml) < 12 * effort(300, as_toml=as_toml)
