"""Hub and agents die in the middle of a file of guidance; each goes on from what is stored, and the file comes whole and once."""

import hashlib
import os
from pathlib import Path

import pytest

from hub.guidance.files import CHUNK
from tests.e2e.crash_steps import STATUS, VARIABLE
from tests.e2e.test_guidance import CLERK, SEEN_SECONDS, agent, files, founded
from tests.hub.guidance_told import CITY, COUNTY
from tests.province.build import Province
from tests.province.processes import Program, wait_until

__all__ = ["founded"]

pytestmark = pytest.mark.slow

PDF = b"%PDF-1.7\n" + os.urandom(6 * CHUNK)
HASH = hashlib.sha256(PDF).hexdigest()
LIVES = 2


def dies(program: Program, step: str) -> None:
    """Start a program that dies at a step, and wait until it has."""
    program.start(env={VARIABLE: step})
    wait_until(lambda: not program.running, f"{step} is reached", SEEN_SECONDS)
    assert program.exit_code == STATUS, program.log_end()


def test_a_file_goes_on_from_what_is_stored_whoever_dies_and_comes_whole_and_once(founded: Province, tmp_path: Path) -> None:
    (tmp_path / "图纸.pdf").write_bytes(PDF)
    founded.start_agent(COUNTY)
    thread = agent(founded, COUNTY, "ask", CITY, "--text", "见图纸", "--file", str(tmp_path / "图纸.pdf"), *CLERK)["thread"]
    part = founded.hub_folder / "attachments" / "parts" / COUNTY / HASH

    for life in range(1, LIVES + 1):  # a piece of each life is kept, none is lost or kept twice
        dies(founded.hub, "file-piece-kept")
        assert part.read_bytes() == PDF[: life * CHUNK]
    founded.agents[COUNTY].stop()
    founded.start_hub()
    dies(founded.agents[COUNTY], "file-piece-sent")
    held = part.read_bytes()
    assert PDF.startswith(held)
    assert len(held) >= LIVES * CHUNK
    founded.start_agent(COUNTY)
    wait_until(lambda: files(founded, COUNTY, thread) == ["here"], "the hub has the file", SEEN_SECONDS)
    assert not part.exists()
    assert (founded.hub_folder / "attachments" / HASH[:2] / HASH).read_bytes() == PDF
    founded.agents[COUNTY].kill()

    coming = founded.hall_folder(CITY) / "data" / "attachments" / f"{HASH}.part"
    for life in range(1, LIVES + 1):
        dies(founded.agents[CITY], "file-piece-fetched")
        assert coming.read_bytes() == PDF[: life * CHUNK]
    founded.hub.kill()
    founded.start_agent(CITY)  # while the hub is away
    founded.start_hub()
    wait_until(lambda: files(founded, CITY, thread) == ["here"], "the file has come", SEEN_SECONDS)
    assert not coming.exists()
    assert coming.with_suffix("").read_bytes() == PDF
    assert len(agent(founded, CITY, "show", thread)["lines"]) == 1
