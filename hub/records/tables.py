"""Declare the read model of records; all of it can be made again from the ledger.

Times are Unix milliseconds.
"""

import sqlalchemy as sa

from hub.consumers import CODE_POINTS, metadata

_big = sa.BigInteger


def _told() -> tuple[sa.Column[str] | sa.Column[int] | sa.Column[bytes], ...]:
    """Return what is kept of a record beside where it stands."""
    return (
        sa.Column("hall", CODE_POINTS, nullable=False),
        sa.Column("occurred_at_ms", _big, comment="NULL: the hall did not say"),
        sa.Column("accepted_at_ms", _big, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("journal_index", _big, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False, comment="a serialised tongban.directory.v1.Record, as received"),
    )


records = sa.Table(
    "records",
    metadata,
    sa.Column("resource", CODE_POINTS, primary_key=True),
    sa.Column("key", CODE_POINTS, primary_key=True),
    sa.Column("ledger_index", _big, nullable=False, comment="of the last record of this key that holds"),
    sa.Column("removed", sa.Boolean, nullable=False, comment="it says that there is none any more"),
    *_told(),
)

pending = sa.Table(
    "records_pending",
    metadata,
    sa.Column("ledger_index", _big().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("ledger_first", _big, nullable=False, index=True, comment="of its batch"),
    sa.Column("resource", CODE_POINTS, nullable=False),
    sa.Column("key", CODE_POINTS, nullable=False),
    *_told(),
)
"""What was accepted and is not judged yet."""
