"""What a hall that wishes the others ill can do, and cannot."""

import asyncio
import time
from typing import Any

import grpc
import pytest
import sqlalchemy as sa

from certs.keys import generate_signing_key
from certs.notes import Signer, sign
from hub.app import Hub
from hub.errors import ConfigInvalid, Refusal
from hub.rpc.door import CALLS_OF_A_HALL
from hub.tables import contradictions
from tests.hub.hall_client import SUCCESSOR, HallClient, Journal, case_envelope, cosignature
from tests.hub.running import RunningHub, running
from tests.hub.test_receive import begun, next_of
from tests.hub.test_submit import opened, reason, reason_of, receipt
from tongban.enrolment.v1 import enrolment_pb2, enrolment_pb2_grpc
from tongban.envelope.v1.envelope_pb2 import Envelope
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1 import exchange_pb2


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 3, 5, 8, 13])
async def test_an_enrolment_that_is_given_up_hinders_no_later_one(hub: RunningHub, milliseconds: int) -> None:
    application = hub.application("gongzhuling")
    async with grpc.aio.secure_channel(hub.enrolment, grpc.ssl_channel_credentials(application.root)) as channel:
        call = enrolment_pb2_grpc.EnrolmentServiceStub(channel).Enrol(application.request())
        await asyncio.sleep(milliseconds / 1000)
        call.cancel()
    await (await hub.join("siping")).close()
    identity = await application.enrol(hub.enrolment)
    client = HallClient(identity, hub.exchange)
    stream, _ = await opened(client)
    await receipt(stream, Journal(identity).seal([case_envelope(identity, "a")]))
    await client.close()


def succession_leaf(client: HallClient, old: Signer, new: Signer) -> bytes:
    said = enrolment_pb2.LogKeySuccessor(successor=new.vkey, possession=sign(f"{old.vkey}\n", [new]))
    envelope = Envelope.FromString(case_envelope(client.identity, "key", **SUCCESSOR))
    envelope.payload = said.SerializeToString()
    return envelope.SerializeToString()


