"""Every word has a title, and no two words of one list look alike."""

from enum import StrEnum

import pytest

from directory.catalogue import vocabulary
from directory.catalogue.vocabulary import title

LISTS = [thing for thing in vars(vocabulary).values() if isinstance(thing, type) and issubclass(thing, StrEnum) and thing is not StrEnum]


@pytest.mark.parametrize("words", LISTS, ids=lambda words: words.__name__)
def test_every_word_has_a_title_of_its_own(words: type[StrEnum]) -> None:
    titles = [title(word) for word in words]
    assert all(titles)
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("words", LISTS, ids=lambda words: words.__name__)
def test_a_word_is_lower_case_ascii_with_hyphens_as_its_name_says(words: type[StrEnum]) -> None:
    assert [word.value for word in words] == [word.name.lower().replace("_", "-") for word in words]


def test_all_lists_are_looked_at() -> None:
    assert len(LISTS) == 12


def test_a_foreign_word_has_no_title() -> None:
    class Colour(StrEnum):
        RED = "red"

    with pytest.raises(KeyError):
        title(Colour.RED)
