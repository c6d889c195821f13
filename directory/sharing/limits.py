"""List the applications that wait longer than the regulation allows.

Laws: an application for an unconditional resource is answered within 1 working day, for a conditional one within 10; what
was consented to is shared within 20 (政务数据共享条例, 国务院令第809号). The numbers are parameters. Days are working days of the
provider's calendar, the day of the application or of the consent not counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from directory.calendar import Calendar, Due, beijing_day
from directory.catalogue.vocabulary import SharingType
from directory.clocks.clock import Clock
from directory.clocks.replies import Asked, reply_clock
from directory.clocks.vocabulary import ClockKind
from directory.sharing.history import Share
from directory.sharing.vocabulary import Awaited, SharePhase


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyLimits:
    """Within how many working days what must be done."""

    unconditional: int = 1
    conditional: int = 10
    sharing: int = 20


NATIONAL: Final = ReplyLimits()
REGULATION: Final = "政务数据共享条例"
"""State Council Order 809."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an application waits for, until when, whether that is past, and by how many working days (0 on the weekend after)."""

    application: str
    awaited: Awaited
    due: Due
    overdue: bool
    working_days_late: int


def waiting(share: Share, today: date, calendar: Calendar, limits: ReplyLimits = NATIONAL) -> Waiting | None:
    """Return what an application waits for, None when it waits for nothing; raises CalendarExceeded."""
    found = _awaited(share, limits)
    if share.application is None or found is None:
        return None
    awaited, start, within = found
    due = calendar.add_working_days(beijing_day(start), within)
    late = max(0, calendar.working_days_between(due.day, today).days)
    return Waiting(share.application.application, awaited, due, today > due.day, late)


def share_clock(share: Share, hall: str, calendar: Calendar, now: datetime, limits: ReplyLimits = NATIONAL) -> Clock | None:
    """Return the clock of what an application waits for from its provider's hall, None when it waits for nothing.

    Raises CalendarExceeded.
    """
    found = _awaited(share, limits)
    if share.application is None or found is None:
        return None
    _, start, within = found
    asked = Asked(
        kind=ClockKind.SHARE_APPLICATION, of=share.application.application, hall=hall, asked_at=start, days=within, rule=REGULATION
    )
    return reply_clock(asked, calendar, now)


def _awaited(share: Share, limits: ReplyLimits) -> tuple[Awaited, datetime, int] | None:
    """Return what an application waits for, since when, and within how many working days it is due."""
    if share.application is None:
        return None
    if share.phase is SharePhase.APPLIED:
        within = limits.unconditional if share.sharing is SharingType.UNCONDITIONAL else limits.conditional
        return Awaited.ANSWER, share.application.applied_at, within
    if share.phase is SharePhase.ANSWERED and share.answered_at is not None:
        return Awaited.SHARING, share.answered_at, limits.sharing
    return None


def overdue(shares: Iterable[Share], today: date, calendar: Calendar, limits: ReplyLimits = NATIONAL) -> tuple[Waiting, ...]:
    """Return what is overdue at a day (of Beijing), by how late it is; raises CalendarExceeded."""
    found = (waiting(share, today, calendar, limits) for share in shares)
    late = (entry for entry in found if entry is not None and entry.overdue)
    return tuple(sorted(late, key=lambda entry: (-entry.working_days_late, entry.due.day, entry.application)))


def to_expire(shares: Iterable[Share], today: date) -> tuple[Share, ...]:
    """Return the shares whose grant is over at a day and that nobody has recorded as expired."""
    return tuple(share for share in shares if _is_over(share, today))


def _is_over(share: Share, today: date) -> bool:
    if share.phase is not SharePhase.GRANTED or share.grant is None:
        return False
    end = share.grant.period.end
    return end is not None and end <= today
