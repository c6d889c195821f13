"""Declare what the agent keeps of guidance, in its own store.

Law: as `node_agent.tables`: times are Unix milliseconds, UTC; but `said_us` is in microseconds, as messages are dated and ordered.
"""

import sqlalchemy as sa

from node_agent.tables import metadata

threads = sa.Table(
    "guidance_threads",
    metadata,
    sa.Column("asking_hall", sa.Text, primary_key=True),
    sa.Column("thread", sa.Text, primary_key=True),
    sa.Column("guiding_hall", sa.Text, nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("case_hall", sa.Text, nullable=False),
    sa.Column("case_number", sa.Text, nullable=False),
    sa.Column("item_code", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("asked_at", sa.BigInteger),
    sa.Column("waiting_since", sa.BigInteger),
    sa.Column("answered_at", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("grade", sa.Integer, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False),
    sa.Column("messages", sa.Integer, nullable=False),
    sa.Column("newest", sa.Integer, nullable=False),
    sa.Column("flags", sa.Text, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_by_department", sa.Text, nullable=False),
    sa.Index("guidance_threads_newest", "last_at"),
    sa.Index("guidance_threads_of_case", "case_hall", "case_number"),
    sa.Index("guidance_threads_waiting", "waiting_since", sqlite_where=sa.text("waiting_since IS NOT NULL")),
    sqlite_with_rowid=False,
)
"""How each thread stands: the fold of its messages. `side` is this hall's; `newest` the id of the message that came last."""

messages = sa.Table(
    "guidance_messages",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("asking_hall", sa.Text, nullable=False),
    sa.Column("thread", sa.Text, nullable=False),
    sa.Column("hall", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("place", sa.BigInteger, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("said_us", sa.BigInteger, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Column("flag", sa.Text, nullable=False),
    sa.Column("ledger_index", sa.BigInteger),
    sa.Column("kept_at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("hall", "event_id"),
    sa.Index("guidance_messages_of_thread", "asking_hall", "thread", "position"),
    sqlite_autoincrement=True,
)
"""What was said; `payload` as its author wrote it, `place` its order among what its hall said, `position` its place in the fold.

`ledger_index` is that of what was received; this hall's own messages say nothing there.
"""

claims = sa.Table(
    "guidance_claims",
    metadata,
    sa.Column("asking_hall", sa.Text, primary_key=True),
    sa.Column("thread", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Who looks after a thread in this hall: nobody elsewhere knows. An empty person: the department is asked. `by` put it so."""

notes = sa.Table(
    "guidance_notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("asking_hall", sa.Text, nullable=False),
    sa.Column("thread", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Index("guidance_notes_of_thread", "asking_hall", "thread"),
    sqlite_autoincrement=True,
)
"""What people of this hall say to each other about a thread; it never leaves the hall."""

canned = sa.Table(
    "guidance_canned",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("item_code", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("item_code", "title"),
    sqlite_autoincrement=True,
)
"""Answers that are kept to be given again; an empty item is for any."""

seen = sa.Table(
    "guidance_seen",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("asking_hall", sa.Text, primary_key=True),
    sa.Column("thread", sa.Text, primary_key=True),
    sa.Column("message", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Up to which message someone has seen a thread."""

parked = sa.Table(
    "guidance_parked",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("hall", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("parked_at", sa.BigInteger, nullable=False),
    sa.Column("tried_at", sa.BigInteger, nullable=False),
    sa.Column("envelope", sa.LargeBinary, nullable=False),
    sa.Column("ledger_index", sa.BigInteger),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("journal_index", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("origin", "position"),
    sqlite_autoincrement=True,
)
"""Messages that cannot be applied, with the reason; `origin` is `inbox` or `journal`, `position` an index of that log."""

cursors = sa.Table(
    "guidance_cursors",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("next", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""How far each log was taken in: the inbox, the own journal where it came back from the hub, and the register's knowledge."""

changes = sa.Table(
    "guidance_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("asking_hall", sa.Text, nullable=False),
    sa.Column("thread", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""What changed of late, in order: for pages that are open."""

search = sa.Table(
    "guidance_search",
    metadata,
    sa.Column("gram", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("asking_hall", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Index("guidance_search_knowledge", "name", sqlite_where=sa.text("kind = 'knowledge'")),
    sqlite_with_rowid=False,
)
"""Where each gram stands: in a thread of a hall, or in a piece of knowledge, whose `asking_hall` is empty."""

files = sa.Table(
    "guidance_files",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Index("guidance_files_waiting", "due_at", sqlite_where=sa.text("state IN ('to-send', 'to-fetch')")),
    sqlite_with_rowid=False,
)
"""The files that messages name, by their hash in hexadecimal: whether each is here or has to be sent or fetched.

`due_at` is when that is tried next, `why` what kept it from being done.
"""

gone_files = sa.Table(
    "guidance_files_gone",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("gone_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Since when a file is kept no longer, here or at the hub where it was to be fetched from."""

uploads = sa.Table(
    "guidance_uploads",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("person", "form", "sha256"),
    sqlite_with_rowid=False,
)
"""Files that people attach to what they have not said yet: `received` bytes are here, `media_type` is empty until all of them are."""
