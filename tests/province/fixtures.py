"""Give tests a province, and a database of either kind for its hub."""

from collections.abc import Iterator

import pytest

from tests.province import postgres
from tests.province.build import COUNTIES, SQLITE
from tests.province.postgres import PostgreSQL, postgresql
from tests.province.small import SmallProvince, small_province

WITHOUT_POSTGRESQL = pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "-")
POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.postgres, WITHOUT_POSTGRESQL])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgreSQL]:
    """Run one PostgreSQL for all tests that want one; each takes a database of its own from it."""
    with postgresql() as server:
        yield server
        server.kill()  # an orderly end would write out what is thrown away next


@pytest.fixture(params=["sqlite", POSTGRESQL])
def backend(request: pytest.FixtureRequest) -> str:
    """Run a test once for each kind of database."""
    return str(request.param)


@pytest.fixture
def hub_database(backend: str, request: pytest.FixtureRequest) -> str:
    """Give the URL of a hub's database that nobody used before, of either kind."""
    if backend == "sqlite":
        return SQLITE
    server: PostgreSQL = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallProvince]:
    """Run a small province on SQLite for the tests of one file, its first county hall behind a proxy."""
    with small_province(tmp_path_factory.mktemp("province"), proxied=COUNTIES[0]) as small:
        yield small


@pytest.fixture
def province_on_each(tmp_path_factory: pytest.TempPathFactory, hub_database: str) -> Iterator[SmallProvince]:
    """Run a small province for one test, once on each kind of database."""
    with small_province(tmp_path_factory.mktemp("province"), hub_database, proxied=COUNTIES[0]) as small:
        yield small
