import json
import shutil

import pytest

from node_agent import db, journal, known_events, ledger_view, outbox, tail
from node_agent.errors import HubLostJournal, JournalForked, TailDiverged
from node_agent.resume import compare
from node_agent.sources import progress
from tests.node_agent.linked import Linked, event_id, until
from tests.node_agent.tiny_province import ACTOR, NOW, draft
from tongban.case.v1.case_pb2 import SourceRun
from tongban.exchange.v1.exchange_pb2 import SubmitOpened


def names(first: int, end: int) -> list[str]:
    return [f"case-{number}" for number in range(first, end)]


async def sent(linked: Linked, *subjects: str) -> None:
    """Have the running hall send something."""
    size = linked.receipted()
    linked.put(*subjects)
    await until(lambda: linked.receipted() == size + len(subjects))


async def test_a_lost_disk_is_taken_back_from_the_hub_and_repeats_nothing(linked: Linked) -> None:
    async with linked.running():
        await sent(linked, *names(0, 10))
    linked.lose_store()
    linked.put(*names(0, 12))  # the sources are read from their start again
    async with linked.running():
        await until(lambda: linked.receipted() == 12)
    assert linked.at_hub_events() == names(0, 12)
    assert linked.look(lambda c: known_events.attempts(c, [event_id("case-3")])) == {event_id("case-3"): 1}


async def test_an_old_backup_heals(linked: Linked) -> None:
    async with linked.running():
        await sent(linked, *names(0, 3))
    backup = linked.config.data_dir.parent / "backup"
    shutil.copytree(linked.config.data_dir, backup)
    async with linked.running():
        await sent(linked, *names(3, 9))
    shutil.rmtree(linked.config.data_dir)
    shutil.copytree(backup, linked.config.data_dir)
    linked.put(*names(2, 11))
    async with linked.running():
        await until(lambda: linked.receipted() == 11)
    assert linked.at_hub_events() == names(0, 11)


async def test_a_lost_source_cursor_is_adopted(linked: Linked) -> None:
    run = SourceRun(source="business", cursor=json.dumps([["plain", 41]])).SerializeToString()
    said = outbox.Draft(event_id("run"), "business", SourceRun.DESCRIPTOR.full_name, "business", NOW, NOW, "source-run", (), run, ACTOR)
    async with linked.running():
        with db.begin(linked.parts.engine) as connection:  # type: ignore[union-attr]
            outbox.put_source_run(connection, said, linked.writer)
        await until(lambda: linked.receipted() == 1)
    linked.lose_store()
    async with linked.running():
        await until(lambda: linked.receipted() == 1)
    found = linked.look(lambda c: progress.load(c, "business"))
    assert found.cursor is not None
    assert found.cursor.values == (41,)


async def test_a_journal_that_the_hall_did_not_sign_is_not_adopted(linked: Linked) -> None:
    async with linked.running():
        await sent(linked, "a", "b")
    linked.lose_store()
    raw, receipt = linked.province.journals[linked.origin].answers[0]
    forged = raw.replace(b"x" * 100, b"y" * 100, 1)
    linked.province.journals[linked.origin].answers[0] = (forged, receipt)
    async with linked.running():
        await until(lambda: "submit alarm" in linked.troubles())
        assert "does not follow what this hall sealed" in linked.troubles()["submit alarm"].what
    assert linked.look(lambda c: journal.load_head(c, 1)).size == 0


async def test_a_hub_that_lost_receipted_batches_is_not_served(linked: Linked) -> None:
    async with linked.running():
        await sent(linked, *names(0, 6))

    def older(opened: SubmitOpened) -> None:
        opened.size = 4

    linked.hub.script.tamper_opened = older
    async with linked.running():
        await until(lambda: "submit alarm" in linked.troubles())
        assert "gave receipts for 6" in linked.troubles()["submit alarm"].what
        linked.put("kept")
    assert linked.look(outbox.waiting)[0] == 1


