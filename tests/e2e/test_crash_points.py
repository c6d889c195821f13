"""Hub and agent die at every named step, are started again, and everything arrives once and in order (G1, G2, G3).

A step of the hub and a step of an agent are tried together, which takes half the time and is harder: who comes back first finds the
other one gone.
"""

from itertools import zip_longest
from pathlib import Path

import pytest

from tests.e2e import crash_steps
from tests.e2e.copies import found, living
from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.province import business
from tests.province.build import PROVINCE_HALL
from tests.province.fixtures import POSTGRESQL
from tests.province.postgres import PostgreSQL
from tests.province.processes import Program, wait_until
from tests.province.small import SmallProvince

pytestmark = pytest.mark.slow

DIE_SECONDS = 60.0
EVENTS = 12
RECEIVES = frozenset({"delivery-received", "delivery-stored", "acknowledgement-sent"})
"""Steps that a recipient reaches; the others are a sender's."""
CHANGES_KEY = frozenset({"next-log-key-written", "log-history-written", "log-key-replaced"})
"""Steps that only a change of the log key reaches: tests/e2e/test_rotation.py and tests/node_agent/test_successions.py die at them."""
CHANGES_REGISTER = frozenset({"register-logged"})
"""Steps that only a change of the directory reaches: tests/e2e/test_register.py dies at them."""
SHARES = frozenset({"move-said"})
"""Steps that only an application or a report of an error reaches: tests/e2e/test_sharing.py dies at them."""
SUPERVISES = frozenset({"filed-move-said", "findings-issued"})
"""Steps that only what supervision issues, and what is done to it, reaches: tests/e2e/test_supervision.py dies at them."""
CARRIES_RECORDS = frozenset({"records-judged", "extracts-said"})
"""Steps that only records of catalogued resources reach: tests/hub/test_records_crashes.py dies at them."""
RELEASES = frozenset({"quarantine-logged", "forwards-logged"})
"""Steps that only a quarantine and a release reach: tests/e2e/test_quarantine.py dies at them."""
LICENCES = frozenset({"access-recorded", "invalid-licences-said", "licence-key-logged"})
"""Steps that only licences reach: tests/hub/test_licences_crashes.py dies at them."""
CARRIES_FILES = frozenset({"file-piece-sent", "file-piece-fetched"})
KEEPS_FILES = frozenset({"file-piece-kept"})
"""Steps of agent and hub that only files of guidance reach: tests/e2e/test_guidance_files.py dies at them."""
OF_THEIR_OWN = CHANGES_REGISTER | SHARES | SUPERVISES | CARRIES_RECORDS | RELEASES | LICENCES | KEEPS_FILES
HUB_STEP = "commit-durable"
AGENT_STEP = "sealed-after-commit"


def test_every_step_that_the_code_reaches_is_named_and_reached_once() -> None:
    assert crash_steps.reached_in_hub() == sorted(crash_steps.named_by_hub())
    assert crash_steps.reached_in_agent() == sorted(crash_steps.named_by_agent())
    assert set(crash_steps.named_by_agent()) > RECEIVES | CHANGES_KEY | CARRIES_FILES
    assert set(crash_steps.named_by_hub()) > OF_THEIR_OWN


OF_MESSAGES = [step for step in crash_steps.named_by_agent() if step not in CHANGES_KEY | CARRIES_FILES]
OF_HUB = [step for step in crash_steps.named_by_hub() if step not in OF_THEIR_OWN]
PAIRS = list(zip_longest(OF_HUB, OF_MESSAGES))


@pytest.mark.parametrize(("of_hub", "of_agent"), PAIRS, ids=lambda step: step or "-")
def test_what_dies_at_a_step_loses_and_doubles_nothing(pair: SmallProvince, of_hub: str | None, of_agent: str | None) -> None:
    both_die(pair, of_hub, of_agent)


@pytest.mark.parametrize("server", [POSTGRESQL])
def test_on_postgresql_too_a_kill_and_a_crash_of_each_side_lose_and_double_nothing(
    server: str, postgres_server: PostgreSQL, tmp_path: Path
) -> None:
    founded = found(tmp_path / "province", business.read_log()[:1], postgres_server.new_database())
    with living(founded.in_place()) as small:
        small.write(small.halls[0], EVENTS)
        small.wait_arrived()
        both_die(small, HUB_STEP, AGENT_STEP)
        small.province.hub.kill()
        small.write(small.halls[0], EVENTS)
        small.province.agents[PROVINCE_HALL].kill()
        small.province.start_agents()
        small.province.start_hub()
        arrived(small)


def both_die(small: SmallProvince, of_hub: str | None, of_agent: str | None) -> None:
    """Let the hub, and the agent that reaches its step, die under what a hall sends; then see that nothing is missing."""
    province, sender = small.province, small.halls[0]
    hall = PROVINCE_HALL if of_agent in RECEIVES else sender
    agent = province.agents[hall]
    province.hub.kill()
    agent.kill()
    small.write(sender, EVENTS)
    dying = {program: step for program, step in ((province.hub, of_hub), (agent, of_agent)) if step}
    for program in (province.hub, agent):
        program.start(env={VARIABLE: dying.get(program, "")})
    wait_until(lambda: none_left(small, dying), f"{list(dying.values())} are reached", DIE_SECONDS)
    arrived(small)


def none_left(small: SmallProvince, dying: dict[Program, str]) -> bool:
    """Start again whoever died at its step, and write more, so that the other one reaches its own; tell whether all have."""
    for program, step in list(dying.items()):
        if not program.running:
            assert program.exit_code == STATUS, f"{step}\n{program.log_end()}"
            program.start()
            small.write(small.halls[0], EVENTS)
            del dying[program]
    return not dying


def arrived(small: SmallProvince) -> None:
    """Wait until all that was written is there, once and in order."""
    assert small.wait_arrived().faults == {}
    small.province.wait_acknowledged(PROVINCE_HALL)
