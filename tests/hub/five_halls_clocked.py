"""Count by hand the limits of the plain cases of the five halls' logs, on the published days off and with nothing of the programs'.

A plain case is one in which nothing stops or moves a limit: applied for, accepted, and then decided or not yet.

Laws (行政许可法): 20 working days from acceptance to the decision (Art 42), the day of the act not counted; a case on which nothing was
said five working days after the application is accepted since then (Art 32(4)). The limit of delivery (Art 44) is that of a decision
to grant, and the logs do not say what was decided.
"""

import csv
from collections.abc import Mapping
from datetime import date, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from tests.hub.five_halls_counted import ACCEPTED, Act, decisions

BEIJING = timezone(timedelta(hours=8))
SATURDAY = 5
NOTICE_DAYS, DECISION_DAYS = 5, 20
MOVING = ("02_DRZ", "05_EIND", "06_VD", "07_OPS", "08_AWB45_020_2", "08_AWB45_030", "10_UOV", "13_CRD")
"""How the codes of what stops, moves or ends a limit begin."""


class Clocked(NamedTuple):
    """The plain cases of a hall, and of how many a limit was missed (`late`) or is over and goes on (`overdue`)."""

    cases: frozenset[str]
    late: int
    overdue: int


class _Days(NamedTuple):
    """The days of a plain case in Beijing; None for a decision that is to come."""

    applied: date
    accepted: date
    decided: date | None


class Almanac:
    """The working days of a file of days that differ from the week."""

    def __init__(self, published: Path) -> None:
        """Read `date,kind,name`, kind being off or work."""
        with published.open(encoding="utf-8", newline="") as lines:
            self._odd = {date.fromisoformat(row["date"]): row["kind"] == "work" for row in csv.DictReader(lines)}

    def after(self, day: date, working_days: int) -> date:
        """Return the working day that is so many behind a day."""
        while working_days:
            day += timedelta(1)
            working_days -= self._odd.get(day, day.weekday() < SATURDAY)
        return day


def clocked(cases: Mapping[str, list[Act]], almanac: Almanac, today: date) -> Clocked:
    """Count the limits of the plain cases of a hall, as of the end of a day."""
    plain = {case: days for case, acts in cases.items() if (days := _plain_days(acts))}
    judged = [_judged(days, almanac, today) for days in plain.values()]
    return Clocked(frozenset(plain), sum(late for late, _ in judged), sum(overdue for _, overdue in judged))


def _plain_days(acts: list[Act]) -> _Days | None:
    codes = [act.code for act in acts]
    steps = ("01_HOOFD_010", ACCEPTED)
    if any(act.code.startswith(MOVING) for act in acts) or any(codes.count(step) != 1 for step in steps):
        return None
    applied, accepted = map(codes.index, steps)
    order = [applied, accepted, *decisions(codes)[:1]]
    if order != sorted(order):
        return None
    days = [acts[place].at.astimezone(BEIJING).date() for place in order]
    return _Days(days[0], days[1], days[2] if decisions(codes) else None)


def _judged(days: _Days, almanac: Almanac, today: date) -> tuple[bool, bool]:
    in_time = days.accepted <= almanac.after(days.applied, NOTICE_DAYS)
    due = almanac.after(days.accepted if in_time else days.applied, DECISION_DAYS)
    return (False, today > due) if days.decided is None else (days.decided > due, False)
