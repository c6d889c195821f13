"""Keep the queue of batches whose records wait to be judged.

Laws: a batch is noted in the transaction that accepts it, and goes from the queue in the one that says what came of it; an author's
batches are taken in the order of its journal, so one that is parked holds up its author, and nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.errors import HubError
from hub.exchange.segments import Segment
from hub.tables import record_work


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next batch of one author; `parked` says why it cannot be judged, empty when it can."""

    author: str
    ledger_first: int
    parked: str


def note(connection: sa.Connection, accepted: Sequence[Segment]) -> None:
    """Have the records of accepted batches judged."""
    if accepted:
        connection.execute(record_work.insert(), [{"ledger_first": s.ledger_first, "author": s.author, "parked": ""} for s in accepted])


def next_after(connection: sa.Connection, author: str) -> Waiting | None:
    """Return the first batch of the author that comes next by name; None behind the last author."""
    query = (
        sa.select(record_work.c.author, record_work.c.ledger_first, record_work.c.parked)
        .where(record_work.c.author > author)
        .order_by(record_work.c.author, record_work.c.ledger_first)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return Waiting(*row) if row is not None else None


def done(connection: sa.Connection, ledger_first: int) -> None:
    """Take a batch from the queue; raises HubError when it is not there, so that nothing is said of it twice."""
    gone = connection.execute(record_work.delete().where(record_work.c.ledger_first == ledger_first))
    if gone.rowcount != 1:
        raise HubError(f"the records of the batch at ledger index {ledger_first} do not wait to be judged any more")


def park(connection: sa.Connection, ledger_first: int, why: str) -> None:
    """Leave a batch alone until the next start."""
    connection.execute(record_work.update().where(record_work.c.ledger_first == ledger_first).values(parked=why))


def unpark(connection: sa.Connection) -> int:
    """Have every parked batch tried again; return how many there were."""
    return connection.execute(record_work.update().where(record_work.c.parked != "").values(parked="")).rowcount


def parked_authors(connection: sa.Connection) -> list[str]:
    """Return whose records are held up by a batch that is parked."""
    return list(connection.scalars(sa.select(record_work.c.author).where(record_work.c.parked != "").order_by(record_work.c.author)))
