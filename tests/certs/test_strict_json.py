from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.base64url import decode, encode
from certs.errors import MalformedJson
from certs.strict_json import dumps, loads

NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_what_is_written_is_read(value: Any) -> None:
    assert loads(dumps(value)) == value


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":1,"\\u0061":1}',
        b"9007199254740992",
        b"-9007199254740992",
        b"9" * 5000,
        b"1e999",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b'["\\ud800x"]',
        b"[" * 17 + b"]" * 17 + b"]",
        b"[" * 18 + b"]" * 18,
        b"[" * 100_000,
        b"",
        b"{",
        b"{}x",
        b"\xef\xbb\xbf{}",
        b"\xff",
        '{"a":1}'.encode("utf-16"),
        b"\xed\xa0\x80",
        b"{'a':1}",
    ],
    ids=range(24),
)
def test_what_might_mean_something_else_to_another_reader_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedJson):
        loads(data)


@given(st.binary(max_size=50))
def test_bytes_have_one_spelling(data: bytes) -> None:
    text = encode(data)
    assert decode(text) == data
    for wrong in (text + "=", text + "\n", text + "+", text + "=="):
        with pytest.raises(ValueError, match="base64url"):
            decode(wrong)


@pytest.mark.parametrize("text", ["A", "AB", "AAB", "AA=", "A+", "Ａ", "AA AA"])
def test_any_other_spelling_of_bytes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        decode(text)
