"""Declare what the agent keeps of the hall's people, in its own store.

Laws: times are Unix milliseconds, UTC. No password and no token is kept, only what tells whether one is right.
"""

import sqlalchemy as sa

from node_agent.tables import metadata

users = sa.Table(
    "users",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("password_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Staff by their number, which is never given to another; `password` is an argon2id hash, `language` empty for the browser's."""

user_roles = sa.Table(
    "user_roles",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("department", sa.Text, primary_key=True),
    sqlite_with_rowid=False,
)
"""What a user may act as; an empty department is none."""

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("number", sa.Text, nullable=False, index=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("browser", sa.Text, nullable=False),
    sa.Column("begun_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Who is signed in, and acts as what; `id` is shown, the token never is. `begun_at` is the sign-in, whatever id the session has by now."""

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Failed sign-ins by account and by address, whether there is such an account or not."""

sign_in_places = sa.Table(
    "sign_in_places",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""From which addresses users have signed in of late: failures elsewhere do not close an account there."""

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("form", sa.Text, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("saved_at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What users have typed and not sent, by the form that it is for; it outlives their sessions."""

account_acts = sa.Table(
    "account_acts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False, index=True),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Who did what to which account: only ever added to. `by` is empty for whoever sat at the agent's own machine."""
