"""Make the first release's tables of the ledger, the journals, the mailboxes and the registry.

Written out rather than taken from hub.tables, which goes on changing.
"""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger
_blob = sa.LargeBinary


def upgrade() -> None:
    """Make the tables of the first release."""
    _ledger()
    _segments()
    _journals()
    _mailboxes()
    _witnessing()
    _halls()
    _certificates()
    if op.get_bind().dialect.name == "postgresql":
        _compress_sparingly()


def _ledger() -> None:
    head = op.create_table(
        "head",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("term", _big, nullable=False, comment="rises with each hub process that takes the database over"),
        sa.Column("ledger_size", _big, nullable=False),
        sa.Column("frontier", _blob, nullable=False),
        sa.Column("accepted_at_ms", _big, nullable=False),
        sa.Column("key_count", _big, nullable=False),
        sa.Column("key_chain", _blob, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    # The empty ledger, of term 0: two hubs that start at once find a row to lock.
    empty = {"ledger_size": 0, "frontier": b"", "accepted_at_ms": 0, "key_count": 0, "key_chain": bytes(32)}
    op.bulk_insert(head, [{"id": 1, "term": 0, **empty}])
    op.create_table(
        "commits",
        sa.Column("ledger_size", _row_id, autoincrement=False, nullable=False),
        sa.Column("root", _blob, nullable=False),
        sa.Column("committed_at_ms", _big, nullable=False),
        sa.PrimaryKeyConstraint("ledger_size"),
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("index", _big, autoincrement=False, nullable=False),
        sa.Column("hashes", _blob, nullable=False),
        sa.PrimaryKeyConstraint("level", "index"),
    )


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("ledger_first", _row_id, autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("author", _word, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("journal_first", _big, nullable=False),
        sa.Column("journal_frontier", _blob, nullable=False, comment="of the journal before the batch"),
        sa.Column("leaves", _blob, nullable=False, comment="leaf hashes in the journal"),
        sa.Column("entries", _blob, nullable=False, comment="leaf hashes in the ledger"),
        sa.Column("accepted_at_ms", _big, nullable=False),
        sa.Column("dispositions", _blob, nullable=False, comment="one byte an envelope; empty: all ACCEPTED"),
        sa.Column("reasons", _blob, nullable=False, comment="one byte an envelope when any is REFUSED"),
        sa.Column("key_count", _big, nullable=False),
        sa.Column("key_chain", _blob, nullable=False),
        sa.Column("ledger_size", _big, nullable=False, comment="of the commit"),
        sa.Column("ledger_proof", _blob, nullable=False, comment="range proof of the whole batch at ledger_size"),
        sa.Column("batch", _blob, nullable=False, comment="as its author sent it"),
        sa.PrimaryKeyConstraint("ledger_first"),
        sa.UniqueConstraint("author", "epoch", "journal_first"),
    )


def _journals() -> None:
    op.create_table(
        "journals",
        sa.Column("origin", _word, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("size", _big, nullable=False),
        sa.Column("frontier", _blob, nullable=False),
        sa.Column("checkpoint", sa.Text, nullable=False),
        sa.Column("lease", _big, nullable=False, comment="fencing number of the submit lease"),
        sa.PrimaryKeyConstraint("origin"),
    )
    op.create_table(
        "contradictions",
        sa.Column("id", _row_id, nullable=False),
        sa.Column("origin", _word, nullable=False),
        sa.Column("held", sa.Text, nullable=False),
        sa.Column("offered", sa.Text, nullable=False),
        sa.Column("seen_at_ms", _big, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _mailboxes() -> None:
    op.create_table(
        "mailbox_entries",
        sa.Column("hall", _word, nullable=False),
        sa.Column("first", _big, autoincrement=False, nullable=False, comment="index in the inbox log"),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("ledger_first", _big, nullable=False),
        sa.Column("runs", _blob, nullable=False, comment="skip and take lengths, u16 each; empty: the whole batch"),
        sa.PrimaryKeyConstraint("hall", "first"),
        sqlite_with_rowid=False,
    )
    op.create_index("mailbox_entries_of_segment", "mailbox_entries", ["ledger_first", "hall"])
    op.create_table(
        "mailboxes",
        sa.Column("hall", _word, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("size", _big, nullable=False),
        sa.Column("acknowledged_size", _big, nullable=False),
        sa.Column("acknowledged_frontier", _blob, nullable=False),
        sa.Column("acknowledged_checkpoint", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("hall"),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("hall", _word, nullable=False),
        sa.Column("size", _big, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("prior_size", _big, nullable=False),
        sa.Column("prior_frontier", _blob, nullable=False),
        sa.Column("checkpoint", sa.Text, nullable=False),
        sa.Column("recorded_at_ms", _big, nullable=False),
        sa.PrimaryKeyConstraint("hall", "size"),
    )
    op.create_table(
        "not_full",
        sa.Column("hall", _word, nullable=False),
        sa.Column("first", _big, autoincrement=False, nullable=False),
        sa.Column("count", _big, nullable=False),
        sa.Column("form", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("hall", "first"),
    )


def _witnessing() -> None:
    op.create_table(
        "cosignatures",
        sa.Column("ledger_size", _big, autoincrement=False, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("signed_at", _big, nullable=False, comment="Unix seconds, by the witness"),
        sa.Column("line", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ledger_size", "hall"),
    )


def _halls() -> None:
    op.create_table(
        "halls",
        sa.Column("hall", _word, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("superior", _word, nullable=False),
        sa.Column("division_code", sa.Text, nullable=False),
        sa.Column("linked", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("hall"),
    )
    op.create_table(
        "tokens",
        sa.Column("digest", _blob, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("expires_at_ms", _big, nullable=False),
        sa.Column("request_digest", _blob, nullable=False, comment="of the request that used it; empty: unused"),
        sa.Column("reply", _blob, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def _certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("serial", _word, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("not_after_ms", _big, nullable=False),
        sa.Column("issued_at_ms", _big, nullable=False),
        sa.Column("revoked_at_ms", _big, nullable=False, comment="0: in force"),
        sa.Column("revocation_reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("serial"),
    )
    op.create_index("ix_certificates_hall", "certificates", ["hall"])
    op.create_table(
        "key_entries",
        sa.Column("count", _row_id, autoincrement=False, nullable=False, comment="key_count of the entry itself"),
        sa.Column("ledger_index", _big, nullable=False),
        sa.Column("leaf", _blob, nullable=False, comment="leaf hash in the hub's journal"),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("count"),
    )
    op.create_table(
        "renewal_nonces",
        sa.Column("nonce", _blob, nullable=False),
        sa.Column("seen_at_ms", _big, nullable=False),
        sa.PrimaryKeyConstraint("nonce"),
    )


def _compress_sparingly() -> None:
    """Spare PostgreSQL the compression of hashes, and let it compress batches by the faster method where it has that."""
    for table, column in (("segments", "leaves"), ("segments", "entries"), ("segments", "ledger_proof"), ("tiles", "hashes")):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
    methods = op.get_bind().scalar(sa.text("SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'"))
    if "lz4" in (methods or ()):
        # A batch costs the server 2 to 4 µs a message with lz4, 7 to 15 with pglz.
        op.execute("ALTER TABLE segments ALTER COLUMN batch SET COMPRESSION lz4")
