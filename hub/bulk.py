"""Write many rows with one prepared statement.

Laws: the statement is SQLAlchemy's, compiled once a dialect; what is saved is its work for every single row, which costs
more than the row itself (a third of a read model's time).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_Insert = sqlite.Insert | postgresql.Insert
_POSITIONAL: dict[str, sa.Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="qmark"),
    "postgresql": PGDialect_psycopg(paramstyle="format"),  # type: ignore[no-untyped-call]  # SQLAlchemy left it so
}


def insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> int:
    """Insert rows, given in the order of the table's columns, but those that meet a unique key; return how many were inserted."""
    return _execute(connection, _insert_new(connection.dialect.name, table), rows)


def upsert(
    connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]], columns: Sequence[str] = (), *, least: str = ""
) -> None:
    """Insert rows, given in the order of the table's columns, or of those named; one of the same primary key is replaced in these.

    Of the column `least`, if one is named, the lesser value stays, and any goes before NULL.
    """
    _execute(connection, _upsert(connection.dialect.name, table, tuple(columns or table.c.keys()), least), rows)


def _execute(connection: sa.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    done = connection.exec_driver_sql(statement, list(rows), execution_options={"preserve_rowcount": True})
    return done.rowcount


@lru_cache
def _insert_new(dialect: str, table: sa.Table) -> str:
    columns = tuple(table.c.keys())
    return _spelled(dialect, columns, _begun(dialect, table, columns).on_conflict_do_nothing())


@lru_cache
def _upsert(dialect: str, table: sa.Table, columns: tuple[str, ...], least: str) -> str:
    begun = _begun(dialect, table, columns)
    key = [column.name for column in table.primary_key.columns]
    changed: dict[str, sa.ColumnElement[Any]] = {name: begun.excluded[name] for name in columns if name not in key}
    if least:
        changed[least] = sa.case((table.c[least] < begun.excluded[least], table.c[least]), else_=begun.excluded[least])
    return _spelled(dialect, columns, begun.on_conflict_do_update(index_elements=key, set_=changed))


def _begun(dialect: str, table: sa.Table, columns: tuple[str, ...]) -> _Insert:
    begun = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return begun.values({name: sa.bindparam(name, type_=table.c[name].type) for name in columns})


def _spelled(dialect: str, columns: tuple[str, ...], statement: _Insert) -> str:
    compiled = statement.compile(dialect=_POSITIONAL[dialect])
    # Rows come as tuples: the placeholders must stand in the order of the columns.
    if compiled.positiontup != list(columns):
        raise AssertionError(compiled.positiontup)
    return str(compiled)
