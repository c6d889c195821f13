"""What was lost or set back heals by itself, or stops with its reason: never is anything doubled (G2, G7)."""

import shutil
from pathlib import Path

import pytest

from node_agent.db import begin, open_store
from node_agent.errors import LedgerRolledBack
from node_agent.ledger_view import keep_evidence
from tests.e2e import standing
from tests.e2e.copies import Founded
from tests.province.build import PROVINCE_HALL, Province
from tests.province.processes import Program, ProgramFailed, executable, wait_until
from tests.province.small import SmallProvince
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch

pytestmark = pytest.mark.slow

SOME = 20
SECONDS = 30.0
CASE_EVENT = "tongban.case.v1.CaseEvent"
BATCHES = "SELECT batch FROM segments WHERE author = :hall ORDER BY ledger_first"
LEDGER_SIZE = "SELECT ledger_size FROM head"


def data(small: SmallProvince, hall: str) -> Path:
    """Return an agent's data directory: its store and its keys."""
    return small.province.hall_folder(hall) / "data"


def set_back(kept: Path, place: Path) -> None:
    """Put an older copy in the place of what is there."""
    shutil.rmtree(place)
    shutil.copytree(kept, place)


def lose_all_but_keys(small: SmallProvince, hall: str) -> None:
    for path in data(small, hall).iterdir():
        if path.name != "keys":
            path.unlink()


def sent_twice(small: SmallProvince, hall: str) -> list[str]:
    """Return the event ids that stand in a hall's journal more than once."""
    ids = [header.id for header in headers(small, hall) if header.type == CASE_EVENT]
    return sorted({event_id for event_id in ids if ids.count(event_id) > 1})


def headers(small: SmallProvince, hall: str) -> list[Header]:
    batches = [Batch.FromString(row.batch) for row in small.province.ledger(BATCHES, hall=hall)]
    return [Header.FromString(Envelope.FromString(envelope).header) for batch in batches for envelope in batch.envelopes]


def all_is_well(small: SmallProvince) -> None:
    """Wait until all that was written has arrived, once and in order, no journal holds an event twice, and every agent is healthy."""
    assert small.wait_arrived().faults == {}
    for hall in small.province.agents:
        assert sent_twice(small, hall) == []
        standing.wait_healthy(small, hall)


def test_a_sender_that_was_restored_from_an_older_copy_adopts_what_it_had_sent(pair: SmallProvince, tmp_path: Path) -> None:
    province, hall = pair.province, pair.halls[0]
    pair.write(hall, SOME)
    pair.wait_arrived()
    province.hub.kill()
    pair.write(hall, SOME)  # waits in the outbox of the copy, and will have been sent when the copy comes back
    wait_until(lambda: standing.status(pair, hall)["backlog"]["waiting"] >= SOME, "it waits in the outbox")
    province.agents[hall].kill()
    shutil.copytree(data(pair, hall), tmp_path / "older")
    province.start_hub()
    province.start_agent(hall)
    pair.write(hall, SOME)
    all_is_well(pair)
    province.agents[hall].kill()
    set_back(tmp_path / "older", data(pair, hall))
    province.start_agent(hall)
    pair.write(hall, SOME)
    all_is_well(pair)
    assert "adopting our journal from the hub" in province.agents[hall].log.read_text("utf-8")


def test_halls_that_lost_all_but_their_keys_get_everything_back(pair: SmallProvince) -> None:
    province, hall = pair.province, pair.halls[0]
    pair.write(hall, 2 * SOME)
    all_is_well(pair)
    province.agents[hall].kill()
    lose_all_but_keys(pair, hall)
    province.start_agent(hall)
    pair.write(hall, SOME)
    all_is_well(pair)
    received = standing.status(pair, PROVINCE_HALL)["inbox"]["size"]
    province.agents[PROVINCE_HALL].kill()
    lose_all_but_keys(pair, PROVINCE_HALL)
    pair.ground.sink.unlink()  # the hall's own table is lost too: every body is needed again
    province.start_agent(PROVINCE_HALL)
    pair.write(hall, SOME)
    all_is_well(pair)
    assert standing.status(pair, PROVINCE_HALL)["inbox"]["size"] > received
    province.wait_acknowledged(PROVINCE_HALL)


