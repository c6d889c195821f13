"""Declare what the ledger's database keeps for licences: how far was said what was found, and which questions were answered.

Times are Unix milliseconds.
"""

import sqlalchemy as sa

from hub.db import CODE_POINTS
from hub.tables import metadata

cursors = sa.Table(
    "licence_cursors",
    metadata,
    sa.Column("name", CODE_POINTS, primary_key=True, comment="of what was found: hub.licences.saying"),
    sa.Column("ledger_index", sa.BigInteger, nullable=False, comment="of the last message that was looked at"),
    sqlite_with_rowid=False,
)

nonces = sa.Table(
    "question_nonces",
    metadata,
    sa.Column("nonce", sa.LargeBinary, primary_key=True, comment="of a signed question that was answered"),
    sa.Column("asked_at_ms", sa.BigInteger, nullable=False, comment="when it was asked, by the hub's clock"),
    sa.Index("question_nonces_by_time", "asked_at_ms"),
)
