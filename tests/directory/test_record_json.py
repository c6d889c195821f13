"""A record is taken only when every reader of JSON takes it for the same thing."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.errors import RecordMalformed
from directory.record_json import DEEPEST, LARGEST_INTEGER, MOST_BYTES, read_record

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
    | st.floats(-1e15, 1e15, allow_subnormal=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3), max_leaves=8
)


def nested(depth: int, opening: str = '{"a":', closing: str = "}") -> bytes:
    return (opening * depth + "1" + closing * depth).encode()


def test_a_record_is_read() -> None:
    assert read_record('{"name": "某某", "count": 3, "open": true, "parts": ["a", {"b": null}]}'.encode()) == {
        "name": "某某",
        "count": 3,
        "open": True,
        "parts": ["a", {"b": None}],
    }


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"a": 1, "a": 2}', "given twice"),
        (b'{"a": 1, "\\u0061": 1}', "given twice"),
        (b'{"outer": {"a": 1, "a": 1}}', "given twice"),
        (b'{"a": 9007199254740992}', "beyond 9007199254740991"),
        (b'{"a": -9007199254740992}', "beyond 9007199254740991"),
        (b'{"a": ' + b"9" * 5000 + b"}", "beyond 9007199254740991"),
        (b'{"a": 1e400}', "beyond"),
        (b'{"a": 9007199254740993.0}', "beyond"),
        (b'{"a": 0.' + b"0" * 5000 + b"1}", "longer than 32"),
        (b'{"a": NaN}', "no JSON"),
        (b'{"a": -Infinity}', "no JSON"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": "\\udc00\\ud800"}', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b'{"a": [["\\ud83d"]]}', "surrogate"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "no JSON at line 1"),
        (b'{"a": 1,}', "no JSON at line 1"),
        (b'{"a": "\n"}', "no JSON at line 1"),
        (b'{"a": 01}', "no JSON"),
        (b'{"a": 1} {"b": 2}', "no JSON"),
        (b"", "no JSON"),
        (b"[]", "is an object"),
        (b'"a"', "is an object"),
        (b"null", "is an object"),
        (b'{"a": "' + b"x" * MOST_BYTES + b'"}', "larger than"),
        (nested(DEEPEST + 1), "deep"),
        (b'{"a":' + nested(DEEPEST, "[", "]") + b"}", "deep"),
        (nested(40_000), "deep"),
        (b'{"a":' + b"[" * 200_000, "deep"),
    ],
)
def test_what_two_readers_could_take_for_different_things_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(RecordMalformed, match=why):
        read_record(data)


def test_the_bounds_themselves_are_allowed() -> None:
    assert read_record(f'{{"a": {LARGEST_INTEGER}, "b": -{LARGEST_INTEGER}}}'.encode())["a"] == LARGEST_INTEGER
    assert read_record(nested(DEEPEST))
    assert len(read_record(b'{"a": "' + b"x" * (MOST_BYTES - 9) + b'"}')["a"]) == MOST_BYTES - 9
    assert read_record(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_an_answer_never_repeats_the_record() -> None:
    with pytest.raises(RecordMalformed) as caught:
        read_record(b'{"citizen_id": "11010118991231002X" "name": 1}')
    assert "1899" not in str(caught.value)


@given(st.dictionaries(st.text("abcdef", max_size=4), VALUES, max_size=5))
def test_what_json_writes_is_read_as_it_was(record: dict[str, Any]) -> None:
    with suppress(RecordMalformed):
        assert read_record(json.dumps(record).encode()) == record


@given(st.dictionaries(st.text("abcdef", max_size=4), PLAIN | st.lists(PLAIN, max_size=3), max_size=5))
def test_a_flat_record_is_never_refused(record: dict[str, Any]) -> None:
    assert read_record(json.dumps(record).encode()) == record


@given(st.binary(max_size=60) | st.text('{}[]":,0123456789eE.-\\udabcnultrfs ', max_size=60).map(str.encode))
def test_any_bytes_are_a_record_or_malformed(data: bytes) -> None:
    with suppress(RecordMalformed):
        assert isinstance(read_record(data), dict)
