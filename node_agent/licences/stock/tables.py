"""Declare what the agent remembers of the stocks that it loads, in its own store.

Laws: times are Unix milliseconds, UTC. What is remembered of a row is which it is and what is wrong with it, never what it holds.
"""

import sqlalchemy as sa

from node_agent.tables import metadata

stock_loads = sa.Table(
    "stock_loads",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("rows_read", sa.BigInteger, nullable=False),
    sa.Column("issued", sa.BigInteger, nullable=False),
    sa.Column("repeated", sa.BigInteger, nullable=False),
    sa.Column("passed_over", sa.BigInteger, nullable=False),
    sa.Column("begun_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""How far each stock was loaded; `salt` hides what the numbers of requests are made of."""

stock_rejects = sa.Table(
    "stock_rejects",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("row", sa.Text, primary_key=True),
    sa.Column("shown", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("first_seen", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Rows that are no licences and were not mended yet; `row` is a salted hash of the row's key, `shown` names it for people."""
