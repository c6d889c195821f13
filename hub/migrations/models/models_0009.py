"""Make the read model of guidance: threads, what was said without its texts, and the files that are named."""

import sqlalchemy as sa
from alembic import op

revision = "models_0009"
down_revision = "models_0005"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger


def upgrade() -> None:
    """Make the four tables."""
    _make_threads()
    _make_messages()
    op.create_table(
        "guidance_files",
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("asking_hall", _word, nullable=False),
        sa.Column("thread", _word, nullable=False),
        sa.Column("hall", _word, nullable=False, comment="named it"),
        sa.Column("guiding_hall", _word, nullable=False),
        sa.PrimaryKeyConstraint("sha256", "asking_hall", "thread", "hall"),
    )
    op.create_table(
        "guidance_parked",
        sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("reason", _word, nullable=False),
        sa.PrimaryKeyConstraint("ledger_index"),
    )


def _make_threads() -> None:
    op.create_table(
        "guidance_threads",
        sa.Column("asking_hall", _word, nullable=False),
        sa.Column("thread", _word, nullable=False),
        sa.Column("guiding_hall", _word, nullable=False),
        sa.Column("department", _word, nullable=False, comment="that is asked; empty: any"),
        sa.Column("case_hall", _word, nullable=False, comment="empty: it is about no case"),
        sa.Column("case_number", _word, nullable=False),
        sa.Column("item_code", _word, nullable=False),
        sa.Column("state", _word, nullable=False, comment="directory.guidance.vocabulary.State"),
        sa.Column("asked_us", _big),
        sa.Column("waiting_us", _big, comment="since when it waits for an answer; NULL: it does not"),
        sa.Column("answered_us", _big),
        sa.Column("closed_us", _big),
        sa.Column("grade", sa.Integer, nullable=False, comment="of the last closing; 0: none"),
        sa.Column("flags", sa.Text, nullable=False, comment="directory.guidance.vocabulary.Flag, with spaces between"),
        sa.Column("rank", _big, nullable=False, comment="where it stands in a list: the longest wait first, then the newest"),
        sa.PrimaryKeyConstraint("asking_hall", "thread"),
        sqlite_with_rowid=False,
    )
    op.create_index("guidance_threads_rank", "guidance_threads", ["rank", "asking_hall", "thread"])
    op.create_index("guidance_threads_of_case", "guidance_threads", ["case_hall", "case_number"])


def _make_messages() -> None:
    op.create_table(
        "guidance_messages",
        sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False),
        sa.Column("asking_hall", _word, nullable=False),
        sa.Column("thread", _word, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("event_id", sa.LargeBinary, nullable=False, comment="the 16 bytes of the UUID"),
        sa.Column("place", _big, nullable=False, comment="its order in what the hall said: the journal's epoch above the index"),
        sa.Column("kind", _word, nullable=False, comment="directory.guidance.vocabulary.Kind"),
        sa.Column("said_us", _big, nullable=False),
        sa.Column("grade", sa.Integer, nullable=False),
        sa.Column("guiding_hall", _word, nullable=False),
        sa.Column("department", _word, nullable=False),
        sa.Column("case_hall", _word, nullable=False),
        sa.Column("case_number", _word, nullable=False),
        sa.Column("item_code", _word, nullable=False),
        sa.PrimaryKeyConstraint("ledger_index"),
    )
    op.create_index("guidance_messages_once", "guidance_messages", ["event_id", "hall"], unique=True)
    op.create_index("guidance_messages_of_thread", "guidance_messages", ["asking_hall", "thread"])
