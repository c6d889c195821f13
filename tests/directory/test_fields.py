"""A table is taken apart with everything that is wrong with it, each fault at its path."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import pytest

from directory.errors import Fault
from directory.fields import Fields
from directory.texts import id_fault
from directory.validity import Period


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def fault_of(table: dict[str, Any], take: str, *rest: Any, **named: Any) -> list[str]:
    """Take one field; give its faults as texts."""
    fields = Fields(table, 7)
    getattr(fields, take)(*rest, **named)
    assert fields.failed == bool(fields.faults)
    return [str(fault) for fault in fields.faults]


def test_good_fields_are_taken() -> None:
    fields = Fields({"name": "名", "n": 3, "yes": True, "of": ["red"], "c": "blue", "day": "2026-01-31", "in": {"x": "y"}, "rows": [{}]})
    assert fields.text("name") == "名"
    assert fields.number("n", 1, 3) == 3
    assert fields.flag("yes")
    assert fields.choices("of", Colour) == (Colour.RED,)
    assert fields.choice("c", Colour) is Colour.BLUE
    assert fields.day("day") == date(2026, 1, 31)
    assert fields.table("in").text("x") == "y"
    assert len(fields.tables("rows")) == 1
    fields.end()
    assert fields.faults == ()


def test_what_may_be_absent_is_its_default() -> None:
    fields = Fields({})
    assert fields.text("name", default="") == ""
    assert fields.number("n", 1, 3, default=2) == 2
    assert fields.flag("f", default=True)
    assert fields.choice("c", Colour, Colour.RED) is Colour.RED
    assert fields.texts("t", default=()) == ()
    assert fields.day("d", None) is None
    assert not fields.failed


@pytest.mark.parametrize(
    ("take", "rest"),
    [
        ("text", ()),
        ("number", (0, 9)),
        ("flag", ()),
        ("choice", (Colour,)),
        ("choices", (Colour,)),
        ("texts", ()),
        ("day", ()),
        ("tables", ()),
    ],
)
def test_a_missing_field_is_named_once(take: str, rest: tuple[Any, ...]) -> None:
    assert fault_of({}, take, "x", *rest) == ["line 7 x: is missing"]


@pytest.mark.parametrize(
    ("take", "value", "rest", "what"),
    [
        ("text", 5, (), "not a text"),
        ("text", "", (), "empty"),
        ("text", "a\u202eb", (), "not seen"),
        ("text", "Ａ", (id_fault,), "FULLWIDTH"),
        ("number", True, (0, 9), "whole number"),
        ("number", 1.0, (0, 9), "whole number"),
        ("number", 10, (0, 9), "from 0 to 9"),
        ("flag", 1, (), "neither true nor false"),
        ("choice", "green", (Colour,), "one of: red, blue"),
        ("choice", ["red"], (Colour,), "one of: red, blue"),
        ("choices", "red", (Colour,), "not a list"),
        ("choices", ["red", "red"], (Colour,), "twice"),
        ("texts", "red", (), "not a list"),
        ("day", "2026-02-30", (), "not a day"),
        ("day", datetime(2026, 1, 1), (), "not a day"),  # noqa: DTZ001 - refused whatever its zone
        ("day", 20260101, (), "not a day"),
        ("table", 5, (), "not a table"),
        ("tables", {}, (), "not a list"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(take: str, value: Any, rest: tuple[Any, ...], what: str) -> None:
    (fault,) = fault_of({"x": value}, take, "x", *rest)
    assert fault.startswith("line 7 x")
    assert what in fault


def test_a_fault_in_a_list_of_tables_has_its_path() -> None:
    fields = Fields({"rows": [{"name": "a"}, {"name": 3}, 4]}, 2)
    for row in fields.tables("rows"):
        row.text("name")
    assert [fault.path for fault in fields.faults] == ["rows[2]", "rows[1].name", "rows[2].name"]


def test_a_fault_in_a_list_of_texts_has_its_place() -> None:
    assert fault_of({"x": ["a", 3, ""]}, "texts", "x")[0].startswith("line 7 x[1]: is not a text")


def test_fields_that_nobody_asked_for_are_refused() -> None:
    fields = Fields({"name": "a", "nmae": "b"}, 1)
    fields.text("name")
    fields.end()
    assert fields.faults == (Fault(1, "'nmae' is not a field here"),)


def test_a_period_is_read_from_its_two_days() -> None:
    assert Fields({"from": date(2026, 1, 1), "to": "2027-01-01"}).period() == Period(date(2026, 1, 1), date(2027, 1, 1))
    assert Fields({"from": "2026-01-01"}).period() == Period(date(2026, 1, 1))
    assert "there is no day" in fault_of({"from": "2026-01-01", "to": "2026-01-01"}, "period")[0]
    assert fault_of({}, "period") == ["line 7 from: is missing"]
