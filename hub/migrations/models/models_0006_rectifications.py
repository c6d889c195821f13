"""Let cases hold how they were rated, and list what was found by effect.

The cases are made again from the ledger: their rows and their cursor are dropped. What was found stays.
"""

from alembic import op

revision = "models_0006_rectifications"
down_revision = "models_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty the cases, and index the findings."""
    op.execute("DELETE FROM consumers WHERE name = 'cases'")
    for table in ("cases", "case_events", "cases_parked", "case_watermarks", "case_statistics"):
        op.execute(f"DELETE FROM {table}")  # noqa: S608 - names of tables, written above
    op.create_index("case_findings_of_effect", "case_findings", ["effect", "hall", "number"])
