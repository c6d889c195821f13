"""Read a database of the hall.

Laws: nothing is ever written there — the session is read-only where the dialect knows such a thing, a SQLite file is never created,
every transaction ends in a rollback; a transaction is as long as one query; errors carry neither parameters nor the URL's password.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import NullPool

from node_agent.sources.config import SqlSourceConfig
from node_agent.sources.database_url import with_password
from node_agent.sources.errors import SourceError, SourceMisconfigured, SourceUnavailable

_READ_ONLY = {
    "sqlite": "PRAGMA query_only=ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}
_CLOCKS = {
    # A standby shows nothing newer than what it has replayed last.
    "postgresql": "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_xact_replay_timestamp() ELSE clock_timestamp() END",
    "mysql": "SELECT UTC_TIMESTAMP(6)",
    "mariadb": "SELECT UTC_TIMESTAMP(6)",
}
_ROWS_A_FETCH = 1000
_NOT_THERE = ("no such table", "no such column", "syntax error", "readonly", "read-only", "not a database")
"""SQLite calls these operational errors, as it does a locked database; waiting mends none of them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gives: the names of its columns, and its rows, which are read as they are asked for."""

    columns: Sequence[str]
    rows: Iterator[Sequence[Any]]


class HallDatabase:
    """Ask the query of one source."""

    def __init__(self, config: SqlSourceConfig) -> None:
        self._name = config.name
        self._query = sa.text(config.query)
        self._engine = _engine(config)
        clock = _CLOCKS.get(self._engine.dialect.name)
        self._clock = None if clock is None else sa.text(clock)

    @contextmanager
    def ask(self, binds: Mapping[str, object]) -> Iterator[Answer]:
        """Run the query. Raises SourceUnavailable or SourceMisconfigured, also while the rows are read."""
        with self._named_errors(), self._engine.connect() as connection:
            options = {"stream_results": True, "max_row_buffer": _ROWS_A_FETCH}
            with connection.execution_options(**options).execute(self._query, binds) as result:
                yield Answer(tuple(result.keys()), (row for part in result.partitions(_ROWS_A_FETCH) for row in part))
            connection.rollback()

    def shows_up_to(self, now: datetime) -> datetime | None:
        """Return the moment whose state a query that is asked from here on shows at least; None where the database does not know.

        It is the earlier of the database's own clock, by which its rows are dated, and the agent's, which shows `now`. Raises
        SourceUnavailable or SourceMisconfigured.
        """
        if self._clock is None:
            return now
        with self._named_errors(), self._engine.connect() as connection:
            shown: datetime | None = connection.execute(self._clock).scalar()
            connection.rollback()
        if shown is None:
            return None
        return min(now, shown if shown.tzinfo else shown.replace(tzinfo=UTC))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._named(error) from None  # the chain would carry the statement and its parameters into logs
        except NoConnection:
            raise SourceUnavailable(f"source {self._name!r}: no connection is free") from None
        except SQLAlchemyError as error:
            raise SourceMisconfigured(f"source {self._name!r}: {error}") from None

    def _named(self, error: DBAPIError) -> SourceError:
        text = f"source {self._name!r}: {error.orig}"
        waiting_helps = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.InternalError)
        if waiting_helps and not any(words in text for words in _NOT_THERE):
            return SourceUnavailable(text)
        return SourceMisconfigured(text)


def _engine(config: SqlSourceConfig) -> sa.Engine:
    url = with_password(config.url, config.password_file)
    dialect, seconds = url.get_backend_name(), config.timeout.total_seconds()
    try:
        if dialect == "sqlite":
            # A pool would hold on to a file that the hall has replaced.
            engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": seconds})
            sa.event.listen(engine, "do_connect", _open_existing)
        elif dialect == "postgresql":
            limits = {"connect_timeout": max(1, round(seconds)), "options": f"-c statement_timeout={round(seconds * 1000)}"}
            engine = sa.create_engine(url, pool_size=1, pool_pre_ping=True, connect_args=limits)
        else:
            engine = sa.create_engine(url, pool_size=1, pool_pre_ping=True)
    except (SQLAlchemyError, ImportError) as error:
        raise SourceMisconfigured(f"source {config.name!r}: {error}") from None
    if dialect in _READ_ONLY:
        sa.event.listen(engine, "connect", _read_only(_READ_ONLY[dialect]))
    return engine


def _open_existing(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> None:
    """Have SQLite open a file, and not create one where there is none."""
    path = str(arguments[0])
    if path != ":memory:" and not path.startswith("file:"):
        arguments[0] = f"file:{quote(path)}?mode=rw"
        options["uri"] = True


def _read_only(statement: str) -> Any:  # noqa: ANN401 - a listener's connection is any driver's
    def connected(connection: Any, _record: object) -> None:  # noqa: ANN401
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        connection.commit()

    return connected
