"""Text is found by pairs of signs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.guidance.grams import grams, holds, narrowest, plain, words


def test_a_word_of_two_signs_is_one_pair() -> None:
    assert narrowest("施工") == {"施工"}
    assert narrowest("照") == {"照"}
    assert {"施工", "工许", "许可", "施"} <= grams("施工许可, 如何办理")
    assert "可如" not in grams("施工许可, 如何办理")


@pytest.mark.parametrize(("text", "query"), [("ＡＢＣ营业执照", "abc 执照"), ("GB/T 2260", "gb/t"), ("一、材料", "材料")])
def test_width_and_case_make_no_difference(text: str, query: str) -> None:
    for word in words(query):
        assert narrowest(word) <= grams(text)
    assert holds([text], words(query))


def test_words_may_be_in_different_texts() -> None:
    assert holds(["施工许可", "补正材料"], ["许可", "材料"])
    assert not holds(["施工许可"], ["许可", "材料"])


@given(st.text(alphabet="施工许可证 ab,。", max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_whatever_stands_in_a_text_is_found_by_its_grams(text: str, start: int, length: int) -> None:
    for word in words(text[start : start + length]):
        if word in plain(text):
            assert narrowest(word) <= grams(text)
