"""Give end-to-end tests a province of real programs, founded once."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.copies import Founded, found_once, living
from tests.e2e.load import repeated
from tests.province import business
from tests.province.small import SmallProvince

HALLS = 3
ROUNDS = 4


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """Found a province with three county halls, for all tests to copy, whichever process they run in."""
    of_process = tmp_path_factory.getbasetemp()
    of_run = of_process.parent if "PYTEST_XDIST_WORKER" in os.environ else of_process
    return found_once(of_run / "founded", business.read_log()[:HALLS])


@pytest.fixture(scope="module")
def shared(founded: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallProvince]:
    """Run a copy for all tests of one file."""
    logs = [repeated(log, ROUNDS) for log in founded.logs]  # enough to write for as long as the slowest machine needs
    small = founded.copy(tmp_path_factory.mktemp("shared") / "province", proxied=founded.halls[0], logs=logs)
    with living(small):
        yield small


@pytest.fixture(scope="module")
def pair(founded: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallProvince]:
    """Run the provincial hall and one county hall of a copy, for all tests of one file."""
    small = founded.copy(tmp_path_factory.mktemp("pair") / "province")
    with living(small, without=small.halls[1:]):
        yield small


@pytest.fixture
def still(founded: Founded, tmp_path: Path) -> SmallProvince:
    """Give a test a copy of its own, in which nothing runs."""
    return founded.copy(tmp_path / "province")
