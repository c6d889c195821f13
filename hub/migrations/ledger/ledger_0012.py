"""Make the list of files that were kept for long enough."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0012"
down_revision = "ledger_0011"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "attachments_swept",
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False, comment="bytes"),
        sa.Column("swept_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sha256", "hall"),
    )
