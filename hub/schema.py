"""Bring the hub's databases to this release's tables.

Laws: tables change by the revisions in hub/migrations alone, each database in one transaction, wholly or not at all; hubs
that start at once take turns; a database that a later release made is left as it is. Ledger and read models have revisions
and version tables of their own, because on PostgreSQL they share a database.
"""

from pathlib import Path

import sqlalchemy as sa

from hub.db import models_url, open_database, transaction
from hub.errors import SchemaTooNew

LEDGER = "ledger"
MODELS = "models"

MIGRATIONS = Path(__file__).with_name("migrations")
"""A folder of revisions for LEDGER and one for MODELS, and what Alembic runs them with."""

_TURN = int.from_bytes(b"tongban")
"""The advisory lock (PostgreSQL) of whoever changes tables."""


def upgrade(ledger_engine: sa.Engine, models_engine: sa.Engine) -> None:
    """Run the revisions that are missing; both engines must be writers. Raises SchemaTooNew, StorageBusy or StorageFull."""
    for part, engine in ((LEDGER, ledger_engine), (MODELS, models_engine)):
        with transaction(engine) as connection:
            _take_turn(connection)
            _run(connection, part)


def prepare(url: str) -> None:
    """Run the revisions that are missing on the databases of a configured URL; raises as `upgrade`."""
    ledger, models = open_database(url), open_database(models_url(url), durable=False)
    try:
        upgrade(ledger.writer, models.writer)
    finally:
        ledger.dispose()
        models.dispose()


def version_table(part: str) -> str:
    """Return the table in which Alembic keeps the revision of LEDGER or MODELS."""
    return f"{part}_version"


def _take_turn(connection: sa.Connection) -> None:
    """Wait for others who upgrade; on SQLite BEGIN IMMEDIATE has done so."""
    if connection.dialect.name == "postgresql":
        # A long revision is no fault, neither one's own nor another hub's.
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))


def newest_revision(part: str) -> str:
    """Return the revision to which this release brings LEDGER or MODELS: their files are called by their numbers."""
    return max(path.stem for path in (MIGRATIONS / part).glob("*.py"))


def _run(connection: sa.Connection, part: str) -> None:
    if _revisions(connection, part) == [newest_revision(part)]:
        return
    # Alembic takes a fifth of the time of a hub's start to load, and is needed once a release.
    from alembic import command  # noqa: PLC0415 - as said
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config(attributes={"connection": connection, "version_table": version_table(part)})
    config.set_main_option("script_location", _escaped(MIGRATIONS))
    config.set_main_option("version_locations", _escaped(MIGRATIONS / part))
    config.set_main_option("path_separator", "newline")
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    for unknown in sorted(set(_revisions(connection, part)) - known):
        msg = (
            f"the database ({part}) is at revision {unknown}, which this release does not know: "
            "install the later release that made it, or restore a backup from before"
        )
        raise SchemaTooNew(msg)
    command.upgrade(config, "head")


def _revisions(connection: sa.Connection, part: str) -> list[str]:
    """Return the revisions at which a database is; none before its first upgrade."""
    table = version_table(part)
    if not sa.inspect(connection).has_table(table):
        return []
    return list(connection.scalars(sa.select(sa.column("version_num")).select_from(sa.table(table))))


def _escaped(path: Path) -> str:
    # Alembic reads its options through configparser, to which % is a sign.
    return str(path).replace("%", "%%")
