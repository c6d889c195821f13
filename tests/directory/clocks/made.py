"""Make cases of a few words and read their clocks."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from directory.calendar import BEIJING, Calendar
from directory.calendar_file import official
from directory.clocks.clock import Clock
from directory.clocks.facts import Facts
from directory.clocks.folding import fold_facts
from directory.clocks.limits import NATIONAL, Limits, LocalRules
from directory.clocks.reading import Rules, clocks
from directory.clocks.vocabulary import ClockKind
from directory.items.service_items import Limit
from directory.lifecycle import Event
from tongban.case.v1 import case_pb2 as wire

KINDS = {name.removeprefix("CASE_EVENT_KIND_").lower(): number for name, number in wire.CaseEventKind.items()}
OFFICIAL = official()
GRANTED, REFUSED = wire.OUTCOME_GRANTED, wire.OUTCOME_REFUSED
TEN = Limits(promised=Limit(10))
"""The law's 20 working days, and a promise of 10."""


def ms(day: str | date, hour: int = 10) -> int:
    """Return Unix milliseconds of an hour of a day in Beijing."""
    at = date.fromisoformat(day) if isinstance(day, str) else day
    return round(datetime.combine(at, time(hour), BEIJING).timestamp() * 1000)


def at(day: str | date, hour: int = 10) -> datetime:
    """Return an hour of a day in Beijing, in UTC."""
    return datetime.fromtimestamp(ms(day, hour) / 1000, UTC)


def event(kind: str, day: str | date, ref: int = -1, hour: int = 10, **said: Any) -> Event:
    """Make an event on a day; `said` is what else it says."""
    return Event(KINDS[kind], ms(day, hour), ref=ref, **said)


def case(*told: tuple[Any, ...] | Event) -> list[Event]:
    """Make the events of a case: (kind, day) each, or (kind, day, what else it says); cited by their place."""
    return [
        one if isinstance(one, Event) else event(one[0], one[1], place, **(one[2] if len(one) > 2 else {}))
        for place, one in enumerate(told)
    ]


def read(
    events: Iterable[Event],
    now: str | date,
    limits: Limits = TEN,
    local: LocalRules = NATIONAL,
    calendar: Calendar = OFFICIAL,
) -> list[Clock]:
    """Read the clocks of events at ten o'clock of a day."""
    return list(clocks(fold_facts(Facts(), events), Rules(limits, local, calendar), at(now)))


def only(found: Iterable[Clock], kind: ClockKind) -> Clock:
    """Return the one clock of a kind."""
    (clock,) = (clock for clock in found if clock.kind is kind)
    return clock


def kinds(found: Iterable[Clock]) -> list[ClockKind]:
    """Return the kinds of clocks, in their order."""
    return [clock.kind for clock in found]


def due(clock: Clock) -> str:
    """Return the last day of a clock."""
    assert clock.due is not None
    return clock.due.day.isoformat()


def days_later(day: date, days: int) -> date:
    """Return a day so many days later."""
    return day + timedelta(days)