def test_a_second_process_with_a_copy_of_the_store_waits_and_then_takes_over(pair: SmallProvince) -> None:
    province, hall = pair.province, pair.halls[0]
    pair.write(hall, SOME)
    pair.wait_arrived()
    province.agents[hall].kill()
    twin = copied(pair, hall)
    first, second = province.agents[hall], province.agents[twin]
    province.start_agent(hall)
    standing.wait_healthy(pair, hall)
    second.start()
    assert "REASON_LEASE_HELD" in standing.wait_alarm(pair, twin, "submit refused")
    pair.write(hall, SOME)
    assert pair.wait_arrived().faults == {}
    assert first.stop() == 0
    del province.agents[hall]
    second.kill()  # it would come again by itself, half a minute after the refusal
    second.start()
    pair.write(hall, SOME)
    all_is_well(pair)
    second.kill()
    del province.agents[twin]
    province.agents[hall] = first
    province.start_agent(hall)
    pair.write(hall, SOME)
    all_is_well(pair)


def copied(small: SmallProvince, hall: str) -> str:
    """Copy a hall's folder, with an agent of its own that reads the same business database; returns the copy's name."""
    province, twin = small.province, f"{hall}-twin"
    shutil.copytree(province.hall_folder(hall), province.hall_folder(twin), ignore=shutil.ignore_patterns("business.db*"))
    config = province.hall_config(twin)
    config.write_text(config.read_text("utf-8").replace("sqlite:///", f"sqlite:///{province.hall_folder(hall)}/"), "utf-8")
    command: list[str | Path] = [
        executable("tongban-agent"),
        "run",
        "--config",
        config,
        "--ready-file",
        province.hall_folder(twin) / "agent.ready",
    ]
    province.agents[twin] = Program(command, province.hall_folder(twin) / "agent.log")
    return twin


def test_a_hub_that_was_restored_from_an_older_copy_refuses_to_serve_and_names_the_checkpoint(pair: SmallProvince, tmp_path: Path) -> None:
    province, hall = pair.province, pair.halls[0]
    pair.write(hall, SOME)
    pair.wait_arrived()
    province.hub.stop()
    copy_databases(province.hub_folder, tmp_path / "older")
    province.start_hub()
    pair.write(hall, SOME)
    all_is_well(pair)
    seen = standing.status(pair, hall)["ledger"]["seen_size"]
    province.hub.kill()
    copy_databases(province.hub_folder, tmp_path / "newest")
    put_databases(tmp_path / "older", province)
    province.start_hub()
    set_back_to = province.ledger(LEDGER_SIZE)[0][0]
    assert set_back_to < seen
    said = standing.wait_alarm(pair, hall, "submit refused")
    assert f"size {seen}" in said
    assert "REASON_AHEAD_OF_HUB" in said
    for one in (hall, PROVINCE_HALL):
        assert f"has {set_back_to} entries" in standing.wait_alarm(pair, one, "receive alarm")
    pair.write(hall, SOME)
    with pytest.raises(ProgramFailed, match="has arrived"):
        pair.wait_arrived(2)
    assert province.ledger(LEDGER_SIZE)[0][0] == set_back_to, "nothing may be taken on top of an older state"
    province.hub.kill()
    put_databases(tmp_path / "newest", province)
    province.start_hub()
    all_is_well(pair)


def test_a_ledger_that_was_set_back_and_put_right_alarms_no_more(founded: Founded, tmp_path: Path) -> None:
    small = founded.copy(tmp_path / "province")
    hall = small.halls[0]
    notes = ("the ledger of 47 entries, signed", "the ledger of 26 entries, signed, a prefix of the other")
    engine = open_store(data(small, hall) / "agent.db")
    with begin(engine) as connection:
        keep_evidence(connection, LedgerRolledBack("the hub's ledger has 26 entries, it showed us 47 before", notes), 1)
    engine.dispose()
    assert "contradiction" not in standing.alarms(small, hall)


def copy_databases(folder: Path, into: Path) -> None:
    into.mkdir()
    for path in folder.glob("hub*.db*"):
        shutil.copy2(path, into)


def put_databases(kept: Path, province: Province) -> None:
    for engine in province._engines.values():
        engine.dispose()  # what is open would go on to read the files that are taken away here
    for path in province.hub_folder.glob("hub*.db*"):
        path.unlink()
    for path in kept.iterdir():
        shutil.copy2(path, province.hub_folder)
