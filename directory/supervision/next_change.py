"""Say when a light or a card of a case can change next, though nobody tells anything new.

Laws: between two such moments every light and every card of the case stays as it is, but for what a hall's reports change; so a
sweep that looks at a case at each of these moments, and whenever an event comes, misses nothing.
"""

from collections.abc import Iterator
from datetime import datetime

from directory.calendar import Calendar, beijing_day, midnight
from directory.clocks.clock import Clock
from directory.clocks.vocabulary import ClockState
from directory.supervision.book import Book
from directory.supervision.cards import Case, trigger_moment
from directory.supervision.lights import yellow_from
from directory.supervision.vocabulary import CARDS, Effect


def next_change(case: Case, book: Book, calendar: Calendar, after: datetime) -> datetime | None:
    """Return the first moment behind `after`, the one at which the clocks were read, at which something can change; None for never."""
    return min((moment for clock in case.clocks for moment in _moments(case, clock, book, calendar, after) if moment > after), default=None)


def _moments(case: Case, clock: Clock, book: Book, calendar: Calendar, after: datetime) -> Iterator[datetime]:
    # What stands still changes with an event alone: a procedure, past whose limit it may run again, has a clock of its own.
    if clock.due is None or clock.state not in {ClockState.RUNNING, ClockState.OVERDUE}:
        return
    day = beijing_day(after)
    yield clock.due.ends_at
    if yellow := yellow_from(clock, case.place, book, calendar, day):
        yield midnight(yellow)
    if reminder := book.rule(Effect.REMINDER, clock.kind, case.place, day):
        yield midnight(calendar.first_day_left(clock.due.day, reminder.days))
    for effect in sorted(CARDS):
        rule = book.rule(effect, clock.kind, case.place, min(day, clock.due.day))
        if rule and (moment := trigger_moment(clock, rule, calendar, case.issued)):
            yield moment
    for effect in Effect:
        if turn := book.turns_after(effect, clock.kind, case.place, day):
            yield midnight(turn)
