"""Find the item that a question is about, by its name or its code, in the hall's replica of the register."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from directory.register.kinds import Kind
from node_agent.console import replica

SHOWN: Final = 50
"""Items that are offered at once."""
SUGGESTED: Final = 200
"""A register of more items is searched: what the page would have to hold is heavy."""


@dataclass(frozen=True, slots=True)
class Item:
    """What can be asked about."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Offered:
    """The items that a page offers: `found` of what was sought, `suggested` while one types; `more` than are shown."""

    sought: str = ""
    found: tuple[Item, ...] = ()
    suggested: tuple[Item, ...] = ()
    more: bool = False


def offered(connection: sa.Connection, sought: str) -> Offered:
    """Return what a page offers for what was typed; empty: nothing was sought."""
    newest = {one.kept.place.key: Item(one.kept.place.key, one.name) for one in replica.documents(connection, Kind.ITEM)}
    items = [one for _, one in sorted(newest.items())]
    word = sought.casefold()
    found = [one for one in items if word in one.code.casefold() or word in one.name.casefold()] if word else []
    return Offered(sought, tuple(found[:SHOWN]), tuple(items) if len(items) <= SUGGESTED else (), len(found) > SHOWN)
