"""Make cases as supervision sees them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from directory.clocks.counted import as_counted
from directory.clocks.facts import Facts
from directory.clocks.folding import fold_facts
from directory.clocks.limits import NATIONAL, Limits
from directory.clocks.reading import Rules, clocks
from directory.lifecycle import Event
from directory.supervision.book import Book, Place, compiled
from directory.supervision.cards import Card, CardKey, Case, due_cards
from directory.supervision.lights import Sight
from directory.supervision.reading import default_rules
from tests.directory.clocks.made import OFFICIAL, TEN

BOOK = compiled(default_rules())
HALL = "yushu"
Reported = datetime | Mapping[str, datetime] | None
"""Up to when the hall has reported, or several have; None for the moment itself."""


def sight(now: datetime, reported: Reported = None, book: Book = BOOK) -> Sight:
    """Look at a moment; by default the hall has reported up to it."""
    watermarks = reported if isinstance(reported, Mapping) else {HALL: reported or now}
    return Sight(book, OFFICIAL, watermarks, now)


def supervised(
    events: Iterable[Event],
    now: datetime,
    limits: Limits = TEN,
    issued: Mapping[CardKey, datetime] | None = None,
    *,
    replayed: bool = False,
) -> Case:
    """Make a case of its events as of a moment."""
    facts = fold_facts(Facts(), events)
    counted = clocks(as_counted(facts), Rules(limits, NATIONAL, OFFICIAL), now)
    return Case(
        place=Place(HALL, "item"),
        case_number="1",
        clocks=counted,
        acts=tuple(facts.acts),
        fees=limits.fees if limits.known else None,
        issued=issued or {},
        replayed=replayed,
    )


def cards(events: Iterable[Event], now: datetime, limits: Limits = TEN, reported: Reported = None) -> list[Card]:
    """Return the cards that a case is due."""
    return list(due_cards(supervised(events, now, limits), sight(now, reported)).cards)


def named(found: Iterable[Card]) -> list[tuple[str, str]]:
    """Return rule and effect of cards."""
    return [(card.rule, card.effect.value) for card in found]
