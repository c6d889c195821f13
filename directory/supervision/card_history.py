"""Fold what happened to a card: issued, replied to, appealed against, upheld or withdrawn.

Laws: a card is never edited and never disappears: what happens to it is added. Only a decision with a ground withdraws it, with or
without an appeal; what should not have happened is
flagged and kept.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from directory.calendar import Calendar, Due, beijing_day


class CardEventKind(StrEnum):
    """What can happen to a card."""

    ISSUED = "issued"
    REPLIED = "replied"
    APPEALED = "appealed"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"


class CardPhase(StrEnum):
    """Where a card stands."""

    UNKNOWN = "unknown"
    ISSUED = "issued"
    REPLIED = "replied"
    APPEALED = "appealed"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"


class CardFlag(StrEnum):
    """What is odd about what happened to a card."""

    UNKNOWN_KIND = "unknown-kind"
    NOT_ISSUED = "not-issued"
    REPEATED = "repeated"
    AFTER_DECISION = "after-decision"
    WITHOUT_APPEAL = "without-appeal"
    WITHOUT_GROUND = "without-ground"
    BACK_IN_TIME = "back-in-time"


CARD_PHASE_TITLES: Final[Mapping[CardPhase, str]] = {
    CardPhase.UNKNOWN: "未知",
    CardPhase.ISSUED: "已发牌",
    CardPhase.REPLIED: "已回复",
    CardPhase.APPEALED: "申诉中",
    CardPhase.UPHELD: "维持",
    CardPhase.WITHDRAWN: "已撤牌",
}


@dataclass(frozen=True, slots=True)
class CardEvent:
    """One thing that happened to a card; `at` is aware. Raises ValueError for a moment without a time zone."""

    kind: str
    at: datetime
    ground: str = ""

    def __post_init__(self) -> None:
        beijing_day(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHistory:
    """Where a card stands. The first reply, appeal and decision date it; `ground` is that of the decision."""

    phase: CardPhase = CardPhase.UNKNOWN
    issued_at: datetime | None = None
    replied_at: datetime | None = None
    appealed_at: datetime | None = None
    decided_at: datetime | None = None
    ground: str = ""
    flags: frozenset[CardFlag] = frozenset()
    last_at: datetime | None = None
    events: int = 0

    @property
    def counts(self) -> bool:
        """Tell whether it is a card against the hall: issued, and not withdrawn."""
        return self.phase not in {CardPhase.UNKNOWN, CardPhase.WITHDRAWN}


def fold(history: CardHistory, event: CardEvent) -> CardHistory:
    """Return where a card stands after one more event."""
    after, flags = _STEPS.get(event.kind, _unknown)(history, event)
    if history.last_at is not None and event.at < history.last_at:
        flags |= {CardFlag.BACK_IN_TIME}
    last = event.at if history.last_at is None else max(history.last_at, event.at)
    return replace(after, flags=history.flags | flags, last_at=last, events=history.events + 1)


def fold_all(events: Iterable[CardEvent]) -> CardHistory:
    """Return where a card stands after these events, in this order."""
    history = CardHistory()
    for event in events:
        history = fold(history, event)
    return history


def reply_due(history: CardHistory, reply_days: int, calendar: Calendar) -> Due | None:
    """Return until when the hall replies to a card; None when there is nothing to reply to, or it has replied."""
    if history.issued_at is None or history.replied_at is not None or not history.counts:
        return None
    return calendar.add_working_days(beijing_day(history.issued_at), reply_days)


def reply_is_late(history: CardHistory, reply_days: int, calendar: Calendar, today: date) -> bool:
    """Tell whether a reply is overdue on a day in Beijing."""
    due = reply_due(history, reply_days, calendar)
    return due is not None and today > due.day


_Step = tuple[CardHistory, frozenset[CardFlag]]
_FINE: Final[frozenset[CardFlag]] = frozenset()
_DECIDED: Final = frozenset({CardPhase.UPHELD, CardPhase.WITHDRAWN})


def _flagged(history: CardHistory, *flags: CardFlag) -> _Step:
    return history, frozenset(flags)


def _unknown(history: CardHistory, _event: CardEvent) -> _Step:
    return _flagged(history, CardFlag.UNKNOWN_KIND)


def _issued(history: CardHistory, event: CardEvent) -> _Step:
    if history.issued_at is not None:
        return _flagged(history, CardFlag.REPEATED)
    phase = CardPhase.ISSUED if history.phase is CardPhase.UNKNOWN else history.phase
    return replace(history, phase=phase, issued_at=event.at), _FINE


def _replied(history: CardHistory, event: CardEvent) -> _Step:
    flags = frozenset({CardFlag.NOT_ISSUED}) if history.issued_at is None else _FINE
    if history.replied_at is not None:
        return history, flags | {CardFlag.REPEATED}
    phase = CardPhase.REPLIED if history.phase is CardPhase.ISSUED else history.phase
    return replace(history, phase=phase, replied_at=event.at), flags


def _appealed(history: CardHistory, event: CardEvent) -> _Step:
    flags = frozenset({CardFlag.NOT_ISSUED}) if history.issued_at is None else _FINE
    if history.phase in _DECIDED:
        return history, flags | {CardFlag.AFTER_DECISION}
    if history.appealed_at is not None:
        return history, flags | {CardFlag.REPEATED}
    return replace(history, phase=CardPhase.APPEALED, appealed_at=event.at), flags


def _upheld(history: CardHistory, event: CardEvent) -> _Step:
    flags = frozenset({CardFlag.WITHOUT_APPEAL}) if history.appealed_at is None else _FINE
    if history.phase in _DECIDED:
        return history, flags | {CardFlag.AFTER_DECISION}
    return replace(history, phase=CardPhase.UPHELD, decided_at=event.at, ground=event.ground), flags


def _withdrawn(history: CardHistory, event: CardEvent) -> _Step:
    flags = _FINE if event.ground.strip() else frozenset({CardFlag.WITHOUT_GROUND})
    if history.issued_at is None:
        flags |= {CardFlag.NOT_ISSUED}
    if history.phase is CardPhase.WITHDRAWN:
        return history, flags | {CardFlag.REPEATED}
    if history.phase is CardPhase.UPHELD:
        # Who upheld may be overruled, and is shown to have been.
        flags |= {CardFlag.AFTER_DECISION}
    return replace(history, phase=CardPhase.WITHDRAWN, decided_at=event.at, ground=event.ground), flags


_STEPS: Final[Mapping[str, Callable[[CardHistory, CardEvent], _Step]]] = {
    CardEventKind.ISSUED: _issued,
    CardEventKind.REPLIED: _replied,
    CardEventKind.APPEALED: _appealed,
    CardEventKind.UPHELD: _upheld,
    CardEventKind.WITHDRAWN: _withdrawn,
}
