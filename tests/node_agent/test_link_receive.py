import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from certs.checkpoints import open_checkpoint, parse_checkpoint, sign_checkpoint
from certs.entries import LEDGER_KEY, LEDGER_MESSAGE
from certs.key_entries import Introduction, Revocation
from certs.keys import generate_hpke_key, generate_signing_key
from certs.merkle import leaf_hash
from certs.names import journal_origin, witness_name
from certs.notes import COSIGNATURE, Signer, Verifier, split
from node_agent import hall_keys, inbox, ledger_view
from node_agent.inbox import Received
from tests.node_agent.linked import HALL, Linked, headers, until
from tests.node_agent.tiny_province import TD, Author, Journal, draft
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch, Delivery, Drain, KeyChain, Ping, ReceiveResponse

SOON_SECONDS = 8.0
"""On any machine, and before a stream is begun anew for its silence, which is ten."""


def received(linked: Linked) -> list[Received]:
    found: list[Received] = linked.look(lambda c: [one for one in inbox.received(c, 0, 1_000) if one.kind != LEDGER_KEY])
    return found


def subjects(linked: Linked) -> list[str]:
    return [Header.FromString(Envelope.FromString(one.envelope).header).subject for one in received(linked)]


async def addressed(linked: Linked, author: Author, *names: str, others: tuple[str, ...] = ()) -> None:
    """Have another hall send a batch in which `names` are ours and `others` are not."""
    drafts = [draft(name, recipients=(HALL,)) for name in names] + [draft(name, recipients=("jilin-sheng",)) for name in others]
    linked.province.accept(author.seal(sorted(drafts, key=lambda one: one.subject)))
    await linked.hub.posted()


async def test_what_is_addressed_to_the_hall_is_stored_and_acknowledged(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    await addressed(linked, author, "a", "b", "c")
    async with linked.running():
        await until(lambda: linked.inbox().size == 5)  # two key entries, three messages
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == 5)
    assert subjects(linked) == ["a", "b", "c"]
    assert [(one.author, one.journal_index, one.ledger_index) for one in received(linked)] == [("nongan", i, i + 2) for i in range(3)]
    verifier = hall_keys.load(linked.config).inbox.verifier
    newest = open_checkpoint(linked.hub.heard.acknowledgements[-1], verifier)
    assert (newest.size, newest.root) == (5, linked.inbox().frontier.root())


