"""Declare what the hub keeps: ledger, journals, mailboxes, the halls and the register it knows, what is shared, what was issued.

Times are Unix milliseconds; hashes are raw SHA-256; a frontier is its nodes concatenated (certs.merkle.Frontier).
A change here needs a revision in hub/migrations/ledger.
"""

from typing import Any

import sqlalchemy as sa

from hub.db import CODE_POINTS

metadata = sa.MetaData()

_blob = sa.LargeBinary
_big = sa.BigInteger
_row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A key that SQLite keeps as the row's own number, without an index beside the table."""

head = sa.Table(
    "head",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("term", _big, nullable=False, comment="rises with each hub process that takes the database over"),
    sa.Column("ledger_size", _big, nullable=False),
    sa.Column("frontier", _blob, nullable=False),
    sa.Column("accepted_at_ms", _big, nullable=False),
    sa.Column("key_count", _big, nullable=False),
    sa.Column("key_chain", _blob, nullable=False),
)

commits = sa.Table(
    "commits",
    metadata,
    sa.Column("ledger_size", _row_id, primary_key=True, autoincrement=False),
    sa.Column("root", _blob, nullable=False),
    sa.Column("committed_at_ms", _big, nullable=False),
)

journals = sa.Table(
    "journals",
    metadata,
    sa.Column("origin", CODE_POINTS, primary_key=True),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("size", _big, nullable=False),
    sa.Column("frontier", _blob, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),
    sa.Column("lease", _big, nullable=False, comment="fencing number of the submit lease"),
)

