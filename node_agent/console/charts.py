"""Lay numbers over time out as a drawing.

Laws: every number that is drawn stands in a table beside the drawing; lengths are in the units of the drawing, which scales; a month
without cases has no rate, and the line is broken there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 220
LEFT, RIGHT, TOP, BOTTOM = 44, 44, 14, 28
_STEPS: Final = (1, 2, 5)
GRID_LINES: Final = 4
WHOLE: Final = 100
"""Per cent."""


@dataclass(frozen=True, slots=True)
class Month:
    """What is drawn of one month: how many cases were applied for, how many ended in time and late."""

    month: str
    applied: int
    on_time: int
    late: int

    @property
    def rate(self) -> float | None:
        """Say how many per cent of those that ended were in time; None when none ended."""
        ended = self.on_time + self.late
        return WHOLE * self.on_time / ended if ended else None


@dataclass(frozen=True, slots=True)
class Bar:
    """A month's column."""

    x: float
    y: float
    width: float
    height: float
    month: str
    shown: str
    """The month below it; empty where there is no room."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns for applications on the left scale, a line for the rate on the right one."""

    months: tuple[Month, ...]
    bars: tuple[Bar, ...]
    lines: tuple[str, ...]
    """Each unbroken part of the line, as the `points` of a polyline."""
    dots: tuple[tuple[float, float], ...]
    grid: tuple[tuple[float, int, int], ...]
    """Height, number of cases and per cent of each line behind."""


def chart(months: Sequence[Month]) -> Chart:
    """Draw months, the oldest first."""
    top = scale(max((one.applied for one in months), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(months))
    every = max(1, -(-len(months) // 12))
    bars = tuple(_bar(one, place, step, top, every) for place, one in enumerate(months))
    parts = _parts(months, step)
    grid = tuple((_height(line / GRID_LINES), top * line // GRID_LINES, WHOLE * line // GRID_LINES) for line in range(GRID_LINES + 1))
    lines = tuple(" ".join(f"{x:.1f},{y:.1f}" for x, y in part) for part in parts if len(part) > 1)
    return Chart(tuple(months), bars, lines, tuple(dot for part in parts for dot in part), grid)


def scale(most: int) -> int:
    """Return the end of a scale that holds a number and divides into GRID_LINES round parts."""
    power = 1
    while True:
        for step in _STEPS:
            if step * power * GRID_LINES >= most:
                return step * power * GRID_LINES
        power *= 10


def months_between(first: str, last: str) -> list[str]:
    """Return the months from one to another, both in it: 2026-03."""
    year, month = int(first[:4]), int(first[5:7])
    found = []
    while f"{year:04}-{month:02}" <= last:
        found.append(f"{year:04}-{month:02}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - December
    return found


def months_back(day: date, count: int) -> str:
    """Return the month that lies so many months before a day's."""
    whole = day.year * 12 + day.month - 1 - count
    return f"{whole // 12:04}-{whole % 12 + 1:02}"


def _bar(one: Month, place: int, step: float, top: int, every: int) -> Bar:
    y = _height(one.applied / top)
    width = min(step * 0.6, 36.0)
    x = LEFT + place * step + (step - width) / 2
    return Bar(x, y, width, HEIGHT - BOTTOM - y, one.month, one.month[2:] if place % every == 0 else "")


def _height(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)


def _parts(months: Sequence[Month], step: float) -> list[list[tuple[float, float]]]:
    parts: list[list[tuple[float, float]]] = [[]]
    for place, one in enumerate(months):
        if one.rate is None:
            parts.append([])
        else:
            parts[-1].append((LEFT + (place + 0.5) * step, _height(one.rate / WHOLE)))
    return [part for part in parts if part]
