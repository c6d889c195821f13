"""What the hub delivers, and what it takes for an acknowledgement."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest

from certs.checkpoints import open_checkpoint
from certs.entries import FULL, LEDGER_KEY, LEDGER_MESSAGE, ledger_leaf_hashes, recipients_hash
from certs.merkle import check_consistency, leaf_hash, root_from_range
from certs.names import parse_origin
from tests.hub.hall_client import HallClient, Inbox, Journal, Stream, case_envelope, cosignature
from tests.hub.running import RunningHub
from tests.hub.test_submit import opened, reason, receipt
from tongban.envelope.v1.envelope_pb2 import Envelope, Header
from tongban.exchange.v1 import exchange_pb2


async def next_of(stream: Stream, kind: str) -> Any:
    """Return the next message of a kind, passing over the others."""
    while True:
        response = await stream.hear()
        if response.WhichOneof("message") == kind:
            return getattr(response, kind)


def checked(hub: RunningHub, segment: exchange_pb2.Segment) -> tuple[list[int], list[bytes], list[bytes]]:
    """Verify a segment as a recipient must; return ledger indices, ledger leaf hashes and the envelopes whose body came."""
    keyring = hub.hub.rooms.keyring
    if segment.WhichOneof("bodies") == "batch":
        batch = exchange_pb2.Batch.FromString(segment.batch)
        note, given, runs = batch.checkpoint, list(batch.envelopes), [(0, segment.count)]
    else:
        note, given, runs, at = segment.extract.checkpoint, list(segment.extract.envelopes), [], 0
        for skip, take in zip(segment.runs[::2], segment.runs[1::2], strict=True):
            runs.append((at + skip, at + skip + take))
            at += skip + take
    log = parse_origin(note.split("\n")[0])
    size = int(note.split("\n")[1])
    checkpoint = open_checkpoint(note, keyring.log_key(log.hall, 1, size))
    first = size - segment.count
    members = [at for start, end in runs for at in range(start, end)]
    withheld = {one.position: one.recipients_hash for one in segment.withheld}
    leaves = [data if at in withheld else leaf_hash(data) for at, data in enumerate(given)]
    journal_runs = [(first + start, first + end) for start, end in runs]
    assert root_from_range(size, journal_runs, leaves, list(segment.journal_proof)) == checkpoint.root
    entries = ledger_leaf_hashes(
        kind=segment.kind,
        author=log.hall,
        epoch=1,
        indices=[first + at for at in members],
        leaves=leaves,
        dispositions=list(segment.dispositions),
        accepted_at_ms=segment.accepted_at.ToMilliseconds(),
        recipients_hashes=[withheld.get(at) or stated(data) for at, data in enumerate(given)],
        key_count=segment.keys.count,
        key_chain=segment.keys.hash,
    )
    ledger = open_checkpoint(segment.ledger_checkpoint, keyring.charter.ledger_verifier)
    ledger_runs = [(segment.ledger_first + start, segment.ledger_first + end) for start, end in runs]
    assert root_from_range(ledger.size, ledger_runs, entries, list(segment.ledger_proof)) == ledger.root
    return [segment.ledger_first + at for at in members], entries, [data for at, data in enumerate(given) if at not in withheld]


def stated(envelope: bytes) -> bytes:
    return recipients_hash(Header.FromString(Envelope.FromString(envelope).header).recipients)


def forms_of(segment: exchange_pb2.Segment, entries: int) -> list[int]:
    """Return in which form each of a segment's entries came."""
    withheld = {one.position: int(one.form) for one in segment.withheld}
    return [withheld.get(at, FULL) for at in range(entries)]


def acknowledgement(inbox: Inbox, indices: Sequence[int], leaves: Sequence[bytes], forms: Sequence[int]) -> exchange_pb2.ReceiveRequest:
    """Acknowledge entries in these forms."""
    first = inbox.frontier.size
    note = inbox.acknowledge(indices, leaves, forms)
    said: list[Any] = [form for form in forms if form != FULL]
    at = [first + place for place, form in enumerate(forms) if form != FULL]
    not_full = [exchange_pb2.FormRange(first=one, count=1, form=form) for one, form in zip(at, said, strict=True)]
    return exchange_pb2.ReceiveRequest(acknowledgement=exchange_pb2.Acknowledgement(checkpoint=note, not_full=not_full))


async def take(hub: RunningHub, stream: Stream, inbox: Inbox, wanted: int) -> list[bytes]:
    """Take deliveries until `wanted` entries are in the inbox, acknowledging each frame as it came; return the bodies."""
    taken: list[bytes] = []
    while inbox.frontier.size < wanted:
        delivery = await next_of(stream, "delivery")
        assert delivery.first == inbox.frontier.size
        indices: list[int] = []
        leaves: list[bytes] = []
        forms: list[int] = []
        for segment in delivery.segments:
            at, entries, envelopes = checked(hub, segment)
            indices += at
            leaves += entries
            forms += forms_of(segment, len(entries))
            if segment.kind == LEDGER_MESSAGE:
                taken += envelopes
        stream.say(acknowledgement(inbox, indices, leaves, forms))
    while (await next_of(stream, "acknowledged")).size < inbox.frontier.size:
        pass
    return taken


async def begun(client: HallClient, **opening: Any) -> tuple[Stream, exchange_pb2.ReceiveOpened]:
    stream = await client.receive(**opening)
    return stream, (await stream.hear()).opened


