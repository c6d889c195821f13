"""A change is read as it was written, and what cannot be read is named."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import ChangeMalformed
from directory.register.changes import MAX_WORD, Change, Place, read_change, spell, write_change
from tongban.directory.v1 import register_pb2

WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)


@given(WORDS, WORDS, st.one_of(st.just(""), WORDS), st.one_of(st.none(), st.dictionaries(WORDS, st.one_of(WORDS, st.integers()))), WORDS)
def test_a_change_is_read_as_it_was_written(kind: str, key: str, version: str, document: dict[str, object] | None, reason: str) -> None:
    change = Change(Place(kind, key, version), None if document is None else spell(document), reason)
    assert read_change(write_change(change)) == change


def test_a_document_has_one_spelling() -> None:
    assert spell({"b": [1, "甲"], "a": date(2026, 1, 31), "c": None}) == '{"a":"2026-01-31","b":[1,"甲"]}'
    with pytest.raises(ValueError, match="Out of range"):
        spell({"a": float("nan")})


PUT: dict[str, Any] = {"kind": "hall", "key": "a", "operation": register_pb2.OPERATION_PUT, "document": b"{}"}


def test_a_change_of_a_kind_of_a_later_release_is_one_like_any_other() -> None:
    later = register_pb2.Change(**(PUT | {"kind": "weather"}))
    assert read_change(later.SerializeToString()) == Change(Place("weather", "a"), "{}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""},
        {"key": ""},
        {"key": "a\n"},
        {"key": "a" * (MAX_WORD + 1)},
        {"version": "\u202e1"},
        {"operation": 0},
        {"operation": 77},
        {"document": b""},
        {"document": b"[]"},
        {"document": b"\xff"},
        {"document": b"{"},
        {"document": b'{"a":' + b"[" * 200_000},
    ],
    ids=lambda wrong: str(wrong)[:40],
)
def test_what_cannot_be_read_is_named(wrong: dict[str, Any]) -> None:
    message = register_pb2.Change(**(PUT | wrong))
    with pytest.raises(ChangeMalformed):
        read_change(message.SerializeToString())


def test_bytes_that_are_no_message_are_named() -> None:
    with pytest.raises(ChangeMalformed):
        read_change(b"\xff\xff")
