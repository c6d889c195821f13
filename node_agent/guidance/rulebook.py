"""Read from the hall's replica of the register by which rules guidance goes: who may say what, and until when an answer is awaited.

Law: it works offline, on what the hub said last; while the replica holds no halls nothing is judged here, and the hub judges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Lock

import sqlalchemy as sa

from directory.calendar import Calendar, beijing_day
from directory.calendar_file import COUNTRY, calendars
from directory.errors import CalendarExceeded, DirectoryError
from directory.guidance.hours import Awaited, Hours, HoursRule, awaited, hours_at, working_minutes
from directory.hall_versions import HallVersion, as_of
from directory.register.kinds import FORMS, Kind
from directory.scopes.law import Law
from directory.scopes.reading import default_rules
from directory.validity import at
from node_agent.tables import directory

KINDS = (Kind.CALENDAR_DAY, Kind.HALL, Kind.DEPARTMENT, Kind.RULE, Kind.GUIDANCE_RULE)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What holds on a day; `law` is None where the replica does not say enough to judge by."""

    law: Law | None
    calendars: Mapping[str, Calendar]
    halls: Sequence[HallVersion]
    hours: Sequence[HoursRule]

    def reply(self, guiding_hall: str, since: datetime) -> Awaited | None:
        """Say when an answer of a hall is late to what was asked at a moment; None where no calendar reaches so far."""
        try:
            return awaited(since, self._hours(guiding_hall, since), self._calendar(guiding_hall, beijing_day(since)))
        except CalendarExceeded:
            return None

    def waited(self, guiding_hall: str, since: datetime, until: datetime) -> int:
        """Count the minutes of a hall's working time from one moment to another."""
        return working_minutes(since, until, self._hours(guiding_hall, since), self._calendar(guiding_hall, beijing_day(since)))

    def _hours(self, hall: str, since: datetime) -> Hours:
        return hours_at(self.hours, hall, beijing_day(since))

    def _calendar(self, hall: str, day: date) -> Calendar:
        version = at((one for one in self.halls if one.hall == hall), day)
        return self.calendars.get(version.calendar if version else COUNTRY, self.calendars[COUNTRY])


class Rulebooks:
    """The rulebook as the replica has it, read again when it has changed, and with a new day; safe to share between threads."""

    def __init__(self) -> None:
        self._held: tuple[tuple[date, str], Rulebook] | None = None
        self._lock = Lock()

    def on(self, connection: sa.Connection, now: datetime) -> Rulebook:
        """Return what holds now."""
        mark = (beijing_day(now), _seen(connection))
        with self._lock:
            if self._held is None or self._held[0] != mark:
                self._held = mark, read(connection, mark[0])
            return self._held[1]


def read_on(connection: sa.Connection, now: datetime) -> Rulebook:
    """Read what holds now, for whoever asks once."""
    return read(connection, beijing_day(now))


def read(connection: sa.Connection, day: date) -> Rulebook:
    """Read the rulebook of a day; what of the replica cannot be read is left out."""
    days, halls, departments, rules, hours = (_things(connection, kind) for kind in KINDS)
    try:
        law = Law.compile(rules or default_rules(), as_of(halls, day), departments, day) if halls else None
    except DirectoryError:
        law = None
    return Rulebook(law, calendars(days, 1), halls, hours)


def _seen(connection: sa.Connection) -> str:
    counted = sa.select(sa.func.max(directory.c.ledger_index), sa.func.count()).where(directory.c.kind.in_(KINDS))
    return " ".join(map(str, connection.execute(counted).one()))


def _things(connection: sa.Connection, kind: Kind) -> tuple:  # type: ignore[type-arg]  # of whatever the kind is
    of_kind = sa.select(directory.c.document).where(directory.c.kind == kind, directory.c.document.is_not(None))
    documents = connection.scalars(of_kind.order_by(directory.c.key, directory.c.version)).all()
    return FORMS[kind].things(documents).rows


def moment(unix_ms: int) -> datetime:
    """Return a moment given in Unix milliseconds, in UTC."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
