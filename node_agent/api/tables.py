"""Declare what the agent keeps of the business systems that call it, in its own store.

Laws: times are Unix milliseconds, UTC. No API key is kept, only what tells whether one is right; nothing here is of a person but staff
numbers.
"""

import sqlalchemy as sa

from node_agent.tables import metadata

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("system", sa.Text, nullable=False, index=True),
    sa.Column("operations", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("revoked_at", sa.BigInteger),
    sqlite_with_rowid=False,
)
"""Keys by the part of them that is shown; `operations` with spaces between, `digest` the SHA-256 of the whole key."""

api_requests = sa.Table(
    "api_requests",
    metadata,
    sa.Column("request", sa.Text, primary_key=True),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("ending", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("outbox_row", sa.Integer, nullable=False),
    sa.Column("asked_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What systems asked to be done, `<system>:<their own number>`: which key asked, and where the act waits to be sent.

`ending` is the ending that was proposed or confirmed, empty of other operations; `event_id` and `outbox_row` are empty and 0 of a proposal.
"""
