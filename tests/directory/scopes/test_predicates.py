"""A predicate means the same before and after it is made smaller, and in whichever way it is evaluated."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import UnknownColumn
from directory.scopes.predicates import (
    AllOf,
    Always,
    AnyOf,
    Equals,
    Has,
    In,
    IsTrue,
    Never,
    Predicate,
    all_of,
    any_of,
    columns,
    evaluator,
    holds,
    one_of,
    renamed,
    settled,
)

values = st.sampled_from("abc")
leaves: st.SearchStrategy[Predicate] = st.one_of(
    st.builds(Equals, st.sampled_from("xy"), values),
    st.builds(In, st.sampled_from("xy"), st.frozensets(values)),
    st.builds(Has, st.just("many"), values),
    st.just(IsTrue("open")),
    st.just(Always()),
    st.just(Never()),
)
trees = st.recursive(
    leaves, lambda inner: st.builds(lambda kind, parts: kind(tuple(parts)), st.sampled_from((AnyOf, AllOf)), st.lists(inner, max_size=4))
)
rows = st.fixed_dictionaries(
    {"x": st.none() | values, "y": values, "many": st.frozensets(values), "open": st.sampled_from((True, False, None, 1, "true"))}
)


@given(st.lists(trees, max_size=4), rows)
def test_a_tree_that_is_made_smaller_holds_the_same_rows(parts: list[Predicate], row: dict[str, Any]) -> None:
    assert holds(any_of(parts), row) == any(holds(part, row) for part in parts)
    assert holds(all_of(parts), row) == all(holds(part, row) for part in parts)


@given(trees, rows)
def test_a_thing_is_judged_as_a_row_of_the_same_values(tree: Predicate, row: dict[str, Any]) -> None:
    assert evaluator(tree)(SimpleNamespace(**row)) == holds(tree, row)


@given(trees, rows)
def test_renamed_columns_hold_the_same_rows(tree: Predicate, row: dict[str, Any]) -> None:
    other = renamed(tree, {name: f"{name}2" for name in row})
    assert holds(other, {f"{name}2": value for name, value in row.items()}) == holds(tree, row)
    assert columns(other) <= {f"{name}2" for name in columns(tree)}


@given(trees, rows)
def test_when_all_columns_are_known_nothing_is_left_to_ask(tree: Predicate, row: dict[str, Any]) -> None:
    assert settled(tree, row) == (Always() if holds(tree, row) else Never())


def test_values_of_one_column_stand_in_one_list() -> None:
    parts = [one_of("hall", {"a"}), one_of("hall", {"b", "c"}), one_of("referred_to", {"a"}), Never()]
    assert any_of(parts) == AnyOf((In("hall", frozenset("abc")), Equals("referred_to", "a")))


def test_nothing_and_the_empty_value_are_held_by_nobody() -> None:
    assert one_of("hall", ()) == one_of("hall", {""}) == any_of(()) == all_of((Never(), Always())) == Never()
    assert one_of("hall", {"", "a"}) == Equals("hall", "a")
    assert all_of(()) == any_of((Always(), Never())) == Always()


@pytest.mark.parametrize("value", [1, "true", "1", None, False])
def test_only_true_is_true(value: object) -> None:
    assert not holds(IsTrue("open"), {"open": value})
    assert holds(IsTrue("open"), {"open": True})


def test_a_column_that_a_row_has_not_is_named() -> None:
    with pytest.raises(UnknownColumn, match="'hall'"):
        holds(AllOf((Always(), Equals("hall", "a"))), {"department": "a"})
    with pytest.raises(UnknownColumn, match="'hall'"):
        renamed(Equals("hall", "a"), {})
