"""Hub and agent die at every named step, are started again, and everything arrives once and in order (G1, G2, G3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import crash_steps
from tests.e2e.copies import Founded, living
from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.province.build import PROVINCE_HALL
from tests.province.fixtures import POSTGRESQL
from tests.province.postgres import PostgreSQL
from tests.province.processes import Program
from tests.province.small import SmallProvince, small_province

pytestmark = pytest.mark.slow

DIES_SECONDS = 40.0
EVENTS = 12
RECEIVES = frozenset({"delivery-received", "delivery-stored", "acknowledgement-sent"})
"""Steps that a recipient reaches; the others are a sender's."""
HUB_STEP = "commit-durable"
AGENT_STEP = "sealed-after-commit"


def test_every_step_that_the_code_reaches_is_named_and_reached_once() -> None:
    assert crash_steps.reached_in_hub() == sorted(crash_steps.named_by_hub())
    assert crash_steps.reached_in_agent() == sorted(crash_steps.named_by_agent())
    assert set(crash_steps.named_by_agent()) > RECEIVES


@pytest.fixture(scope="module")
def pair(founded: Founded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallProvince]:
    """Run the provincial hall and one county hall."""
    small = founded.copy(tmp_path_factory.mktemp("crashes") / "province")
    with living(small, without=small.halls[1:]):
        yield small


@pytest.mark.parametrize("step", crash_steps.named_by_hub())
def test_a_hub_that_dies_at_a_step_loses_and_doubles_nothing(pair: SmallProvince, step: str) -> None:
    hub_dies(pair, step)


@pytest.mark.parametrize("step", crash_steps.named_by_agent())
def test_an_agent_that_dies_at_a_step_loses_and_doubles_nothing(pair: SmallProvince, step: str) -> None:
    agent_dies(pair, step)


@pytest.mark.parametrize("server", [POSTGRESQL])
def test_a_crash_of_either_side_on_postgresql(server: str, postgres_server: PostgreSQL, tmp_path: Path) -> None:
    with small_province(tmp_path / "province", postgres_server.new_database()) as small:
        hub_dies(small, HUB_STEP)
        agent_dies(small, AGENT_STEP)


def hub_dies(small: SmallProvince, step: str) -> None:
    """Let the hub die at a step under what a hall sends, and see that nothing is missing once it runs again."""
    province, hall = small.province, small.halls[0]
    province.hub.kill()
    small.write(hall, EVENTS)
    province.hub.start(env={VARIABLE: step})
    died(province.hub, step)
    province.start_hub()
    arrived(small)


def agent_dies(small: SmallProvince, step: str) -> None:
    """Let the agent that reaches a step die there, and see that nothing is missing once it runs again."""
    province, sender = small.province, small.halls[0]
    hall = PROVINCE_HALL if step in RECEIVES else sender
    province.agents[hall].kill()
    small.write(sender, EVENTS)
    province.agents[hall].start(env={VARIABLE: step})
    died(province.agents[hall], step)
    province.start_agent(hall)
    arrived(small)


def died(program: Program, step: str) -> None:
    assert program.wait(DIES_SECONDS) == STATUS, f"{step}\n{program.log_end()}"


def arrived(small: SmallProvince) -> None:
    """Write some more behind the crash, and wait until all of it is there, once and in order."""
    small.write(small.halls[0], EVENTS)
    assert small.wait_arrived().faults == {}
    small.province.wait_acknowledged(PROVINCE_HALL)
