"""Make what the ledger's database keeps for licences: how far was said what was found, and which questions were answered."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0009"
down_revision = "ledger_0008"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "licence_cursors",
        sa.Column("name", _word, nullable=False, comment="of what was found: hub.licences.saying"),
        sa.Column("ledger_index", sa.BigInteger, nullable=False, comment="of the last message that was looked at"),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "question_nonces",
        sa.Column("nonce", sa.LargeBinary, nullable=False, comment="of a signed question that was answered"),
        sa.Column("asked_at_ms", sa.BigInteger, nullable=False, comment="when it was asked, by the hub's clock"),
        sa.PrimaryKeyConstraint("nonce"),
    )
    op.create_index("question_nonces_by_time", "question_nonces", ["asked_at_ms"])
