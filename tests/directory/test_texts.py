"""An id has one look, and a name shows every sign it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.texts import MAX_NAME, MAX_TEXT, department_id_fault, hall_id_fault, id_fault, name_fault, text_fault


@given(st.text(max_size=80))
def test_an_id_that_is_taken_is_lower_case_ascii_of_bounded_length(text: str) -> None:
    if id_fault(text) == "":
        assert text.isascii()
        assert text == text.lower()
        assert 1 <= len(text) <= 63
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@given(st.text())
def test_a_fault_never_shows_a_sign_that_could_deceive(text: str) -> None:
    for fault in (id_fault(text), name_fault(text), text_fault(text)):
        assert fault.replace("…", "").isascii()


@pytest.mark.parametrize("text", ["a", "jilin-sheng", "x" * 63, "a1-2"])
def test_a_plain_id_is_taken(text: str) -> None:
    assert id_fault(text) == ""


@pytest.mark.parametrize("text", ["", "A", "1a", "-a", "a_b", "a b", "x" * 64, "a\n", "hub", "а", "a\u200d"])
def test_another_id_is_refused(text: str) -> None:
    assert id_fault(text)


def test_a_fault_says_whose_id_it_is() -> None:
    assert "hall id" in hall_id_fault("A")
    assert "department id" in department_id_fault("A")


@pytest.mark.parametrize("text", ["", " ", " a", "a ", "a\u202eb", "a\u200bb", "e\u0301", "a\nb", "a\tb", "\ud800", "x" * (MAX_NAME + 1)])
def test_a_name_with_what_is_not_seen_is_refused(text: str) -> None:
    assert name_fault("吉林省人民政府政务大厅") == ""
    assert name_fault(text)


@pytest.mark.parametrize("text", ["", "\n", "a\n", "a\n\nb", "a\u202eb", "一\n二\u200b", "a\rb", "x" * (MAX_TEXT + 1)])
def test_a_longer_text_may_have_lines_and_nothing_else_that_is_not_seen(text: str) -> None:
    assert text_fault("第一行\n第二行") == ""
    assert text_fault(text)
