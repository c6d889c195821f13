"""Hold what the register says of limits, days off and supervision, for whoever reads clocks.

Laws: what is held is replaced as a whole when the register's change is seen, and says by `seen` what it was made of; where the register
says nothing of supervision, the rules that a province starts with hold. An item counts as it held when it was applied for, a local
rule as at acceptance, so that no limit changes while it runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Final

import sqlalchemy as sa

from directory.calendar import Calendar
from directory.calendar_file import COUNTRY, calendars
from directory.clocks import local_rules
from directory.clocks.facts import Facts
from directory.clocks.limits import UNKNOWN_ITEM, Limits, limits_of
from directory.clocks.local_rules import LocalBook
from directory.clocks.reading import Rules
from directory.clocks.terms import day_of
from directory.hall_versions import HallVersion
from directory.items.service_items import ItemVersion
from directory.register.kinds import FORMS, Kind
from directory.supervision import book
from directory.supervision.book import Book, Place
from directory.supervision.reading import default_rules
from directory.validity import at
from hub.tables import register, register_segments

KINDS: Final = (Kind.CALENDAR_DAY, Kind.HALL, Kind.ITEM, Kind.LIMIT_RULE, Kind.SUPERVISION_RULE)
"""What of the register cases are reckoned with."""
MOST_REMEMBERED: Final = 50_000
"""Limits of an item on a day that are held: cases come in on few days, and of few items."""
_BASE: Final = slice(19, 31)
"""Where the base code stands in an implementation code (31) and in a handling-item code (33)."""
_LONG_CODES: Final = (31, 33)


@dataclass(frozen=True, slots=True)
class Rulings:
    """What holds for cases; `seen` tells two registers apart that say different things of it."""

    seen: str
    calendars: Mapping[str, Calendar]
    halls: Mapping[str, Sequence[HallVersion]]
    items: Mapping[str, Sequence[ItemVersion]]
    local: LocalBook
    book: Book
    _limits: dict[tuple[str, date], Limits] = field(init=False, repr=False, compare=False, default_factory=dict)

    def place(self, hall: str, item_code: str) -> Place:
        """Say where a case is handled, and of which item it is, whichever of the item's codes was told."""
        if item_code in self.items:
            return Place(hall, item_code)
        base = item_code[_BASE] if len(item_code) in _LONG_CODES else ""
        return Place(hall, base if base in self.items else "")

    def calendar(self, hall: str, day: date) -> Calendar:
        """Return the calendar that a hall keeps on a day."""
        version = at(self.halls.get(hall, ()), day)
        return self.calendars.get(version.calendar if version else COUNTRY, self.calendars[COUNTRY])

    def takes_part(self, hall: str, day: date) -> bool:
        """Tell whether a hall takes part in the exchange on a day; where the register has no halls, any may."""
        version = at(self.halls.get(hall, ()), day)
        return not self.halls or (version is not None and version.linked)

    def limits(self, place: Place, day: date) -> Limits:
        """Return the limits of an item as it held on a day."""
        if not place.item:
            return UNKNOWN_ITEM
        try:
            return self._limits[place.item, day]
        except KeyError:
            if len(self._limits) >= MOST_REMEMBERED:
                self._limits.clear()
            found = self._limits[place.item, day] = limits_of(at(self.items.get(place.item, ()), day))
            return found

    def rules(self, facts: Facts, place: Place, listed_at_ms: int, today: date) -> Rules:
        """Return what the clocks of a case are read by."""
        accepted = day_of(facts.accepted.at_ms) if facts.accepted else day_of(listed_at_ms)
        limits = self.limits(place, day_of(listed_at_ms))
        return Rules(limits, self.local.local(place.hall, place.item, accepted), self.calendar(place.hall, today))


class RulingsInForce:
    """The rulings as the register has them, read again when it has changed; safe to share between threads."""

    def __init__(self, ledger: sa.Engine) -> None:
        self._ledger = ledger
        self._marker: int | None = None
        self._held: Rulings | None = None
        self._lock = Lock()

    def now(self) -> Rulings:
        """Return what holds; raises CalendarMalformed or RulesMalformed for a register that contradicts itself."""
        with self._lock, self._ledger.connect() as connection:
            # One look at an index tells that nothing has changed.
            marker = connection.scalar(sa.select(sa.func.max(register_segments.c.ledger_first))) or -1
            if self._held is None or marker != self._marker:
                seen = _seen(connection)
                if self._held is None or seen != self._held.seen:
                    self._held = read_rulings(connection, seen)
                self._marker = marker
        return self._held


def _seen(connection: sa.Connection) -> str:
    counted = sa.select(register.c.kind, sa.func.max(register.c.ledger_index), sa.func.count()).where(register.c.kind.in_(KINDS))
    rows = connection.execute(counted.group_by(register.c.kind).order_by(register.c.kind))
    return " ".join(f"{kind}:{newest}:{count}" for kind, newest, count in rows)


def read_rulings(connection: sa.Connection, seen: str) -> Rulings:
    """Read what the register says; what cannot be read is left out. Raises CalendarMalformed or RulesMalformed."""
    found = {kind: _things(connection, kind) for kind in KINDS}
    halls: dict[str, list[HallVersion]] = {}
    for hall in found[Kind.HALL]:
        halls.setdefault(hall.hall, []).append(hall)
    items: dict[str, list[ItemVersion]] = {}
    for item in found[Kind.ITEM]:
        items.setdefault(item.code, []).append(item)
    return Rulings(
        seen=seen,
        calendars=calendars(found[Kind.CALENDAR_DAY], 1),
        halls=halls,
        items=items,
        local=local_rules.compiled(found[Kind.LIMIT_RULE]),
        book=book.compiled(found[Kind.SUPERVISION_RULE] or default_rules()),
    )


def _things(connection: sa.Connection, kind: Kind) -> tuple:  # type: ignore[type-arg]  # of whatever the kind is
    of_kind = sa.select(register.c.document).where(register.c.kind == kind).order_by(register.c.key, register.c.version)
    return FORMS[kind].things(connection.scalars(of_kind).all()).rows
