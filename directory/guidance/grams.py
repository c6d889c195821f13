"""Cut text into pairs of signs, by which it is found in any language.

Laws: what is searched and what is looked for are cut by the same rule, whatever their width and case; Chinese has no words to cut by, and
most of its words are of two signs, so pairs find them where triples do not. What holds all pairs of a word need not hold the word: whoever
finds by them looks again with `holds`.
"""

import unicodedata
from collections.abc import Iterable
from itertools import pairwise


def plain(text: str) -> str:
    """Return a text as it is compared: without width and case."""
    return unicodedata.normalize("NFKC", text).casefold()


def words(query: str) -> list[str]:
    """Return what is looked for: the words between spaces, each of which must be there."""
    return plain(query).split()


def grams(text: str) -> frozenset[str]:
    """Return the signs of a text, and the pairs of them that stand next to each other; blanks and marks separate."""
    found: set[str] = set()
    for run in _runs(plain(text)):
        found.update(run)
        found.update(first + second for first, second in pairwise(run))
    return frozenset(found)


def narrowest(word: str) -> frozenset[str]:
    """Return the grams by which a word is looked for: its pairs, and its signs only where one stands alone."""
    return frozenset(pair for run in _runs(word) for pair in (map("".join, pairwise(run)) if len(run) > 1 else run))


def holds(texts: Iterable[str], wanted: Iterable[str]) -> bool:
    """Tell whether each of these words is in any of these texts."""
    given = [plain(text) for text in texts]
    return all(any(word in text for text in given) for word in wanted)


def _runs(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text).split()
