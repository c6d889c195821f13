"""Say up to when the read model of cases has come.

Laws: it is as of a moment when everything that the hub had accepted until then is taken in, and everything that had come due until then
was looked at; as of now when nothing waits.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

from hub.cases.queues import waits_since_ms
from hub.cases.times import unix_ms
from hub.consumers import position
from hub.exchange.ledger import newest_commit
from hub.tables import segments

CONSUMER = "cases"


def as_of(ledger: sa.Connection, models: sa.Connection, now: datetime) -> datetime:
    """Return the moment as of which cases, their lights and their statistics are."""
    waits = [untaken_since_ms(ledger, models), waits_since_ms(models, unix_ms(now))]
    since = min((one for one in waits if one is not None), default=None)
    return now if since is None else min(now, datetime.fromtimestamp(since / 1000, UTC))


def untaken_since_ms(ledger: sa.Connection, models: sa.Connection) -> int | None:
    """Return when the hub accepted the first entry that the read model has not taken in, Unix milliseconds; None when all were."""
    next_ledger_index = position(models, CONSUMER)
    if next_ledger_index >= newest_commit(ledger)[0]:
        return None
    behind = segments.c.ledger_first <= next_ledger_index
    return ledger.scalar(sa.select(segments.c.accepted_at_ms).where(behind).order_by(segments.c.ledger_first.desc()).limit(1))
