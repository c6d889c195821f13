"""Say which light a case shows in lists, from when its first limit turns.

Laws: a case shows the light of the first of its limits that runs; one whose limits all stand still shows none. What its hall has not
reported up to the moment at which the light turned, or not for STALE_AFTER working days, is grey (directory.supervision.lights).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from directory.calendar import beijing_day
from directory.supervision.lights import STALE_AFTER, Watermarks
from directory.supervision.vocabulary import Light
from hub.cases.rulings import Rulings
from hub.cases.times import unix_ms


@dataclass(frozen=True, slots=True)
class Watch:
    """A moment, and up to when of each hall it is seen how its cases stand; a hall that is not in it is not seen at all."""

    now_ms: int
    seen: Mapping[str, int]


UNSEEN: Final = Watch(0, {})
"""What to say where no light is asked for."""


def watch(rulings: Rulings, watermarks: Watermarks, now: datetime) -> Watch:
    """Return what lights are judged by at a moment."""
    today = beijing_day(now)
    seen = {}
    for hall, reported in watermarks.items():
        up_to = min(reported, now)
        calendar = rulings.calendar(hall, today)
        if calendar.working_days_between(beijing_day(up_to), today).days <= STALE_AFTER:
            seen[hall] = unix_ms(up_to)
    return Watch(unix_ms(now), seen)


def light_of(hall: str, due_ms: int | None, yellow_ms: int | None, when: Watch) -> Light | None:
    """Return the light of a case by its reckoned columns; None when no limit runs."""
    if due_ms is None:
        return None
    seen = when.seen.get(hall)
    if seen is None:
        return Light.GREY
    shown = _colour(due_ms, yellow_ms, when.now_ms)
    return shown if _colour(due_ms, yellow_ms, seen) is shown else Light.GREY


def _colour(due_ms: int, yellow_ms: int | None, at_ms: int) -> Light:
    if due_ms <= at_ms:
        return Light.RED
    return Light.YELLOW if yellow_ms is not None and yellow_ms <= at_ms else Light.GREEN
