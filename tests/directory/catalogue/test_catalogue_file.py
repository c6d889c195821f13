"""Resources are read as they are written, in both syntaxes, or every fault is named with its line."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.catalogue.catalogue_file import read_resources, tables, unknown_related
from directory.catalogue.resources import ResourceVersion
from directory.catalogue.vocabulary import ItemType, Pattern, Sensitivity, SharingType, State, UpdateCycle
from directory.documents import write_json, write_toml
from directory.errors import ListMalformed
from directory.validity import Period
from tests.directory.catalogue.made import EVERY_TYPE, USCC, item, version

TOML = f"""
[[resource]]
resource = "enterprise-register"
version = 1
state = "published"
from = 2026-01-01
code = "307001/1"
class = "department"
name = "企业登记信息(示例)"
provider = "market-regulation"
provider_uscc = "{USCC}"
abstract = "合成数据"
format = "database"
sharing = "unconditional"
manner = "delivery"
openness = "open"
update_cycle = "monthly"
items = [
  {{ name = "name", title = "名称", type = "text", sensitivity = "public", max_length = 20 }},
  {{ name = "status", title = "状态", type = "code", sensitivity = "public", codes = [{{ code = "1", title = "有效" }}] }},
]
samples = [{{ name = "某某(示例)", status = "1" }}]
"""
HISTORY = (
    version(1, period=Period(date(2026, 1, 1), date(2026, 3, 1)), state=State.WITHDRAWN, withdrawn_on=date(2026, 3, 1), ground="停用"),
    version(2, start=date(2026, 3, 1)),
    version(3, start=date(2026, 5, 1), state=State.DRAFT, samples=()),
    version(1, resource="another", code="307001/2", related=("enterprise-register",), encrypted=True),
)
WRITERS = [write_toml, write_json]


def found(data: str | bytes) -> list[tuple[int, str, str]]:
    read = read_resources(data.encode() if isinstance(data, str) else data)
    return [(fault.line, fault.path, fault.what) for fault in read.faults]


def written(*versions: ResourceVersion) -> bytes:
    return write_toml(tables(versions))


def test_a_resource_is_read() -> None:
    (read,) = read_resources(TOML.encode()).whole()
    assert (read.resource.resource, read.version, read.state, read.period) == (
        "enterprise-register",
        1,
        State.PUBLISHED,
        Period(date(2026, 1, 1)),
    )
    assert (read.resource.sharing, read.resource.update_cycle) == (SharingType.UNCONDITIONAL, UpdateCycle.MONTHLY)
    assert [(item.name, item.type, item.required, item.max_length) for item in read.items] == [
        ("name", ItemType.TEXT, True, 20),
        ("status", ItemType.CODE, True, None),
    ]
    assert read.samples == ('{"name": "某某(示例)", "status": "1"}',)


@pytest.mark.parametrize("write", WRITERS)
def test_what_is_written_is_read_as_it_was(write: Callable[[Any], bytes]) -> None:
    assert read_resources(write(tables(HISTORY))).whole() == HISTORY


@pytest.mark.parametrize("write", WRITERS)
def test_a_fault_is_named_with_the_line_of_its_resource(write: Callable[[Any], bytes]) -> None:
    bad = replace(HISTORY[1], items=(*EVERY_TYPE, item("Bad")))
    data = write(tables([HISTORY[0], bad, HISTORY[3]]))
    begins = "[[resource]]" if write is write_toml else '"resource": "'
    lines = [number for number, line in enumerate(data.decode().split("\n"), 1) if begins in line]
    line = lines[1] if write is write_toml else lines[1] - 1
    assert [(at, path) for at, path, _ in found(data)] == [(line, "items[11].name")]


@pytest.mark.parametrize(
    ("old", "new", "path", "what"),
    [
        ('class = "department"', 'class = "province"', "class", "'province' is not one of: base, theme, department"),
        ('sharing = "unconditional"', 'sharing = "free"', "sharing", "'free' is not one of"),
        ('format = "database"\n', "", "format", "is missing"),
        ("version = 1", "version = 0", "version", "whole number from 1"),
        ("version = 1", "version = true", "version", "whole number"),
        ("from = 2026-01-01", "from = 2026-01-01\nto = 2026-01-01", "to", "there is no day"),
        ("from = 2026-01-01", 'from = "yesterday"', "from", "is not a day"),
        ('manner = "delivery"', 'manner = "delivery"\ncolour = "red"', "", "'colour' is not a field here"),
        ('code = "1", title', 'code = "1", colour = "red", title', "items[1].codes[0]", "'colour' is not a field here"),
        ("max_length = 20", "max_length = 20, pattern = '^(a+)+$'", "items[0].pattern", "is not one of: digits"),
        ("max_length = 20", "max_length = 0", "items[0].max_length", "from 1 to 10000"),
        ('type = "text"', 'type = "blob"', "items[0].type", "'blob' is not one of"),
        ('status = "1" }]', "status = 2026-01-01 }]", "samples[0]", "write it as a text"),
        ('status = "1" }]', 'status = "2" }]', "samples[0].status", "none of the codes"),
        ("samples = [{", "samples = [1, {", "samples[0]", "a record is an object"),
        ('provider_uscc = "', 'provider_uscc = "0', "provider_uscc", "is not a USCC"),
        ('resource = "enterprise-register"', 'resource = "еnterprise-register"', "resource", "CYRILLIC SMALL LETTER IE"),
        ('resource = "enterprise-register"', "resource = 7", "resource", "is not a text"),
    ],
)
def test_a_bad_field_is_named_with_its_path(old: str, new: str, path: str, what: str) -> None:
    assert TOML.count(old) == 1
    named = found(TOML.replace(old, new))
    assert any((line, at) == (2, path) and what in text for line, at, text in named), named


def test_all_faults_of_all_resources_are_named() -> None:
    bad = TOML.replace('class = "department"', 'class = "x"').replace("version = 1", "version = 0")
    named = found(bad + bad.replace('manner = "delivery"', 'manner = "post"'))
    assert sorted((line, path) for line, path, _ in named) == [(2, "class"), (2, "version"), (24, "class"), (24, "manner"), (24, "version")]


@pytest.mark.parametrize(
    ("versions", "what"),
    [
        ((version(1), version(1, start=date(2027, 1, 1))), "version 1 of 'enterprise-register' is given twice"),
        ((version(1), version(2, start=date(2026, 2, 1))), "versions 1 and 2 of 'enterprise-register' hold at the same time"),
        (
            (version(2, period=Period(date(2026, 1, 1), date(2026, 2, 1))), version(1, start=date(2026, 2, 1))),
            "version 1 of 'enterprise-register' follows version 2",
        ),
        ((version(1, state=State.DRAFT), version(2)), "version 1 of 'enterprise-register' is a draft, and not the last"),
        ((version(1), version(1, resource="another")), "the code 307001/1 is that of 'enterprise-register' already"),
    ],
)
def test_versions_that_cannot_stand_side_by_side_are_named(versions: tuple[ResourceVersion, ...], what: str) -> None:
    assert what in [text for _, _, text in found(written(*versions))]


def test_a_related_resource_that_is_nowhere_is_named() -> None:
    assert list(unknown_related(HISTORY)) == []
    assert list(unknown_related(HISTORY[3:])) == [(0, "there is no related resource 'enterprise-register'")]
    assert list(unknown_related(HISTORY[3:], known=["enterprise-register"])) == []


@pytest.mark.parametrize(
    "data",
    ["", "resource = 1", "[resource]\na = 1", "resource = [1]", '{"resource": [1]}', "{", "[[resource]]\n[[resource]]\n", "\x00", "[[res"],
)
def test_a_file_of_another_shape_is_refused(data: str) -> None:
    with pytest.raises(ListMalformed):
        read_resources(data.encode()).whole()


@given(st.binary(max_size=100))
def test_any_bytes_are_resources_or_faults(data: bytes) -> None:
    read = read_resources(TOML.encode() + data)
    assert read.faults or len(read.rows) == 1


NAMES = st.text("abcdef_", min_size=1, max_size=6).filter(lambda name: name[0] != "_")
ITEMS = st.builds(
    item,
    NAMES,
    st.sampled_from(ItemType),
    sensitivity=st.sampled_from([Sensitivity.PERSONAL, Sensitivity.SENSITIVE_PERSONAL]),
    required=st.booleans(),
    title=st.text("登记名称代码", min_size=1, max_size=8),
)


@given(
    st.lists(ITEMS, min_size=1, max_size=6, unique_by=(lambda item: item.name, lambda item: item.title)),
    st.sampled_from(Pattern),
    st.sampled_from(WRITERS),
)
def test_any_fields_are_read_as_they_were_written(items: list[Any], pattern: Pattern, write: Callable[[Any], bytes]) -> None:
    bound = [replace(item, pattern=pattern) if item.type is ItemType.TEXT else item for item in items]
    drafted = version(state=State.DRAFT, items=tuple(bound), samples=())
    assert read_resources(write(tables([drafted]))).whole() == (drafted,)
