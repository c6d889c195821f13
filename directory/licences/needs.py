"""Say whether a case about a service item may have to do with licences of a type.

Laws: an item's materials have names and no types, and so have many results; there a type is looked for by its name, within theirs or
around it; what is in brackets is no part of a name. It is a hint for people who look through records, and opens and closes nothing.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from directory.items.service_items import ItemVersion, ServiceItem
from directory.licences.types import LicenceType

_BRACKETS: Final = re.compile(r"\([^()]*\)|\s+")
SHORTEST: Final = 2
"""Signs of a name that tells anything."""


def concern(versions: Iterable[ItemVersion], licence_types: Iterable[LicenceType]) -> bool:
    """Tell whether any version of an item has to do with any version of a type."""
    types = tuple(licence_types)
    return any(_concerns(version.item, one) for version in versions for one in types)


def _concerns(item: ServiceItem, licence_type: LicenceType) -> bool:
    if any(result.licence_type == licence_type.type for result in item.results):
        return True
    names = (*(material.name for material in item.materials), *(result.name for result in item.results if not result.licence_type))
    return any(_is_of(_plain(name), _plain(licence_type.name)) for name in names)


def _is_of(name: str, of_type: str) -> bool:
    return min(len(name), len(of_type)) >= SHORTEST and (name in of_type or of_type in name)


def _plain(name: str) -> str:
    return _BRACKETS.sub("", unicodedata.normalize("NFKC", name))
