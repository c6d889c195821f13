"""Unseal the end of the journal that has no receipt.

Laws: a receipted batch is never touched; what is unsealed waits again, before all that waited, in its order and as it was
serialised (G3); nothing is signed, for the log key in force may not be the one of that place. What the hub holds after all is adopted
at the next connection, and struck off again.
"""

import sqlalchemy as sa

from certs.merkle import Frontier
from node_agent import journal
from node_agent.journal import Head
from node_agent.tables import batches, refusals


def unseal(connection: sa.Connection, epoch: int) -> int:
    """Let every unreceipted envelope wait again; return how many. `connection` is in a write transaction."""
    head = journal.load_head(connection, epoch)
    query = sa.select(batches.c.first, batches.c.frontier, batches.c.first_row).where(batches.c.receipted_at.is_(None))
    row = connection.execute(query.order_by(batches.c.first).limit(1)).one_or_none()
    if row is None:
        return 0
    frontier = Frontier.decode(row.first, row.frontier)
    before = sa.select(batches.c.checkpoint).where(batches.c.first + batches.c.count == frontier.size)
    checkpoint = connection.scalar(before) or ""  # forgotten when its batch was kept long enough
    connection.execute(sa.delete(batches).where(batches.c.first >= frontier.size))
    connection.execute(sa.delete(refusals).where(refusals.c.journal_index >= frontier.size))
    journal.move_head(connection, Head(epoch, frontier, checkpoint, row.first_row - 1))
    return head.size - frontier.size
