"""TOML and JSON say the same, and a bad table is found by its line."""

import json
import tomllib
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.documents import read_document, write_json, write_toml
from directory.errors import ListMalformed

texts = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)
plain = st.one_of(texts, st.integers(-(2**53), 2**53), st.booleans())
values = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6)
documents = st.dictionaries(texts, values | st.lists(st.dictionaries(texts, values, max_size=3), max_size=3), max_size=5)


@given(documents)
def test_what_is_written_as_toml_is_read_again(tables: dict[str, Any]) -> None:
    assert read_document(b"# rows\n" + write_toml(tables)).tables == tables


@given(documents)
def test_what_is_written_as_json_is_read_again(tables: dict[str, Any]) -> None:
    assert read_document(write_json(tables)).tables == tables


def test_a_day_is_written_and_what_is_none_is_left_out() -> None:
    tables = {"item": [{"from": date(2026, 1, 1), "to": None}]}
    assert tomllib.loads(write_toml(tables).decode()) == {"item": [{"from": date(2026, 1, 1)}]}
    assert json.loads(write_json(tables)) == {"item": [{"from": "2026-01-01"}]}


def test_the_lines_of_rows_are_known_in_both_syntaxes() -> None:
    toml = b'title = "t"\n\n[[item]]\nname = "one"\n\n[[item]]\nname = "two"\n[[offer]]\n'
    assert read_document(toml).lines == {"item": (3, 6), "offer": (8,)}
    text = b'{"title": "t",\n "item": [\n  {"name": "one"},\n\n  {"name": "two"}],\n "empty": [], "offer": [{}]}'
    document = read_document(text)
    assert document.lines == {"item": (3, 5), "empty": (), "offer": (6,)}
    assert document.line("item", 1) == 5
    assert document.line("nothing", 0) == 0


def test_a_text_that_looks_like_a_header_makes_no_wrong_line() -> None:
    document = read_document(b'[[item]]\nname = """\n[[item]]\n"""\n[[item]]\n')
    assert len(document.tables["item"]) == 2
    assert document.line("item", 1) == 0


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"a = 1\nb = \n", 2, "not TOML"),
        (b"a = 1\na = 2\n", 2, "not TOML"),
        (b'{"a": 1,\n"b": }', 2, "not JSON"),
        (b'{"a": 1, "b": 2, "a": 3}', 0, "'a' is given twice"),
        (b'{"a": NaN}', 0, "NaN is not a number"),
        (b'{"a": 1} {}', 1, "not JSON"),
        ("a = 1\nb = '区'".encode("gb18030"), 2, "not UTF-8"),
        (b'{"a": ' + b"[" * 100_000, 0, "more than 32 deep"),
        (b"a = " + b"[" * 100_000, 0, "more than 32 deep"),
        (b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}", 0, "more than 32 deep"),
        (b"a = 1\nb = " + b"[" * 32 + b"]" * 32, 0, "more than 32 deep"),
        (b"a = 1\n" + b"b." * 1_000_000 + b"b = 1", 2, "more than 32 deep"),
        (b"a = 1\n" + b'"b" . ' * 32 + b"'b' = 1", 2, "more than 32 deep"),
        (b"a = " + b"1" * 5_000, 0, "too many digits"),
        (b'{"a": ' + b"1" * 5_000 + b"}", 0, "too many digits"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(data: bytes, line: int, what: str) -> None:
    with pytest.raises(ListMalformed, match=what) as caught:
        read_document(data)
    assert [fault.line for fault in caught.value.faults] == [line]


@pytest.mark.parametrize("text", ["a = 1", '{"a": 1}'])
def test_the_mark_that_spreadsheets_put_before_a_text_is_no_part_of_it(text: str) -> None:
    assert read_document(f"\ufeff{text}".encode()).tables == {"a": 1}


def test_what_stands_as_deep_as_may_be_is_read() -> None:
    nested = b"[" * 31 + b"]" * 31
    assert read_document(b'{"a": ' + nested + b"}").tables == read_document(b"a = " + nested).tables
    assert read_document(b"a." * 30 + b"a = 1").tables["a"]


@given(st.binary(max_size=100))
def test_any_bytes_are_a_document_or_malformed(data: bytes) -> None:
    with suppress(ListMalformed):
        assert isinstance(read_document(data).tables, dict)
