"""Say which halls take part in threads about a case, for the rules of access.

Laws: a thread counts while it is open, and for a time after it was closed; only a hall whose case it is, or to which it was referred, opens
a case by asking about it: what another hall names in its question opens nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from directory.guidance.vocabulary import State
from hub.guidance.tables import threads

READABLE_FOR: Final = timedelta(days=30)
"""How long after a thread was closed its halls may still look the case up."""


def still_readable_ms(now_ms: int) -> int:
    """Return when a thread was closed at the earliest whose halls may still look the case up; Unix milliseconds."""
    return now_ms - READABLE_FOR // timedelta(milliseconds=1)


def _live(since_us: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    return sa.or_(threads.c.state != State.CLOSED, threads.c.closed_us > since_us)


def takes_part(case: "Case", since: "sa.BindParameter[int]", hall: str) -> sa.ColumnElement[bool]:
    """Say of a case in a list that a hall takes part in a thread about it; `since` is `still_readable_ms`, bound later.

    The same as `thread_halls`, for a database to judge.
    """
    of_case = sa.and_(threads.c.case_hall == case.hall, threads.c.case_number == case.case_number)
    asker = sa.or_(threads.c.asking_hall == case.hall, threads.c.asking_hall == case.referred_to)
    part = sa.or_(threads.c.asking_hall == hall, threads.c.guiding_hall == hall)
    return sa.exists().where(of_case, asker, part, _live(since * 1000))


@dataclass(frozen=True, slots=True)
class Case:
    """The columns of a list that say which case it is, and to which hall it was referred."""

    hall: sa.ColumnElement[str]
    case_number: sa.ColumnElement[str]
    referred_to: sa.ColumnElement[str]


def thread_halls(connection: sa.Connection, case: tuple[str, str], referred_to: str, now: datetime) -> frozenset[str]:
    """Return the halls that take part in threads about a case, given as (hall, number) and the hall to which it was referred."""
    askers = {case[0], referred_to} - {""}
    is_live = _live(sa.literal(still_readable_ms(int(now.timestamp() * 1000)) * 1000, sa.BigInteger))
    about = (threads.c.case_hall == case[0], threads.c.case_number == case[1], threads.c.asking_hall.in_(sorted(askers)))
    rows = connection.execute(sa.select(threads.c.asking_hall, threads.c.guiding_hall).where(*about, is_live))
    return frozenset(hall for row in rows for hall in row)
