"""Describe one clock of a case: what it measures, until when, what stopped it, and why.

Laws: a clock is values only; everything it says rests on events, which it cites by ledger index, and on rules, which it cites by
article; a deemed outcome is a state of its own, never an act.
"""

from dataclasses import dataclass
from datetime import date

from directory.calendar import Due
from directory.clocks.facts import Moment
from directory.clocks.vocabulary import GOING, Because, ClockKind, ClockState, StopCause
from directory.items.service_items import Limit


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of an explanation; what it does not speak of is empty or None. `days` are of the limit's unit."""

    because: Because
    rule: str = ""
    event: Moment | None = None
    until: Moment | None = None
    days: int | None = None
    day: date | None = None
    of: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that stopped the clock for so many days; without an end it stops it still."""

    cause: StopCause
    of: str
    started: Moment
    ended: Moment | None
    basis: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One clock. `of` names the step or procedure; `halls` are those whose word may end it, "" the case's own.

    `limit` is None where the limit is a day that an event or a law gives, or where there is none; then `due` says which. `used`
    and `left` are days of the limit's unit at the time of reading, `left` negative when it is overdue. While a clock is stopped,
    `due` is the day on which it would end if it ran again today. `started` of a deemed acceptance is the arrival of the materials.
    `handed` says since when (Unix milliseconds) which hall has had the case, after its own, in the order in which that was told.
    """

    kind: ClockKind
    of: str
    halls: tuple[str, ...]
    started: Moment
    limit: Limit | None
    extra_days: int
    stops: tuple[Stop, ...]
    due: Due | None
    ended: Moment | None
    state: ClockState
    used: int
    left: int | None
    why: tuple[Reason, ...]
    handed: tuple[tuple[int, str], ...] = ()

    @property
    def goes(self) -> bool:
        """Tell whether nothing has ended it."""
        return self.state in GOING

    @property
    def key(self) -> tuple[str, str, int, int]:
        """Tell it from the other clocks of its case: the same clock has the same key however the case goes on."""
        return self.kind.value, self.of, self.started.at_ms, self.started.ref
