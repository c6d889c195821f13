"""Declare the read model of guidance; all of it can be made again from the ledger.

Laws: nothing of what was said is in it, only how threads stand. Times are Unix microseconds, as messages are dated and ordered.
"""

from typing import Final

import sqlalchemy as sa

from hub.consumers import CODE_POINTS, metadata

_big = sa.BigInteger

threads = sa.Table(
    "guidance_threads",
    metadata,
    sa.Column("asking_hall", CODE_POINTS, primary_key=True),
    sa.Column("thread", CODE_POINTS, primary_key=True),
    sa.Column("guiding_hall", CODE_POINTS, nullable=False),
    sa.Column("department", CODE_POINTS, nullable=False, comment="that is asked; empty: any"),
    sa.Column("case_hall", CODE_POINTS, nullable=False, comment="empty: it is about no case"),
    sa.Column("case_number", CODE_POINTS, nullable=False),
    sa.Column("item_code", CODE_POINTS, nullable=False),
    sa.Column("state", CODE_POINTS, nullable=False, comment="directory.guidance.vocabulary.State"),
    sa.Column("asked_us", _big),
    sa.Column("waiting_us", _big, comment="since when it waits for an answer; NULL: it does not"),
    sa.Column("answered_us", _big),
    sa.Column("closed_us", _big),
    sa.Column("grade", sa.Integer, nullable=False, comment="of the last closing; 0: none"),
    sa.Column("flags", sa.Text, nullable=False, comment="directory.guidance.vocabulary.Flag, with spaces between"),
    sa.Column("rank", _big, nullable=False, comment="where it stands in a list: the longest wait first, then the newest"),
    sa.Index("guidance_threads_rank", "rank", "asking_hall", "thread"),
    sa.Index("guidance_threads_of_case", "case_hall", "case_number"),
    sqlite_with_rowid=False,
)

messages = sa.Table(
    "guidance_messages",
    metadata,
    sa.Column("ledger_index", _big().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("asking_hall", CODE_POINTS, nullable=False),
    sa.Column("thread", CODE_POINTS, nullable=False),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("event_id", sa.LargeBinary, nullable=False, comment="the 16 bytes of the UUID"),
    sa.Column("place", _big, nullable=False, comment="its order in what the hall said: the journal's epoch above the index"),
    sa.Column("kind", CODE_POINTS, nullable=False, comment="directory.guidance.vocabulary.Kind"),
    sa.Column("said_us", _big, nullable=False),
    sa.Column("grade", sa.Integer, nullable=False),
    sa.Column("guiding_hall", CODE_POINTS, nullable=False),
    sa.Column("department", CODE_POINTS, nullable=False),
    sa.Column("case_hall", CODE_POINTS, nullable=False),
    sa.Column("case_number", CODE_POINTS, nullable=False),
    sa.Column("item_code", CODE_POINTS, nullable=False),
    sa.Index("guidance_messages_once", "event_id", "hall", unique=True),
    sa.Index("guidance_messages_of_thread", "asking_hall", "thread"),
)

named = sa.Table(
    "guidance_files",
    metadata,
    sa.Column("sha256", sa.LargeBinary, primary_key=True),
    sa.Column("asking_hall", CODE_POINTS, primary_key=True),
    sa.Column("thread", CODE_POINTS, primary_key=True),
    sa.Column("hall", CODE_POINTS, primary_key=True, comment="named it"),
    sa.Column("guiding_hall", CODE_POINTS, nullable=False),
)
"""The files that messages name, and in which thread."""

parked = sa.Table(
    "guidance_parked",
    metadata,
    sa.Column("ledger_index", _big().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("reason", CODE_POINTS, nullable=False),
)
"""Messages that cannot be taken in."""

MODEL: Final = (threads, messages, named, parked)
