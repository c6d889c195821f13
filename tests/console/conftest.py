"""Give tests a console in this process, and a browser."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.console.browsing import Browsing, browsing
from tests.console.staffed import Staffed, staffed
from tests.node_agent.conftest import linked

__all__ = ["browser", "hall", "linked"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Staffed]:
    """Open the console of one hall for the tests of a file."""
    async with staffed(tmp_path_factory.mktemp("hall")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browsing]:
    """Run one Chromium for the tests of a file."""
    with browsing() as found:
        yield found
