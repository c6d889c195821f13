"""Declare the read model of cases; all of it can be made again from the ledger.

Times are Unix milliseconds.
"""

import sqlalchemy as sa

from hub.consumers import CODE_POINTS, metadata

_big = sa.BigInteger

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("case_number", CODE_POINTS, primary_key=True),
    sa.Column("status", CODE_POINTS, nullable=False, comment="directory.case_state.STATUSES"),
    sa.Column("listed_at_ms", _big, nullable=False, comment="of the application, or of the first event while there is none"),
    # What rules of access look at, beside the hall; NULL: nothing was said.
    sa.Column("department", CODE_POINTS),
    sa.Column("item_code", CODE_POINTS),
    sa.Column("referred_to", CODE_POINTS, comment="the hall that has the case by referral"),
    sa.Column("case_open", sa.Boolean, nullable=False),
    sa.Column("last_ledger_index", _big, nullable=False, comment="of the event folded last"),
    sa.Column("state", sa.Text, nullable=False, comment="hub.cases.states"),
    sa.Index("cases_listed", "hall", "listed_at_ms", "case_number"),
    sqlite_with_rowid=False,
)
_referred = cases.c.referred_to.is_not(None)
sa.Index(
    "cases_referred",
    cases.c.referred_to,
    cases.c.hall,
    cases.c.listed_at_ms,
    cases.c.case_number,
    sqlite_where=_referred,
    postgresql_where=_referred,
)
"""Few cases are referred, so writing the others costs nothing here."""

case_events = sa.Table(
    "case_events",
    metadata,
    # In a hall the ledger keeps the order of its journal, which is the order of the fold.
    sa.Column("ledger_index", _big().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("event_id", sa.LargeBinary, nullable=False, comment="the 16 bytes of the UUID"),
    sa.Column("case_number", CODE_POINTS, nullable=False),
    sa.Column("kind", sa.Integer, nullable=False, comment="tongban.case.v1.CaseEventKind"),
    sa.Column("occurred_at_ms", _big, nullable=False),
    sa.Column("recorded_at_ms", _big, comment="NULL: the hall did not say"),
    sa.Column("accepted_at_ms", _big, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("journal_index", _big, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False, comment="a serialised tongban.case.v1.CaseEvent, as received"),
    sa.Index("case_events_once", "event_id", "hall", unique=True),
    sa.Index("case_events_of_case", "hall", "case_number"),
)

parked = sa.Table(
    "cases_parked",
    metadata,
    sa.Column("ledger_index", _big().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("reason", CODE_POINTS, nullable=False, comment="hub.cases.reading.Unreadable"),
)
