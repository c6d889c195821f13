"""Look at one case: what its clocks say at a moment, which cards that makes due, and when to look again.

Laws: nothing is read and nothing is written here; the same case, rulings, reports and moment give the same look. A limit that no calendar
can count to is none: the case has no clocks then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from directory.calendar import beijing_day, midnight
from directory.case_state import REPORTED, RUNNING
from directory.clocks.clock import Clock
from directory.clocks.counted import as_counted
from directory.clocks.facts import RATED, Act, Facts
from directory.clocks.reading import clocks
from directory.clocks.vocabulary import ClockState
from directory.errors import CalendarExceeded
from directory.supervision.book import Place
from directory.supervision.cards import Card, CardKey, Case, Waiting, due_cards
from directory.supervision.lights import Sight, Watermarks, yellow_from
from directory.supervision.next_change import next_change
from hub.cases.folded import Folded, Key
from hub.cases.rulings import Rulings

_RUNS: Final = frozenset({ClockState.RUNNING, ClockState.OVERDUE})


@dataclass(frozen=True, slots=True)
class View:
    """What cases are looked at by: the register, the halls' reports and the moment; `replayed`: history is read again."""

    rulings: Rulings
    watermarks: Watermarks
    now: datetime
    replayed: bool = False

    def sight(self, hall: str) -> Sight:
        """Return what lights and cards of a hall's cases are judged by."""
        return Sight(self.rulings.book, self.rulings.calendar(hall, beijing_day(self.now)), self.watermarks, self.now)


@dataclass(frozen=True, slots=True)
class Look:
    """What a case comes to at a moment. `due` ends the first limit that runs, `yellow` is from when a light is; None for neither."""

    clocks: tuple[Clock, ...] = ()
    found: tuple[Card, ...] = ()
    unfounded: tuple[CardKey, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    due: datetime | None = None
    yellow: datetime | None = None
    next_look: datetime | None = None


def look(key: Key, case: Folded, issued: Mapping[CardKey, datetime], view: View) -> Look:
    """Look at a case; `issued` says when each card and reminder was found before."""
    place = view.rulings.place(key[0], case.state.item_code)
    try:
        by_law = read_clocks(case, place, view)
        counted = _counted_clocks(case, place, view, by_law)
    except CalendarExceeded:
        return Look()
    limits = view.rulings.rules(case.facts, place, case.state.listed_at_ms, beijing_day(view.now)).limits
    judged = Case(
        place=place,
        case_number=key[1],
        clocks=counted,
        acts=_acts(case),
        fees=limits.fees if limits.known else None,
        issued=issued,
        replayed=view.replayed,
    )
    sight = view.sight(key[0])
    due = due_cards(judged, sight)
    looks = [judged] if counted is by_law else [judged, _with(judged, by_law)]
    turns = [next_change(one, sight.book, sight.calendar, view.now) for one in looks]
    return Look(
        by_law,
        (*due.cards, *due.reminders, *due.rectifications),
        due.unfounded,
        due.waiting,
        *_turns(by_law, place, sight),
        min((turn for turn in turns if turn is not None), default=None),
    )


def read_clocks(case: Folded, place: Place, view: View) -> tuple[Clock, ...]:
    """Return the clocks of a case as the law has them; raises CalendarExceeded."""
    return _clocks(case.facts, case, place, view)


def _clocks(facts: Facts, case: Folded, place: Place, view: View) -> tuple[Clock, ...]:
    rules = view.rulings.rules(case.facts, place, case.state.listed_at_ms, beijing_day(view.now))
    return tuple(_of_the_exchange(clock, view) for clock in clocks(facts, rules, view.now))


def _of_the_exchange(clock: Clock, view: View) -> Clock:
    """Leave out the halls that take no part in the exchange: nobody hears of them, so that waiting for their word would never end."""
    others = [hall for hall in clock.halls[1:] if not view.rulings.takes_part(hall, beijing_day(view.now))]
    if not others:
        return clock
    left = tuple(hall for hall in clock.halls if hall not in others)
    return replace(clock, halls=left, handed=tuple(one for one in clock.handed if one[1] not in others))


def _counted_clocks(case: Folded, place: Place, view: View, by_law: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """Return the clocks by which cards are judged: mostly the very same."""
    counted: Facts = as_counted(case.facts)
    if counted is case.facts:
        return by_law
    return _clocks(counted, case, place, view)


def _acts(case: Folded) -> tuple[Act, ...]:
    """Return the acts that rules look at. A rating of a case of which nothing else is known waits until something is."""
    known = case.state.phase != REPORTED or case.state.end != RUNNING
    return tuple(act for act in case.facts.acts if known or act.what != RATED)


def _with(case: Case, found: tuple[Clock, ...]) -> Case:
    return Case(place=case.place, case_number=case.case_number, clocks=found, issued=case.issued)


def _turns(found: tuple[Clock, ...], place: Place, sight: Sight) -> tuple[datetime | None, datetime | None]:
    """Return when the first limit that runs is over, and from when a light is yellow; what stands still has no such moment."""
    today = beijing_day(sight.now)
    dues: list[datetime] = []
    yellows: list[datetime] = []
    for clock in found:
        if clock.due is not None and clock.state in _RUNS:
            dues.append(clock.due.ends_at)
            yellow = yellow_from(clock, place, sight.book, sight.calendar, today)
            yellows.append(min(midnight(yellow), clock.due.ends_at) if yellow else clock.due.ends_at)
    return min(dues, default=None), min(yellows, default=None)
