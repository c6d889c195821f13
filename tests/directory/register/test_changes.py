"""A change is read as it was written, and what cannot be read is named."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import ChangeMalformed
from directory.register.changes import MAX_WORD, Change, Place, read_change, spell, write_change
from directory.scopes.principal import Principal
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


def test_a_change_from_a_hall_names_its_author_and_who_confirmed_it() -> None:
    author, other = Principal("jilin-sheng", "hall-administrator", "", "7"), Principal("jilin-sheng", "hall-administrator", "", "8")
    change = Change(Place("rule", "clerk-asks", "1"), '{"rule":"clerk-asks"}', "x", author, other)
    assert read_change(write_change(change)) == change
    assert read_change(write_change(replace(change, author=None, confirmed_by=None))).author is None


def test_a_change_without_an_author_is_written_as_it_always_was() -> None:
    change = Change(Place("hall", "yushu", "1980-01-01"), '{"hall":"yushu"}', "x")
    assert write_change(change).hex() == "0a0468616c6c120579757368751a0a313938302d30312d303120012a107b2268616c6c223a227975736875227d320178"
