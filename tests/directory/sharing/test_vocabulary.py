"""Every word has a title, and no two words of one list look alike."""

from enum import StrEnum

import pytest

from directory.catalogue.vocabulary import SharingType
from directory.sharing.vocabulary import Awaited, ShareEventKind, ShareFlag, SharePhase, title


@pytest.mark.parametrize("words", [ShareEventKind, SharePhase, ShareFlag, Awaited])
def test_every_word_has_a_title_of_its_own(words: type[StrEnum]) -> None:
    titles = [title(word) for word in words]
    assert all(titles)
    assert len(set(titles)) == len(titles)
    assert [word.value for word in words] == [word.name.lower().replace("_", "-") for word in words]


def test_a_foreign_word_has_no_title() -> None:
    with pytest.raises(KeyError):
        title(SharingType.CONDITIONAL)
