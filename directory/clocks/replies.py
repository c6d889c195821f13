"""Read the clock of what waits for a reply: an application for a share, a question for guidance.

Laws: the day of the asking is not counted; what the hub itself carries ends with the reply, by its own record of it, and nothing stops
it. It is a clock like those of cases, so that the same rules say when its light turns.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from directory.calendar import Calendar, beijing_day
from directory.clocks.clock import Clock, Reason
from directory.clocks.facts import Moment
from directory.clocks.reckoning import Term, reckon
from directory.clocks.vocabulary import Because, ClockKind
from directory.items.service_items import Limit

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_NO_KIND: Final = 0
"""What is asked and replied is no event of a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something that was asked of a hall, which must reply within `days` working days by `rule`; `of` names it."""

    kind: ClockKind
    of: str
    hall: str
    asked_at: datetime
    replied_at: datetime | None = None
    days: int
    rule: str

    @property
    def took(self) -> timedelta | None:
        """Return the time from asking to reply; None while there is none."""
        return None if self.replied_at is None else self.replied_at - self.asked_at


def reply_clock(asked: Asked, calendar: Calendar, now: datetime) -> Clock:
    """Return the clock of a reply as of a moment; raises CalendarExceeded for a limit that no law has."""
    term = Term(start=_moment(asked.asked_at), end=_ended(asked, now), rule=asked.rule, limit=Limit(asked.days))
    found = reckon(term, calendar, beijing_day(now))
    return Clock(
        kind=asked.kind,
        of=asked.of,
        halls=(asked.hall,),
        started=term.start,
        limit=term.limit,
        extra_days=0,
        stops=(),
        due=found.due,
        ended=term.end,
        state=found.state,
        used=found.used,
        left=found.left,
        why=(Reason(Because.STARTED, asked.rule, term.start, of=asked.of), *found.why),
    )


def _ended(asked: Asked, now: datetime) -> Moment | None:
    return None if asked.replied_at is None or asked.replied_at > now else _moment(asked.replied_at)


def _moment(at: datetime) -> Moment:
    return Moment(_NO_KIND, (at - _EPOCH) // _MILLISECOND)
