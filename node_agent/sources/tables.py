"""Declare what the agent remembers of its sources, in its own store.

Law: as `node_agent.tables`: times are Unix milliseconds, UTC.
"""

import sqlalchemy as sa

from node_agent.tables import metadata

source_progress = sa.Table(
    "source_progress",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("cursor", sa.Text),
    sa.Column("read_up_to", sa.BigInteger),
    sa.Column("reported_at", sa.BigInteger),
    sa.Column("rows_read", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("events", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("rows_rejected", sa.BigInteger, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
"""How far each source was read. The counts are since the store began; a row that was read twice is counted twice."""

source_seen = sa.Table(
    "source_seen",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("row_hash", sa.LargeBinary, primary_key=True),
    sa.Column("rank", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", sa.BigInteger),
    sa.Column("rejected", sa.Boolean, nullable=False),
    sa.Index("source_seen_rank", "source", "rank"),
    sqlite_with_rowid=False,
)
"""The rows within the overlap behind the cursor that were read; `rank` is the first cursor column as a number (`cursor.rank`)."""

source_rejects = sa.Table(
    "source_rejects",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("row_key", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("first_seen", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Rows that could not become events and were not mended yet."""

source_files = sa.Table(
    "source_files",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("line", sa.BigInteger, nullable=False),
    sa.Column("rejected_name", sa.Text, nullable=False),
    sa.Column("rejected_bytes", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""How far a dropped file was read: bytes, lines, and the name and length of its file of rejected rows."""
