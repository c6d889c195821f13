"""Declare the registry of licences; all of it can be made again from the ledger.

Times are Unix milliseconds. No column holds a name, a code or a field of a licence in clear.
"""

import sqlalchemy as sa

from hub.consumers import CODE_POINTS, metadata

_big = sa.BigInteger
_row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_blob = sa.LargeBinary


def _place() -> sa.Column[int]:
    return sa.Column("ledger_index", _row_id, primary_key=True, autoincrement=False)


versions = sa.Table(
    "licence_versions",
    metadata,
    sa.Column("licence_id", CODE_POINTS, primary_key=True),
    sa.Column("root", CODE_POINTS, nullable=False, comment="the identifier without version and check character"),
    sa.Column("type", CODE_POINTS, nullable=False),
    sa.Column("hall", CODE_POINTS, nullable=False, comment="that issued it"),
    sa.Column("status", CODE_POINTS, nullable=False, comment="directory.licences.vocabulary"),
    sa.Column("ground", CODE_POINTS, nullable=False, comment="of an ending or a suspension; empty: of neither"),
    sa.Column("since_ms", _big, nullable=False, comment="from when the status counts"),
    sa.Column("valid_from_ms", _big, nullable=False),
    sa.Column("valid_to_ms", _big, comment="NULL: it does not run out"),
    sa.Column("holder", _blob, nullable=False, comment="keyed hash of the holder's code (hub.licences.sealing)"),
    sa.Column("sealed", _blob, nullable=False, comment="the credential, encrypted (hub.licences.sealing)"),
    sa.Column("key_id", CODE_POINTS, nullable=False, comment="of the key that signed the credential"),
    sa.Column("status_uri", CODE_POINTS, nullable=False),
    sa.Column("status_index", sa.Integer, nullable=False),
    sa.Column("trust_level", sa.Integer, nullable=False, comment="tongban.licence.v1.TrustLevel"),
    sa.Column("made", _big, nullable=False, comment="ledger index of the act that made it"),
    sa.Column("ledger_index", _big, nullable=False, comment="of the last act on it"),
    sa.Index("licence_versions_of_root", "root"),
    sa.Index("licence_versions_of_holder", "holder", "type"),
    sa.Index("licence_versions_in_list", "status_uri", "status_index", unique=True),
)

events = sa.Table(
    "licence_events",
    metadata,
    sa.Column("hall", CODE_POINTS, primary_key=True),
    sa.Column("event_id", CODE_POINTS, primary_key=True),
    sqlite_with_rowid=False,
)
"""The events that took effect: the same one again has none."""

findings = sa.Table(
    "licence_findings",
    metadata,
    _place(),
    sa.Column("hall", CODE_POINTS, nullable=False, comment="that sent the act"),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("journal_index", _big, nullable=False),
    sa.Column("subject", CODE_POINTS, nullable=False),
    sa.Column("event_id", CODE_POINTS, nullable=False),
    sa.Column("fault", CODE_POINTS, nullable=False, comment="directory.licences.vocabulary"),
    sa.Column("what", sa.Text, nullable=False, comment="what is wrong and what to do, without what any field holds"),
)
"""The acts that do not count."""

keys_named = sa.Table(
    "licence_keys_named",
    metadata,
    _place(),
    sa.Column("hall", CODE_POINTS, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("accepted_at_ms", _big, nullable=False),
    sa.Column("key", sa.Text, nullable=False, comment="verifier key"),
    sa.Index("licence_keys_named_by", "hall", "ledger_index"),
)
"""The licence keys that halls named and that hold; each counts with the hub's key entry."""

documents = sa.Table(
    "licence_register",
    metadata,
    sa.Column("kind", CODE_POINTS, primary_key=True),
    sa.Column("key", CODE_POINTS, primary_key=True),
    sa.Column("version", CODE_POINTS, primary_key=True),
    sa.Column("ledger_index", _big, nullable=False),
    sa.Column("document", sa.Text, comment="NULL: it was removed"),
    sqlite_with_rowid=False,
)
"""The register as far as the ledger was taken in: an act is judged by what stood in it then."""

key_entries = sa.Table(
    "licence_key_entries",
    metadata,
    _place(),
    sa.Column("leaf", _blob, nullable=False, comment="its leaf hash in the hub's journal"),
    sa.Column("note", sa.Text, nullable=False),
)
"""The key entries as far as the ledger was taken in."""
