"""Declare what the hub keeps of edits of the register: who made them, which wait to be confirmed, and where the ledger holds them."""

import sqlalchemy as sa

from hub.db import CODE_POINTS
from hub.tables import metadata

register_history = sa.Table(
    "register_history",
    metadata,
    sa.Column("kind", CODE_POINTS, primary_key=True),
    sa.Column("key", CODE_POINTS, primary_key=True),
    sa.Column("ledger_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", CODE_POINTS, nullable=False),
)
"""At which ledger indices what was changed; what was said there is read from the ledger."""

staging_authors = sa.Table(
    "staging_authors",
    metadata,
    sa.Column("staging", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("author", sa.LargeBinary, nullable=False, comment="tongban.directory.v1.Author"),
    sa.Column("confirmed_by", sa.LargeBinary, nullable=False, comment="the same; empty: nobody had to"),
)
"""Whose edit a staging is; an operator's has no row."""

pending_changes = sa.Table(
    "pending_changes",
    metadata,
    sa.Column("id", CODE_POINTS, primary_key=True),
    sa.Column("state", CODE_POINTS, nullable=False, comment="hub.registry.pending.State"),
    sa.Column("author", sa.LargeBinary, nullable=False, comment="tongban.directory.v1.Author"),
    sa.Column("request", sa.LargeBinary, nullable=False, comment="tongban.directory.v1.SaveChangesRequest"),
    sa.Column("saved_at_ms", sa.BigInteger, nullable=False),
    sa.Column("settled_by", sa.LargeBinary, nullable=False, comment="tongban.directory.v1.Author; empty while it waits"),
    sa.Column("settled_at_ms", sa.BigInteger, nullable=False, comment="0 while it waits"),
)
"""What one person saved and another has to confirm."""
