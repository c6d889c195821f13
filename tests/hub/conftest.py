"""Give hub tests a database of each kind, and a real hub on it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.hub.running import RunningHub, make_province, running
from tests.province import postgres
from tests.province.postgres import PostgreSQL

needs_postgres = [pytest.mark.postgres, pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "-")]
KINDS = ["sqlite", pytest.param("postgresql", marks=needs_postgres)]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Run a PostgreSQL of our own for the whole session; each test makes its own database in it."""
    with postgres.postgresql() as server:
        yield server


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty database, of SQLite and of PostgreSQL in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
async def hub(tmp_path: Path, database_url: str) -> AsyncIterator[RunningHub]:
    """Run a hub on a database of each kind."""
    async with running(tmp_path, make_province(tmp_path, database_url)) as started:
        yield started
