"""Make the tables of edits of the register, and find where what stands in it was said."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0011"
down_revision = "ledger_0010"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; of what was changed more than once before this release the last change alone is found."""
    op.create_table(
        "register_history",
        sa.Column("kind", _word, nullable=False),
        sa.Column("key", _word, nullable=False),
        sa.Column("ledger_index", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("version", _word, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", "ledger_index"),
    )
    op.execute("INSERT INTO register_history (kind, key, ledger_index, version) SELECT kind, key, ledger_index, version FROM register")
    op.create_table(
        "staging_authors",
        sa.Column("staging", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("author", sa.LargeBinary, nullable=False, comment="tongban.directory.v1.Author"),
        sa.Column("confirmed_by", sa.LargeBinary, nullable=False, comment="the same; empty: nobody had to"),
        sa.PrimaryKeyConstraint("staging"),
    )
    op.create_table(
        "pending_changes",
        sa.Column("id", _word, nullable=False),
        sa.Column("state", _word, nullable=False, comment="hub.registry.pending.State"),
        sa.Column("author", sa.LargeBinary, nullable=False, comment="tongban.directory.v1.Author"),
        sa.Column("request", sa.LargeBinary, nullable=False, comment="tongban.directory.v1.SaveChangesRequest"),
        sa.Column("saved_at_ms", sa.BigInteger, nullable=False),
        sa.Column("settled_by", sa.LargeBinary, nullable=False, comment="tongban.directory.v1.Author; empty while it waits"),
        sa.Column("settled_at_ms", sa.BigInteger, nullable=False, comment="0 while it waits"),
        sa.PrimaryKeyConstraint("id"),
    )
