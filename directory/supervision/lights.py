"""Say by a light how much time a clock has left.

Laws: every clock that goes and has a limit has a light, red when it is over, yellow when a rule says so; what a hall has not
reported up to the moment at which the light turned, or has not reported on for days, is grey: nobody knows whether it ended.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from directory.calendar import Calendar, beijing_day
from directory.clocks.clock import Clock
from directory.clocks.terms import day_of
from directory.clocks.vocabulary import ClockState
from directory.supervision.book import Book, Place
from directory.supervision.vocabulary import Effect, Light

STALE_AFTER: Final = 2
"""Working days without a report after which a hall's lights are grey, whatever they were."""

Watermarks = Mapping[str, datetime]
"""Up to when each hall has reported all it had; a hall that never reported is not in it. The moments are aware."""

SHOWS_MOST: Final = (Light.RED, Light.YELLOW, Light.GREY, Light.GREEN)
"""Which light a case shows that has several: the first of these."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What lights are judged by: rules, calendar, what the halls have reported, and the moment."""

    book: Book
    calendar: Calendar
    watermarks: Watermarks
    now: datetime


def light(clock: Clock, place: Place, sight: Sight) -> Light | None:
    """Return the light of a clock as read at this moment; None for one that does not go, or has no limit."""
    if clock.due is None or not clock.goes:
        return None
    today = beijing_day(sight.now)
    shown = _colour(clock, place, sight, today)
    reported = reported_up_to(clock, place, sight.watermarks)
    if reported is None:
        return Light.GREY
    seen = min(beijing_day(reported), today)
    stale = sight.calendar.working_days_between(seen, today).days > STALE_AFTER
    return Light.GREY if stale or shown is not _colour(clock, place, sight, seen) else shown


def lights(clocks: Iterable[Clock], place: Place, sight: Sight) -> Mapping[tuple[str, str, int, int], Light]:
    """Return the light of every clock that has one, by the clock's key."""
    return {clock.key: shown for clock in clocks if (shown := light(clock, place, sight))}


def foremost(shown: Iterable[Light]) -> Light | None:
    """Return the one light that stands for several; None when there is none."""
    all_shown = set(shown)
    return next((one for one in SHOWS_MOST if one in all_shown), None)


def reported_up_to(clock: Clock, place: Place, watermarks: Watermarks) -> datetime | None:
    """Return up to when all halls have reported whose word may end a clock; None when one of them never did."""
    known = [watermarks.get(hall or place.hall) for hall in clock.halls]
    return None if None in known or not known else min(moment for moment in known if moment is not None)


def yellow_from(clock: Clock, place: Place, book: Book, calendar: Calendar, day: date) -> date | None:
    """Return the first day on which a clock's light is yellow by the rules of a day; None when it never is, or has no limit."""
    rule = book.rule(Effect.YELLOW_LIGHT, clock.kind, place, day)
    if rule is None or clock.due is None:
        return None
    whole = calendar.working_days_between(day_of(clock.started.at_ms), clock.due.day).days
    return calendar.first_day_left(clock.due.day, max(rule.days, whole * rule.percent // 100))


def _colour(clock: Clock, place: Place, sight: Sight, day: date) -> Light:
    """Return the light that a clock has on a day when nothing ends it before."""
    if clock.due is None:
        return Light.GREY
    # A clock that stands still keeps the days it has.
    if clock.state is not ClockState.STOPPED and day > clock.due.day:
        return Light.RED
    first = yellow_from(clock, place, sight.book, sight.calendar, beijing_day(sight.now))
    at = beijing_day(sight.now) if clock.state is ClockState.STOPPED else day
    return Light.YELLOW if first is not None and at >= first else Light.GREEN
