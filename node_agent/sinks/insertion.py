"""Insert rows and pass over those that are there already, as each database says it."""

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite


def passing_over(dialect: str, table: sa.Table) -> sa.Insert | None:
    """Return the insert that passes over what is there already, where the database knows one."""
    match dialect:
        case "sqlite":
            return sqlite.insert(table).on_conflict_do_nothing()
        case "postgresql":
            from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - most halls have none, and each start would wait for it

            return postgresql.insert(table).on_conflict_do_nothing()
        case "mysql" | "mariadb":
            return sa.insert(table).prefix_with("IGNORE")
    return None
