"""Declare the agent's own store (SQLite).

Laws: times are Unix milliseconds, UTC. A table named for a thing of which there is one has the single row id = 1.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

_NOW_MS = sa.text("(cast((julianday('now') - 2440587.5) * 86400000 as integer))")

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_run", sa.Boolean, nullable=False),
    sa.Column("recipients", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("put_at", sa.BigInteger, nullable=False, server_default=_NOW_MS),
    sa.Column("envelope", sa.LargeBinary, nullable=False),
    sa.Index("outbox_source_runs", "source", sqlite_where=sa.text("source_run = 1")),
    sqlite_autoincrement=True,
)
"""Envelopes in the order in which they happened: those up to journal_head.last_row are sealed, the others wait."""

recent_events = sa.Table(
    "recent_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("put_at", sa.BigInteger, nullable=False, server_default=_NOW_MS),
    sqlite_autoincrement=True,
)
"""Events that were put into the outbox of late, in their order; see node_agent.known_events."""

sent_events = sa.Table(
    "sent_events",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("journal_index", sa.BigInteger),
    sa.Column("sealed_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Events that were put into the outbox longer ago, by id, so that reading a source again repeats nothing.

`sealed_at` is when they were put, `journal_index` is known for few.
"""

journal_head = sa.Table(
    "journal_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),
    sa.Column("last_row", sa.Integer, nullable=False),
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("sealed_at", sa.BigInteger, nullable=False),
    sa.Column("receipted_at", sa.BigInteger),
    sa.Column("receipt", sa.LargeBinary),
    sa.Column("first_row", sa.Integer),
    sa.Column("last_row", sa.Integer),
    sa.Column("hash_only", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary),
    sa.Index("batches_unreceipted", "first", sqlite_where=sa.text("receipted_at IS NULL")),
)
"""Sealed batches; `frontier` is the journal's before the batch, `receipt` a serialised tongban.exchange.v1.Receipt.

The envelopes stay where they are, in the rows [first_row, last_row] of the outbox: writing them once more would cost more than
all else in sealing. An adopted batch has a `body` instead, a serialised tongban.exchange.v1.Batch. `hash_only` holds the
positions of envelopes too large to be carried, with spaces between.
"""

adoption = sa.Table(
    "adoption",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
)
"""How much of a journal the hub held when this store began to take it back; some is missing until so much has its receipts here."""

refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("journal_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("disposition", sa.Integer, nullable=False),
    sa.Column("reason", sa.Integer, nullable=False),
    sa.Column("receipted_at", sa.BigInteger, nullable=False),
)
"""Envelopes that the hub did not route: REFUSED or HELD."""

successions = sa.Table(
    "successions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    sa.Column("successor", sa.Text, nullable=False),
    sa.Column("outbox_row", sa.Integer, nullable=False),
    sa.Column("asked_at", sa.BigInteger, nullable=False),
    sa.Column("journal_index", sa.BigInteger),
    sa.Column("disposition", sa.Integer),
    sa.Column("reason", sa.Integer),
    sa.Column("answered_at", sa.BigInteger),
    sa.Column("settled_at", sa.BigInteger),
)
"""Log keys that were named to succeed, as verifier keys; never deleted once the hub answered.

Nothing behind `outbox_row` is sealed until a row is settled; it is 0 in one that was taken back from the hub. What the receipt says is
there from `journal_index` to `answered_at`, the hub's time; `settled_at` is when the keys on the disk agreed with it.
"""

inbox_head = sa.Table(
    "inbox_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),
    sa.Column("acknowledged_size", sa.BigInteger, nullable=False),
)

inbox_segments = sa.Table(
    "inbox_segments",
    metadata,
    sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("segment", sa.LargeBinary, nullable=False),
)
"""What was delivered; `first` is an index of the inbox log, `segment` a serialised tongban.exchange.v1.Segment."""

withheld = sa.Table(
    "withheld",
    metadata,
    sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("form", sa.Integer, nullable=False),
)
"""Entries of the inbox log that came without their body, by ranges; `form` is that of their leaves (certs.entries)."""
forwards = sa.Table(
    "forwards",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("fault", sa.Text, nullable=False),
)
"""The entries of the inbox in which the hub forwards another hall's message, by their index: empty `fault`: its author signed it."""

key_entries = sa.Table(
    "key_entries",
    metadata,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("ledger_index", sa.BigInteger, nullable=False),
    sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""The replica of all key entries, from which the keyring is built at start."""

directory = sa.Table(
    "directory",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("document", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("ledger_index", sa.BigInteger, nullable=False),
    sa.Column("journal_epoch", sa.Integer, nullable=False),
    sa.Column("journal_index", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""The replica of the province's register: at each place what its last change said, and where that stands; no document: removed."""

unread_changes = sa.Table(
    "unread_changes",
    metadata,
    sa.Column("ledger_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
)
"""Changes of the register that this release cannot read, as they came."""

invalid_records = sa.Table(
    "invalid_records",
    metadata,
    sa.Column("said_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("said_at", sa.BigInteger, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("journal", sa.Text, nullable=False),
    sa.Column("journal_index", sa.BigInteger, nullable=False),
    sa.Column("ledger_index", sa.BigInteger, nullable=False),
    sa.Column("faults", sa.Text, nullable=False),
)
"""Records of this hall that the hub found invalid; `said_index` is where it says so in the ledger, `ledger_index` where the record stands.

`faults` is a JSON list of pairs: the field, and what is wrong with it.
"""

invalid_licences = sa.Table(
    "invalid_licences",
    metadata,
    sa.Column("said_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("said_at", sa.BigInteger, nullable=False),
    sa.Column("root", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("fault", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("journal", sa.Text, nullable=False),
    sa.Column("journal_index", sa.BigInteger, nullable=False),
    sa.Column("ledger_index", sa.BigInteger, nullable=False),
    sa.Index("invalid_licences_by_event", "event_id"),
)
"""Acts on licences of this hall that do not count; never deleted, for how a licence stands depends on them. The rest is as above."""

ledger_seen = sa.Table(
    "ledger_seen",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),
)
"""The newest ledger checkpoint that the agent verified."""

cosigned = sa.Table(
    "cosigned",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),
    sa.Column("cosigned_at", sa.BigInteger, nullable=False),
)
"""The ledger checkpoint that the hall cosigned last."""

witnessed = sa.Table(
    "witnessed",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("others", sa.Integer, nullable=False),
    sa.Column("checkpoint", sa.Text, nullable=False),
    sa.Column("witnessed_at", sa.BigInteger, nullable=False),
)
"""Ledger checkpoints with the cosignatures of `others` other halls, all verified."""

equivocations = sa.Table(
    "equivocations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("notes", sa.Text, nullable=False),
    sa.Column("found_at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("kind", "notes"),
)
"""Signed notes that contradict each other: evidence, never deleted. `notes` is a JSON list."""

runtime = sa.Table(
    "runtime",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("written_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What the running agent last said of itself, as JSON, for `status` in another process."""
