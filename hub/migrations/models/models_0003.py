"""Make the read model of decisions; its consumer reads the ledger from the start."""

import sqlalchemy as sa
from alembic import op

revision = "models_0003"
down_revision = "models_0002"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger


def upgrade() -> None:
    """Make the tables of the decisions."""
    op.create_table(
        "decisions",
        sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False),
        sa.Column("accepted_at_ms", _big, nullable=False, comment="never falls from one ledger index to the next"),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("journal_index", _big, nullable=False),
        sa.Column("hall", _word, nullable=False, comment="of whoever asked"),
        sa.Column("person", _word, nullable=False, comment="empty: a node"),
        sa.Column("record", sa.LargeBinary, nullable=False, comment="a serialised tongban.directory.v1.DecisionRecord, as logged"),
        sa.PrimaryKeyConstraint("ledger_index"),
    )
    op.create_index("decisions_by_time", "decisions", ["accepted_at_ms", "ledger_index"])
    op.create_index("decisions_of_hall", "decisions", ["hall", "ledger_index"])
    op.create_index("decisions_of_person", "decisions", ["person", "ledger_index"])
    op.create_table(
        "decision_cases",
        sa.Column("case_hall", _word, nullable=False),
        sa.Column("case_number", _word, nullable=False),
        sa.Column("ledger_index", _big, autoincrement=False, nullable=False, comment="of a decision that showed it, or on it"),
        sa.PrimaryKeyConstraint("case_hall", "case_number", "ledger_index"),
        sqlite_with_rowid=False,
    )
