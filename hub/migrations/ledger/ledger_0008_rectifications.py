"""Make what bad ratings opened: rectifications and their events."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0008_rectifications"
down_revision = "ledger_0007"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "rectifications",
        sa.Column("id", _word, nullable=False),
        sa.Column("hall", _word, nullable=False, comment="was rated, and answers"),
        sa.Column("due_ms", _big, comment="NULL: no answer is awaited"),
        sa.Column("goes_up_ms", _big, comment="NULL: it does not"),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("opened_at_ms", _big, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False, comment="the fold of its events, as a message of the contract"),
        sa.Column("ledger_index", _big, nullable=False, comment="of its last event"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rectifications_newest", "rectifications", ["opened_at_ms", "id"])
    op.create_index("rectifications_of_hall", "rectifications", ["hall", "opened_at_ms", "id"])
    for column in ("due_ms", "goes_up_ms"):
        said = sa.column(column).is_not(None)
        op.create_index(f"rectifications_{column}", "rectifications", [column, "id"], sqlite_where=said, postgresql_where=said)
    op.create_table(
        "rectification_events",
        sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False),
        sa.Column("id", _word, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ledger_index"),
    )
