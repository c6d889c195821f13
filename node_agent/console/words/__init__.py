"""Word the pages, in Chinese and in English.

Laws: every text of a page stands in a TOML file beside this one, once, the same keys in each language; a value that has no word yet, such
as a state of a later release, is shown as it is.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

LANGUAGES: Final = ("zh-CN", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """All texts in one language; `language` is its tag (BCP 47)."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values put in; raises KeyError for a key that there is not."""
        text = self.texts[key]
        return text.format_map(values) if values else text

    def of(self, group: str, value: str) -> str:
        """Return the word for a value of a closed list, such as `state`; the value itself where there is none yet."""
        return self.texts.get(f"{group}.{value}", value)


@cache
def words(language: str) -> Words:
    """Return the texts in one of LANGUAGES; raises ValueError for one that is worded twice."""
    texts: dict[str, str] = {}
    for file in files(__name__).iterdir():
        if file.name == f"{language}.toml" or file.name.endswith(f".{language}.toml"):
            found = dict(_flat(tomllib.loads(file.read_text("utf-8"))))
            if twice := texts.keys() & found.keys():
                raise ValueError(f"worded twice in {language}: {', '.join(sorted(twice))}")
            texts |= found
    return Words(language, texts)


def _flat(table: Mapping[str, Any], above: str = "") -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        found += _flat(value, f"{above}{key}.") if isinstance(value, dict) else [(above + key, str(value))]
    return found


def chosen(wanted: str, accepts: str, offered: Sequence[str]) -> str:
    """Choose a language: what the user set, else the first offered that the browser accepts (RFC 9110 §12.5.4), else the first."""
    if wanted in offered:
        return wanted
    for tag in _in_order(accepts):
        near = next((one for one in offered if tag.partition("-")[0] == one.partition("-")[0].casefold()), None)
        if near is not None:
            return near
    return offered[0]


def _in_order(accepts: str) -> list[str]:
    """Return the tags of an Accept-Language header, the most wanted first."""
    weighed: list[tuple[float, str]] = []
    for part in accepts[:200].split(","):
        tag, _, weight = part.strip().casefold().partition(";q=")
        try:
            weighed.append((float(weight or 1), tag))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0]
