import asyncio
from datetime import timedelta

from certs.checkpoints import open_checkpoint
from node_agent import hall_keys, ledger_view
from tests.node_agent.linked import Linked, event_id, headers, until
from tests.node_agent.tiny_province import NOW
from tongban.exchange.v1.exchange_pb2 import Batch, Drain, Limits, Ping, Receipt, SubmitResponse


async def test_what_was_put_is_sealed_sent_in_order_and_receipted(linked: Linked) -> None:
    names = [f"case-{number}" for number in range(10)]
    linked.put(*names)
    async with linked.running():
        await until(lambda: linked.receipted() == 10)
    assert linked.at_hub_events() == names
    assert [len(Batch.FromString(raw).envelopes) for raw in linked.hub.heard.batches] == [4, 4, 2]  # batch_length is 4
    assert linked.hub.heard.closes.count("submit") == 1


async def test_a_lone_message_goes_at_once_though_the_poll_is_far_away(linked: Linked) -> None:
    slow = linked.config.model_copy(update={"link": linked.config.link.model_copy(update={"poll": timedelta(seconds=60)})})
    slow._folder = linked.config.folder
    async with linked.running(slow) as parts:
        await until(lambda: parts.pulse.fact("submit") == "open")
        await asyncio.sleep(0.1)
        linked.put("alone")
        await until(lambda: linked.receipted() == 1)


async def test_no_more_batches_are_in_flight_than_the_hub_allows(linked: Linked) -> None:
    linked.hub.script.receipts_wait = asyncio.Event()
    linked.put(*(f"case-{number}" for number in range(40)))
    async with linked.running():
        await until(lambda: len(linked.hub.heard.batches) == 3)
        await asyncio.sleep(0.2)
        assert len(linked.hub.heard.batches) == 3
        assert linked.unreceipted() == 3
        linked.hub.script.receipts_wait.set()
        await until(lambda: linked.receipted() == 40)
    assert linked.hub.heard.most_in_flight <= 3


async def test_a_batch_stays_below_the_frame(linked: Linked) -> None:
    linked.hub.script.limits = Limits(frame_bytes=30_000, envelope_bytes=20_000, batch_length=256, batches_in_flight=2)
    linked.put(*(f"case-{number}" for number in range(9)), size=9_000)
    async with linked.running():
        await until(lambda: linked.receipted() == 9)
    assert all(len(raw) <= 30_000 for raw in linked.hub.heard.batches)
    assert len(linked.hub.heard.batches) == 5


async def test_an_envelope_too_large_to_carry_goes_as_its_hash_and_is_named_as_refused(linked: Linked) -> None:
    linked.put("small")
    linked.put("huge", size=100_000)
    linked.put("after")
    async with linked.running():
        await until(lambda: linked.receipted() == 3)
    assert linked.at_hub_events() == ["small", "after"]
    assert linked.refused() == [(event_id("huge"), 2, 65)]


async def test_a_refused_and_a_held_envelope_are_named_with_their_reason(linked: Linked) -> None:
    linked.province.judge = lambda header: {"bad": (2, 61), "later": (3, 0)}.get(header.subject, (1, 0))
    linked.put("good", "bad", "later")
    async with linked.running():
        await until(lambda: linked.receipted() == 3)
    assert linked.refused() == [(event_id("bad"), 2, 61), (event_id("later"), 3, 0)]


async def test_a_ping_is_answered(linked: Linked) -> None:
    async with linked.running():
        await until(lambda: linked.hub.say_submit)
        linked.hub.say_submit[0].put_nowait(SubmitResponse(ping=Ping(nonce=77)))
        await until(lambda: 77 in linked.hub.heard.pongs)


async def test_after_a_drain_the_agent_closes_and_comes_again(linked: Linked) -> None:
    async with linked.running():
        await until(lambda: linked.hub.say_submit)
        linked.put("before")
        await until(lambda: linked.receipted() == 1)
        linked.hub.say_submit[0].put_nowait(SubmitResponse(drain=Drain()))
        await until(lambda: linked.hub.heard.closes.count("submit") == 1)
        await until(lambda: len(linked.hub.heard.submit_opens) == 2)
        linked.put("behind")
        await until(lambda: linked.receipted() == 2)


async def test_being_offline_loses_nothing_and_everything_goes_once_the_hub_is_back(linked: Linked) -> None:
    async with linked.running():
        linked.put("one")
        await until(lambda: linked.receipted() == 1)
        await linked.hub.stop()
        linked.put("two", "three")
        await asyncio.sleep(0.3)
        assert linked.troubles() == {}  # offline is normal
        await linked.hub.start()
        await until(lambda: linked.receipted() == 3)
    assert linked.at_hub_events() == ["one", "two", "three"]


async def test_batches_whose_receipts_were_lost_are_sent_again_and_counted_once(linked: Linked) -> None:
    linked.hub.script.lose_receipts = True
    linked.put(*(f"case-{number}" for number in range(6)))
    async with linked.running():
        await until(lambda: len(linked.hub.heard.batches) == 2)
    assert linked.unreceipted() == 2
    linked.hub.script.lose_receipts = False
    async with linked.running():
        await until(lambda: linked.receipted() == 6)
    assert linked.at_hub_events() == [f"case-{number}" for number in range(6)]
    assert linked.hub.heard.batches[2:] == linked.hub.heard.batches[:2]


async def test_a_sealed_batch_that_the_hub_never_saw_is_sent_as_it_was_sealed(linked: Linked) -> None:
    linked.hub.script.lose_receipts = True
    linked.put("a", "b")
    async with linked.running(killed=True):
        await until(lambda: linked.hub.heard.batches)
    sealed = linked.hub.heard.batches[0]
    linked.province.journals.clear()  # the hub was killed before it committed
    linked.province.ledger[1:] = []
    linked.hub.script.lose_receipts = False
    linked.put("c")
    async with linked.running():
        await until(lambda: linked.receipted() == 3)
    assert linked.hub.heard.batches[1] == sealed
    assert [header.subject for header in headers(linked.hub.heard.batches[2])] == ["c"]


async def test_our_checkpoints_are_signed_by_the_log_key_over_what_was_sent(linked: Linked) -> None:
    linked.put("a", "b", "c", "d", "e")
    async with linked.running():
        await until(lambda: linked.receipted() == 5)
    verifier = hall_keys.load(linked.config).journal.verifier
    assert [open_checkpoint(Batch.FromString(raw).checkpoint, verifier).size for raw in linked.hub.heard.batches] == [4, 5]


async def test_a_receipt_that_proves_nothing_stops_the_stream_and_is_kept_as_evidence(linked: Linked) -> None:
    def other_time(receipt: Receipt) -> None:
        receipt.accepted_at.FromDatetime(NOW + timedelta(days=1))

    linked.hub.script.tamper_receipt = other_time
    linked.put("a")
    async with linked.running():
        await until(lambda: "submit alarm" in linked.troubles())
        assert "proves nothing" in linked.troubles()["submit alarm"].what
        assert linked.unreceipted() == 1
        linked.hub.script.tamper_receipt = lambda _: None
        await until(lambda: linked.receipted() == 1 and linked.troubles() == {})
    kept = linked.look(ledger_view.evidence)
    assert [one["kind"] for one in kept] == ["ReceiptInvalid"]
    assert len(kept[0]["notes"]) == 2
