"""The log key is succeeded by another: what the journal says, what is on the disk, and what is left after a crash."""

from datetime import UTC, datetime, timedelta

import pytest

from certs.checkpoints import open_checkpoint
from node_agent import crash, db, hall_keys, journal, log_keys, outbox, successions, tail
from node_agent.errors import SuccessionTooSoon
from tests.node_agent.linked import HALL, Linked, headers, until
from tests.node_agent.rotating import (
    LIMITS,
    asked,
    entered,
    files,
    key_of,
    loaded,
    refusing,
    replica,
    rotated,
    settled,
    signer_of,
)
from tests.node_agent.tiny_province import Author, draft

SENDING = ("outbox-put", "sealed-before-commit", "sealed-after-commit", "batch-sent", "receipt-received", "receipt-stored")
"""Steps on the way of any message that a succession goes too."""
ROTATING = ("next-log-key-written", "log-history-written", "log-key-replaced")


async def test_the_successor_signs_all_behind_the_leaf_that_names_it(linked: Linked) -> None:
    first = key_of(linked)
    linked.put("a", "b")
    one = asked(linked)
    linked.put("c", "d", "e", "f", "g")
    async with linked.running():
        await until(lambda: linked.receipted() == 8)
    assert linked.at_hub_events() == ["a", "b", one.key_id, "c", "d", "e", "f", "g"]
    assert [header.subject for header in headers(linked.hub.heard.batches[0])] == ["a", "b", one.key_id]
    second = key_of(linked)
    assert entered(linked) == [first, second]
    assert second.vkey == one.successor
    signers = [signer_of(raw, [first, second]) for raw in linked.hub.heard.batches]
    assert signers == [first] + [second] * (len(signers) - 1)
    assert len(signers) > 2


async def test_the_old_private_key_is_gone_once_the_successor_is_in_force_and_its_public_half_stays(linked: Linked) -> None:
    first = key_of(linked)
    secret = (linked.config.keys_dir / hall_keys.LOG_KEY).read_bytes()
    linked.put("a")
    asked(linked)
    assert files(linked) == {"log.key", "log.next.key"}
    assert (linked.config.keys_dir / hall_keys.NEXT_LOG_KEY).stat().st_mode & 0o777 == 0o600
    linked.hub.script.lose_receipts = True
    async with linked.running():
        await until(lambda: len(linked.hub.heard.batches) == 1)
    assert key_of(linked) == first, "without a receipt the present key stays in force"
    linked.hub.script.lose_receipts = False
    async with linked.running():
        await until(lambda: key_of(linked) != first)
    assert files(linked) == {"log.key", "log.history"}
    assert all(path.read_bytes() != secret for path in linked.config.keys_dir.iterdir())
    assert (linked.config.keys_dir / log_keys.FILE).read_text("utf-8") == f"0 {first.vkey}\n2 {key_of(linked).vkey}\n"


