"""Make what supervision issued: cards, orders, and how far findings were taken in."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "ledger_0007"
down_revision = "ledger_0006"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger


def upgrade() -> None:
    """Make the six tables."""
    due = sa.Column("due_ms", _big, comment="NULL: no reply is awaited")
    _make("cards", "answerable for it", sa.Column("effect", _word, nullable=False), due)
    goes_up = sa.Column("goes_up_ms", _big, comment="NULL: it does not")
    _make("orders", "answers it", sa.Column("due_ms", _big, comment="NULL: no answer is awaited"), goes_up)
    for table, column in (("cards", "due_ms"), ("orders", "due_ms"), ("orders", "goes_up_ms")):
        said = sa.column(column).is_not(None)
        op.create_index(f"{table}_{column}", table, [column, "id"], sqlite_where=said, postgresql_where=said)
    for events in ("card_events", "order_events"):
        op.create_table(
            events,
            sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False),
            sa.Column("id", _word, nullable=False),
            sa.Column("kind", sa.Text, nullable=False),
            sa.PrimaryKeyConstraint("ledger_index"),
        )
    op.create_table(
        "findings_issued",
        sa.Column("thing", _word, nullable=False, comment="what was found, whatever it was found by (hub.supervision.found)"),
        sa.Column("ledger_index", _big, nullable=False, comment="of the card, order or reminder that was issued for it"),
        sa.PrimaryKeyConstraint("thing"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "findings_cursor",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("number", _big, nullable=False, comment="of the last finding that was taken in"),
        sa.Column("finding", _word, nullable=False, comment="its id"),
        sa.Column("found_ms", _big, nullable=False, comment="when it was found; findings that were made anew were found at other times"),
        sa.PrimaryKeyConstraint("id"),
    )


def _make(name: str, hall: str, *own: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", _word, nullable=False),
        sa.Column("hall", _word, nullable=False, comment=hall),
        *own,
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("opened_at_ms", _big, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False, comment="the fold of its events, as a message of the contract"),
        sa.Column("ledger_index", _big, nullable=False, comment="of its last event"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"{name}_newest", name, ["opened_at_ms", "id"])
    op.create_index(f"{name}_of_hall", name, ["hall", "opened_at_ms", "id"])
