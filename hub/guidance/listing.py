"""List the threads that someone may see, with the time for which answers are waited.

Law: a page costs the same wherever it stands; how long a thread waits is reckoned by the hours and days of the hall that guides, as the
register has them now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from directory.calendar import Calendar, beijing_day
from directory.errors import CalendarExceeded
from directory.guidance.hours import Awaited, Hours, HoursRule, awaited, hours_at, working_minutes
from directory.register.kinds import FORMS, Kind
from directory.scopes.predicates import Predicate
from hub.cases.rulings import Rulings
from hub.guidance.consumer import NEVER_WAITS, moment
from hub.guidance.tables import threads
from hub.scoping import clause
from hub.tables import register

COLUMNS: Final = {"hall": "asking_hall"}
"""A thread is a thing of the hall that asks."""
Place = tuple[int, str, str]
"""Rank, asking hall and thread: where a thread stands in the list."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long a thread waits for an answer: whole minutes of working time."""

    reply: Awaited | None
    overdue: bool
    minutes: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What waiting is reckoned by, at a moment."""

    rulings: Rulings
    rules: Sequence[HoursRule]
    now: datetime

    def waiting(self, row: Any) -> Waiting | None:  # noqa: ANN401 - a row of threads
        """Say how long a thread waits; None for one that does not."""
        if row.waiting_us is None:
            return None
        since = moment(row.waiting_us)
        hours, calendar = self._hours(row.guiding_hall, since)
        minutes = working_minutes(since, self.now, hours, calendar)
        try:
            reply = awaited(since, hours, calendar)
        except CalendarExceeded:
            return Waiting(None, overdue=False, minutes=minutes)
        return Waiting(reply, overdue=self.now > reply.due, minutes=minutes)

    def _hours(self, hall: str, since: datetime) -> tuple[Hours, Calendar]:
        day = beijing_day(since)
        return hours_at(self.rules, hall, day), self.rulings.calendar(hall, day)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which threads are asked for; an empty hall is any."""

    may_read: Predicate
    hall: str = ""
    waiting: bool = False
    overdue: bool = False


def hours_rules(ledger: sa.Connection) -> Sequence[HoursRule]:
    """Return the rules of working hours in the register; what cannot be read is left out."""
    of_kind = sa.select(register.c.document).where(register.c.kind == Kind.GUIDANCE_RULE).order_by(register.c.key, register.c.version)
    rules: tuple[HoursRule, ...] = FORMS[Kind.GUIDANCE_RULE].things(ledger.scalars(of_kind).all()).rows
    return rules


def page(connection: sa.Connection, wanted: Wanted, after: Place | None, limit: int, reckoning: Reckoning) -> list[Any]:
    """Return up to `limit` threads that stand behind a place; those that are overdue are looked for among those that wait."""
    found: list[Any] = []
    while len(found) < limit:
        rows = connection.execute(_query(wanted, after).limit(limit)).all()
        found += [row for row in rows if not wanted.overdue or ((waits := reckoning.waiting(row)) and waits.overdue)]
        if len(rows) < limit:
            break
        after = place_of(rows[-1])
    return found[:limit]


def place_of(row: Any) -> Place:  # noqa: ANN401 - a row of threads
    """Return where a thread stands."""
    return row.rank, row.asking_hall, row.thread


def _query(wanted: Wanted, after: Place | None) -> "sa.Select[Any]":
    query = sa.select(threads).where(clause(wanted.may_read, {"asking_hall": threads.c.asking_hall}))
    if wanted.hall:
        query = query.where(sa.or_(threads.c.asking_hall == wanted.hall, threads.c.guiding_hall == wanted.hall))
    if wanted.waiting or wanted.overdue:
        query = query.where(threads.c.rank < NEVER_WAITS >> 1, threads.c.waiting_us.is_not(None))
    if after is not None:
        key = sa.tuple_(threads.c.rank, threads.c.asking_hall, threads.c.thread)
        place = (sa.literal(after[0], sa.BigInteger), sa.literal(after[1]), sa.literal(after[2]))
        query = query.where(key > sa.tuple_(*place))
    return query.order_by(threads.c.rank, threads.c.asking_hall, threads.c.thread)
