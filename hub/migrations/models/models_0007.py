"""Let the statistics of cases count cards; cases in which some were found are looked at again, which counts them."""

import sqlalchemy as sa
from alembic import op

revision = "models_0007"
down_revision = "models_0006_rectifications"
branch_labels = None
depends_on = None

_COUNTS = ("yellow_cards", "red_cards")
_FOUND = """
UPDATE cases SET next_look_ms = 0 WHERE EXISTS
 (SELECT 1 FROM case_findings f WHERE f.case_hall = cases.hall AND f.case_number = cases.case_number)
"""


def upgrade() -> None:
    """Add the columns."""
    for name in _COUNTS:
        op.add_column("case_statistics", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
    op.execute(_FOUND)
