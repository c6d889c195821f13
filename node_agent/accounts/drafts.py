"""Keep what users have typed and not sent.

Laws: a draft belongs to a user and a form, not to a session, so it is there again after the session ended; it is deleted when it was
sent, and forgotten after a month.
"""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from node_agent.accounts.tables import drafts

MOST_BYTES: Final = 32 * 1024
MOST_FORMS: Final = 200
KEPT: Final = timedelta(days=30)


def save(connection: sa.Connection, number: str, form: str, content: str, now: datetime) -> bool:
    """Keep what a user has typed into a form, instead of what was kept; return whether there was room for it."""
    if not content:
        drop(connection, number, form)
        return True
    table = drafts.c
    others = sa.select(sa.func.count()).select_from(drafts).where(table.number == number, table.form != form)
    if len(content.encode()) > MOST_BYTES or (connection.scalar(others) or 0) >= MOST_FORMS:
        return False
    connection.execute(sa.delete(drafts).where(table.saved_at < _ms(now - KEPT)))
    values = {"number": number, "form": form, "content": content, "saved_at": _ms(now)}
    connection.execute(sa.insert(drafts).prefix_with("OR REPLACE").values(**values))
    return True


def find(connection: sa.Connection, number: str, form: str) -> str:
    """Return what a user has typed into a form and not sent; empty if nothing."""
    return connection.scalar(sa.select(drafts.c.content).where(drafts.c.number == number, drafts.c.form == form)) or ""


def drop(connection: sa.Connection, number: str, form: str) -> None:
    """Forget a draft: it was sent, or thrown away."""
    connection.execute(sa.delete(drafts).where(drafts.c.number == number, drafts.c.form == form))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
