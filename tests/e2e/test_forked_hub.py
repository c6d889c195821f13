"""Two hubs with one key that tell two halls different things are found out by the first hall that hears both (G7)."""

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certs.authority import CHARTER
from certs.charter import open_charter
from certs.checkpoints import open_checkpoint
from certs.identity import read_certificate
from node_agent import ledger_view, witness
from node_agent.config import load
from node_agent.db import begin, open_store
from node_agent.ledger_view import Seen
from node_agent.status import report
from tests.e2e import standing
from tests.e2e.copies import Founded, living
from tests.e2e.promises import asked_of_agent
from tests.province.build import HOST, PROVINCE_HALL, Province
from tests.province.processes import Program, free_port, wait_until
from tests.province.small import SmallProvince

pytestmark = pytest.mark.slow

SOME = 10
MANY = 40
SECONDS = 60.0
WITNESS_SECONDS = 1.0
REACH_SECONDS = 15.0
"""What a loaded machine may need to connect, beside the interval of checkpoints."""

# A hub that serves whoever comes, whatever that hall has seen: ours would refuse.
LYING = """
import hub.rooms
hub.rooms.Rooms.check_not_ahead = lambda rooms, note: None
from hub.cli import main
main()
"""

FORK = "LedgerForked"
EVIDENCE = "SELECT kind, notes FROM equivocations"
WITNESSED = "SELECT coalesce(max(size), 0) FROM witnessed WHERE others > 0"
COSIGNED = "SELECT size, root FROM cosigned"
ROOT_AT = "SELECT root FROM commits WHERE ledger_size = :size"


def lying(province: Province, folder: Path, name: str) -> Program:
    """Return a hub that lies, on the configuration in a folder."""
    command: list[str | Path] = [
        sys.executable,
        "-c",
        LYING,
        "serve",
        "--config",
        folder / "hub.toml",
        "--ready-file",
        province.folder / f"{name}.ready",
    ]
    return Program(command, province.folder / f"{name}.log")


def forked(province: Province) -> tuple[Program, int]:
    """Copy the hub, with its keys and what it holds, to another port; returns the fork and its port. Neither runs."""
    folder = province.folder / "fork"
    shutil.copytree(province.hub_folder, folder)
    config = folder / "hub.toml"
    text, port = config.read_text("utf-8"), free_port()
    for old, new in zip(province.ports, (port, free_port(), free_port()), strict=True):
        text = text.replace(f":{old}", f":{new}")
    config.write_text(text, "utf-8")
    return lying(province, folder, "fork"), port


def switch(small: SmallProvince, hall: str, port: int) -> None:
    """Let a hall reach another hub from now on."""
    proxy = small.province.proxies[hall]
    proxy.target = (HOST, port)
    proxy.cut()
    proxy.restore()


def witnessed_size(small: SmallProvince, hall: str) -> int:
    """Return the size of the newest checkpoint of which a hall has seen another hall's cosignature."""
    return int(asked_of_agent(small, hall, WITNESSED)[0][0])


def told_more(small: SmallProvince, hall: str, size: int) -> bool:
    """Tell whether a hall has seen cosignatures behind a size, and let it write: what came late is handed out with the next checkpoint."""
    small.write(hall, 1)
    return witnessed_size(small, hall) > size


def contradict(province: Province, notes: list[str]) -> bool:
    """Tell whether two notes, both signed by the province's hub, are not of one history: the hub holds one and not the other."""
    charter = open_charter((province.hub_folder / "hub" / CHARTER).read_text("utf-8"), read_certificate(province.root.read_bytes()))
    held = []
    for note in notes:
        checkpoint = open_checkpoint(note, charter.ledger_verifier)
        held.append([row.root for row in province.ledger(ROOT_AT, size=checkpoint.size)] == [checkpoint.root])
    return sorted(held) == [False, True]


def test_a_hall_that_hears_both_sides_of_a_fork_alarms_within_an_interval_and_keeps_the_proof(founded: Founded, tmp_path: Path) -> None:
    far, near, third = founded.halls
    small = founded.copy(tmp_path / "province", proxied=far)
    with living(small):
        province = small.province
        small.write(far, SOME)
        small.write(near, SOME)
        small.wait_arrived()
        province.hub.stop()
        before_the_fork = province.ledger("SELECT max(ledger_size) FROM commits")[0][0]
        fork, port = forked(province)
        try:
            fork.start()
            fork.wait_ready(province.folder / "fork.ready")
            province.start_hub()
            switch(small, far, port)
            small.write(far, SOME)  # to the fork, of which nobody else hears
            small.write(near, MANY)
            wait_until(lambda: small.reckon().lost == SOME, "what the hub was sent has arrived", SECONDS)
            wait_until(lambda: standing.status(small, far)["backlog"]["sealed_unreceipted"] == 0, "the fork gave receipts", SECONDS)
            standing.wait_healthy(small, far)  # it cannot know yet, but that no other hall cosigns what it is shown
            wait_until(lambda: told_more(small, near, before_the_fork), f"{near} hears of cosignatures", SECONDS, every=0.5)
            assert witnessed_size(small, far) <= before_the_fork
            wait_until(lambda: asked_of_agent(small, far, COSIGNED)[0][0] > before_the_fork, f"{far} cosigns what it is shown", SECONDS)

            province.hub.stop()
            liar = lying(province, province.hub_folder, "liar")
            try:
                liar.start()
                liar.wait_ready(province.folder / "liar.ready")
                switch(small, far, province.ports[0])
                wait_until(
                    lambda: FORK in dict(asked_of_agent(small, far, EVIDENCE)), "the fork is proved", WITNESS_SECONDS + REACH_SECONDS
                )
                assert contradict(province, json.loads(dict(asked_of_agent(small, far, EVIDENCE))[FORK]))
                [(size, root)] = asked_of_agent(small, far, COSIGNED)
                assert root not in [row.root for row in province.ledger(ROOT_AT, size=size)], "what contradicts is not cosigned"
                assert "agree" in standing.wait_alarm(small, far, "receive alarm")
                for hall in (near, third, PROVINCE_HALL):
                    standing.wait_healthy(small, hall)  # they were told one history only
            finally:
                liar.kill()
            province.start_hub()
        finally:
            fork.kill()


def test_an_old_checkpoint_that_is_handed_out_again_does_not_stand_for_a_day_with_witnesses(founded: Founded, tmp_path: Path) -> None:
    small = founded.copy(tmp_path / "province")
    hall, begun = small.halls[0], datetime.now(UTC)
    later = begun + timedelta(hours=25)
    witnessed, shown = (Seen(size, bytes([size]) * 32, f"signed at {size}") for size in (10, 20))
    engine = open_store(small.province.hall_folder(hall) / "data" / "agent.db")
    with begin(engine) as connection:
        ledger_view.store(connection, shown)
        for at in (begun, later):
            witness.store_witnessed(connection, witnessed, 1, now_ms=int(at.timestamp() * 1000))
    engine.dispose()
    said = report(load(small.province.hall_config(hall)), later + timedelta(hours=1))
    assert "witnesses" in {alarm["name"] for alarm in said["alarms"]}
