"""Say how long a sign-in has to wait after failures.

Laws: pure; the delay grows with each failure and never ends an account for good, for then anyone could end anyone's. What was long
enough ago is forgotten. Whether there is such an account makes no difference.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FORGOTTEN_AFTER: Final = timedelta(hours=24)
FIRST_DELAY: Final = timedelta(seconds=30)
LONGEST_DELAY: Final = timedelta(minutes=15)
FREE_BY_ACCOUNT: Final = 5
FREE_BY_ADDRESS: Final = 20
"""A whole hall may stand behind one address."""
_MOST_DOUBLINGS: Final = 10


@dataclass(frozen=True, slots=True)
class Failures:
    """How often a sign-in failed in a row, and when it last did."""

    count: int
    last_at: datetime


def opens_at(failures: Failures | None, free: int) -> datetime | None:
    """Return until when a sign-in is refused unseen; None when it never was. The first `free` failures cost nothing."""
    if failures is None or failures.count < free:
        return None
    doublings = min(failures.count - free, _MOST_DOUBLINGS)
    delay: timedelta = FIRST_DELAY * (1 << doublings)
    return failures.last_at + min(delay, LONGEST_DELAY)


def is_closed(failures: Failures | None, free: int, now: datetime) -> bool:
    """Tell whether a sign-in is refused unseen."""
    until = opens_at(failures, free)
    return until is not None and now < until


def counted(failures: Failures | None, now: datetime) -> Failures:
    """Return the failures with one more."""
    kept = failures.count if failures is not None and now - failures.last_at < FORGOTTEN_AFTER else 0
    return Failures(kept + 1, now)
