"""Declare the read model of cases; all of it can be made again from the ledger.

Times are Unix milliseconds. Of `cases` the first columns, up to `next_look_ms`, say what halls told; the others, and the statistics, what
that comes to by the register and the clock.
"""

from typing import Any, Final

import sqlalchemy as sa

from hub.consumers import CODE_POINTS, metadata

_big = sa.BigInteger

COUNTS: Final = (
    "applied",
    "accepted",
    "decided",
    "granted",
    "refused",
    "closed",
    "on_time",
    "late",
    "working_days",
    "yellow_cards",
    "red_cards",
)
"""What is counted of cases; `working_days` is the sum of what the limits of those on time and late took. Further ones go to the end."""

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
    sa.Column("accepted_at_ms", _big),
    sa.Column("last_ledger_index", _big, nullable=False, comment="of the newest event that counts"),
    sa.Column("state", sa.Text, nullable=False, comment="hub.cases.states"),
    sa.Column("facts", sa.Text, nullable=False, comment="hub.cases.states"),
    sa.Column(
        "next_look_ms",
        _big,
        comment="when what is reckoned may change; 0: the case was touched; NULL: with an event alone",
    ),
    sa.Column("due_ms", _big, comment="end of the first limit that runs: from then on its light is red"),
    sa.Column("yellow_ms", _big, comment="from when a light is yellow"),
    sa.Column("waits_for", CODE_POINTS, comment="the hall whose report is waited for before a card can be due"),
    sa.Column("waits_ms", _big, comment="up to when that hall must have reported"),
    sa.Column("counted", sa.Text, comment="what the case adds to the statistics: hub.cases.statistics"),
    sqlite_with_rowid=False,
)
TOLD_COLUMNS: Final = tuple(cases.c.keys())[: cases.c.keys().index("next_look_ms") + 1]
"""What the consumer writes; `next_look_ms` is handed to the reckoner with it."""


def _index(name: str, *columns: sa.Column[Any], where: sa.Column[Any] | None = None) -> None:
    """Index cases; with `where` only those that say something in that column."""
    said = None if where is None else where.is_not(None)
    sa.Index(name, *columns, sqlite_where=said, postgresql_where=said)


_LISTED: Final = (cases.c.hall, cases.c.listed_at_ms, cases.c.case_number)
_index("cases_listed", *_LISTED)
_index("cases_status", cases.c.status, *_LISTED)
_index("cases_item", cases.c.item_code, *_LISTED, where=cases.c.item_code)
_index("cases_department", cases.c.department, *_LISTED, where=cases.c.department)
# Few cases are referred, so writing the others costs nothing here.
_index("cases_referred", cases.c.referred_to, *_LISTED, where=cases.c.referred_to)
_index("cases_accepted", cases.c.hall, cases.c.accepted_at_ms, cases.c.case_number, where=cases.c.accepted_at_ms)
_index("cases_due", cases.c.hall, cases.c.due_ms, cases.c.case_number, where=cases.c.due_ms)
_index("cases_yellow", cases.c.hall, cases.c.yellow_ms, cases.c.case_number, where=cases.c.yellow_ms)
_index("cases_next_look", cases.c.next_look_ms, where=cases.c.next_look_ms)
_index("cases_waiting", cases.c.waits_for, cases.c.waits_ms, where=cases.c.waits_for)

case_events = sa.Table(
    "case_events",
    metadata,
    # In a hall the ledger keeps the order of its journal, which is the order of the fold.
    sa.Column("ledger_index", _big().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("event_id", sa.LargeBinary, nullable=False, comment="the 16 bytes of the UUID"),
    sa.Column("case_hall", CODE_POINTS, nullable=False, comment="whose case it is: mostly the hall's own"),
    sa.Column("case_number", CODE_POINTS, nullable=False),
    sa.Column("kind", sa.Integer, nullable=False, comment="tongban.case.v1.CaseEventKind"),
    sa.Column("occurred_at_ms", _big, nullable=False),
    sa.Column("recorded_at_ms", _big, comment="NULL: the hall did not say"),
    sa.Column("accepted_at_ms", _big, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("journal_index", _big, nullable=False),
    sa.Column("marks", sa.Integer, nullable=False, comment="directory.clocks.facts.MARKS"),
    sa.Column("reported_ms", _big, comment="of an event recorded late: up to when the hall had reported before"),
    sa.Column("payload", sa.LargeBinary, nullable=False, comment="a serialised tongban.case.v1.CaseEvent, as received"),
    sa.Index("case_events_once", "event_id", "hall", unique=True),
    sa.Index("case_events_of_case", "case_hall", "case_number"),
)

watermarks = sa.Table(
    "case_watermarks",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("source", CODE_POINTS, primary_key=True),
    sa.Column("read_up_to_ms", _big, nullable=False, comment="the source has told all it had up to then"),
)

case_statistics = sa.Table(
    "case_statistics",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("item_code", CODE_POINTS, primary_key=True, comment="empty: none was said"),
    sa.Column("department", CODE_POINTS, primary_key=True, comment="empty: none was said"),
    sa.Column("month", CODE_POINTS, primary_key=True, comment="of the application, in Beijing: 2026-03"),
    *(sa.Column(name, _big, nullable=False, server_default="0" if name.endswith("_cards") else None) for name in COUNTS),
)

findings = sa.Table(
    "case_findings",
    metadata,
    sa.Column("number", _big().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("id", CODE_POINTS, nullable=False, unique=True, comment="SHA-256 over what was found, in hexadecimal"),
    sa.Column("case_hall", CODE_POINTS, nullable=False),
    sa.Column("case_number", CODE_POINTS, nullable=False, comment="empty: it is about the hall itself"),
    sa.Column("hall", CODE_POINTS, nullable=False, comment="the hall that is answerable"),
    sa.Column("effect", CODE_POINTS, nullable=False, comment="directory.supervision.vocabulary.Effect"),
    sa.Column("card_key", sa.Text, nullable=False, comment="directory.supervision.cards.CardKey, as JSON"),
    sa.Column("found_ms", _big, nullable=False),
    sa.Column("document", sa.Text, nullable=False, comment="hub.cases.findings, as JSON"),
    sa.Index("case_findings_of_case", "case_hall", "case_number"),
    sa.Index("case_findings_of_effect", "effect", "hall", "number"),
)
"""What cards, reminders, orders and rectifications rest on. They outlast a rebuild of the cases: what was found at its time stays found."""

case_reckoning = sa.Table(
    "case_reckoning",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("register_seen", sa.Text, nullable=False, comment="what of the register was reckoned with"),
    sa.Column("hall", CODE_POINTS, nullable=False, comment="how far cases were handed to the reckoner on account of a change"),
    sa.Column("case_number", CODE_POINTS, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
)

parked = sa.Table(
    "cases_parked",
    metadata,
    sa.Column("ledger_index", _big().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("reason", CODE_POINTS, nullable=False, comment="hub.cases.reading.Unreadable"),
)
