"""Let cases hold the facts of their clocks and what is reckoned from them; keep watermarks, statistics and findings.

The cases are made again from the ledger: their rows and their cursor are dropped.
"""

import sqlalchemy as sa
from alembic import op

revision = "models_0005"
down_revision = "models_0004"
branch_labels = None
depends_on = None

_word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_big = sa.BigInteger
_COUNTS = ("applied", "accepted", "decided", "granted", "refused", "closed", "on_time", "late", "working_days")


def upgrade() -> None:
    """Drop the cases, and make their tables anew."""
    op.execute("DELETE FROM consumers WHERE name = 'cases'")
    op.execute("DELETE FROM cases_parked")
    op.drop_table("case_events")
    op.drop_table("cases")
    _make_cases()
    _make_events()
    _make_reckoned()
    _make_findings()


def _make_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("hall", _word, nullable=False),
        sa.Column("case_number", _word, nullable=False),
        sa.Column("status", _word, nullable=False, comment="directory.case_state.STATUSES"),
        sa.Column("listed_at_ms", _big, nullable=False, comment="of the application, or of the first event while there is none"),
        sa.Column("department", _word),
        sa.Column("item_code", _word),
        sa.Column("referred_to", _word, comment="the hall that has the case by referral"),
        sa.Column("case_open", sa.Boolean, nullable=False),
        sa.Column("accepted_at_ms", _big),
        sa.Column("last_ledger_index", _big, nullable=False, comment="of the newest event that counts"),
        sa.Column("state", sa.Text, nullable=False, comment="hub.cases.states"),
        sa.Column("facts", sa.Text, nullable=False, comment="hub.cases.states"),
        sa.Column("next_look_ms", _big, comment="when what is reckoned may change; 0: the case was touched; NULL: with an event alone"),
        sa.Column("due_ms", _big, comment="end of the first limit that runs: from then on its light is red"),
        sa.Column("yellow_ms", _big, comment="from when a light is yellow"),
        sa.Column("waits_for", _word, comment="the hall whose report is waited for before a card can be due"),
        sa.Column("waits_ms", _big, comment="up to when that hall must have reported"),
        sa.Column("counted", sa.Text, comment="what the case adds to the statistics: hub.cases.statistics"),
        sa.PrimaryKeyConstraint("hall", "case_number"),
        sqlite_with_rowid=False,
    )
    listed = ("hall", "listed_at_ms", "case_number")
    op.create_index("cases_listed", "cases", list(listed))
    op.create_index("cases_status", "cases", ["status", *listed])
    _said("cases_item", "item_code", "item_code", *listed)
    _said("cases_department", "department", "department", *listed)
    _said("cases_referred", "referred_to", "referred_to", *listed)
    _said("cases_accepted", "accepted_at_ms", "hall", "accepted_at_ms", "case_number")
    _said("cases_due", "due_ms", "hall", "due_ms", "case_number")
    _said("cases_yellow", "yellow_ms", "hall", "yellow_ms", "case_number")
    _said("cases_next_look", "next_look_ms", "next_look_ms")
    _said("cases_waiting", "waits_for", "waits_for", "waits_ms")


def _said(name: str, where: str, *columns: str) -> None:
    said = sa.text(f"{where} IS NOT NULL")
    op.create_index(name, "cases", list(columns), sqlite_where=said, postgresql_where=said)


def _make_events() -> None:
    op.create_table(
        "case_events",
        sa.Column("ledger_index", _row_id, autoincrement=False, nullable=False),
        sa.Column("hall", _word, nullable=False),
        sa.Column("event_id", sa.LargeBinary, nullable=False, comment="the 16 bytes of the UUID"),
        sa.Column("case_hall", _word, nullable=False, comment="whose case it is: mostly the hall's own"),
        sa.Column("case_number", _word, nullable=False),
        sa.Column("kind", sa.Integer, nullable=False, comment="tongban.case.v1.CaseEventKind"),
        sa.Column("occurred_at_ms", _big, nullable=False),
        sa.Column("recorded_at_ms", _big, comment="NULL: the hall did not say"),
        sa.Column("accepted_at_ms", _big, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("journal_index", _big, nullable=False),
        sa.Column("marks", sa.Integer, nullable=False, comment="directory.clocks.facts.MARKS"),
        sa.Column("reported_ms", _big, comment="of an event recorded late: up to when the hall had reported before"),
        sa.Column("payload", sa.LargeBinary, nullable=False, comment="a serialised tongban.case.v1.CaseEvent, as received"),
        sa.PrimaryKeyConstraint("ledger_index"),
    )
    op.create_index("case_events_once", "case_events", ["event_id", "hall"], unique=True)
    op.create_index("case_events_of_case", "case_events", ["case_hall", "case_number"])


def _make_reckoned() -> None:
    op.create_table(
        "case_watermarks",
        sa.Column("hall", _word, nullable=False),
        sa.Column("source", _word, nullable=False),
        sa.Column("read_up_to_ms", _big, nullable=False, comment="the source has told all it had up to then"),
        sa.PrimaryKeyConstraint("hall", "source"),
    )
    op.create_table(
        "case_statistics",
        sa.Column("hall", _word, nullable=False),
        sa.Column("item_code", _word, nullable=False, comment="empty: none was said"),
        sa.Column("department", _word, nullable=False, comment="empty: none was said"),
        sa.Column("month", _word, nullable=False, comment="of the application, in Beijing: 2026-03"),
        *(sa.Column(name, _big, nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("hall", "item_code", "department", "month"),
    )
    op.create_table(
        "case_reckoning",
        sa.Column("id", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("register_seen", sa.Text, nullable=False, comment="what of the register was reckoned with"),
        sa.Column("hall", _word, nullable=False, comment="how far cases were handed to the reckoner on account of a change"),
        sa.Column("case_number", _word, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _make_findings() -> None:
    op.create_table(
        "case_findings",
        sa.Column("number", _row_id, autoincrement=False, nullable=False),
        sa.Column("id", _word, nullable=False, comment="SHA-256 over what was found, in hexadecimal"),
        sa.Column("case_hall", _word, nullable=False),
        sa.Column("case_number", _word, nullable=False, comment="empty: it is about the hall itself"),
        sa.Column("hall", _word, nullable=False, comment="the hall that is answerable"),
        sa.Column("effect", _word, nullable=False, comment="directory.supervision.vocabulary.Effect"),
        sa.Column("card_key", sa.Text, nullable=False, comment="directory.supervision.cards.CardKey, as JSON"),
        sa.Column("found_ms", _big, nullable=False),
        sa.Column("document", sa.Text, nullable=False, comment="hub.cases.findings, as JSON"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("case_findings_of_case", "case_findings", ["case_hall", "case_number"])
