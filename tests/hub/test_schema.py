"""The tables that the revisions make are those that the code declares."""

import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import hub.cases.tables
import hub.decisions.tables
import hub.guidance.file_tables
import hub.guidance.tables
import hub.licences.ledger_tables
import hub.licences.tables
import hub.registry.tables  # noqa: F401 - they declare tables of the read models, and of the ledger
from hub import schema
from hub.cases import findings
from hub.cases.tables import watermarks
from hub.consumers import consumers
from hub.consumers import metadata as models_metadata
from hub.db import Database, models_url, open_database, transaction
from hub.errors import SchemaTooNew
from hub.exchange import ledger
from hub.tables import metadata as ledger_metadata
from tests.hub.supervision_ground import found_card
from tests.province.processes import Program, run

PARTS = {schema.LEDGER: ledger_metadata, schema.MODELS: models_metadata}
VERSIONS = {part: sa.table(schema.version_table(part), sa.column("version_num")) for part in PARTS}
STARTING = """
import sys, time
from hub import schema
from hub.db import models_url, open_database, transaction
from hub.exchange import ledger
url, start = sys.argv[1], float(sys.argv[2])
databases = open_database(url), open_database(models_url(url), durable=False)
time.sleep(max(0.0, start - time.time()))
schema.upgrade(*(database.writer for database in databases))
with transaction(databases[0].writer) as connection:
    print(ledger.take_over(connection).term)
"""


@pytest.fixture
def databases(database_url: str) -> Iterator[dict[str, Database]]:
    """Open an empty ledger and empty read models."""
    opened = {schema.LEDGER: open_database(database_url), schema.MODELS: open_database(models_url(database_url), durable=False)}
    yield opened
    for database in opened.values():
        database.dispose()


def upgrade(databases: dict[str, Database]) -> None:
    schema.upgrade(*(databases[part].writer for part in PARTS))


def migrations_until(folder: Path, **newest: str) -> Path:
    """Copy the revisions up to the newest ones of an earlier release."""
    shutil.copytree(schema.MIGRATIONS, folder)
    for part, last in newest.items():
        for later in (path for path in (folder / part).glob("*.py") if path.stem > last):
            later.unlink()
    return folder


def revision(databases: dict[str, Database], part: str) -> str:
    with databases[part].reader.begin() as connection:
        return str(connection.scalar(sa.select(VERSIONS[part])))


@pytest.mark.parametrize("part", PARTS)
def test_the_revisions_make_what_the_code_declares(databases: dict[str, Database], part: str) -> None:
    upgrade(databases)
    # On PostgreSQL both live in one database: what the other part declares is not this one's surplus.
    others = {name for other, metadata in PARTS.items() if other != part for name in (*metadata.tables, schema.version_table(other))}

    def is_own(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name not in others

    options = {"version_table": schema.version_table(part), "include_name": is_own, "compare_server_default": True}
    with databases[part].reader.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), PARTS[part])
    assert differences == []


@pytest.mark.parametrize("part", PARTS)
def test_on_sqlite_they_say_so_in_the_same_words(tmp_path: Path, part: str) -> None:
    declared, made = tmp_path / "declared.db", tmp_path / "made.db"
    engines = {path: open_database(f"sqlite:///{path}").writer for path in (declared, made)}
    PARTS[part].create_all(engines[declared])
    unused = open_database(f"sqlite:///{tmp_path / 'unused.db'}").writer
    schema.upgrade(*(engines[made] if part == each else unused for each in PARTS))
    for engine in (*engines.values(), unused):
        engine.dispose()
    assert statements(made) - statements(declared) == {version_statement(schema.version_table(part))}
    assert statements(declared) - statements(made) == set()


