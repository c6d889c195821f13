"""Let the cases hold what rules of access look at: department, item, hall of referral, open or not.

The cases are made again from the ledger: their rows and their cursor are dropped.
"""

import sqlalchemy as sa
from alembic import op

revision = "models_0002"
down_revision = "models_0001"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_big = sa.BigInteger


def upgrade() -> None:
    """Drop the cases, and make their table anew."""
    op.execute("DELETE FROM consumers WHERE name = 'cases'")
    op.execute("DELETE FROM cases_parked")
    op.execute("DELETE FROM case_events")
    op.drop_table("cases")
    op.create_table(
        "cases",
        sa.Column("hall", _word, nullable=False),
        sa.Column("case_number", _word, nullable=False),
        sa.Column("status", _word, nullable=False, comment="directory.case_state.STATUSES"),
        sa.Column("listed_at_ms", _big, nullable=False, comment="of the application, or of the first event while there is none"),
        sa.Column("department", _word, nullable=True),
        sa.Column("item_code", _word, nullable=True),
        sa.Column("referred_to", _word, nullable=True, comment="the hall that has the case by referral"),
        sa.Column("case_open", sa.Boolean, nullable=False),
        sa.Column("last_ledger_index", _big, nullable=False, comment="of the event folded last"),
        sa.Column("state", sa.Text, nullable=False, comment="hub.cases.states"),
        sa.PrimaryKeyConstraint("hall", "case_number"),
        sqlite_with_rowid=False,
    )
    op.create_index("cases_listed", "cases", ["hall", "listed_at_ms", "case_number"])
    referred = sa.text("referred_to IS NOT NULL")
    columns = ["referred_to", "hall", "listed_at_ms", "case_number"]
    op.create_index("cases_referred", "cases", columns, sqlite_where=referred, postgresql_where=referred)