async def test_another_root_at_a_receipted_size_is_a_fork_and_stops_everything(linked: Linked) -> None:
    def other(opened: SubmitOpened) -> None:
        opened.root = b"\x01" * 32

    async with linked.running():
        await sent(linked, "a")
    linked.hub.script.tamper_opened = other
    linked.put("b")
    async with linked.running():
        await until(lambda: "submit alarm" in linked.troubles())
        assert "has another root" in linked.troubles()["submit alarm"].what
        assert "two histories" in linked.troubles()["submit alarm"].do
    assert linked.look(outbox.waiting)[0] == 1
    assert [one["kind"] for one in linked.look(ledger_view.evidence)] == ["JournalForked"]


async def test_a_tail_that_the_hub_does_not_hold_is_no_fork_and_reset_tail_mends_it(linked: Linked) -> None:
    async with linked.running():
        await sent(linked, "a")
    backup = linked.config.data_dir.parent / "backup"
    shutil.copytree(linked.config.data_dir, backup)
    async with linked.running():
        await sent(linked, "b", "c")
    shutil.rmtree(linked.config.data_dir)
    shutil.copytree(backup, linked.config.data_dir)
    # The restored agent sealed another end than the one that the hub holds, and never got it through.
    linked.put("c", "d")
    async with linked.store() as engine:
        with db.begin(engine) as connection:
            limits = journal.Limits(1 << 20, 1 << 16, 4, 1)
            head = journal.load_head(connection, 1)
            assert journal.seal(connection, linked.signer, head, limits, now_ms=1) is not None
    async with linked.running():
        await until(lambda: "submit alarm" in linked.troubles())
        assert "reset-tail" in linked.troubles()["submit alarm"].do
    code, said = await linked.command("reset-tail", "--json")
    assert (code, json.loads(said)) == (0, {"unsealed": 2})
    async with linked.running():
        await until(lambda: linked.receipted() == 4)
    assert linked.at_hub_events() == ["a", "b", "c", "d"]


async def test_what_is_unsealed_waits_before_all_else_and_is_sealed_as_it_was(linked: Linked) -> None:
    linked.put("a", "b")
    async with linked.store() as engine:
        with db.begin(engine) as connection:
            head = journal.load_head(connection, 1)
            journal.seal(connection, linked.signer, head, journal.Limits(1 << 20, 1 << 16, 4, 1), now_ms=1)
        linked.put("c")
        with db.begin(engine) as connection:
            assert tail.unseal(connection, 1) == 2
            assert tail.unseal(connection, 1) == 0
            assert outbox.put(connection, [draft("a")], linked.writer) == 0
    async with linked.running():
        await until(lambda: linked.receipted() == 3)
    assert linked.at_hub_events() == ["a", "b", "c"]


async def test_comparing_names_each_disagreement(linked: Linked) -> None:
    async with linked.running():
        await sent(linked, "a", "b")
    async with linked.store() as engine:
        with db.begin(engine) as connection:
            head = journal.load_head(connection, 1)
            assert not compare(connection, 1, 2, head.frontier.root()).adopt
            assert compare(connection, 1, 3, b"\0" * 32).adopt
            with pytest.raises(HubLostJournal):
                compare(connection, 1, 1, b"\0" * 32)
            with pytest.raises(JournalForked):
                compare(connection, 1, 2, b"\0" * 32)
            limits = journal.Limits(1 << 20, 1 << 16, 4, 1)
            outbox.put(connection, [draft("c"), draft("d")], linked.writer)
            assert journal.seal(connection, linked.signer, head, limits, now_ms=1) is not None
            with pytest.raises(TailDiverged):
                compare(connection, 1, 3, b"\0" * 32)
            with pytest.raises(TailDiverged):
                compare(connection, 1, 4, b"\0" * 32)
            assert compare(connection, 1, 2, head.frontier.root()).send_from == 2
