"""Say from when until when something holds, and which version holds at a day.

Laws: a period is half-open, [start, end): what replaces a thing starts on the day on which the thing ends, and no day
belongs to both. Days are dates in Asia/Shanghai, given by the caller. Of one thing at most one version holds at any day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Protocol, TypeVar

from directory.errors import PeriodMalformed


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to, but not including, `end`; None is an end not known yet.

    Raises PeriodMalformed for a period without days, and for a moment given as a day.
    """

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        # A datetime is a date to Python, and cannot be compared with one.
        if type(self.start) is not date or type(self.end) not in {date, type(None)}:
            raise PeriodMalformed("a period runs from a day to a day")
        if self.end is not None and self.end <= self.start:
            raise PeriodMalformed(f"from {self.start} to {self.end} there is no day: the end is the first day on which it is over")

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def __str__(self) -> str:
        return f"{self.start}/{self.end or '..'}"

    def overlaps(self, other: "Period") -> bool:
        """Tell whether any day belongs to both."""
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    def encloses(self, other: "Period") -> bool:
        """Tell whether every day of the other belongs to this one too."""
        return self.start <= other.start and (self.end is None or (other.end is not None and other.end <= self.end))


class Dated(Protocol):
    """Anything that holds for a period."""

    @property
    def period(self) -> Period:
        """Say when it holds."""
        ...


_Version = TypeVar("_Version", bound=Dated)


def at(versions: Iterable[_Version], day: date) -> _Version | None:
    """Return the version that holds at a day, the first given where several do; None when none does."""
    return next((version for version in versions if day in version.period), None)


def clashes(periods: Sequence[Period]) -> Iterator[tuple[int, int]]:
    """Yield (position, position of one that began no later) for every period that shares a day with an earlier one.

    Nothing is yielded exactly when no day belongs to two of them. Takes n log n steps.
    """
    furthest: int | None = None
    for position in sorted(range(len(periods)), key=lambda position: (periods[position].start, position)):
        if furthest is not None and periods[position].overlaps(periods[furthest]):
            yield position, furthest
        if furthest is None or _ends_later(periods[position], periods[furthest]):
            furthest = position


def disorder(numbered: Sequence[tuple[int, Period]]) -> Iterator[tuple[int, int]]:
    """Yield (position, position of the one before) wherever a version that starts later has no higher number."""
    order = sorted(range(len(numbered)), key=lambda position: (numbered[position][1].start, position))
    for before, position in pairwise(order):
        if numbered[position][0] <= numbered[before][0]:
            yield position, before


def gaps(periods: Iterable[Period], whole: Period) -> Iterator[Period]:
    """Yield the parts of a period that none of these periods covers, earliest first."""
    start: date | None = whole.start
    for period in sorted((period for period in periods if period.overlaps(whole)), key=lambda period: period.start):
        if start is not None and start < period.start:
            yield Period(start, period.start)
        if start is not None and (period.end is None or period.end > start):
            start = period.end
    if start is not None and (whole.end is None or start < whole.end):
        yield Period(start, whole.end)


def _ends_later(period: Period, other: Period) -> bool:
    return other.end is not None and (period.end is None or period.end > other.end)