async def test_a_new_mailbox_starts_with_every_key_entry(hub: RunningHub) -> None:
    for hall in ("jilin-sheng", "siping"):
        await (await hub.join(hall)).close()
    client = await hub.join("gongzhuling")
    stream, where = await begun(client)
    assert where.waiting == 3
    delivery = await next_of(stream, "delivery")
    assert [segment.kind for segment in delivery.segments] == [LEDGER_KEY] * 3
    for segment in delivery.segments:
        checked(hub, segment)
    await client.close()


async def test_whole_batches_and_parts_of_batches_prove_themselves(hub: RunningHub) -> None:
    sender, province, city = await hub.join("gongzhuling"), await hub.join("jilin-sheng"), await hub.join("changchun")
    stream, _ = await opened(sender)
    journal = Journal(sender.identity)
    both = [["jilin-sheng"], ["changchun"], [], ["changchun", "jilin-sheng"], ["jilin-sheng"]]
    for _ in range(3):
        envelopes = [case_envelope(sender.identity, f"c{at}", recipients=to) for at, to in enumerate(both)]
        await receipt(stream, journal.seal(envelopes))
    whole = [case_envelope(sender.identity, f"w{at}") for at in range(4)]
    await receipt(stream, journal.seal(whole))
    inbox = Inbox(province.identity)
    receiving, _ = await begun(province)
    taken = await take(hub, receiving, inbox, 2 + 3 * 3 + 4)
    assert taken[-4:] == whole
    receiving, _ = await begun(city)
    assert len(await take(hub, receiving, Inbox(city.identity), 1 + 3 * 2)) == 6
    for client in (sender, province, city):
        await client.close()


async def test_a_wrong_acknowledgement_is_refused_and_nothing_is_lost(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await begun(client)
    await next_of(stream, "delivery")
    note = Inbox(client.identity).acknowledge([7], [bytes(32)])
    stream.say(exchange_pb2.ReceiveRequest(acknowledgement=exchange_pb2.Acknowledgement(checkpoint=note)))
    assert await reason(stream) == "REASON_INBOX_MISMATCH"
    again, where = await begun(client)
    assert (where.size, where.waiting) == (0, 1)
    await take(hub, again, Inbox(client.identity), 1)
    await client.close()


async def test_an_acknowledgement_whose_answer_was_lost_counts_at_the_next_opening(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await begun(client)
    delivery = await next_of(stream, "delivery")
    indices, leaves, _ = checked(hub, delivery.segments[0])
    note = Inbox(client.identity).acknowledge(indices, leaves)
    await stream.end()
    _, where = await begun(client, checkpoint=note)
    assert (where.size, where.waiting) == (1, 0)
    await client.close()


async def test_a_hall_that_lost_its_disk_gets_its_checkpoint_and_the_bodies_again(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await begun(client)
    await take(hub, stream, Inbox(client.identity), 1)
    await stream.end()
    again, where = await begun(client)
    assert where.size == 1
    assert where.checkpoint
    replayed = await next_of(again, "delivery")
    assert replayed.replay
    assert replayed.first == 0
    await client.close()


async def test_a_cosigned_checkpoint_is_handed_out(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await begun(client)
    proposal = await next_of(stream, "proposal")
    line = cosignature(client.identity, proposal.checkpoint, int(time.time()))
    size = int(proposal.checkpoint.split("\n")[1])
    stream.say(exchange_pb2.ReceiveRequest(cosignature=exchange_pb2.Cosignature(ledger_size=size, line=line)))
    witnessed = await next_of(stream, "witnessed")
    assert line in witnessed.checkpoint
    sender, _ = await opened(client)
    await receipt(sender, Journal(client.identity).seal([case_envelope(client.identity, "a")]))
    second = await next_of(stream, "proposal")
    first_root, second_root = (open_checkpoint(p.checkpoint, hub.hub.rooms.keyring.charter.ledger_verifier) for p in (proposal, second))
    assert second.from_size == size
    check_consistency(size, second_root.size, first_root.root, second_root.root, list(second.consistency_proof))
    await client.close()


async def test_a_forged_cosignature_is_refused(hub: RunningHub) -> None:
    client, other = await hub.join("gongzhuling"), await hub.join("siping")
    stream, _ = await begun(client)
    proposal = await next_of(stream, "proposal")
    size = int(proposal.checkpoint.split("\n")[1])
    line = cosignature(other.identity, proposal.checkpoint, int(time.time()))
    stream.say(exchange_pb2.ReceiveRequest(cosignature=exchange_pb2.Cosignature(ledger_size=size, line=line)))
    assert await reason(stream) == "REASON_COSIGNATURE_INVALID"
    await client.close()
    await other.close()


async def test_a_hub_that_was_set_back_refuses_to_serve_and_names_the_checkpoint(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    signer = hub.hub.rooms.signer
    note = signer.note(1_000_000, bytes(32))
    stream = await client.submit(ledger_checkpoint=note)
    assert await reason(stream) == "REASON_AHEAD_OF_HUB"
    await client.close()


async def test_unacknowledged_deliveries_stop_at_the_window(hub: RunningHub) -> None:
    sender, province = await hub.join("gongzhuling"), await hub.join("jilin-sheng")
    stream, _ = await opened(sender)
    journal = Journal(sender.identity)
    big = ["x" * 100_000] * 4
    for at in range(12):
        envelopes = [case_envelope(sender.identity, f"{at}-{n}", dataschema=text) for n, text in enumerate(big)]
        await receipt(stream, journal.seal(envelopes))
    receiving, where = await begun(province, window_bytes=1 << 20)
    assert where.waiting == 12 * 4 + 2
    got = 0
    with pytest.raises(TimeoutError):
        while True:
            response = await receiving.hear(0.5)
            got += response.delivery.ByteSize()
    assert 1 << 20 <= got < 3 << 20
    await asyncio.sleep(0)
    await sender.close()
    await province.close()
