"""A dry run says exactly what would change."""

import json
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.differences import Difference, FieldChange, difference, plain
from directory.validity import Period


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


ALWAYS = Period(date(2026, 1, 1))


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class Thing:
    id: str
    name: str
    period: Period = ALWAYS
    parts: tuple[Part, ...] = ()


def key(thing: Thing) -> tuple[str, ...]:
    return (thing.id,)


def compare(before: list[Thing], after: list[Thing]) -> Difference:
    return difference(before, after, key)


parts = st.builds(Part, st.text(max_size=3), st.sampled_from(Colour))
things = st.builds(Thing, st.sampled_from("abcdef"), st.text(max_size=3), parts=st.lists(parts, max_size=3).map(tuple))
lists = st.lists(things, unique_by=key, max_size=6)


def test_added_changed_and_removed_are_told_apart() -> None:
    found = compare([Thing("a", "x"), Thing("b", "y"), Thing("c", "z")], [Thing("c", "z"), Thing("b", "new"), Thing("d", "w")])
    assert [at for at, _ in found.added] == [("d",)]
    assert [at for at, _ in found.removed] == [("a",)]
    (change,) = found.changed
    assert (change.key, change.fields) == (("b",), (FieldChange("name", "y", "new"),))
    assert list(found.lines())[1:3] == ["~ b", '    name: "y" -> "new"']
    assert list(found.lines())[-1] == "1 added, 1 changed, 1 removed"


def test_a_field_inside_is_named_by_its_path() -> None:
    before = Thing("a", "x", parts=(Part("p", Colour.RED), Part("q", Colour.RED)))
    after = replace(before, period=Period(date(2026, 1, 1), date(2027, 1, 1)), parts=(Part("p", Colour.BLUE),))
    (change,) = compare([before], [after]).changed
    assert change.fields == (
        FieldChange("period.end", None, "2027-01-01"),
        FieldChange("parts[0].colour", "red", "blue"),
        FieldChange("parts[1]", {"name": "q", "colour": "red"}, None),
    )


@given(lists, lists)
def test_the_difference_is_empty_exactly_when_the_lists_hold_the_same(before: list[Thing], after: list[Thing]) -> None:
    assert bool(compare(before, after)) == ({key(thing): thing for thing in before} != {key(thing): thing for thing in after})


@given(lists, lists)
def test_applying_the_difference_gives_what_is_after(before: list[Thing], after: list[Thing]) -> None:
    found = compare(before, after)
    held = {key(thing): plain(thing) for thing in before}
    for at, _ in found.removed:
        del held[at]
    held |= dict(found.added)
    for change in found.changed:
        assert held[change.key] != plain({key(thing): thing for thing in after}[change.key])
        held[change.key] = plain({key(thing): thing for thing in after}[change.key])
    assert held == {key(thing): plain(thing) for thing in after}


@given(lists, lists)
def test_the_difference_can_be_written_as_json(before: list[Thing], after: list[Thing]) -> None:
    found = compare(before, after).as_json()
    assert json.loads(json.dumps(found)) == found
    assert set(found) == {"added", "changed", "removed"}


def test_a_key_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="a is given twice"):
        compare([Thing("a", "x"), Thing("a", "y")], [])


def test_sets_and_mappings_are_made_plain() -> None:
    assert plain({"a": frozenset({Colour.RED, Colour.BLUE}), "b": (1, True, None)}) == {"a": ["blue", "red"], "b": [1, True, None]}
