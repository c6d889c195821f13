"""`tongban-hub rebuild cases` makes an equal read model, whether the hub runs beside it or not."""

import asyncio
import json
from pathlib import Path

import pytest

from hub.cases.consumer import model_digest
from hub.config import Config
from hub.db import models_url, open_database
from tests.directory.clocks.made import event, ms
from tests.hub.copies import Made
from tests.hub.supervision_ground import COUNTY, Scene, supervising
from tests.hub.test_supervision_issuing import Telling, reckoned
from tests.province.processes import executable, run


@pytest.fixture
def config(tmp_path: Path, made_province: Made) -> Config:
    return made_province.copy(tmp_path)


def rebuilt(config: Config) -> tuple[int, str]:
    """Run the command; return how many entries it took in, and the digest."""
    said = json.loads(run([executable("tongban-hub"), "rebuild", "cases", "--json", "--config", config.keys.parent / "hub.toml"], 60))
    return said["entries"], said["digest"]


async def tell(scene: Scene) -> None:
    await scene.join(COUNTY, "dehui")
    for hall in (COUNTY, "dehui"):
        telling = Telling(scene, hall)
        await telling.tell([event("applied", "2026-11-02"), event("accepted", "2026-11-03", promised_by_ms=ms("2026-11-17"))], "2026-11-10")
        await telling.tell([event("decided", "2026-11-16", outcome=1)], "2026-11-23")
    await reckoned(scene)


def digest(config: Config) -> str:
    """Return the digest of the model as it stands."""
    models = open_database(models_url(config.database), durable=False)
    with models.reader.begin() as connection:
        found = model_digest(connection)
    models.dispose()
    return found


async def test_a_rebuild_gives_an_equal_digest_beside_a_running_hub_and_when_it_is_closed(tmp_path: Path, config: Config) -> None:
    async with supervising(tmp_path, config) as scene:
        await tell(scene)
        before = digest(config)
        entries, beside = await asyncio.to_thread(rebuilt, config)
        assert beside == before
        await reckoned(scene)
        assert digest(config) == before, "the hub goes on with the model that was made"
    again, closed = await asyncio.to_thread(rebuilt, config)
    assert closed == before
    assert again >= entries > 0
