"""Declare where rectifications stand (hub.dockets), beside the cards and orders of hub.tables.

Times are Unix milliseconds.
"""

import sqlalchemy as sa

from hub.db import CODE_POINTS
from hub.tables import metadata

_big = sa.BigInteger

rectifications = sa.Table(
    "rectifications",
    metadata,
    sa.Column("id", CODE_POINTS, primary_key=True),
    sa.Column("hall", CODE_POINTS, nullable=False, comment="was rated, and answers"),
    sa.Column("due_ms", _big, comment="NULL: no answer is awaited"),
    sa.Column("goes_up_ms", _big, comment="NULL: it does not"),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("opened_at_ms", _big, nullable=False),
    sa.Column("document", sa.LargeBinary, nullable=False, comment="the fold of its events, as a message of the contract"),
    sa.Column("ledger_index", _big, nullable=False, comment="of its last event"),
)
sa.Index("rectifications_newest", rectifications.c.opened_at_ms, rectifications.c.id)
sa.Index("rectifications_of_hall", rectifications.c.hall, rectifications.c.opened_at_ms, rectifications.c.id)
for _column in (rectifications.c.due_ms, rectifications.c.goes_up_ms):
    _said = _column.is_not(None)
    sa.Index(f"rectifications_{_column.name}", _column, rectifications.c.id, sqlite_where=_said, postgresql_where=_said)

rectification_events = sa.Table(
    "rectification_events",
    metadata,
    sa.Column("ledger_index", _big().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("id", CODE_POINTS, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
)
