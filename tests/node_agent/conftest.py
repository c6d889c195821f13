"""Give tests of the link a province, a fake hub, and a hall that is enrolled with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.node_agent.fake_hub import FakeHub
from tests.node_agent.linked import Linked, configuration, enrolled
from tests.node_agent.tiny_province import TinyProvince


@pytest.fixture
async def linked(tmp_path: Path) -> AsyncIterator[Linked]:
    province = TinyProvince(tmp_path / "province")
    config = configuration(tmp_path)
    enrolled(config, province)
    hub = FakeHub(province)
    await hub.start()
    yield Linked(config, province, hub)
    await hub.stop()
