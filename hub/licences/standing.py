"""Keep the versions of licences while a batch of acts is taken in, and write what changed.

Laws: of each licence the newest version decides whether an act follows; rows are read and written for a whole batch at once, so that acts
taken in one by one and all together make the same rows.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

import sqlalchemy as sa

from directory.licences.identifiers import parse_licence_id
from directory.licences.lifecycle import Version
from directory.licences.vocabulary import Status
from hub.bulk import insert_new
from hub.cases.times import unix_ms
from hub.licences.tables import events, versions

KEYS_A_QUERY: Final = 400
"""Bound parameters of one query: below every database's limit."""


@dataclass(frozen=True, slots=True)
class Made:
    """A version that an act makes; the columns are explained at `licence_versions`. Times are Unix milliseconds."""

    licence_id: str
    root: str
    type: str
    hall: str
    status: str
    ground: str
    since_ms: int
    valid_from_ms: int
    valid_to_ms: int | None
    holder: bytes
    sealed: bytes
    key_id: str
    status_uri: str
    status_index: int
    trust_level: int
    made: int
    ledger_index: int


_COLUMNS: Final = tuple(one.name for one in fields(Made))
_values = attrgetter(*_COLUMNS)
_CHANGE: Final = (
    versions.update()
    .where(versions.c.licence_id == sa.bindparam("of_licence"))
    .values(
        status=sa.bindparam("to_status"),
        ground=sa.bindparam("to_ground"),
        since_ms=sa.bindparam("to_since_ms"),
        ledger_index=sa.bindparam("to_ledger_index"),
    )
)


@dataclass(slots=True)
class Standing:
    """What is known of the licences that a batch is about, and what of it is new."""

    newest: dict[str, tuple[str, Version]]
    """By root: the hall that issued it, and its newest version."""
    places: set[tuple[str, int]]
    """The places in status lists that are taken."""
    known_events: set[tuple[str, str]]
    _made: dict[str, Made] = field(default_factory=dict)
    _changed: dict[str, tuple[Version, int]] = field(default_factory=dict)
    _events: dict[tuple[str, str], None] = field(default_factory=dict)

    def change(self, version: Version, ledger_index: int) -> None:
        """Let a version stand as an act leaves it."""
        self._changed[str(version.licence)] = (version, ledger_index)
        root = version.licence.root
        hall, newest = self.newest[root]
        if version.licence >= newest.licence:
            self.newest[root] = (hall, version)

    def make(self, made: Made, version: Version) -> None:
        """Add a version."""
        self._made[made.licence_id] = made
        self.newest[made.root] = (made.hall, version)
        self.places.add((made.status_uri, made.status_index))

    def take_effect(self, hall: str, event_id: str) -> None:
        """Note that an event took effect."""
        self.known_events.add((hall, event_id))
        self._events[hall, event_id] = None

    def write(self, connection: sa.Connection) -> None:
        """Write what is new."""
        if self._made:
            connection.execute(versions.insert(), [dict(zip(_COLUMNS, _values(made), strict=True)) for made in self._made.values()])
        if self._changed:
            connection.execute(_CHANGE, [_change(*one) for one in self._changed.values()])
        if self._events:
            insert_new(connection, events, list(self._events))


def _change(version: Version, ledger_index: int) -> dict[str, Any]:
    return {
        "of_licence": str(version.licence),
        "to_status": version.status.value,
        "to_ground": version.ground,
        "to_since_ms": unix_ms(version.since),
        "to_ledger_index": ledger_index,
    }


def standing_of(
    connection: sa.Connection, roots: Collection[str], places: Collection[tuple[str, int]], ids: Collection[tuple[str, str]]
) -> Standing:
    """Read what is known of these licences, places in status lists, and events (hall and id)."""
    return Standing(_newest(connection, roots), _places(connection, places), _events(connection, ids))


def _newest(connection: sa.Connection, roots: Collection[str]) -> dict[str, tuple[str, Version]]:
    found: dict[str, tuple[str, Version]] = {}
    columns = (versions.c.hall, versions.c.licence_id, versions.c.status, versions.c.since_ms, versions.c.ground)
    for chunk in _chunks(roots):
        for hall, licence_id, status, since_ms, ground in connection.execute(sa.select(*columns).where(versions.c.root.in_(chunk))):
            licence = parse_licence_id(licence_id)
            known = found.get(licence.root)
            if known is None or known[1].licence < licence:
                since = datetime.fromtimestamp(since_ms / 1000, UTC)
                found[licence.root] = (hall, Version(licence, Status(status), since, ground))
    return found


def _places(connection: sa.Connection, places: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    taken: set[tuple[str, int]] = set()
    by_list: dict[str, list[int]] = {}
    for uri, index in places:
        by_list.setdefault(uri, []).append(index)
    for uri, indices in by_list.items():
        for chunk in _chunks(indices):
            query = sa.select(versions.c.status_index).where(versions.c.status_uri == uri, versions.c.status_index.in_(chunk))
            taken.update((uri, index) for index in connection.scalars(query))
    return taken


def _events(connection: sa.Connection, ids: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    known: set[tuple[str, str]] = set()
    by_hall: dict[str, list[str]] = {}
    for hall, event_id in ids:
        by_hall.setdefault(hall, []).append(event_id)
    for hall, wanted in by_hall.items():
        for chunk in _chunks(wanted):
            query = sa.select(events.c.event_id).where(events.c.hall == hall, events.c.event_id.in_(chunk))
            known.update((hall, event_id) for event_id in connection.scalars(query))
    return known


def _chunks(items: Iterable[Any]) -> Iterator[Sequence[Any]]:
    given = list(items)
    return (given[start : start + KEYS_A_QUERY] for start in range(0, len(given), KEYS_A_QUERY))
