"""Make what is shared between halls, and the errors that they report to each other."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0005"
down_revision = "ledger_0004"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger


def upgrade() -> None:
    """Make two tables for each."""
    _make("shares", "share_events")
    _make("corrections", "correction_events")


def _make(matters: str, events: str) -> None:
    op.create_table(
        matters,
        sa.Column("id", _word, nullable=False),
        sa.Column("hall", _word, nullable=False, comment="of whoever opened it"),
        sa.Column("department", _word, nullable=False),
        sa.Column("resource", _word, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("opened_at_ms", _big, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False, comment="the fold of its events, as a message of the contract"),
        sa.Column("ledger_index", _big, nullable=False, comment="of its last event"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        events,
        sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False),
        sa.Column("id", _word, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ledger_index"),
    )
