"""Make the notes of bodies that were kept back from halls."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0003"
down_revision = "ledger_0002"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_big = sa.BigInteger


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "withheld",
        sa.Column("hall", _word, nullable=False),
        sa.Column("first", _big, autoincrement=False, nullable=False, comment="index in the inbox log"),
        sa.Column("count", _big, nullable=False),
        sa.Column("form", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("hall", "first"),
    )
