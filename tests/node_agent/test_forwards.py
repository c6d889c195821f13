"""What the hub held back comes as its author's message when it proves itself, and as nobody's when it does not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from certs import merkle
from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.entries import HELD
from certs.key_entries import Revocation
from certs.keys import generate_signing_key
from certs.merkle import Growth
from certs.names import HUB
from certs.notes import Signer
from node_agent import db, forwards, inbox
from node_agent.inbox import Received
from node_agent.outbox import EnvelopeWriter
from node_agent.sinks.sql import UNPROVED, entries_of
from tests.node_agent.linked import HALL, Linked, until
from tests.node_agent.test_sink import NOW as SUNK_AT
from tests.node_agent.test_sink import Hall
from tests.node_agent.tiny_province import TD, Author, Journal, TinyProvince, draft
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1.exchange_pb2 import Batch
from tongban.exchange.v1.forward_pb2 import Forward


def held(province: TinyProvince, author: Author, *names: str, recipients: tuple[str, ...] = (HALL,)) -> list[Forward]:
    """Have a hall in quarantine send, and return the forwards of what it sent, as the hub makes them."""
    province.judge = lambda _: (HELD, 0)
    before = author.frontier
    raw = author.seal([draft(name, recipients=recipients) for name in names])
    receipt = province.accept(raw)
    province.judge = lambda _: (1, 0)
    batch = Batch.FromString(raw)
    growth = Growth(before, merkle.leaf_hashes(list(batch.envelopes)))
    made = [
        Forward(
            envelope=envelope,
            journal_checkpoint=batch.checkpoint,
            journal_index=before.size + at,
            journal_proof=growth.range_proof([(before.size + at, before.size + at + 1)]),
            ledger_index=receipt.ledger_first + at,
        )
        for at, envelope in enumerate(batch.envelopes)
    ]
    for forward in made:
        forward.accepted_at.CopyFrom(receipt.accepted_at)
    return made


def say(province: TinyProvince, *made: Forward) -> None:
    """Have the hub forward messages to the hall."""
    headers = [
        Header(
            version=1, id=f"forward-{at}", type=forwards.TYPE, resource="case", subject="s", recipients=[HALL], journal=province.own.name
        )
        for at in range(len(made))
    ]
    envelopes = [
        Envelope(header=header.SerializeToString(), payload=forward.SerializeToString()).SerializeToString()
        for header, forward in zip(headers, made, strict=True)
    ]
    grown = province.journals.setdefault(province.own.name, Journal()).frontier.extend(merkle.leaf_hashes(envelopes))
    note = sign_checkpoint(Checkpoint(province.own.name, grown.size, grown.root()), province.own)
    province.accept(Batch(checkpoint=note, envelopes=envelopes).SerializeToString())


async def taken(linked: Linked) -> list[Received]:
    """Run the agent until it holds all that is addressed to it; return what is no key entry."""
    async with linked.running():
        await linked.hub.posted()
        await until(lambda: linked.inbox().size == linked.province.mailboxes[HALL].size)
        await until(lambda: linked.province.mailboxes[HALL].acknowledged_size == linked.province.mailboxes[HALL].size)
    return [entry for entry in linked.look(lambda connection: list(inbox.received(connection, 0, 1_000))) if entry.kind == 1]


async def test_a_forward_comes_as_the_message_of_its_author(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    linked.province.accept(author.seal([draft("before", recipients=(HALL,))]))
    made = held(linked.province, author, "a", "b")
    say(linked.province, *made)
    linked.province.accept(author.seal([draft("after", recipients=(HALL,))]))
    found = await taken(linked)
    assert [(entry.author, entry.epoch, entry.journal_index, entry.fault) for entry in found] == [("nongan", 1, at, "") for at in range(4)]
    assert [entry.envelope for entry in found[1:3]] == [one.envelope for one in made]
    assert [entry.ledger_index for entry in found[1:3]] == [one.ledger_index for one in made]
    assert [entry.index for entry in found] == sorted(entry.index for entry in found)
    assert linked.look(forwards.set_aside) == 0


async def test_a_restored_hall_gets_its_forwards_again_as_their_authors(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    say(linked.province, *held(linked.province, author, "a"))
    before = await taken(linked)
    linked.lose_store()
    assert [entry.envelope for entry in await taken(linked)] == [entry.envelope for entry in before]
    assert before[0].author == "nongan"


def another_envelope(forward: Forward, _: Author) -> None:
    envelope = Envelope.FromString(forward.envelope)
    envelope.payload = b"y"
    forward.envelope = envelope.SerializeToString()


def another_place(forward: Forward, _: Author) -> None:
    forward.journal_index += 1


def no_proof(forward: Forward, _: Author) -> None:
    del forward.journal_proof[:]


def signed_by_the_hub(forward: Forward, author: Author) -> None:
    thief = Signer(author.log.name, generate_signing_key())
    root = merkle.leaf_hash(forward.envelope)
    forward.journal_checkpoint = sign_checkpoint(Checkpoint(author.log.name, 1, root), thief)
    forward.journal_index = 0
    del forward.journal_proof[:]


def of_a_hall_that_is_not_known(forward: Forward, author: Author) -> None:
    stranger = Signer(author.log.name.replace("nongan", "atlantis"), generate_signing_key())
    forward.journal_checkpoint = sign_checkpoint(Checkpoint(stranger.name, 1, merkle.leaf_hash(forward.envelope)), stranger)


def no_checkpoint(forward: Forward, _: Author) -> None:
    forward.journal_checkpoint = "a\nb\n"


def accepted_behind_itself(forward: Forward, _: Author) -> None:
    forward.ledger_index += 1_000


FORGED = [
    (another_envelope, "did not sign it"),
    (another_place, "BadProof"),
    (no_proof, "BadProof"),
    (signed_by_the_hub, "UnknownKey"),
    (of_a_hall_that_is_not_known, "atlantis"),
    (no_checkpoint, ""),
    (accepted_behind_itself, "behind its forward"),
]


@pytest.mark.parametrize(("forge", "why"), FORGED, ids=lambda one: one.__name__ if callable(one) else "")
async def test_what_does_not_prove_itself_is_set_aside_and_the_rest_goes_on(
    linked: Linked, tmp_path: Path, forge: Callable[[Forward, Author], None], why: str
) -> None:
    author = Author(linked.province, "nongan")
    made = held(linked.province, author, "a", "b", "c")
    forge(made[1], author)
    say(linked.province, *made)
    found = await taken(linked)
    assert [(entry.author, bool(entry.fault)) for entry in found] == [("nongan", False), (HUB, True), ("nongan", False)]
    assert why in found[1].fault
    assert linked.look(forwards.set_aside) == 1
    hall = Hall(tmp_path)
    engine = db.connect(linked.config.store_path)
    report = hall.sink.deliver(entries_of(engine), SUNK_AT)
    assert (report.written, report.parked) == (2, 1)
    assert [row[0] for row in hall.ask("SELECT hall FROM deliveries")] == ["nongan"] * 2
    assert hall.parked()[0][2].startswith(UNPROVED)
    assert hall.sink.retry_parked(SUNK_AT).parked == 1  # it proves no more the second time
    assert [row[0] for row in hall.ask("SELECT hall FROM deliveries")] == ["nongan"] * 2
    hall.sink.close()
    engine.dispose()


async def test_what_its_author_sent_to_others_is_set_aside(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    say(linked.province, *held(linked.province, author, "a", recipients=("changchun",)))
    (found,) = await taken(linked)
    assert (found.author, "did not address it" in found.fault) == (HUB, True)


async def test_an_envelope_that_names_another_journal_than_the_one_that_holds_it_is_set_aside(linked: Linked) -> None:
    author = Author(linked.province, "nongan")
    author.writer = EnvelopeWriter(TD, "siping", 1)
    say(linked.province, *held(linked.province, author, "a"))
    (found,) = await taken(linked)
    assert (found.author, "siping" in found.fault) == (HUB, True)


@pytest.mark.parametrize(("revoked_first", "author_said"), [(True, HUB), (False, "nongan")])
async def test_the_keys_of_an_author_count_up_to_their_revocation(linked: Linked, *, revoked_first: bool, author_said: str) -> None:
    province = linked.province
    author = Author(province, "nongan")
    made = held(province, author, "a")
    cut_off = made[0].ledger_index if revoked_first else len(province.ledger)
    province.introduce(Revocation("nongan", 1, cut_off, "key-stolen"))
    say(province, *made)
    (found,) = await taken(linked)
    assert found.author == author_said


async def test_a_message_of_the_hub_itself_is_no_halls_to_be_forwarded(linked: Linked) -> None:
    province = linked.province
    before = province.journals[province.own.name].frontier
    header = Header(version=1, id="own", type="tongban.test.Thing", resource="case", recipients=[HALL], journal=province.own.name)
    own = Envelope(header=header.SerializeToString(), payload=b"x").SerializeToString()
    growth = Growth(before, [merkle.leaf_hash(own)])
    note = sign_checkpoint(Checkpoint(province.own.name, growth.size, growth.root()), province.own)
    receipt = province.accept(Batch(checkpoint=note, envelopes=[own]).SerializeToString())
    proof = growth.range_proof([(before.size, growth.size)])
    say(
        province,
        Forward(
            envelope=own,
            journal_checkpoint=note,
            journal_index=before.size,
            journal_proof=proof,
            ledger_index=receipt.ledger_first,
        ),
    )
    assert [bool(entry.fault) for entry in await taken(linked)] == [False, True]
