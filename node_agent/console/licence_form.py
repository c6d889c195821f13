"""Make the form of a licence from the layout and the fields of its type, and read what was typed into it.

Laws: a personal number that stands on a licence is never written into a form again: a field that hides one is left empty to keep it. What
is typed is given on as it is where it is no value of its field, for the rules to say what is wrong.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from directory.catalogue.resources import ResourceItem, ResourceVersion
from directory.catalogue.vocabulary import ItemType
from directory.licences.types import LicenceType
from node_agent.licences.masking import masked

PREFIX: Final = "field."
"""Of the names of inputs, before the names of fields."""
_INTEGER: Final = re.compile(r"-?[0-9]{1,16}")
_BOOLEANS: Final = {"true": True, "false": False}
LONG: Final = 60
"""Signs from which on a text gets several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input: of which field, what stands in it, what is hidden behind it, and whether something is wrong with it."""

    item: ResourceItem
    typed: str
    hidden: str
    faulty: bool

    @property
    def name(self) -> str:
        """Return the input's name."""
        return PREFIX + self.item.name

    @property
    def is_long(self) -> bool:
        """Tell whether it takes several lines."""
        return self.item.type is ItemType.TEXT and (self.item.max_length or LONG) > LONG


@dataclass(frozen=True, slots=True)
class Part:
    """Inputs that stand together under a title."""

    title: str
    inputs: tuple[Input, ...]


def parts(
    licence_type: LicenceType, version: ResourceVersion, said: Mapping[str, Any], typed: Mapping[str, str] | None, faulty: frozenset[str]
) -> tuple[Part, ...]:
    """Return the form; `said` is what the version before says, `typed` what was sent with the form before, None for a fresh one."""
    items = {item.name: item for item in version.items}

    def inputs(names: tuple[str, ...]) -> Iterator[Input]:
        for name in names:
            if name in items:
                yield _input(items[name], said, typed, faulty)

    placed = {name for group in licence_type.layout for name in group.fields}
    rest = tuple(item.name for item in version.items if item.name not in placed)
    found = [Part(group.title, tuple(inputs(group.fields))) for group in licence_type.layout]
    return tuple(part for part in (*found, Part("", tuple(inputs(rest)))) if part.inputs)


def _input(item: ResourceItem, said: Mapping[str, Any], typed: Mapping[str, str] | None, faulty: frozenset[str]) -> Input:
    shown = _spelled(masked(item.name, said)) if item.name in said else ""
    is_hidden = item.name in said and shown != _spelled(said[item.name])
    value = typed.get(PREFIX + item.name, "") if typed is not None else "" if is_hidden else shown
    return Input(item=item, typed=value, hidden=shown if is_hidden else "", faulty=item.name in faulty)


def _spelled(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def read(version: ResourceVersion, said: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that were typed; one that hides what was said before and was left empty says it again."""
    found: dict[str, Any] = {}
    for item in version.items:
        text = form.get(PREFIX + item.name, "").strip()
        if text:
            found[item.name] = _value(item, text)
        elif item.name in said and masked(item.name, said) != said[item.name]:
            found[item.name] = said[item.name]
    return found


def _value(item: ResourceItem, text: str) -> Any:  # noqa: ANN401 - whatever a field holds
    if item.type is ItemType.INTEGER and _INTEGER.fullmatch(text):
        return int(text)
    if item.type is ItemType.BOOLEAN:
        return _BOOLEANS.get(text, text)
    return text.upper() if item.type in {ItemType.CITIZEN_ID, ItemType.USCC} else text
