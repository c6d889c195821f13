"""Declare what a sink writes into the hall's database.

Law: times are text, UTC, ISO 8601 with six digits of a second: the same in every database, and in order as text.
"""

from dataclasses import dataclass

import sqlalchemy as sa

_NAME_CHARACTERS = 255
_TIME_CHARACTERS = 32
_PLACE_CHARACTERS = 64
"""Of an id: three such columns are one key, and databases bound its length."""
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""SQLite numbers rows by itself only in a column of type INTEGER."""


@dataclass(frozen=True, slots=True)
class SinkTables:
    """The tables of one sink."""

    metadata: sa.MetaData
    deliveries: sa.Table
    cursor: sa.Table
    parked: sa.Table
    records: sa.Table | None


def sink_tables(deliveries: str, records: str | None = None) -> SinkTables:
    """Return the tables, those of deliveries and of records under the configured names; without a name there is none of records."""
    metadata = sa.MetaData()
    log, cursor, parked = _deliveries(metadata, deliveries), _cursor(metadata), _parked(metadata)
    return SinkTables(metadata, log, cursor, parked, _records(metadata, records) if records else None)


def _name(column: str, *, primary_key: bool = False) -> "sa.Column[str]":
    return sa.Column(column, sa.String(_NAME_CHARACTERS), primary_key=primary_key, nullable=False)


def _deliveries(metadata: sa.MetaData, name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("arrival", _BIG, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.String(36), nullable=False),
        _name("hall"),
        _name("source"),
        _name("type"),
        _name("subject"),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("occurred_at", sa.String(_TIME_CHARACTERS), nullable=False),
        sa.Column("recorded_at", sa.String(_TIME_CHARACTERS), nullable=False),
        sa.Column("journal_epoch", sa.Integer, nullable=False),
        sa.Column("journal_index", sa.BigInteger, nullable=False),
        sa.Column("ledger_index", sa.BigInteger, nullable=False),
        sa.Column("source_row", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        # Of one hall: another must not be able to take an id away (G2 is per hall and event id).
        sa.UniqueConstraint("hall", "event_id"),
        sqlite_autoincrement=True,
    )


def _cursor(metadata: sa.MetaData) -> sa.Table:
    return sa.Table("sink_cursor", metadata, _name("sink", primary_key=True), sa.Column("inbox_position", sa.BigInteger, nullable=False))


def _parked(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "sink_parked",
        metadata,
        _name("sink", primary_key=True),
        sa.Column("inbox_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("ledger_index", sa.BigInteger, nullable=False),
        _name("hall"),
        sa.Column("journal_epoch", sa.Integer, nullable=False),
        sa.Column("journal_index", sa.BigInteger, nullable=False),
        sa.Column("subject", sa.String(_NAME_CHARACTERS)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("parked_at", sa.String(_TIME_CHARACTERS), nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
    )


def _records(metadata: sa.MetaData, name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("grant_id", sa.String(_PLACE_CHARACTERS), primary_key=True),
        sa.Column("resource", sa.String(_PLACE_CHARACTERS), primary_key=True),
        _name("record_key", primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text),
        _name("hall"),
        sa.Column("ledger_index", sa.BigInteger, nullable=False),
        sa.Column("accepted_at", sa.String(_TIME_CHARACTERS), nullable=False),
        sa.Column("event_id", sa.String(36), nullable=False),
    )
