"""What evidence the hub hands out, to whom, and that the offline verifier believes it."""

import random
import time
from collections.abc import Sequence

import grpc
import pytest

from certs.evidence import decode
from certs.evidence_findings import Findings, Verdict
from certs.evidence_words import limits
from certs.identity import read_certificate
from certs.keys import generate_signing_key
from certs.merkle import leaf_hash
from certs.names import inbox_origin, journal_origin, ledger_origin
from certs.notes import Signer, sign, split
from certs.verifier import Verifier
from hub.db import transaction
from hub.errors import HubError
from hub.evidence import export
from hub.tables import segments
from tests.hub.hall_client import SUCCESSOR, TRUST_DOMAIN, HallClient, Inbox, Journal, Stream, case_envelope, cosignature
from tests.hub.running import RunningHub
from tests.hub.test_receive import begun, checked, next_of, take
from tests.hub.test_submit import opened, reason_of, receipt
from tongban.enrolment.v1 import enrolment_pb2
from tongban.envelope.v1.envelope_pb2 import Envelope
from tongban.exchange.v1 import exchange_pb2
from tongban.ledger.v1 import ledger_pb2, ledger_pb2_grpc

Position = tuple[str, int]


def position(client: HallClient, index: int) -> Position:
    return client.identity.journal.name, index


async def exported(client: HallClient, *positions: Position) -> list[bytes]:
    """Export evidence as a hall does."""
    wanted = [ledger_pb2.ExportEvidenceRequest.Position(journal=journal, index=index) for journal, index in positions]
    stub = ledger_pb2_grpc.LedgerServiceStub(client.channel)
    call = stub.ExportEvidence(ledger_pb2.ExportEvidenceRequest(positions=wanted), timeout=20)
    return [response.evidence async for response in call]


async def findings(client: HallClient, *positions: Position) -> list[Findings]:
    """Export evidence and verify it with nothing but the root that the hall was given."""
    verifier = Verifier(read_certificate(client.identity.root))
    return [verifier.verify(data) for data in await exported(client, *positions)]


