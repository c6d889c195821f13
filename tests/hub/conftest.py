"""Give hub tests a real hub."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hub.running import RunningHub, make_province, running


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[RunningHub]:
    """Run a hub on SQLite."""
    async with running(tmp_path, make_province(tmp_path)) as started:
        yield started
