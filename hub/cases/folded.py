"""Fold what halls tell of a case into its state and the facts of its clocks.

Laws: a case is that of the hall that took it in, by the number it has there, wherever it goes; another hall's word counts in it only
once its own hall has referred it there, and is kept until then. Across halls the time of the event decides (directory.clocks.order): what
does not come last is folded in its place, all events anew. Folding event by event and all at once give equal cases.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from directory.case_state import CaseState
from directory.clocks.facts import Facts
from directory.clocks.folding import advance_facts
from directory.clocks.order import comes_last, in_fold_order, told_up_to
from directory.lifecycle import Event, advance
from hub.cases.events import said_event
from hub.cases.tables import case_events
from tongban.case.v1.case_pb2 import CaseEvent

MOST_MEMBERS: Final = 64
"""Halls to which one case is referred; the word of further ones does not count."""

Key = tuple[str, str]
"""Hall and case number."""


@dataclass(slots=True)
class Folded:
    """What a case has come to.

    `members` are the halls to which its own has referred it. `latest` is the latest time that each hall told, in Unix milliseconds; it
    is empty as long as its own hall alone was heard.
    """

    state: CaseState = field(default_factory=CaseState)
    facts: Facts = field(default_factory=Facts)
    members: list[str] = field(default_factory=list)
    latest: dict[str, int] = field(default_factory=dict)
    last: int = -1
    """Ledger index of the newest event that counts."""


def is_alone(case: Folded, event: Event, hall: str) -> bool:
    """Tell whether an event concerns nobody but the case's own hall, `hall`, so that it comes last for certain."""
    return not case.latest and event.hall == hall and not event.referred_to


def move(case: Folded, event: Event) -> None:
    """Move a case on by an event that comes last, in place."""
    advance(case.state, event)
    advance_facts(case.facts, event)
    case.last = event.ref


def take(case: Folded, event: Event, hall: str) -> bool:
    """Let an event of any hall count in a case of `hall`, in place; false when the case must be folded anew, and nothing was done."""
    own = event.hall == hall
    if own and event.referred_to and _joins(case.members, event.referred_to, hall):
        return False  # what that hall has told already counts from now on
    if not own and event.hall not in case.members:
        return True
    if not own or case.latest:
        if not case.latest or not comes_last(case.latest, event):
            return False
        case.latest = told_up_to(case.latest, event)
    move(case, event)
    return True


def _joins(members: list[str], referred_to: str, hall: str) -> bool:
    return referred_to != hall and referred_to not in members and len(members) < MOST_MEMBERS


def fold_again(connection: sa.Connection, key: Key) -> Folded:
    """Fold a case from all its events that are kept."""
    return folded(told_of(connection, key), key[0])


def folded(events: Iterable[Event], hall: str) -> Folded:
    """Fold the events of a case of `hall`, given in ledger order, whoever told them."""
    given = list(events)
    case = Folded()
    for event in given:
        if event.hall == hall and event.referred_to and _joins(case.members, event.referred_to, hall):
            case.members.append(event.referred_to)
    counting = [event for event in given if event.hall == hall or event.hall in case.members]
    if any(event.hall != hall for event in counting):
        for event in counting:
            case.latest = told_up_to(case.latest, event)
        counting = in_fold_order(counting)
    for event in counting:
        move(case, event)
    case.last = max((event.ref for event in counting), default=-1)
    return case


def told_of(connection: sa.Connection, key: Key) -> list[Event]:
    """Return all that was told of a case, in ledger order."""
    query = sa.select(case_events).where(case_events.c.case_hall == key[0], case_events.c.case_number == key[1])
    return [told_event(row) for row in connection.execute(query.order_by(case_events.c.ledger_index))]


def told_event(row: sa.Row[Any]) -> Event:
    """Return the event that a row of case_events holds."""
    event = said_event(CaseEvent.FromString(row.payload), row.occurred_at_ms, row.hall, row.ledger_index)
    return event._replace(marks=row.marks, reported_ms=row.reported_ms)
