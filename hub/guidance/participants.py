"""Say which halls take part in threads about a case, for the rules of access.

Laws: a thread counts while it is open, and for a time after it was closed; only a hall whose case it is, or to which it was referred, opens
a case by asking about it: what another hall names in its question opens nothing.
"""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from directory.guidance.vocabulary import State
from hub.guidance.tables import threads

READABLE_FOR: Final = timedelta(days=30)
"""How long after a thread was closed its halls may still look the case up."""


def thread_halls(connection: sa.Connection, case: tuple[str, str], referred_to: str, now: datetime) -> frozenset[str]:
    """Return the halls that take part in threads about a case, given as (hall, number) and the hall to which it was referred."""
    askers = {case[0], referred_to} - {""}
    since = int((now - READABLE_FOR).timestamp() * 1_000_000)
    is_live = sa.or_(threads.c.state != State.CLOSED, threads.c.closed_us > since)
    about = (threads.c.case_hall == case[0], threads.c.case_number == case[1], threads.c.asking_hall.in_(sorted(askers)))
    rows = connection.execute(sa.select(threads.c.asking_hall, threads.c.guiding_hall).where(*about, is_live))
    return frozenset(hall for row in rows for hall in row)
