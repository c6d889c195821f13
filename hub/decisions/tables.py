"""Declare the read model of decisions; all of it can be made again from the ledger.

Times are Unix milliseconds.
"""

import sqlalchemy as sa

from hub.consumers import CODE_POINTS, metadata

_big = sa.BigInteger
_row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("ledger_index", _row_id, primary_key=True, autoincrement=False),
    sa.Column("accepted_at_ms", _big, nullable=False, comment="never falls from one ledger index to the next"),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("journal_index", _big, nullable=False),
    sa.Column("hall", CODE_POINTS, nullable=False, comment="of whoever asked"),
    sa.Column("person", CODE_POINTS, nullable=False, comment="empty: a node"),
    sa.Column("record", sa.LargeBinary, nullable=False, comment="a serialised tongban.directory.v1.DecisionRecord, as logged"),
    sa.Index("decisions_by_time", "accepted_at_ms", "ledger_index"),
    sa.Index("decisions_of_hall", "hall", "ledger_index"),
    sa.Index("decisions_of_person", "person", "ledger_index"),
)

decision_cases = sa.Table(
    "decision_cases",
    metadata,
    sa.Column("case_hall", CODE_POINTS, primary_key=True),
    sa.Column("case_number", CODE_POINTS, primary_key=True),
    sa.Column("ledger_index", _big, primary_key=True, autoincrement=False, comment="of a decision that showed it, or on it"),
    sqlite_with_rowid=False,
)

decision_records = sa.Table(
    "decision_records",
    metadata,
    sa.Column("resource", CODE_POINTS, primary_key=True),
    sa.Column("key", CODE_POINTS, primary_key=True),
    sa.Column("ledger_index", _big, primary_key=True, autoincrement=False, comment="of a decision that showed it, or on it"),
    sqlite_with_rowid=False,
)

decision_holders = sa.Table(
    "decision_holders",
    metadata,
    sa.Column("holder", sa.LargeBinary, primary_key=True, comment="keyed hash of the code of whose licence was shown"),
    sa.Column("ledger_index", _big, primary_key=True, autoincrement=False, comment="of a decision that showed it"),
    sqlite_with_rowid=False,
)

licence_questions = sa.Table(
    "licence_questions",
    metadata,
    sa.Column("ledger_index", _row_id, primary_key=True, autoincrement=False, comment="of the decision on it"),
    sa.Column("accepted_at_ms", _big, nullable=False),
    sa.Index("licence_questions_by_time", "accepted_at_ms", "ledger_index"),
)
"""The questions that were answered with licences, for those who look whose questions stand out."""
