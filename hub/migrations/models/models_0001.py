"""Make the first release's read models: the cursors of the consumers, the cases.

Written out rather than taken from hub.consumers and hub.cases.tables, which go on changing.
"""

import sqlalchemy as sa
from alembic import op

revision = "models_0001"
down_revision = None
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger


def upgrade() -> None:
    """Make the tables of the first release."""
    op.create_table(
        "consumers",
        sa.Column("name", _word, nullable=False),
        sa.Column("next_ledger_index", _big, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    _cases()
    _case_events()


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("hall", _word, nullable=False),
        sa.Column("case_number", _word, nullable=False),
        sa.Column("status", _word, nullable=False, comment="directory.case_state.STATUSES"),
        sa.Column("listed_at_ms", _big, nullable=False, comment="of the application, or of the first event while there is none"),
        sa.Column("last_ledger_index", _big, nullable=False, comment="of the event folded last"),
        sa.Column("state", sa.Text, nullable=False, comment="hub.cases.states"),
        sa.PrimaryKeyConstraint("hall", "case_number"),
        sqlite_with_rowid=False,
    )
    op.create_index("cases_listed", "cases", ["hall", "listed_at_ms", "case_number"])
    op.create_table(
        "cases_parked",
        sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("reason", _word, nullable=False, comment="hub.cases.reading.Unreadable"),
        sa.PrimaryKeyConstraint("ledger_index"),
    )


def _case_events() -> None:
    op.create_table(
        "case_events",
        sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("event_id", sa.LargeBinary, nullable=False, comment="the 16 bytes of the UUID"),
        sa.Column("case_number", _word, nullable=False),
        sa.Column("kind", sa.Integer, nullable=False, comment="tongban.case.v1.CaseEventKind"),
        sa.Column("occurred_at_ms", _big, nullable=False),
        sa.Column("recorded_at_ms", _big, nullable=True, comment="NULL: the hall did not say"),
        sa.Column("accepted_at_ms", _big, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("journal_index", _big, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False, comment="a serialised tongban.case.v1.CaseEvent, as received"),
        sa.PrimaryKeyConstraint("ledger_index"),
    )
    op.create_index("case_events_once", "case_events", ["event_id", "hall"], unique=True)
    op.create_index("case_events_of_case", "case_events", ["hall", "case_number"])
