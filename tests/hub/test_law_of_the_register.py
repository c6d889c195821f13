"""The law in force is made of what the register holds: what an operator imports decides the next question."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from directory.identifiers import uscc_of
from directory.register.importing import File
from directory.scopes.reading import default_rules, rules_as_toml
from hub.config import Config
from hub.registry.registrar import Registrar
from tests.hub.people import Person, Told, eventually, refusal, tell
from tests.hub.running import make_province, running
from tests.hub.test_register import stage

READS_OWN_HALL = "clerk-reads-own-hall"


@pytest.fixture
async def scene(tmp_path: Path, database_url: str) -> AsyncIterator[tuple[Config, Registrar, Person]]:
    """Give a hub and a clerk of 榆树, whose hall has told of a case."""
    config = make_province(tmp_path, database_url)
    async with running(tmp_path, config) as hub:
        client = await hub.join("yushu")
        await tell(client, [Told("1")])
        clerk = Person(client, "clerk")
        await eventually(lambda: refusal(clerk.case("yushu", "1")), lambda reason: not reason)
        yield config, hub.hub.rooms.registrar, clerk
        await client.close()


async def test_a_rule_that_is_taken_away_allows_nothing_from_the_next_question_on(scene: tuple[Config, Registrar, Person]) -> None:
    config, registrar, clerk = scene
    kept = [rule for rule in default_rules() if rule.rule != READS_OWN_HALL]
    stage(config, File("rules.toml", rules_as_toml(default_rules())))
    await registrar.take_in()
    assert await refusal(clerk.case("yushu", "1")) == ""
    stage(config, File("rules.toml", rules_as_toml(kept)), whole=True)
    await registrar.take_in()
    assert await refusal(clerk.case("yushu", "1")) == "REASON_SCOPE_DENIED"
    assert await refusal(clerk.cases()) == "REASON_SCOPE_DENIED"


async def test_a_hall_speaks_for_its_own_departments_once_they_are_registered(scene: tuple[Config, Registrar, Person]) -> None:
    config, registrar, clerk = scene
    water = Person(clerk.client, "clerk", "window-water")
    roads = Person(clerk.client, "clerk", "window-roads")
    assert (await refusal(water.case("yushu", "1")), await refusal(roads.case("yushu", "1"))) == ("", "")
    water_row = f"window-water,{uscc_of('11220000000000101')},水利窗口（示例）,yushu,"
    roads_row = f"window-roads,{uscc_of('11220000000000102')},交通窗口（示例）,dehui,"
    rows = f"department,uscc,name,hall,superior\n{water_row}\n{roads_row}\n"
    stage(config, File("departments.csv", rows.encode()))
    await registrar.take_in()
    assert await refusal(water.case("yushu", "1")) == ""
    assert await refusal(roads.case("yushu", "1")) == "REASON_FOREIGN_ACTOR"
    assert await refusal(Person(clerk.client, "clerk", "window-of-nobody").case("yushu", "1")) == "REASON_FOREIGN_ACTOR"
