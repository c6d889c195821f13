"""Make the register of the province's directory, and what waits to be taken into it."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0002"
down_revision = "ledger_0001"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "register",
        sa.Column("kind", _word, nullable=False),
        sa.Column("key", _word, nullable=False),
        sa.Column("version", _word, nullable=False),
        sa.Column("document", sa.Text, nullable=False, comment="JSON in its one spelling (directory.register.changes)"),
        sa.Column("ledger_index", _big, nullable=False, comment="of the change that put it there"),
        sa.PrimaryKeyConstraint("kind", "key", "version"),
    )
    op.create_table(
        "register_segments",
        sa.Column("ledger_first", _row_id, autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("ledger_first"),
    )
    op.create_table(
        "stagings",
        sa.Column("id", _row_id, nullable=False),
        sa.Column("state", sa.Text, nullable=False, comment="waiting, taken or refused"),
        sa.Column("reason", sa.Text, nullable=False, comment="why, in the words of whoever staged it"),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("faults", sa.Text, nullable=False, comment="JSON list of why it was refused"),
        sa.Column("staged_at_ms", _big, nullable=False),
        sa.Column("settled_at_ms", _big, nullable=False, comment="0: it waits"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "staged_changes",
        sa.Column("staging", _big, autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", _word, nullable=False),
        sa.Column("key", _word, nullable=False),
        sa.Column("version", _word, nullable=False),
        sa.Column("document", sa.Text, comment="null: it is removed"),
        sa.PrimaryKeyConstraint("staging", "ordinal"),
    )