def statements(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = {re.sub(r"\s+", " ", sql) for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    connection.close()
    return found


def version_statement(table: str) -> str:
    return f"CREATE TABLE {table} ( version_num VARCHAR(32) NOT NULL, CONSTRAINT {table}_pkc PRIMARY KEY (version_num) )"


def test_a_second_upgrade_changes_nothing(databases: dict[str, Database]) -> None:
    upgrade(databases)
    with transaction(databases[schema.LEDGER].writer) as connection:
        assert ledger.take_over(connection).term == 1
    upgrade(databases)
    with transaction(databases[schema.LEDGER].writer) as connection:
        assert ledger.take_over(connection).term == 2
    assert [revision(databases, part) for part in PARTS] == [schema.newest_revision(part) for part in PARTS]


@pytest.mark.parametrize("part", PARTS)
def test_the_newest_revision_is_found_without_alembic(part: str) -> None:
    revisions = ScriptDirectory(str(schema.MIGRATIONS), version_locations=[str(schema.MIGRATIONS / part)])
    assert revisions.get_heads() == [schema.newest_revision(part)]


def test_cases_are_made_again_with_their_ratings_and_what_was_found_stays(
    databases: dict[str, Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(schema, "MIGRATIONS", migrations_until(tmp_path / "before", models="models_0005", ledger="ledger_0007"))
        upgrade(databases)
    with transaction(databases[schema.MODELS].writer) as connection:
        connection.execute(consumers.insert().values(name="cases", next_ledger_index=9))
        connection.execute(watermarks.insert().values(hall="yushu", source="business", read_up_to_ms=1))
        findings.add(connection, [found_card()], 1)
    upgrade(databases)
    with databases[schema.MODELS].reader.begin() as connection:
        assert connection.execute(sa.select(consumers)).all() == connection.execute(sa.select(watermarks)).all() == []
        assert [kept.finding.id for kept in findings.after(connection, 0, 9)] == [found_card().id]


def test_who_finds_the_tables_up_to_date_does_not_wait_for_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    schema.prepare(url)
    look = "import sys, hub.app; from hub import schema; schema.prepare(sys.argv[1]); print('alembic' in sys.modules)"
    assert run([sys.executable, "-c", look, url]) == "False\n"


@pytest.mark.parametrize("part", PARTS)
def test_a_database_of_a_later_release_is_refused_and_left_as_it_is(databases: dict[str, Database], part: str) -> None:
    upgrade(databases)
    with transaction(databases[part].writer) as connection:
        connection.execute(VERSIONS[part].update().values(version_num="of_next_year"))
    with pytest.raises(SchemaTooNew, match=rf"\({part}\).*of_next_year.*later release"):
        upgrade(databases)
    assert revision(databases, part) == "of_next_year"


def test_a_revision_that_fails_leaves_nothing_behind(databases: dict[str, Database]) -> None:
    writer = databases[schema.LEDGER].writer
    with transaction(writer) as connection:
        connection.execute(sa.text("CREATE TABLE renewal_nonces (mine INTEGER)"))  # made last, so all the others are made before
    with pytest.raises(sa.exc.DBAPIError):
        upgrade(databases)
    assert sa.inspect(writer).get_table_names() == ["renewal_nonces"]


def test_hubs_that_start_at_once_take_turns(database_url: str, tmp_path: Path) -> None:
    start = str(time.time() + 2)
    programs = [Program([sys.executable, "-c", STARTING, database_url, start], tmp_path / f"log-{n}") for n in range(4)]
    for program in programs:
        program.start()
    assert [program.wait(60) for program in programs] == [0, 0, 0, 0], [program.log_end() for program in programs]
    assert sorted(program.log.read_text().strip() for program in programs) == ["1", "2", "3", "4"]


def test_names_sort_by_code_points_wherever_order_counts(databases: dict[str, Database]) -> None:
    upgrade(databases)
    engine = databases[schema.LEDGER].writer
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite sorts text by code points unless told otherwise")
    query = """
        SELECT DISTINCT t.relname || '.' || a.attname
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey::int2[])
        JOIN pg_type y ON y.oid = a.atttypid JOIN pg_collation c ON c.oid = a.attcollation
        WHERE n.nspname = current_schema() AND y.typname = 'text' AND c.collname <> 'C'
    """
    with engine.connect() as connection:
        assert connection.scalars(sa.text(query)).all() == []


def test_the_revisions_are_found_from_anywhere(tmp_path: Path) -> None:
    code = (
        "from hub import schema; from hub.db import open_database;"
        " a, b = (open_database(f'sqlite:///{name}.db').writer for name in 'ab'); schema.upgrade(a, b)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)
    assert statements(tmp_path / "a.db")
    assert statements(tmp_path / "b.db")