async def test_acknowledgements_go_over_to_the_successor_when_it_is_in_force(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    first = loaded(linked).inbox.verifier
    async with linked.running():
        await until(lambda: linked.inbox().size == 2)
        open_checkpoint(linked.inbox().checkpoint, first)
        one = asked(linked)
        await until(lambda: settled(linked, one) and linked.inbox().size == 3)  # its key entry comes by the mailbox too
        linked.province.accept(author.seal([draft("x", recipients=(HALL,))]))
        await linked.hub.posted()
        await until(lambda: linked.inbox().size == 4)
        checkpoint = open_checkpoint(linked.inbox().checkpoint, loaded(linked).inbox.verifier)
    assert checkpoint.size == 4
    assert loaded(linked).inbox.verifier != first


async def test_a_second_rotation_follows_the_first_a_day_later(linked: Linked) -> None:
    linked.put("a")
    async with rotated(linked):
        pass
    answered = linked.province.accepted_at_ms / 1000
    async with linked.running():
        one = asked(linked, datetime.fromtimestamp(answered, UTC) + timedelta(days=1))
        linked.put("b")
        await until(lambda: settled(linked, one) and linked.receipted() == 4)
    assert len(entered(linked)) == 3
    assert [verifier for _, verifier in loaded(linked).log_keys.keys] == entered(linked)


async def test_within_a_day_another_one_is_not_even_queued(linked: Linked) -> None:
    async with rotated(linked):
        pass
    answered = datetime.fromtimestamp(linked.province.accepted_at_ms / 1000, UTC)
    with pytest.raises(SuccessionTooSoon, match="one new log key of a hall a day"):
        asked(linked, answered + timedelta(hours=23))
    assert linked.look(outbox.waiting)[0] == 0
    assert files(linked) == {"log.key", "log.history"}


async def test_while_one_waits_no_second_is_made(linked: Linked) -> None:
    assert asked(linked) == asked(linked)
    assert linked.look(outbox.waiting)[0] == 1


async def test_what_the_hub_refuses_changes_nothing_and_delays_nothing(linked: Linked) -> None:
    first = key_of(linked)
    linked.province.judge = refusing
    one = asked(linked)
    linked.put("a", "b")
    async with linked.running():
        await until(lambda: linked.receipted() == 3 and settled(linked, one))
    assert (key_of(linked), files(linked)) == (first, {"log.key"})
    found = linked.look(successions.newest)
    assert (found.reason_name, found.journal_index) == ("REASON_QUOTA", 0)
    assert asked(linked).successor != one.successor, "what was refused once is not named again"


# ---- sealing


async def test_the_leaf_that_names_a_successor_ends_its_batch_and_bars_the_journal(linked: Linked) -> None:
    linked.put("a")
    asked(linked)
    linked.put("b", "c")
    async with linked.store() as engine:
        with db.begin(engine) as connection:
            sealed = journal.seal(connection, linked.signer, journal.load_head(connection, 1), LIMITS, now_ms=1)
            assert sealed is not None
            assert (sealed[0].first, sealed[0].size) == (0, 2)
        with db.begin(engine) as connection:
            assert journal.seal(connection, linked.signer, journal.load_head(connection, 1), LIMITS, now_ms=1) is None
            assert outbox.waiting(connection)[0] == 2
            assert successions.settle(connection, loaded(linked), replica(linked), now_ms=1).waits
        with db.begin(engine) as connection:
            assert journal.seal(connection, linked.signer, journal.load_head(connection, 1), LIMITS, now_ms=1) is None


async def test_a_succession_without_receipt_is_unsealed_and_goes_again_as_it_was(linked: Linked) -> None:
    linked.put("a")
    one = asked(linked)
    linked.put("b")
    async with linked.store() as engine:
        with db.begin(engine) as connection:
            assert journal.seal(connection, linked.signer, journal.load_head(connection, 1), LIMITS, now_ms=1) is not None
            assert tail.unseal(connection, 1) == 2
    async with linked.running():
        await until(lambda: linked.receipted() == 3)
    assert linked.at_hub_events() == ["a", one.key_id, "b"]
    assert key_of(linked).vkey == one.successor


# ---- crashes


@pytest.mark.parametrize("step", [*SENDING, *ROTATING])
async def test_dead_at_any_step_asking_again_goes_on_and_one_key_succeeds(linked: Linked, step: str) -> None:
    first = key_of(linked)
    code, said = await linked.command("rotate-key", crash_at=step)
    assert code == crash.STATUS, said
    linked.put("a", "b")
    one = asked(linked)
    async with linked.running():
        await until(lambda: settled(linked, one) and linked.receipted() == 3)
    assert entered(linked) == [first, key_of(linked)]
    assert key_of(linked).vkey == one.successor
    assert files(linked) == {"log.key", "log.history"}
    assert sorted(linked.at_hub_events()) == sorted([one.key_id, "a", "b"])


def test_every_step_of_a_rotation_is_tried() -> None:
    assert set(ROTATING) < set(crash.STEPS)
    assert set(SENDING) < set(crash.STEPS)
