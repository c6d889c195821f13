"""Declare which hall handed in which file, and which are kept no longer; the files themselves stand in a folder, by what is in them."""

import sqlalchemy as sa

from hub.consumers import CODE_POINTS
from hub.tables import metadata

attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("sha256", sa.LargeBinary, primary_key=True),
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False, comment="bytes"),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("handed_in_ms", sa.BigInteger, nullable=False),
    sa.Index("attachments_of_hall", "hall"),
)
"""Whoever hands a file in has its bytes: a hash alone entitles nobody to what others handed in."""

swept = sa.Table(
    "attachments_swept",
    metadata,
    sa.Column("sha256", sa.LargeBinary, primary_key=True),
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False, comment="bytes"),
    sa.Column("swept_ms", sa.BigInteger, nullable=False),
)
"""What was kept for long enough: who might have had it is told since when it is gone."""