async def refused(client: HallClient, journal: str, index: int) -> tuple[str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await exported(client, (journal, index))
    return reason_of(caught.value), str(caught.value.details())


async def send(client: HallClient, *recipients: Sequence[str]) -> None:
    """Send one batch, an envelope for each list of recipients."""
    stream, where = await opened(client)
    journal = Journal(client.identity)
    assert where.size == 0
    await receipt(stream, journal.seal([case_envelope(client.identity, f"c{at}", recipients=list(to)) for at, to in enumerate(recipients)]))
    await stream.end()


async def cosign(client: HallClient, at_least: int) -> Stream:
    """Cosign the first proposal of so many entries."""
    stream, _ = await begun(client)
    while True:
        proposal = await next_of(stream, "proposal")
        size = int(proposal.checkpoint.split("\n")[1])
        if size >= at_least:
            break
    line = cosignature(client.identity, proposal.checkpoint, int(time.time()))
    stream.say(exchange_pb2.ReceiveRequest(cosignature=exchange_pb2.Cosignature(ledger_size=size, line=line)))
    await next_of(stream, "witnessed")
    return stream


async def acknowledge_in_steps(hub: RunningHub, client: HallClient, steps: Sequence[int]) -> None:
    """Take all that waits, then acknowledge it piece by piece, wherever batches end."""
    stream, where = await begun(client)
    indices: list[int] = []
    leaves: list[bytes] = []
    while len(leaves) < where.waiting:
        for segment in (await next_of(stream, "delivery")).segments:
            positions, entries, _ = checked(hub, segment)
            indices += positions
            leaves += entries
    inbox, at = Inbox(client.identity), 0
    for step in steps:
        note = inbox.acknowledge(indices[at : at + step], leaves[at : at + step])
        stream.say(exchange_pb2.ReceiveRequest(acknowledgement=exchange_pb2.Acknowledgement(checkpoint=note)))
        at = min(at + step, len(leaves))
        assert (await next_of(stream, "acknowledged")).size == at
    assert at == len(leaves)


async def test_author_recipient_and_province_hold_the_same_proof(hub: RunningHub) -> None:
    author, province, city, witness = [await hub.join(hall) for hall in ("gongzhuling", "jilin-sheng", "changchun", "siping")]
    await send(author, ["jilin-sheng"], ["changchun", "jilin-sheng"], ["changchun"])
    await take(hub, (await begun(province))[0], Inbox(province.identity), 4 + 2)
    await take(hub, (await begun(city))[0], Inbox(city.identity), 4 - 0 + 2)
    await cosign(witness, 7)
    files = [await exported(client, *(position(author, at) for at in range(3))) for client in (author, province)]
    assert files[0] == files[1]
    assert await exported(city, position(author, 1)) == files[0][1:2]
    found = await findings(author, *(position(author, at) for at in range(3)))
    assert [one.verdict for one in found] == [Verdict.PROVED] * 3
    assert [[received.hall for received in one.received] for one in found] == [["jilin-sheng"], ["changchun", "jilin-sheng"], ["changchun"]]
    assert [one.at_the_latest is not None and one.at_the_latest.hall for one in found] == ["siping"] * 3
    assert [one.event is not None and one.event.subject for one in found] == ["c0", "c1", "c2"]
    for client in (author, province, city, witness):
        await client.close()


async def test_for_everyone_else_the_message_is_not_there(hub: RunningHub) -> None:
    author, city, stranger = await hub.join("gongzhuling"), await hub.join("changchun"), await hub.join("siping")
    await send(author, ["jilin-sheng"], ["changchun"])
    own = author.identity.journal.name
    assert await refused(stranger, own, 1) == ("REASON_NOT_FOUND", f"siping neither sent nor received a message 1 of {own}")
    assert await refused(stranger, own, 99) == ("REASON_NOT_FOUND", f"siping neither sent nor received a message 99 of {own}")
    assert (await refused(city, own, 0))[0] == "REASON_NOT_FOUND"
    assert await exported(city, position(author, 1))
    absent = [
        journal_origin("other.example", "gongzhuling", 1),
        journal_origin(TRUST_DOMAIN, "gongzhuling", 2),
        inbox_origin(TRUST_DOMAIN, "gongzhuling", 1),
        ledger_origin(TRUST_DOMAIN, 1),
        "",
        "gongzhuling",
        f"{own}/",
    ]
    for journal in absent:
        assert (await refused(author, journal, 0))[0] == "REASON_NOT_FOUND"
    assert (await refused(author, own, 2**63 - 1))[0] == "REASON_NOT_FOUND"
    for client in (author, city, stranger):
        await client.close()


async def test_what_has_not_arrived_yet_is_named(hub: RunningHub) -> None:
    author, province = await hub.join("gongzhuling"), await hub.join("jilin-sheng")
    await send(author, ["changchun", "jilin-sheng"])
    await take(hub, (await begun(province))[0], Inbox(province.identity), 3)
    [found] = await findings(author, position(author, 0))
    assert (found.verdict, found.pending) == (Verdict.INCOMPLETE, ("changchun",))
    assert any("no other hall has cosigned it" in limit for limit in limits(found))
    for client in (author, province):
        await client.close()


async def test_what_the_hub_refused_is_provably_refused(hub: RunningHub) -> None:
    author = await hub.join("gongzhuling")
    stream, _ = await opened(author)
    good = case_envelope(author.identity, "good", recipients=[])
    foreign = case_envelope(author.identity, "foreign", resource="nothing")
    journal = Journal(author.identity)
    batch = exchange_pb2.Batch.FromString(journal.seal([good, foreign, b"\xff garbage", bytes(40)]))
    got = await receipt(stream, batch.SerializeToString())
    assert list(got.dispositions) == [1, 2, 2, 2]
    found = await findings(author, *(position(author, at) for at in range(4)))
    assert [one.verdict for one in found] == [Verdict.PROVED] + [Verdict.INCOMPLETE] * 3
    assert [one.event is None for one in found] == [False, False, True, True]
    await author.close()


async def test_an_envelope_of_which_only_the_hash_came_is_proved_by_its_hash(hub: RunningHub) -> None:
    author = await hub.join("gongzhuling")
    stream, _ = await opened(author)
    large = case_envelope(author.identity, "large")
    batch = exchange_pb2.Batch.FromString(Journal(author.identity).seal([large]))
    batch.envelopes[0] = leaf_hash(large)
    batch.hash_only.append(0)
    await receipt(stream, batch.SerializeToString())
    [data] = await exported(author, position(author, 0))
    assert decode(data).message.envelope == b""
    [found] = await findings(author, position(author, 0))
    assert (found.event, found.sender.hall, found.verdict) == (None, "gongzhuling", Verdict.INCOMPLETE)
    await author.close()


async def test_a_key_entry_has_evidence_for_every_hall(hub: RunningHub) -> None:
    first, second = await hub.join("gongzhuling"), await hub.join("siping")
    await take(hub, (await begun(second))[0], Inbox(second.identity), 2)
    own = journal_origin(TRUST_DOMAIN, "hub", 1)
    for client in (first, second):
        found = await findings(client, (own, 0), (own, 1))
        assert [one.pending for one in found] == [("gongzhuling",)] * 2
        assert [[received.index for received in one.received] for one in found] == [[0], [1]]
    for client in (first, second):
        await client.close()


async def test_the_first_cosigned_checkpoint_bounds_the_time(hub: RunningHub) -> None:
    author, early, late = await hub.join("gongzhuling"), await hub.join("siping"), await hub.join("changchun")
    stream, _ = await opened(author)
    journal = Journal(author.identity)
    await receipt(stream, journal.seal([case_envelope(author.identity, "one", recipients=[])]))
    await cosign(early, 4)
    await receipt(stream, journal.seal([case_envelope(author.identity, "two", recipients=[])]))
    await cosign(late, 5)
    one, two = await findings(author, position(author, 0), position(author, 1))
    assert [(cosigned.hall, cosigned.ledger_size) for cosigned in one.cosignatures] == [("siping", 4), ("changchun", 5)]
    assert [(cosigned.hall, cosigned.ledger_size) for cosigned in two.cosignatures] == [("changchun", 5)]
    assert one.verdict is two.verdict is Verdict.PROVED
    for client in (author, early, late):
        await client.close()


async def test_every_message_of_many_batches_is_proved_however_it_was_acknowledged(hub: RunningHub) -> None:
    chance = random.Random(7)
    author, province, city = await hub.join("gongzhuling"), await hub.join("jilin-sheng"), await hub.join("changchun")
    stream, _ = await opened(author)
    journal = Journal(author.identity)
    sent: list[list[str]] = []
    for _ in range(12):
        batch = [chance.choice([["jilin-sheng"], ["changchun"], ["changchun", "jilin-sheng"], []]) for _ in range(chance.randint(1, 9))]
        envelopes = [case_envelope(author.identity, f"c{at}", recipients=to) for at, to in enumerate(batch)]
        await receipt(stream, journal.seal(envelopes))
        sent += batch
    await acknowledge_in_steps(hub, province, [1, 2, 3, 5, 7, 100])
    await acknowledge_in_steps(hub, city, [4, 100])
    found = await findings(author, *(position(author, at) for at in range(len(sent))))
    assert [[received.hall for received in one.received] for one in found] == sent
    assert {one.verdict for one in found} == {Verdict.PROVED}
    for client in (author, province, city):
        await client.close()


async def test_messages_before_and_after_a_change_of_keys_are_proved(hub: RunningHub) -> None:
    author = await hub.join("gongzhuling")
    stream, _ = await opened(author)
    journal = Journal(author.identity)
    old, new = author.identity.journal, Signer(author.identity.journal.name, generate_signing_key())
    said = enrolment_pb2.LogKeySuccessor(successor=new.vkey, possession=sign(f"{old.vkey}\n", [new]))
    header = case_envelope(author.identity, "key", **SUCCESSOR)
    leaf = Envelope.FromString(header)
    leaf.payload = said.SerializeToString()
    await receipt(stream, journal.seal([case_envelope(author.identity, "before", recipients=[]), leaf.SerializeToString()]))
    await receipt(stream, journal.seal([case_envelope(author.identity, "after", recipients=[])], new))
    found = await findings(author, *(position(author, at) for at in range(3)))
    assert [one.verdict for one in found] == [Verdict.PROVED] * 3
    assert {one.key_entries for one in found} == {2}
    await author.close()


async def test_a_revoked_hall_keeps_what_it_sent_before(hub: RunningHub) -> None:
    author, other = await hub.join("gongzhuling"), await hub.join("siping")
    await send(author, [])
    await cosign(author, 3)
    rooms = hub.hub.rooms
    await rooms.registry.log_revocation("gongzhuling", "key-stolen")
    await cosign(other, 4)
    [found] = [Verifier(read_certificate(other.identity.root)).verify(export(rooms, "gongzhuling", *position(author, 0)))]
    assert (found.sender.counts, found.sender.revoked_from, found.verdict) == (True, 3, Verdict.PROVED)
    for client in (author, other):
        await client.close()


async def test_lines_that_a_hall_added_to_its_checkpoint_stay_out(hub: RunningHub) -> None:
    author = await hub.join("gongzhuling")
    stream, _ = await opened(author)
    batch = exchange_pb2.Batch.FromString(Journal(author.identity).seal([case_envelope(author.identity, "a", recipients=[])]))
    text, _ = split(batch.checkpoint)
    batch.checkpoint += sign(text, [Signer("somebody.else", author.identity.cosigning)]).rpartition("\n\n")[2]
    await receipt(stream, batch.SerializeToString())
    [found] = await findings(author, position(author, 0))
    assert found.verdict is Verdict.PROVED
    await author.close()


async def test_a_row_that_somebody_changed_is_named_and_not_exported(hub: RunningHub) -> None:
    author = await hub.join("gongzhuling")
    await send(author, [], [])
    rooms = hub.hub.rooms
    with transaction(rooms.database.writer) as connection:
        connection.execute(segments.update().where(segments.c.author == "gongzhuling").values(accepted_at_ms=1))
    with pytest.raises(HubError, match="ledger index 2 is not what was logged there; restore the database"):
        export(rooms, "gongzhuling", *position(author, 1))
    await author.close()
