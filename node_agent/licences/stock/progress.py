"""Remember how far a stock was loaded, and which of its rows are no licences yet.

Law: what is remembered commits with the licences that it is about.
"""

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from node_agent.errors import LicenceDeclined
from node_agent.licences.stock.tables import stock_loads, stock_rejects

_SALT_BYTES: Final = 16
_DIGITS: Final = 24


@dataclass(frozen=True, slots=True)
class Load:
    """How far a stock was loaded."""

    name: str
    salt: bytes
    place: str = ""

    def digest(self, key: str) -> str:
        """Name a row of the stock by its key, so that nobody reads the key."""
        return hashlib.sha256(self.salt + key.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of rows; `repeated` had been loaded before, `passed_over` are no more."""

    rows_read: int = 0
    issued: int = 0
    repeated: int = 0
    passed_over: int = 0
    rejected: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Add two."""
        return Counts(
            self.rows_read + other.rows_read,
            self.issued + other.issued,
            self.repeated + other.repeated,
            self.passed_over + other.passed_over,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is no licence; `row` is its name in the store, `shown` is where people find it, never its key."""

    row: str
    shown: str
    reason: str
    first_seen: datetime | None = None


def begin(connection: sa.Connection, name: str, licence_type: str, now: datetime) -> Load:
    """Return where a load goes on, or begin it; raises LicenceDeclined for a stock that was loaded as another type."""
    row = connection.execute(sa.select(stock_loads).where(stock_loads.c.name == name)).one_or_none()
    if row is None:
        made = Load(name, os.urandom(_SALT_BYTES))
        counts = {"rows_read": 0, "issued": 0, "repeated": 0, "passed_over": 0}
        connection.execute(
            sa.insert(stock_loads).values(name=name, type=licence_type, salt=made.salt, place="", begun_at=_ms(now), **counts)
        )
        return made
    if row.type != licence_type:
        raise LicenceDeclined("request", [("type", f"the stock {name!r} was loaded as another type: give this one a name of its own")])
    return Load(name, bytes(row.salt), row.place)


def advance(connection: sa.Connection, load: Load, place: str, counts: Counts) -> None:
    """Remember the place behind a page, and what became of its rows; an empty place is none."""
    table = stock_loads.c
    values = {
        "rows_read": table.rows_read + counts.rows_read,
        "issued": table.issued + counts.issued,
        "repeated": table.repeated + counts.repeated,
        "passed_over": table.passed_over + counts.passed_over,
    }
    moved = {"place": place} if place else {}
    connection.execute(sa.update(stock_loads).where(table.name == load.name).values(**values, **moved))


def reject(connection: sa.Connection, load: Load, found: Sequence[Reject], now: datetime) -> None:
    """Set rows aside."""
    statement = (
        "INSERT INTO stock_rejects (name, row, shown, reason, first_seen) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (name, row) DO UPDATE SET reason = excluded.reason, shown = excluded.shown"
    )
    if found:
        rows = [(load.name, one.row, one.shown, one.reason, _ms(now)) for one in found]
        connection.exec_driver_sql(statement, rows)


def mended(connection: sa.Connection, load: Load, rows: Collection[str]) -> None:
    """Strike rows off the list of rejects: they are licences now, or no more."""
    table = stock_rejects.c
    connection.execute(sa.delete(stock_rejects).where(table.name == load.name, table.row.in_(rows)))


def set_aside(connection: sa.Connection, load: Load, rows: Collection[str]) -> set[str]:
    """Return which of these rows are set aside."""
    table = stock_rejects.c
    return set(connection.scalars(sa.select(table.row).where(table.name == load.name, table.row.in_(rows))))


def rejects(connection: sa.Connection, name: str, limit: int) -> list[Reject]:
    """Return the rows of a stock that are set aside, the oldest first."""
    table = stock_rejects.c
    query = sa.select(stock_rejects).where(table.name == name).order_by(table.first_seen, table.shown).limit(limit)
    moments = ((row, datetime.fromtimestamp(row.first_seen / 1000, UTC)) for row in connection.execute(query))
    return [Reject(row.row, row.shown, row.reason, at) for row, at in moments]


def count_rejects(connection: sa.Connection, name: str) -> int:
    """Count them."""
    return connection.scalar(sa.select(sa.func.count()).where(stock_rejects.c.name == name)) or 0


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
