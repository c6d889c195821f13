"""Make what is kept of halls in quarantine, and of what they sent meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0006"
down_revision = "ledger_0005"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "quarantines",
        sa.Column("hall", _word, nullable=False),
        sa.Column("state", sa.Text, nullable=False, comment="quarantined, or releasing while what was held is forwarded"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("since_ms", _big, nullable=False),
        sa.PrimaryKeyConstraint("hall"),
    )
    op.create_table(
        "quarantine_acts",
        sa.Column("id", _row_id, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("act", sa.Text, nullable=False, comment="quarantine or release"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("asked_at_ms", _big, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "held",
        sa.Column("ledger_first", _row_id, autoincrement=False, nullable=False, comment="of a segment with messages that are HELD"),
        sa.Column("hall", _word, nullable=False),
        sa.Column("next_member", sa.Integer, nullable=False, comment="where in the segment the next forward begins"),
        sa.Column("waiting", sa.Integer, nullable=False, comment="how many of its messages"),
        sa.Column("accepted_at_ms", _big, nullable=False),
        sa.PrimaryKeyConstraint("ledger_first"),
    )
    op.create_index("held_of_hall", "held", ["hall", "ledger_first"])
