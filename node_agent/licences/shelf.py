"""Read the hall's book of licences page by page, those to which something was done last first.

Laws: nothing is changed; how a licence stands is the fold of its acts, so a page that is bound to one status looks at no more than so many
licences and says where to go on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from directory.licences.lifecycle import Version, status_at
from directory.licences.vocabulary import Status
from node_agent.licences import book
from node_agent.licences.book import Entry
from node_agent.licences.tables import licence_acts

LOOKED_THROUGH: Final = 500
"""Licences that one page looks at, at most."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which licences are wanted; empty: of every type, in every status."""

    type: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a licence stands today; `newest` and `status` are None where nothing that was done to it counts."""

    root: str
    entries: tuple[Entry, ...]
    newest: Version | None
    made: Entry | None
    status: Status | None

    @property
    def valid_until(self) -> datetime | None:
        """Return the first moment at which its newest version is over; None for no end."""
        return self.made.valid_until if self.made is not None else None

    @property
    def number(self) -> str:
        """Return the identifier of its newest version, or of what was tried."""
        return str(self.newest.licence if self.newest is not None else self.entries[-1].act.licence)


@dataclass(frozen=True, slots=True)
class Page:
    """One page, and in front of which place the next one begins; None for the last."""

    rows: tuple[Standing, ...]
    more: int | None


def standing(connection: sa.Connection, root: str, now: datetime) -> Standing | None:
    """Return how a licence stands; None for one to which this hall did nothing."""
    found = tuple(book.entries(connection, root))
    if not found:
        return None
    versions = book.standing(found).versions
    newest = versions[-1] if versions else None
    made = book.making(found, newest.licence) if newest is not None else None
    until = made.valid_until if made is not None else None
    return Standing(root, found, newest, made, status_at(newest.status, until, now) if newest is not None else None)


def page(connection: sa.Connection, wanted: Filter, before: int | None, size: int, now: datetime) -> Page:
    """Return a page of at most `size` licences, those in front of a place in the order of acts."""
    rows: list[Standing] = []
    looked, last = 0, None
    for place, root in _roots(connection, wanted.type, before):
        if len(rows) == size or looked == LOOKED_THROUGH:
            return Page(tuple(rows), last)
        looked, last = looked + 1, place
        one = standing(connection, root, now)
        if one is not None and wanted.status in {"", one.status or ""}:
            rows.append(one)
    return Page(tuple(rows), None)


def _roots(connection: sa.Connection, licence_type: str, before: int | None) -> Iterator[tuple[int, str]]:
    """Yield licences with the place of what was done to them last, from the newest on: one more than a page looks at."""
    last = sa.func.max(licence_acts.c.position)
    query = sa.select(last, licence_acts.c.root).group_by(licence_acts.c.root).order_by(last.desc()).limit(LOOKED_THROUGH + 1)
    if licence_type:
        query = query.where(licence_acts.c.type == licence_type)
    if before is not None:
        query = query.having(last < before)
    yield from ((int(row[0]), row.root) for row in connection.execute(query).all())
