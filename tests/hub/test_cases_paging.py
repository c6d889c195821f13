"""A page token serves its caller and its question, and nobody else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.cases.paging import PageTokens

TOKENS = PageTokens(bytes(range(32)))
QUESTION = ("ListCases", "", "closed", None, 5)
WHERE = ("yushu", 1_700_000_000_000, "〔2020〕12号")


def test_a_token_leads_its_caller_back() -> None:
    assert TOKENS.read(TOKENS.write("yushu", QUESTION, WHERE), "yushu", QUESTION) == WHERE


@pytest.mark.parametrize(
    ("caller", "question"),
    [
        ("dehui", QUESTION),
        ("", QUESTION),
        ("yushu", ("ListHalls", *QUESTION[1:])),
        ("yushu", ("ListCases", "yushu", "closed", None, 5)),
        ("yushu", ("ListCases", "", "", None, 5)),
        ("yushu", ("ListCases", "", "closed", 0, 5)),
        ("yushu", ("ListCases", "", "closed", 5, None)),
        ("yushu", ("ListCases", "", "closed", "None", 5)),
        ("yushu", ()),
    ],
)
def test_a_token_of_another_caller_or_question_is_nobodys(caller: str, question: tuple[str | int | None, ...]) -> None:
    assert TOKENS.read(TOKENS.write("yushu", QUESTION, WHERE), caller, question) is None


def test_a_token_under_another_secret_is_void() -> None:
    assert PageTokens(bytes(32)).read(TOKENS.write("yushu", QUESTION, WHERE), "yushu", QUESTION) is None


@given(st.data())
def test_a_token_with_any_byte_changed_is_void(data: st.DataObject) -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKENS.write("yushu", QUESTION, WHERE)))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    assert TOKENS.read(base64.urlsafe_b64encode(raw).decode(), "yushu", QUESTION) is None


@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_garbage_is_no_token(token: str) -> None:
    assert TOKENS.read(token, "yushu", QUESTION) is None


def test_an_endless_token_is_not_even_decoded() -> None:
    assert TOKENS.read("A" * 5_000, "yushu", QUESTION) is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        PageTokens(b"short")
