"""Declare what the agent's store holds of the hall's licences.

Laws: nothing here says whose licence it is: what does stands in the envelope of its act, encrypted to the hub and to the hall itself.
Acts are never deleted: they are the hall's own book. Times are Unix milliseconds, UTC.
"""

import sqlalchemy as sa

from node_agent.tables import metadata

licence_acts = sa.Table(
    "licence_acts",
    metadata,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    sa.Column("request", sa.Text, nullable=False, unique=True),
    sa.Column("request_salt", sa.LargeBinary, nullable=False),
    sa.Column("request_digest", sa.LargeBinary, nullable=False),
    sa.Column("root", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("licence_id", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("ground", sa.Text, nullable=False),
    sa.Column("effective_at", sa.BigInteger, nullable=False),
    sa.Column("valid_until", sa.BigInteger),
    sa.Column("officer", sa.Text, nullable=False),
    sa.Column("second_officer", sa.Text, nullable=False),
    sa.Column("status_list", sa.Integer),
    sa.Column("status_index", sa.Integer),
    sa.Column("done_at", sa.BigInteger, nullable=False),
    sa.Column("envelope", sa.LargeBinary, nullable=False),
    sa.Index("licence_acts_by_root", "root", "position"),
    sa.UniqueConstraint("status_list", "status_index"),
    sqlite_autoincrement=True,
)
"""What was done to licences, in order; how a licence stands is the fold of its acts.

`request` is the caller's own number for what it asked, and `request_digest` a salted hash of all that it asked, so that it is done once.
`ground` is a word of an ending, empty of every other act, whose reason is a text. `status_list` and `status_index` are where the status
of the version that an act makes stands; `valid_until` the first moment at which that version is over.
"""

licence_serials = sa.Table(
    "licence_serials",
    metadata,
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""The last serial number given in a year."""

licence_lost = sa.Table(
    "licence_lost",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("root", sa.Text, nullable=False, index=True),
    sa.Column("officer", sa.Text, nullable=False),
    sa.Column("done_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Acts that came back from the hub after the store was lost, and that the hall's own key no longer opens: that they were done, not what."""

licence_endings = sa.Table(
    "licence_endings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("licence_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("ground", sa.Text, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("case_number", sa.Text, nullable=False),
    sa.Column("hall", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("officer", sa.Text, nullable=False),
    sa.Column("proposed_at", sa.BigInteger, nullable=False),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("dropped_by", sa.Text),
    sa.Column("settled_at", sa.BigInteger),
)
"""Endings that an officer proposed, by the number of the request; those without `settled_at` wait for another officer."""

licence_copies = sa.Table(
    "licence_copies",
    metadata,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("request", sa.Text, nullable=False, unique=True),
    sa.Column("licence_id", sa.Text, nullable=False),
    sa.Column("root", sa.Text, nullable=False, index=True),
    sa.Column("hall", sa.Text, nullable=False),
    sa.Column("disclosed", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("case_number", sa.Text, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("officer", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Copies (加注件) that were made here, by the number on them; never deleted. `hall` issued the licence, `disclosed` are names of fields."""

licence_keys = sa.Table(
    "licence_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("log_key", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("announced_at", sa.BigInteger, nullable=False),
)
"""Licence keys that were announced to the hub, with the log key in force then, as a verifier key."""