async def test_a_part_of_a_batch_is_proved_and_the_rest_stays_unseen(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    await addressed(linked, author, "a", "c", "d", others=("b", "e"))
    await addressed(linked, author, "f", others=("g",))
    async with linked.running():
        await until(lambda: linked.inbox().size == 6)
    assert subjects(linked) == ["a", "c", "d", "f"]
    assert [one.journal_index for one in received(linked)] == [0, 2, 3, 5]


async def test_what_comes_while_the_stream_is_open_comes_at_once(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    async with linked.running() as parts:
        await until(lambda: linked.inbox().size == 2)
        told = threading.Event()
        parts.schedule._received.append(told)
        await addressed(linked, author, "a")
        await until(lambda: subjects(linked) == ["a"], SOON_SECONDS)
        await until(told.is_set)  # the sinks hear of it


async def test_reading_the_inbox_begins_at_any_entry(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    for batch in ("abc", "def", "ghi"):
        await addressed(linked, author, *batch)
    async with linked.running():
        await until(lambda: linked.inbox().size == 11)
    for first in range(12):
        assert linked.look(partial(_indices, first=first)) == list(range(first, 11))


def _indices(connection: sa.Connection, first: int) -> list[int]:
    return [one.index for one in inbox.received(connection, first, 1_000)]


async def test_after_a_restart_only_what_is_new_comes(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    await addressed(linked, author, "a")
    async with linked.running():
        await until(lambda: linked.inbox().size == 3)
    await addressed(linked, author, "b")
    async with linked.running():
        await until(lambda: linked.inbox().size == 4)
    assert subjects(linked) == ["a", "b"]


async def test_an_acknowledgement_that_was_lost_is_made_up_for_by_the_next_opening(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == 2)
    linked.province.mailboxes[HALL].acknowledged = ""  # killed before it was durable
    await addressed(linked, author, "a")
    async with linked.running():
        await until(lambda: linked.inbox().size == 3)
    assert linked.hub.heard.receive_opens[-1].checkpoint
    assert subjects(linked) == ["a"]


async def test_a_lost_inbox_comes_again_without_new_leaves(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    for batch in ("abc", "de", "f"):
        await addressed(linked, author, *batch)
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == 8)
    before = linked.inbox()
    linked.lose_store()
    acknowledged = len(linked.hub.heard.acknowledgements)
    async with linked.running():
        await until(lambda: linked.inbox().size == 8)
        await addressed(linked, author, "g")
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == 9)
    assert subjects(linked) == list("abcdefg")
    sizes = [int(note.split("\n")[1]) for note in linked.hub.heard.acknowledgements[acknowledged:]]
    assert min(sizes) >= 8  # nothing smaller than what was acknowledged before is signed again
    assert before.frontier.root() in {open_checkpoint(n, _inbox(linked)).root for n in linked.hub.heard.acknowledgements}


def _inbox(linked: Linked) -> Verifier:
    return hall_keys.load(linked.config).inbox.verifier


async def test_an_acknowledgement_that_is_not_ours_is_not_adopted(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    await addressed(linked, author, "a")
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == 3)
    linked.lose_store()
    stranger = Signer(f"{TD}/inbox/{HALL}/1", generate_signing_key())
    text = linked.province.mailboxes[HALL].acknowledged
    linked.province.mailboxes[HALL].acknowledged = sign_checkpoint(parse_checkpoint(split(text)[0]), stranger)
    async with linked.running():
        await until(lambda: "receive alarm" in linked.troubles())
        assert "is not this hall's" in linked.troubles()["receive alarm"].what
    assert linked.inbox().size == 0


Lie = Callable[[Delivery], None]


def _other_time(delivery: Delivery) -> None:
    for segment in delivery.segments:
        segment.accepted_at.seconds += 1


def _other_body(delivery: Delivery) -> None:
    for segment in delivery.segments:
        segment.batch = segment.batch.replace(b"x" * 100, b"y" * 100)


def _withheld_keys(delivery: Delivery) -> None:
    for segment in delivery.segments:
        segment.keys.CopyFrom(KeyChain(count=segment.keys.count + 1, hash=b"\1" * 32))


def _gap(delivery: Delivery) -> None:
    delivery.first += 1


def _no_proof(delivery: Delivery) -> None:
    for segment in delivery.segments:
        del segment.ledger_proof[:]


def _other_checkpoint(delivery: Delivery) -> None:
    for segment in delivery.segments:
        segment.ledger_checkpoint = segment.ledger_checkpoint[:-10] + "AAAAAAAA=\n"


def _garbage(delivery: Delivery) -> None:
    for segment in delivery.segments:
        segment.batch = b"\xff\xff\xff"


@pytest.mark.parametrize("lie", [_other_time, _other_body, _withheld_keys, _gap, _no_proof, _other_checkpoint, _garbage])
async def test_a_delivery_that_proves_nothing_is_neither_stored_nor_acknowledged(linked: Linked, lie: Lie) -> None:
    author = Author(linked.province, "nongan")
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == 2)
        linked.hub.script.tamper_delivery = lie
        await addressed(linked, author, "a")
        await until(lambda: "receive alarm" in linked.troubles())
        assert linked.inbox().size == 2
        assert linked.province.mailboxes[HALL].acknowledged_size == 2
        linked.hub.script.tamper_delivery = lambda _: None
        linked.province.mailboxes[HALL].segments[2:] = []
        await addressed(linked, author, "b")


async def test_an_envelope_for_another_hall_is_refused(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    linked.province.accept(author.seal([draft("theirs", recipients=("jilin-sheng",))]))
    box = linked.province.mailboxes
    Author(linked.province, "jilin-sheng")
    linked.province.accept(author.seal([draft("theirs too", recipients=("jilin-sheng",))]))
    async with linked.running():
        await until(lambda: linked.inbox().size == 3)
        stolen = next(segment for _, _, segment in box["jilin-sheng"].segments if segment.kind != LEDGER_KEY)
        box[HALL].segments.append((box[HALL].size, 1, stolen))
        await linked.hub.posted()
        await until(lambda: "receive alarm" in linked.troubles())
        assert "is not addressed to" in linked.troubles()["receive alarm"].what


async def test_a_key_that_the_registry_did_not_introduce_is_refused(linked: Linked) -> None:
    linked.province.registry = Signer(linked.province.registry.name, generate_signing_key())
    hpke = generate_hpke_key().public_key().public_bytes_raw()
    log = Signer(journal_origin(TD, "nongan", 1), generate_signing_key())
    cosigning = Signer(witness_name(TD, "nongan"), generate_signing_key(), COSIGNATURE)
    linked.province.introduce(Introduction("nongan", 1, log.vkey, cosigning.vkey, hpke))
    async with linked.running():
        await until(lambda: "receive alarm" in linked.troubles())
        assert linked.inbox().size <= 1


async def test_two_ledgers_of_one_size_are_kept_as_evidence_and_nothing_more_is_acknowledged(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    async with linked.running():
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == 2)
        forked = linked.province.note(2, root=b"\7" * 32)

        def other(delivery: Delivery) -> None:
            for segment in delivery.segments:
                segment.ledger_checkpoint = forked

        linked.hub.script.tamper_delivery = other
        await addressed(linked, author, "a")
        await until(lambda: "receive alarm" in linked.troubles())
        assert "two ledgers of size 2" in linked.troubles()["receive alarm"].what
    kept = linked.look(ledger_view.evidence)
    assert kept[0]["kind"] == "LedgerForked"
    assert forked in kept[0]["notes"]
    assert linked.province.mailboxes[HALL].acknowledged_size == 2


async def test_a_ledger_that_shrank_is_noticed_at_once(linked: Linked) -> None:
    async with linked.running():
        linked.put("a", "b")
        await until(lambda: linked.receipted() == 2)
    linked.hub.script.newest = linked.province.note(1)
    async with linked.running():
        await until(lambda: "receive alarm" in linked.troubles())
        assert "it showed us" in linked.troubles()["receive alarm"].what
    assert linked.look(ledger_view.evidence)[0]["kind"] == "LedgerRolledBack"


async def test_pings_are_answered_and_a_drain_is_followed(linked: Linked) -> None:
    async with linked.running():
        await until(lambda: linked.hub.say_receive)
        linked.hub.say_receive[0].put_nowait(ReceiveResponse(ping=Ping(nonce=5)))
        await until(lambda: 5 in linked.hub.heard.pongs)
        linked.hub.say_receive[0].put_nowait(ReceiveResponse(drain=Drain()))
        await until(lambda: linked.hub.heard.closes.count("receive") == 1)
        await until(lambda: len(linked.hub.heard.receive_opens) == 2)


async def test_a_hub_that_falls_silent_is_left(linked: Linked) -> None:
    hurried = linked.config.model_copy(update={"link": linked.config.link.model_copy(update={"silence": timedelta(seconds=1)})})
    hurried._folder = linked.config.folder
    async with linked.running(hurried):
        await until(lambda: len(linked.hub.heard.receive_opens) >= 2, SOON_SECONDS)


async def test_the_halls_own_messages_do_not_come_back_and_both_ways_work_at_once(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    async with linked.running():
        for number in range(5):
            linked.put(f"ours-{number}")
            await addressed(linked, author, f"theirs-{number}")
            await asyncio.sleep(0.01)
        await until(lambda: linked.receipted() == 5 and linked.inbox().size == 7)
    assert [header.subject for raw in linked.hub.heard.batches for header in headers(raw)] == [f"ours-{n}" for n in range(5)]
    assert subjects(linked) == [f"theirs-{n}" for n in range(5)]


async def test_what_the_hub_writes_into_another_halls_journal_is_refused(linked: Linked) -> None:
    author, province = Author(linked.province, "nongan"), linked.province
    honest = Batch.FromString(author.seal([draft("said", recipients=(HALL,))]))
    checkpoint = parse_checkpoint(split(honest.checkpoint)[0])
    invented = author.writer.write([draft("never said", recipients=(HALL,))])
    heading = Header.FromString(Envelope.FromString(invented[0]).header)
    province.journals[checkpoint.origin] = Journal()
    receipt = province._enter(checkpoint, [leaf_hash(invented[0])], [heading], [(1, 0)], LEDGER_MESSAGE)
    raw = Batch(checkpoint=honest.checkpoint, envelopes=invented).SerializeToString()
    province._post(raw, checkpoint, receipt, [heading], [0])
    async with linked.running():
        await until(lambda: "receive alarm" in linked.troubles())
        assert "did not sign these envelopes" in linked.troubles()["receive alarm"].what
    assert subjects(linked) == []


async def test_nothing_by_a_revoked_key_is_taken_behind_its_cut_off(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    await addressed(linked, author, "before")
    linked.province.introduce(Revocation("nongan", 1, len(linked.province.ledger), "key-stolen"))
    async with linked.running():
        await until(lambda: linked.inbox().size == 4)
        await addressed(linked, author, "behind")
        await until(lambda: "receive alarm" in linked.troubles())
        assert "revoked from ledger index" in linked.troubles()["receive alarm"].what
    assert subjects(linked) == ["before"]
