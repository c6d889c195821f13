"""Make the list of files that halls handed in for guidance."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0010"
down_revision = "ledger_0007"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "attachments",
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False, comment="bytes"),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("handed_in_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sha256", "hall"),
    )
    op.create_index("attachments_of_hall", "attachments", ["hall"])
