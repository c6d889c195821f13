"""Give tests of guidance a county hall and the city hall above it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node_agent.guidance.halls import CITY, COUNTY, Hall


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(COUNTY, tmp_path / "county.db")
    yield hall
    hall.engine.dispose()


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(CITY, tmp_path / "city.db")
    yield hall
    hall.engine.dispose()