segments = sa.Table(
    "segments",
    metadata,
    sa.Column("ledger_first", _row_id, primary_key=True, autoincrement=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("author", CODE_POINTS, nullable=False),
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
    sa.UniqueConstraint("author", "epoch", "journal_first"),
)

mailbox_entries = sa.Table(
    "mailbox_entries",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("first", _big, primary_key=True, autoincrement=False, comment="index in the inbox log"),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("ledger_first", _big, nullable=False),
    sa.Column("runs", _blob, nullable=False, comment="skip and take lengths, u16 each; empty: the whole batch"),
    sa.Index("mailbox_entries_of_segment", "ledger_first", "hall"),
    sqlite_with_rowid=False,
)

mailboxes = sa.Table(
    "mailboxes",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("size", _big, nullable=False),
    sa.Column("acknowledged_size", _big, nullable=False),
    sa.Column("acknowledged_frontier", _blob, nullable=False),
    sa.Column("acknowledged_checkpoint", sa.Text, nullable=False),
)

acknowledgements = sa.Table(
    "acknowledgements",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("size", _big, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("prior_size", _big, nullable=False),
    sa.Column("prior_frontier", _blob, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),
    sa.Column("recorded_at_ms", _big, nullable=False),
)

not_full = sa.Table(
    "not_full",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("first", _big, primary_key=True, autoincrement=False),
    sa.Column("count", _big, nullable=False),
    sa.Column("form", sa.SmallInteger, nullable=False),
)

withheld = sa.Table(
    "withheld",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("first", _big, primary_key=True, autoincrement=False, comment="index in the inbox log"),
    sa.Column("count", _big, nullable=False),
    sa.Column("form", sa.SmallInteger, nullable=False),
)
"""Entries whose body was kept back from a hall, noted before they left without it; ranges of one hall never overlap."""

tiles = sa.Table(
    "tiles",
    metadata,
    sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("index", _big, primary_key=True, autoincrement=False),
    sa.Column("hashes", _blob, nullable=False),
)

cosignatures = sa.Table(
    "cosignatures",
    metadata,
    sa.Column("ledger_size", _big, primary_key=True, autoincrement=False),
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("signed_at", _big, nullable=False, comment="Unix seconds, by the witness"),
    sa.Column("line", sa.Text, nullable=False),
)

contradictions = sa.Table(
    "contradictions",
    metadata,
    sa.Column("id", _row_id, primary_key=True),
    sa.Column("origin", CODE_POINTS, nullable=False),
    sa.Column("held", sa.Text, nullable=False),
    sa.Column("offered", sa.Text, nullable=False),
    sa.Column("seen_at_ms", _big, nullable=False),
)

halls = sa.Table(
    "halls",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("superior", CODE_POINTS, nullable=False),
    sa.Column("division_code", sa.Text, nullable=False),
    sa.Column("linked", sa.Boolean, nullable=False),
)

quarantines = sa.Table(
    "quarantines",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("state", sa.Text, nullable=False, comment="quarantined, or releasing while what was held is forwarded"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("operator", sa.Text, nullable=False),
    sa.Column("since_ms", _big, nullable=False),
)

quarantine_acts = sa.Table(
    "quarantine_acts",
    metadata,
    sa.Column("id", _row_id, primary_key=True),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("act", sa.Text, nullable=False, comment="quarantine or release"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("operator", sa.Text, nullable=False),
    sa.Column("asked_at_ms", _big, nullable=False),
)
"""What operators did and the hub has not written down yet: a row goes in the transaction that logs it."""

held = sa.Table(
    "held",
    metadata,
    sa.Column("ledger_first", _row_id, primary_key=True, autoincrement=False, comment="of a segment with messages that are HELD"),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("next_member", sa.Integer, nullable=False, comment="where in the segment the next forward begins"),
    sa.Column("waiting", sa.Integer, nullable=False, comment="how many of its messages"),
    sa.Column("accepted_at_ms", _big, nullable=False),
    sa.Index("held_of_hall", "hall", "ledger_first"),
)
"""What waits to be forwarded: what of a row is forwarded leaves it in the transaction that logs the forwards."""

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("digest", _blob, primary_key=True),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("expires_at_ms", _big, nullable=False),
    sa.Column("request_digest", _blob, nullable=False, comment="of the request that used it; empty: unused"),
    sa.Column("reply", _blob, nullable=False),
)

certificates = sa.Table(
    "certificates",
    metadata,
    sa.Column("serial", CODE_POINTS, primary_key=True),
    sa.Column("hall", CODE_POINTS, nullable=False, index=True),
    sa.Column("not_after_ms", _big, nullable=False),
    sa.Column("issued_at_ms", _big, nullable=False),
    sa.Column("revoked_at_ms", _big, nullable=False, comment="0: in force"),
    sa.Column("revocation_reason", sa.Text, nullable=False),
)

key_entries = sa.Table(
    "key_entries",
    metadata,
    sa.Column("count", _row_id, primary_key=True, autoincrement=False, comment="key_count of the entry itself"),
    sa.Column("ledger_index", _big, nullable=False),
    sa.Column("leaf", _blob, nullable=False, comment="leaf hash in the hub's journal"),
    sa.Column("note", sa.Text, nullable=False),
)

renewal_nonces = sa.Table(
    "renewal_nonces",
    metadata,
    sa.Column("nonce", _blob, primary_key=True),
    sa.Column("seen_at_ms", _big, nullable=False),
)

register = sa.Table(
    "register",
    metadata,
    sa.Column("kind", CODE_POINTS, primary_key=True),
    sa.Column("key", CODE_POINTS, primary_key=True),
    sa.Column("version", CODE_POINTS, primary_key=True),
    sa.Column("document", sa.Text, nullable=False, comment="JSON in its one spelling (directory.register.changes)"),
    sa.Column("ledger_index", _big, nullable=False, comment="of the change that put it there"),
)

register_segments = sa.Table(
    "register_segments",
    metadata,
    sa.Column("ledger_first", _row_id, primary_key=True, autoincrement=False),
    sa.Column("count", sa.Integer, nullable=False),
)
"""The segments that hold changes of the register, and nothing else."""

stagings = sa.Table(
    "stagings",
    metadata,
    sa.Column("id", _row_id, primary_key=True),
    sa.Column("state", sa.Text, nullable=False, comment="waiting, taken or refused"),
    sa.Column("reason", sa.Text, nullable=False, comment="why, in the words of whoever staged it"),
    sa.Column("changes", sa.Integer, nullable=False),
    sa.Column("faults", sa.Text, nullable=False, comment="JSON list of why it was refused"),
    sa.Column("staged_at_ms", _big, nullable=False),
    sa.Column("settled_at_ms", _big, nullable=False, comment="0: it waits"),
)

staged_changes = sa.Table(
    "staged_changes",
    metadata,
    sa.Column("staging", _big, primary_key=True, autoincrement=False),
    sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", CODE_POINTS, nullable=False),
    sa.Column("key", CODE_POINTS, nullable=False),
    sa.Column("version", CODE_POINTS, nullable=False),
    sa.Column("document", sa.Text, comment="null: it is removed"),
)
"""What waits to be said: a row goes in the transaction that logs it."""


def _matters(name: str, *own: sa.Column[Any], hall: str = "of whoever opened it") -> sa.Table:
    """Declare where matters between halls stand (hub.dockets), with columns of their own."""
    return sa.Table(
        name,
        metadata,
        sa.Column("id", CODE_POINTS, primary_key=True),
        sa.Column("hall", CODE_POINTS, nullable=False, comment=hall),
        *own,
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("opened_at_ms", _big, nullable=False),
        sa.Column("document", _blob, nullable=False, comment="the fold of its events, as a message of the contract"),
        sa.Column("ledger_index", _big, nullable=False, comment="of its last event"),
    )


def _matter_events(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("ledger_index", _row_id, primary_key=True, autoincrement=False),
        sa.Column("id", CODE_POINTS, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
    )


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, CODE_POINTS, nullable=False)


shares = _matters("shares", _word("department"), _word("resource"))
share_events = _matter_events("share_events")
corrections = _matters("corrections", _word("department"), _word("resource"))
correction_events = _matter_events("correction_events")
_due = sa.Column("due_ms", _big, comment="NULL: no reply is awaited")
cards = _matters("cards", _word("effect"), _due, hall="answerable for it")
card_events = _matter_events("card_events")
_due = sa.Column("due_ms", _big, comment="NULL: no answer is awaited")
orders = _matters("orders", _due, sa.Column("goes_up_ms", _big, comment="NULL: it does not"), hall="answers it")
order_events = _matter_events("order_events")
for _table in (cards, orders):
    sa.Index(f"{_table.name}_newest", _table.c.opened_at_ms, _table.c.id)
    sa.Index(f"{_table.name}_of_hall", _table.c.hall, _table.c.opened_at_ms, _table.c.id)
for _column in (cards.c.due_ms, orders.c.due_ms, orders.c.goes_up_ms):
    _said = _column.is_not(None)
    sa.Index(f"{_column.table.name}_{_column.name}", _column, _column.table.c.id, sqlite_where=_said, postgresql_where=_said)

findings_issued = sa.Table(
    "findings_issued",
    metadata,
    sa.Column("thing", CODE_POINTS, primary_key=True, comment="what was found, whatever it was found by (hub.supervision.found)"),
    sa.Column("ledger_index", _big, nullable=False, comment="of the card, order or reminder that was issued for it"),
    sqlite_with_rowid=False,
)
findings_cursor = sa.Table(
    "findings_cursor",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("number", _big, nullable=False, comment="of the last finding that was taken in"),
    sa.Column("finding", CODE_POINTS, nullable=False, comment="its id"),
    sa.Column("found_ms", _big, nullable=False, comment="when it was found; findings that were made anew were found at other times"),
)

record_work = sa.Table(
    "record_work",
    metadata,
    sa.Column("ledger_first", _row_id, primary_key=True, autoincrement=False),
    sa.Column("author", CODE_POINTS, nullable=False),
    sa.Column("parked", sa.Text, nullable=False, comment="why it cannot be judged until the next start; empty: it can"),
    sa.Index("record_work_of_author", "author", "ledger_first"),
)
"""The segments whose records wait to be judged."""

record_segments = sa.Table(
    "record_segments",
    metadata,
    sa.Column("resource", CODE_POINTS, primary_key=True),
    sa.Column("judged", _big, primary_key=True, autoincrement=False, comment="ledger index of what the hub said of it"),
    sa.Column("ledger_first", _big, nullable=False, comment="of the segment that holds the records"),
    sa.Column("runs", _blob, nullable=False, comment="the members that hold: skip and take lengths, u16 each"),
    sqlite_with_rowid=False,
)
"""Where the records of each resource stand, in the order in which they were judged, which is the order of their author's journal."""

record_events = sa.Table(
    "record_events",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("event_id", _blob, primary_key=True, comment="the 16 bytes of the UUID"),
    sqlite_with_rowid=False,
)
"""The events of records that took effect: the same one again has none."""

resource_updates = sa.Table(
    "resource_updates",
    metadata,
    sa.Column("resource", CODE_POINTS, primary_key=True),
    sa.Column("hall", CODE_POINTS, nullable=False, comment="that sent the last one"),
    sa.Column("last_update_ms", _big, nullable=False, comment="when the last record that holds was accepted"),
    sa.Column("ledger_index", _big, nullable=False, comment="of that record"),
    sa.Column("records", _big, nullable=False, comment="how many that hold there were"),
)

grant_cursors = sa.Table(
    "grant_cursors",
    metadata,
    sa.Column("grant", CODE_POINTS, primary_key=True),
    sa.Column("judged", _big, nullable=False, comment="of the row of record_segments that comes next"),
    sa.Column("member", sa.Integer, nullable=False, comment="of its segment that comes next"),
)
"""How far the records of its resource were handed on under each grant."""

extracts = sa.Table(
    "extracts",
    metadata,
    sa.Column("ledger_first", _row_id, primary_key=True, autoincrement=False),
    sa.Column("grant", CODE_POINTS, nullable=False),
)
"""The segments in which the hub handed records on, each under one grant."""