async def test_a_succession_whose_key_entry_was_lost_counts_at_the_next_opening(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    old, new = client.identity.journal, Signer(client.identity.journal.name, generate_signing_key())
    registry = hub.hub.rooms.registry
    log = registry._log

    async def dying(*_: Any) -> int:
        raise RuntimeError("the hub died")

    monkeypatch.setattr(type(registry), "_log", dying)
    stream.say(exchange_pb2.SubmitRequest(batch=journal.seal([succession_leaf(client, old, new)])))
    assert await reason(stream) == "REASON_INTERNAL"
    monkeypatch.undo()
    assert registry._log == log
    registry._succeeded.clear()
    again, where = await opened(client)
    assert where.size == 1
    await receipt(again, journal.seal([case_envelope(client.identity, "b")], new))
    await client.close()


async def test_a_hall_may_not_change_its_key_all_day(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    first, second, third = client.identity.journal, *(Signer(client.identity.journal.name, generate_signing_key()) for _ in range(2))
    await receipt(stream, journal.seal([succession_leaf(client, first, second)]))
    got = await receipt(stream, journal.seal([succession_leaf(client, second, third)], second))
    assert list(got.reasons) == [errors_pb2.REASON_QUOTA]
    await receipt(stream, journal.seal([case_envelope(client.identity, "b")], second))
    await client.close()


async def test_a_batch_by_the_old_key_that_comes_close_behind_the_new_ones_name_is_refused(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    old, new = client.identity.journal, Signer(client.identity.journal.name, generate_signing_key())
    named = journal.seal([succession_leaf(client, old, new)])
    behind = journal.seal([case_envelope(client.identity, "b")], old)
    stream.say(exchange_pb2.SubmitRequest(batch=named))
    stream.say(exchange_pb2.SubmitRequest(batch=behind))
    assert (await next_of(stream, "receipt")).journal_size == 1
    assert await reason(stream) == "REASON_UNKNOWN_KEY"
    _, where = await opened(client)
    assert where.size == 1
    await client.close()


async def test_a_second_hub_on_the_same_ports_leaves_the_first_alone(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    taken = hub.config.model_copy(update={"listen": hub.config.listen.model_copy(update={"exchange": hub.exchange})})
    with pytest.raises(ConfigInvalid, match="another hub"):
        await Hub(taken).run()
    stream, _ = await opened(client)
    await receipt(stream, Journal(client.identity).seal([case_envelope(client.identity, "a")]))
    await client.close()


@pytest.mark.parametrize("off", [-3_600, 3_600, 1 << 40])
async def test_a_cosignature_of_another_time_is_refused(hub: RunningHub, off: int) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await begun(client)
    proposal = await next_of(stream, "proposal")
    line = cosignature(client.identity, proposal.checkpoint, int(time.time()) + off)
    size = int(proposal.checkpoint.split("\n")[1])
    stream.say(exchange_pb2.ReceiveRequest(cosignature=exchange_pb2.Cosignature(ledger_size=size, line=line)))
    assert await reason(stream) == "REASON_COSIGNATURE_INVALID"
    await client.close()


async def test_only_what_was_proposed_may_be_cosigned(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    sender, _ = await opened(client)
    got = await receipt(sender, Journal(client.identity).seal([case_envelope(client.identity, "a")]))
    hub.hub.rooms.witnesses.size = 0
    stream, _ = await begun(client, cosigned_size=1 << 40)
    line = cosignature(client.identity, got.ledger_checkpoint, int(time.time()))
    stream.say(exchange_pb2.ReceiveRequest(cosignature=exchange_pb2.Cosignature(ledger_size=2, line=line)))
    assert await reason(stream) == "REASON_COSIGNATURE_INVALID"
    await client.close()


async def test_the_same_envelopes_in_other_batches_are_no_fork(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    envelopes = [case_envelope(client.identity, f"{n}") for n in range(4)]
    await receipt(stream, Journal(client.identity).seal(envelopes))
    stream.say(exchange_pb2.SubmitRequest(batch=Journal(client.identity).seal(envelopes[:2])))
    assert await reason(stream) == "REASON_JOURNAL_GAP"
    for _ in range(2):
        again, _ = await opened(client)
        other = Journal(client.identity).seal([case_envelope(client.identity, "other")])
        again.say(exchange_pb2.SubmitRequest(batch=other))
        assert await reason(again) == "REASON_JOURNAL_FORK"
    with hub.hub.rooms.database.reader.begin() as connection:
        kept = connection.scalar(sa.select(sa.func.count()).select_from(contradictions))
    assert kept == 2  # each of the two other histories, once
    await client.close()


async def test_a_hall_has_so_many_calls_and_no_more(hub: RunningHub) -> None:
    client, other = await hub.join("gongzhuling"), await hub.join("siping")
    unopened = [client.unopened() for _ in range(CALLS_OF_A_HALL)]
    async with asyncio.timeout(30):
        while hub.hub.calls.of_hall("gongzhuling") < CALLS_OF_A_HALL:  # noqa: ASYNC110 - as seen from outside
            await asyncio.sleep(0.01)
    assert await reason(await client.submit()) == "REASON_QUOTA"
    stream, _ = await opened(other)
    await receipt(stream, Journal(other.identity).seal([case_envelope(other.identity, "a")]))
    await unopened[0].end()
    await client.close()
    await other.close()


async def test_a_stream_that_is_never_opened_is_let_go(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.rpc.submit.OPEN_WITHIN_SECONDS", 0.1)
    client = await hub.join("gongzhuling")
    assert await reason(client.unopened()) == "REASON_UNEXPECTED_MESSAGE"
    await client.close()


async def test_epochs_that_no_key_entry_introduces_are_not_served(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    assert await reason(await client.submit(journal="jilin.example/journal/gongzhuling/2")) == "REASON_UNKNOWN_KEY"
    assert await reason(await client.receive(inbox="jilin.example/inbox/gongzhuling/2")) == "REASON_UNKNOWN_KEY"
    assert await reason(await client.receive(inbox="jilin.example/inbox/siping/1")) == "REASON_FOREIGN_JOURNAL"
    await client.close()


async def test_a_number_that_no_database_holds_is_an_invalid_field(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    call = client.exchange.GetJournal(exchange_pb2.GetJournalRequest(journal=client.identity.journal.name, first=1 << 63))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    assert reason_of(caught.value) == "REASON_FIELD_INVALID"
    await client.close()


async def test_what_a_refusal_repeats_of_the_caller_is_short(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream = await client.submit(journal="x" * 1_000_000)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stream.hear()
    assert len(caught.value.details() or "") < 300
    await client.close()


async def test_a_journal_is_given_back_from_the_middle_of_a_batch(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    batch = Journal(client.identity).seal([case_envelope(client.identity, f"{n}") for n in range(4)])
    await receipt(stream, batch)
    call = client.exchange.GetJournal(exchange_pb2.GetJournalRequest(journal=client.identity.journal.name, first=2))
    given = await call.read()
    assert isinstance(given, exchange_pb2.GetJournalResponse)
    assert given.batch == batch
    call.cancel()
    await client.close()


async def test_a_deed_that_is_refused_does_not_undo_the_others(hub: RunningHub) -> None:
    committer = hub.hub.rooms.committer

    def refuse(_: sa.Connection) -> None:
        raise Refusal(errors_pb2.REASON_QUOTA, "no")

    good, bad, after = committer.deed(lambda _: 1), committer.deed(refuse), committer.deed(lambda _: 2)
    results = await asyncio.gather(good, bad, after, return_exceptions=True)
    assert results[0] == 1
    assert results[2] == 2
    assert getattr(results[1], "reason", None) == errors_pb2.REASON_QUOTA


async def test_a_restarted_hub_serves_what_a_cancelled_call_left(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    stream.say(exchange_pb2.SubmitRequest(batch=Journal(client.identity).seal([case_envelope(client.identity, "a")])))
    await client.close()
    hub.hub.stop()
    async with running(hub.folder, hub.config) as second:
        again = HallClient(client.identity, second.exchange)
        await opened(again)
        await again.close()
