"""Give hub tests a database of each kind, and a real hub on it."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.hub.copies import Made, made
from tests.hub.records_sent import Catalogued, with_catalogue
from tests.hub.running import RunningHub, running
from tests.province import postgres
from tests.province.postgres import PostgreSQL

needs_postgres = [pytest.mark.postgres, pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "-")]
KINDS = ["sqlite", pytest.param("postgresql", marks=needs_postgres)]


@pytest.fixture(scope="session")
def postgresql_database(postgres_server: PostgreSQL) -> Iterator[sa.Engine]:
    """Create the one database of the session, in which each test has a schema of its own: a database each would take a second."""
    engine = sa.create_engine(postgres_server.new_database(), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session", params=KINDS)
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Give what makes an empty database and returns its URL, for SQLite and for PostgreSQL in turn."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path_factory.mktemp('database') / 'hub.db'}"
    engine: sa.Engine = request.getfixturevalue("postgresql_database")

    def new_schema() -> str:
        schema = f"test_{uuid.uuid4().hex[:12]}"
        with engine.connect() as connection:
            connection.execute(sa.schema.CreateSchema(schema))
        return engine.url.update_query_dict({"options": f"-c search_path={schema}"}).render_as_string(hide_password=False)

    return new_schema


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """Name an empty database, of SQLite and of PostgreSQL in turn."""
    return new_database()


@pytest.fixture(scope="session")
def made_province(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Make a province on a database of each kind, for all tests to copy."""
    return made(tmp_path_factory.mktemp("made"), new_database)


@pytest.fixture
async def hub(tmp_path: Path, made_province: Made) -> AsyncIterator[RunningHub]:
    """Run a hub on a database of each kind."""
    async with running(tmp_path, made_province.copy(tmp_path)) as started:
        yield started


@pytest.fixture
async def catalogued(hub: RunningHub) -> AsyncIterator[Catalogued]:
    """Give a hub with a catalogue of two resources that different halls provide."""
    scene = Catalogued(hub, with_catalogue(hub))
    yield scene
    await scene.close()
