"""Make the registry of licences, and find decisions by the holders whose licences were shown."""

import sqlalchemy as sa
from alembic import op

revision = "models_0008"
down_revision = "models_0007"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger
_blob = sa.LargeBinary


def upgrade() -> None:
    """Make the tables."""
    _make_versions()
    _make_found()
    _make_register()
    _make_decisions()


def _place(comment: str | None = None) -> sa.Column[int]:
    return sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False, comment=comment)


def _make_versions() -> None:
    op.create_table(
        "licence_versions",
        sa.Column("licence_id", _word, nullable=False),
        sa.Column("root", _word, nullable=False, comment="the identifier without version and check character"),
        sa.Column("type", _word, nullable=False),
        sa.Column("hall", _word, nullable=False, comment="that issued it"),
        sa.Column("status", _word, nullable=False, comment="directory.licences.vocabulary"),
        sa.Column("ground", _word, nullable=False, comment="of an ending or a suspension; empty: of neither"),
        sa.Column("since_ms", _big, nullable=False, comment="from when the status counts"),
        sa.Column("valid_from_ms", _big, nullable=False),
        sa.Column("valid_to_ms", _big, comment="NULL: it does not run out"),
        sa.Column("holder", _blob, nullable=False, comment="keyed hash of the holder's code (hub.licences.sealing)"),
        sa.Column("sealed", _blob, nullable=False, comment="the credential, encrypted (hub.licences.sealing)"),
        sa.Column("key_id", _word, nullable=False, comment="of the key that signed the credential"),
        sa.Column("status_uri", _word, nullable=False),
        sa.Column("status_index", sa.Integer, nullable=False),
        sa.Column("trust_level", sa.Integer, nullable=False, comment="tongban.licence.v1.TrustLevel"),
        sa.Column("made", _big, nullable=False, comment="ledger index of the act that made it"),
        sa.Column("ledger_index", _big, nullable=False, comment="of the last act on it"),
        sa.PrimaryKeyConstraint("licence_id"),
    )
    op.create_index("licence_versions_of_root", "licence_versions", ["root"])
    op.create_index("licence_versions_of_holder", "licence_versions", ["holder", "type"])
    op.create_index("licence_versions_in_list", "licence_versions", ["status_uri", "status_index"], unique=True)


def _make_found() -> None:
    op.create_table(
        "licence_events",
        sa.Column("hall", _word, nullable=False),
        sa.Column("event_id", _word, nullable=False),
        sa.PrimaryKeyConstraint("hall", "event_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "licence_findings",
        _place(),
        sa.Column("hall", _word, nullable=False, comment="that sent the act"),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("journal_index", _big, nullable=False),
        sa.Column("subject", _word, nullable=False),
        sa.Column("event_id", _word, nullable=False),
        sa.Column("fault", _word, nullable=False, comment="directory.licences.vocabulary"),
        sa.Column("what", sa.Text, nullable=False, comment="what is wrong and what to do, without what any field holds"),
        sa.PrimaryKeyConstraint("ledger_index"),
    )
    op.create_table(
        "licence_keys_named",
        _place(),
        sa.Column("hall", _word, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("accepted_at_ms", _big, nullable=False),
        sa.Column("key", sa.Text, nullable=False, comment="verifier key"),
        sa.PrimaryKeyConstraint("ledger_index"),
    )
    op.create_index("licence_keys_named_by", "licence_keys_named", ["hall", "ledger_index"])


def _make_register() -> None:
    op.create_table(
        "licence_register",
        sa.Column("kind", _word, nullable=False),
        sa.Column("key", _word, nullable=False),
        sa.Column("version", _word, nullable=False),
        sa.Column("ledger_index", _big, nullable=False),
        sa.Column("document", sa.Text, comment="NULL: it was removed"),
        sa.PrimaryKeyConstraint("kind", "key", "version"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "licence_key_entries",
        _place(),
        sa.Column("leaf", _blob, nullable=False, comment="its leaf hash in the hub's journal"),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ledger_index"),
    )


def _make_decisions() -> None:
    op.create_table(
        "decision_holders",
        sa.Column("holder", _blob, nullable=False, comment="keyed hash of the code of whose licence was shown"),
        sa.Column("ledger_index", _big, autoincrement=False, nullable=False, comment="of a decision that showed it"),
        sa.PrimaryKeyConstraint("holder", "ledger_index"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "licence_questions",
        _place("of the decision on it"),
        sa.Column("accepted_at_ms", _big, nullable=False),
        sa.PrimaryKeyConstraint("ledger_index"),
    )
    op.create_index("licence_questions_by_time", "licence_questions", ["accepted_at_ms", "ledger_index"])
