"""See whether a sink's tables fit, before anything is written there.

Law: nothing is changed: no file and no table is made, and every transaction ends in a rollback.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from node_agent.sinks.config import SqlSinkConfig
from node_agent.sinks.errors import SinkError, SinkMisconfigured, SinkUnavailable
from node_agent.sinks.sql import BUSY_TIMEOUT_SECONDS
from node_agent.sinks.tables import SinkTables, sink_tables
from node_agent.sources.database_url import with_password

_CASE_COUNTS = {"postgresql", "oracle"}
"""Dialects in which a column is found under one spelling only."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is there of a sink: its tables that are still to be made, and the inbox index of the next entry to write."""

    to_make: tuple[str, ...]
    position: int


def look(config: SqlSinkConfig) -> Seen:
    """Compare the tables with what the sink needs. Raises SinkUnavailable, or SinkMisconfigured that names each missing column."""
    tables = sink_tables(config.table, config.records)
    if _is_no_file_yet(config):
        return Seen(tuple(tables.metadata.tables), 0)
    engine = _engine(config)
    try:
        with _named_errors(config), engine.connect() as connection:
            return _compared(config, connection, tables)
    finally:
        engine.dispose()


def _is_no_file_yet(config: SqlSinkConfig) -> bool:
    """Tell whether SQLite would make the file; raises SinkUnavailable where it could not."""
    url = sa.make_url(config.url)
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"} or str(url.database).startswith("file:"):
        return False
    path = Path(str(url.database))
    if not path.parent.is_dir():
        raise SinkUnavailable(f"sink {config.name!r}: there is no folder {path.parent}")
    return not path.exists()


def _compared(config: SqlSinkConfig, connection: sa.Connection, tables: SinkTables) -> Seen:
    dialect = connection.dialect.name
    if dialect == "sqlite":
        # It ends in a rollback: what cannot begin to write cannot be written.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    inspector = sa.inspect(connection)
    there = {table.name for table in tables.metadata.sorted_tables if inspector.has_table(table.name)}
    fits = [_lacks(inspector, table, dialect) for table in tables.metadata.sorted_tables if table.name in there]
    if lacks := [text for text in fits if text]:
        raise SinkMisconfigured(f"sink {config.name!r}: {'; '.join(lacks)}")
    position = _position(config, connection, tables) if tables.cursor.name in there else 0
    connection.rollback()
    return Seen(tuple(name for name in tables.metadata.tables if name not in there), position)


def _lacks(inspector: sa.Inspector, table: sa.Table, dialect: str) -> str:
    spelt = str if dialect in _CASE_COUNTS else str.lower
    there = {spelt(column["name"]) for column in inspector.get_columns(table.name)}
    missing = [column.name for column in table.columns if spelt(column.name) not in there]
    return f"the table {table.name} lacks {', '.join(missing)}" if missing else ""


def _position(config: SqlSinkConfig, connection: sa.Connection, tables: SinkTables) -> int:
    column = tables.cursor.c.inbox_position
    return int(connection.scalar(sa.select(column).where(tables.cursor.c.sink == config.name)) or 0)


def _engine(config: SqlSinkConfig) -> sa.Engine:
    url = with_password(config.url, config.password_file)
    try:
        waits = {"connect_args": {"timeout": BUSY_TIMEOUT_SECONDS}} if url.get_backend_name() == "sqlite" else {}
        return sa.create_engine(url, poolclass=sa.NullPool, **waits)
    except (SQLAlchemyError, ImportError) as error:
        raise SinkMisconfigured(f"sink {config.name!r}: {error}") from None


@contextmanager
def _named_errors(config: SqlSinkConfig) -> Iterator[None]:
    try:
        yield
    except SinkError:
        raise
    except sa.exc.DBAPIError as error:
        raise SinkUnavailable(f"sink {config.name!r}: {error.orig}") from None
    except SQLAlchemyError as error:
        raise SinkMisconfigured(f"sink {config.name!r}: {error}") from None
