"""Find names that look alike and are not the same.

Laws: two names look alike when their skeletons are one (after UTS #39 §4, with the signs that a province's lists could hold); which of
them is meant is for a person to say, so nothing here is refused.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

_T = TypeVar("_T")

_CYRILLIC: Final = dict(zip("авекмнорстухіѕјԁһӏ", "abekmhopctyxisjdhl", strict=True))
_GREEK: Final = dict(zip("αβεικνορτυχ", "abeikvoptux", strict=True))
_DIGITS: Final = {"0": "o", "1": "l", "i": "l", "|": "l"}
_HAN: Final = {"曰": "日", "已": "己", "巳": "己", "末": "未", "士": "土", "干": "千", "于": "千", "入": "人", "戌": "戊", "戍": "戊"}
_ALIKE: Final = str.maketrans(_CYRILLIC | _GREEK | _DIGITS | _HAN)
_UNSEEN: Final = frozenset({"Zs", "Cf", "Pd", "Mn"})
"""Blanks, dashes and marks above and below: what tells two names apart when nothing else does is easily overlooked."""


def skeleton(name: str) -> str:
    """Return what a name looks like; names that look alike have one skeleton."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_ALIKE).translate(_ALIKE)
    return "".join(sign for sign in plain if unicodedata.category(sign) not in _UNSEEN)


def alike(named: Iterable[tuple[_T, str]]) -> Iterator[tuple[_T, str, _T, str]]:
    """Yield (thing, its name, an earlier thing, its name) wherever a name looks like another's and is another.

    Things of the same name are not told of: they do not look alike, they are called alike. Takes one step a name.
    """
    first: dict[str, tuple[_T, str]] = {}
    for thing, name in named:
        other, known = first.setdefault(skeleton(name), (thing, name))
        if known != name:
            yield thing, name, other, known
