"""Make the read model of records, whose consumer reads the ledger from the start, and what decisions say of records."""

import sqlalchemy as sa
from alembic import op

revision = "models_0004"
down_revision = "models_0003"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger


def upgrade() -> None:
    """Make the tables of the records."""
    op.create_table(
        "records",
        sa.Column("resource", _word, nullable=False),
        sa.Column("key", _word, nullable=False),
        sa.Column("ledger_index", _big, nullable=False, comment="of the last record of this key that holds"),
        sa.Column("removed", sa.Boolean, nullable=False, comment="it says that there is none any more"),
        *_told(),
        sa.PrimaryKeyConstraint("resource", "key"),
    )
    op.create_table(
        "records_pending",
        sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False),
        sa.Column("ledger_first", _big, nullable=False, comment="of its batch"),
        sa.Column("resource", _word, nullable=False),
        sa.Column("key", _word, nullable=False),
        *_told(),
        sa.PrimaryKeyConstraint("ledger_index"),
    )
    op.create_index("ix_records_pending_ledger_first", "records_pending", ["ledger_first"])
    op.create_table(
        "decision_records",
        sa.Column("resource", _word, nullable=False),
        sa.Column("key", _word, nullable=False),
        sa.Column("ledger_index", _big, autoincrement=False, nullable=False, comment="of a decision that showed it, or on it"),
        sa.PrimaryKeyConstraint("resource", "key", "ledger_index"),
        sqlite_with_rowid=False,
    )


def _told() -> tuple[sa.Column[str] | sa.Column[int] | sa.Column[bytes], ...]:
    """Return what is kept of a record beside where it stands."""
    return (
        sa.Column("hall", _word, nullable=False),
        sa.Column("occurred_at_ms", _big, comment="NULL: the hall did not say"),
        sa.Column("accepted_at_ms", _big, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("journal_index", _big, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False, comment="a serialised tongban.directory.v1.Record, as received"),
    )
