"""Make what is kept of records: the queue, where they stand, and what was handed on under which grant."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0004"
down_revision = "ledger_0003"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger
_blob = sa.LargeBinary


def upgrade() -> None:
    """Make the six tables."""
    op.create_table(
        "record_work",
        sa.Column("ledger_first", _row_id, autoincrement=False, nullable=False),
        sa.Column("author", _word, nullable=False),
        sa.Column("parked", sa.Text, nullable=False, comment="why it cannot be judged until the next start; empty: it can"),
        sa.PrimaryKeyConstraint("ledger_first"),
    )
    op.create_index("record_work_of_author", "record_work", ["author", "ledger_first"])
    op.create_table(
        "record_segments",
        sa.Column("resource", _word, nullable=False),
        sa.Column("judged", _big, autoincrement=False, nullable=False, comment="ledger index of what the hub said of it"),
        sa.Column("ledger_first", _big, nullable=False, comment="of the segment that holds the records"),
        sa.Column("runs", _blob, nullable=False, comment="the members that hold: skip and take lengths, u16 each"),
        sa.PrimaryKeyConstraint("resource", "judged"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "record_events",
        sa.Column("hall", _word, nullable=False),
        sa.Column("event_id", _blob, nullable=False, comment="the 16 bytes of the UUID"),
        sa.PrimaryKeyConstraint("hall", "event_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "resource_updates",
        sa.Column("resource", _word, nullable=False),
        sa.Column("hall", _word, nullable=False, comment="that sent the last one"),
        sa.Column("last_update_ms", _big, nullable=False, comment="when the last record that holds was accepted"),
        sa.Column("ledger_index", _big, nullable=False, comment="of that record"),
        sa.Column("records", _big, nullable=False, comment="how many that hold there were"),
        sa.PrimaryKeyConstraint("resource"),
    )
    op.create_table(
        "grant_cursors",
        sa.Column("grant", _word, nullable=False),
        sa.Column("judged", _big, nullable=False, comment="of the row of record_segments that comes next"),
        sa.Column("member", sa.Integer, nullable=False, comment="of its segment that comes next"),
        sa.PrimaryKeyConstraint("grant"),
    )
    op.create_table(
        "extracts",
        sa.Column("ledger_first", _row_id, autoincrement=False, nullable=False),
        sa.Column("grant", _word, nullable=False),
        sa.PrimaryKeyConstraint("ledger_first"),
    )
