"""Find whose questions about licences stand out, for auditors to look at.

Laws: what stands out is no offence and nobody is stopped by it. A person's day is compared with the person's other days, and while these
are few with those of everybody in the role. Who was looked at is known by keyed hashes alone. Days and hours are those of Asia/Shanghai.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from directory.calendar import BEIJING, Calendar, beijing_day

MANY_HOLDERS: Final = 20
"""Holders on one day below which nobody stands out."""
TIMES_THE_USUAL: Final = 3
ENOUGH_DAYS: Final = 5
"""Days on which a person looked, from which on the person's own usual is known."""
OPENS: Final = time(8)
CLOSES: Final = time(18)
AROUND_A_CASE: Final = timedelta(minutes=30)
"""A case that is opened just before a look, or closed just after it, may be there for the look."""
SHOWN: Final = 20
"""Access records named with an outlier."""


class OutlierKind(StrEnum):
    """What stands out."""

    MANY_HOLDERS = "many-holders"
    ODD_HOURS = "odd-hours"
    CASE_JUST_OPENED = "case-just-opened"
    CASE_JUST_CLOSED = "case-just-closed"
    UNNEEDED_TYPE = "unneeded-type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One access record: who looked, when, at whose licences (keyed hashes), and when the case that was cited opened and closed.

    `is_unneeded` says that a licence is of a type with which the item of the case has nothing to do (directory.licences.needs).
    """

    hall: str
    department: str
    person: str
    role: str
    at: datetime
    holders: frozenset[bytes]
    ledger_index: int
    case_opened_at: datetime | None = None
    case_closed_at: datetime | None = None
    is_unneeded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """What stands out of one person's day: how many holders or looks, how many are usual, and the first of the access records."""

    hall: str
    department: str
    person: str
    kind: OutlierKind
    day: date
    count: int
    usual: int
    ledger_indices: tuple[int, ...]


_Who = tuple[str, str, str]
_Days = dict[_Who, dict[date, list[Look]]]


def outliers(looks: Iterable[Look], calendar: Calendar) -> list[Outlier]:
    """Return what stands out, ordered by day, person and kind; `calendar` says on which days people work."""
    days: _Days = defaultdict(lambda: defaultdict(list))
    for look in sorted(looks, key=lambda look: (look.at, look.ledger_index)):
        days[look.hall, look.department, look.person][beijing_day(look.at)].append(look)
    found = [*_many(days), *_timed(days, calendar)]
    return sorted(found, key=lambda one: (one.day, one.hall, one.department, one.person, one.kind))


def _many(days: _Days) -> Iterator[Outlier]:
    of_role: defaultdict[str, list[int]] = defaultdict(list)
    for own in days.values():
        for looks in own.values():
            of_role[looks[0].role].append(_holders(looks))
    for who, own in days.items():
        for day, looks in own.items():
            others = [_holders(other) for when, other in own.items() if when != day]
            usual = _usual(others, of_role[looks[0].role], _holders(looks))
            if _holders(looks) > max(MANY_HOLDERS, TIMES_THE_USUAL * usual):
                yield _outlier(who, OutlierKind.MANY_HOLDERS, day, (looks, _holders(looks), usual))


def _usual(own: Sequence[int], of_role: Sequence[int], this: int) -> int:
    """Return how many holders a day are usual: the median of the person's other days, or of the role's."""
    if len(own) >= ENOUGH_DAYS:
        return int(median(own))
    others = list(of_role)
    others.remove(this)
    return int(median(others)) if others else 0


def _holders(looks: Iterable[Look]) -> int:
    return len(frozenset().union(*(look.holders for look in looks)))


def _timed(days: _Days, calendar: Calendar) -> Iterator[Outlier]:
    tests: dict[OutlierKind, Callable[[Look], bool]] = {
        OutlierKind.ODD_HOURS: lambda look: _is_odd(look.at, calendar),
        OutlierKind.CASE_JUST_OPENED: lambda look: _is_between(look.case_opened_at, look.at - AROUND_A_CASE, look.at),
        OutlierKind.CASE_JUST_CLOSED: lambda look: _is_between(look.case_closed_at, look.at, look.at + AROUND_A_CASE),
        OutlierKind.UNNEEDED_TYPE: lambda look: look.is_unneeded,
    }
    for who, own in days.items():
        for kind, test in tests.items():
            odd = {day: [look for look in looks if test(look)] for day, looks in own.items()}
            for day, looks in odd.items():
                if looks:
                    usual = int(median(len(other) for other in odd.values()))
                    yield _outlier(who, kind, day, (looks, len(looks), usual))


def _is_odd(at: datetime, calendar: Calendar) -> bool:
    local = at.astimezone(BEIJING)
    return not calendar.is_working_day(local.date()) or not OPENS <= local.time() < CLOSES


def _is_between(at: datetime | None, first: datetime, last: datetime) -> bool:
    return at is not None and first <= at <= last


def _outlier(who: _Who, kind: OutlierKind, day: date, counted: tuple[Sequence[Look], int, int]) -> Outlier:
    hall, department, person = who
    looks, count, usual = counted
    indices = tuple(look.ledger_index for look in looks[:SHOWN])
    return Outlier(hall=hall, department=department, person=person, kind=kind, day=day, count=count, usual=usual, ledger_indices=indices)
