"""What a hall that changed its log key takes back from the hub after a loss, and where it must stop."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from certs.checkpoints import open_checkpoint
from certs.key_entries import Succession as SuccessionAct
from certs.keys import generate_signing_key
from certs.notes import Signer
from node_agent import db, hall_keys, journal, log_keys, outbox, successions
from node_agent.errors import SuccessionTooSoon
from tests.node_agent.linked import HALL, Linked, until
from tests.node_agent.rotating import (
    LIMITS,
    asked,
    backup,
    entered,
    files,
    key_of,
    loaded,
    put_back,
    rotated,
    settled,
)
from tests.node_agent.tiny_province import Author, draft


async def test_a_lost_store_is_taken_back_across_a_rotation(linked: Linked) -> None:
    linked.put("a", "b")
    async with rotated(linked):
        linked.put("c")
        await until(lambda: linked.receipted() == 4)
    second = key_of(linked)
    linked.lose_store()
    async with linked.running():
        await until(lambda: linked.receipted() == 4)
        linked.put("d")
        await until(lambda: linked.receipted() == 5)
    assert key_of(linked) == second
    found = linked.look(successions.newest)
    assert (found.successor, found.journal_index, found.is_settled) == (second.vkey, 2, True)
    with pytest.raises(SuccessionTooSoon):
        asked(linked, datetime.fromtimestamp(linked.province.accepted_at_ms / 1000, UTC) + timedelta(hours=1))
    code, said = await linked.command("doctor", "--json")
    assert code == 0, said


async def test_a_store_that_is_lost_before_the_receipt_came_goes_over_to_the_key_that_waits(linked: Linked) -> None:
    first = key_of(linked)
    linked.put("a")
    one = asked(linked)
    linked.hub.script.lose_receipts = True
    async with linked.running():
        await until(lambda: len(linked.at_hub_events()) == 2)
    linked.lose_store()
    linked.hub.script.lose_receipts = False
    linked.put("b")
    async with linked.running():
        await until(lambda: linked.receipted() == 3)
    assert entered(linked) == [first, key_of(linked)]
    assert key_of(linked).vkey == one.successor
    assert files(linked) == {"log.key", "log.history"}


async def test_a_lost_inbox_is_taken_back_though_the_present_key_never_acknowledged(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    linked.province.accept(author.seal([draft("x", recipients=(HALL,))]))
    async with linked.running():
        await until(lambda: linked.inbox().size == 3)
    linked.hub.script.deliver = False
    async with rotated(linked):
        pass
    linked.hub.script.deliver = True
    linked.lose_store()
    async with linked.running():
        await until(lambda: linked.inbox().size == 4)
        assert linked.troubles() == {}


async def test_a_copy_with_the_old_key_alone_stops_and_says_what_to_do(linked: Linked) -> None:
    linked.put("a")
    async with linked.running():
        await until(lambda: linked.receipted() == 1)
    older = backup(linked)
    async with rotated(linked):
        linked.put("b")
        await until(lambda: linked.receipted() == 3)
    put_back(older, linked.config.data_dir)
    linked.put("c")
    async with linked.running():
        await until(lambda: "submit alarm" in linked.troubles())
        trouble = linked.troubles()["submit alarm"]
        assert entered(linked)[1].key_id.hex() in trouble.what
        assert "copy of `data_dir`/keys" in trouble.do
        assert linked.parts is not None
        assert linked.parts.pulse.fact("submit") == "stopped: LogKeyLost"
    assert len(linked.at_hub_events()) == 3
    assert linked.look(outbox.waiting)[0] == 1
    code, said = await linked.command("rotate-key", "--timeout", "1")
    assert (code, "the log key in force is" in said) == (1, True)
    code, said = await linked.command("doctor", "--json")
    assert (code, bad(said)) == (1, ["log key"])


async def test_old_keys_beside_a_newer_store_stop_too(linked: Linked) -> None:
    older = backup(linked)
    async with rotated(linked):
        pass
    put_back(older / "keys", linked.config.keys_dir)
    linked.put("b")
    async with linked.running():
        await until(lambda: "submit alarm" in linked.troubles())
    assert len(linked.at_hub_events()) == 1


async def test_a_lost_history_is_written_anew_from_journal_and_key_entries(linked: Linked) -> None:
    linked.put("a")
    async with rotated(linked):
        await until(lambda: linked.inbox().size == 2)
    path = linked.config.keys_dir / log_keys.FILE
    history = path.read_text("utf-8")
    path.unlink()
    async with linked.running():
        await until(path.exists)
    assert path.read_text("utf-8") == history


async def test_a_queued_successor_whose_private_key_is_lost_is_taken_back(linked: Linked) -> None:
    first = key_of(linked)
    one = asked(linked)
    linked.put("a")
    (linked.config.keys_dir / hall_keys.NEXT_LOG_KEY).unlink()
    async with linked.running():
        await until(lambda: linked.receipted() == 1)
    assert linked.at_hub_events() == ["a"]
    assert linked.look(lambda c: successions.find(c, one.event_id)) is None
    assert key_of(linked) == first


async def test_a_sealed_successor_whose_private_key_is_lost_is_never_sent(linked: Linked) -> None:
    asked(linked)
    async with linked.store() as engine:
        with db.begin(engine) as connection:
            assert journal.seal(connection, linked.signer, journal.load_head(connection, 1), LIMITS, now_ms=1) is not None
    (linked.config.keys_dir / hall_keys.NEXT_LOG_KEY).unlink()
    async with linked.running():
        await until(lambda: "submit alarm" in linked.troubles())
        assert "is named to succeed" in linked.troubles()["submit alarm"].what
    assert linked.hub.heard.batches == []
    code, _ = await linked.command("reset-tail")
    assert code == 0
    linked.put("a")
    async with linked.running():
        await until(lambda: linked.receipted() == 1)
    assert linked.at_hub_events() == ["a"]


async def test_a_later_key_in_the_ledger_than_there_is_here_ends_acknowledging(linked: Linked) -> None:
    hall = loaded(linked)
    async with linked.running():
        await until(lambda: linked.inbox().size == 1)
        stranger = Signer(hall.journal.name, generate_signing_key())
        linked.province.introduce(SuccessionAct(HALL, 1, 7, stranger.vkey))
        await linked.hub.posted()
        await until(lambda: "receive alarm" in linked.troubles())
        assert stranger.verifier.key_id.hex() in linked.troubles()["receive alarm"].what
    assert linked.inbox().size == 1


async def test_the_key_entry_of_a_successor_may_come_before_its_receipt(linked: Linked) -> None:
    first = loaded(linked).inbox.verifier
    one = asked(linked)
    linked.hub.script.lose_receipts = True
    async with linked.running():
        await until(lambda: linked.inbox().size == 2)  # the introduction, and the succession
        open_checkpoint(linked.inbox().checkpoint, first)
        assert "receive alarm" not in linked.troubles()
    assert not settled(linked, one)


def bad(said: str) -> list[str]:
    return [check["name"] for check in json.loads(said)["checks"] if not check["well"]]
