"""What the hub says to batches, right ones and wrong ones."""

import os
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from certs.checkpoints import open_checkpoint
from certs.entries import ACCEPTED, LEDGER_MESSAGE, ledger_leaf_hashes, recipients_hash
from certs.keys import generate_signing_key
from certs.merkle import leaf_hashes, root_from_range
from certs.notes import Signer
from hub.errors import StorageBusy
from tests.hub.hall_client import SUCCESSOR, HallClient, Journal, Stream, case_envelope
from tests.hub.running import RunningHub, running
from tongban.envelope.v1.envelope_pb2 import Actor, Envelope, WrappedKey
from tongban.errors.v1 import errors_pb2
from tongban.exchange.v1 import exchange_pb2


async def opened(client: HallClient, **opening: Any) -> tuple[Stream, exchange_pb2.SubmitOpened]:
    stream = await client.submit(**opening)
    response = await stream.hear()
    assert response.WhichOneof("message") == "opened"
    return stream, response.opened


async def receipt(stream: Stream, batch: bytes) -> exchange_pb2.Receipt:
    stream.say(exchange_pb2.SubmitRequest(batch=batch))
    response = await stream.hear()
    assert isinstance(response, exchange_pb2.SubmitResponse)
    assert response.WhichOneof("message") == "receipt", response
    return response.receipt


async def reason(stream: Stream) -> str:
    """Return the reason for which the hub ended a stream."""
    while True:
        try:
            heard = await stream.hear()
        except grpc.aio.AioRpcError as error:
            return reason_of(error)
        assert isinstance(heard, Message), "the stream ended well"


def reason_of(error: grpc.aio.AioRpcError) -> str:
    status = rpc_status.from_call(error)
    assert status is not None, error
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return info.reason


async def test_a_batch_gets_a_receipt_that_proves_its_place_in_the_ledger(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, first = await opened(client)
    assert first.size == 0
    envelopes = [case_envelope(client.identity, f"case-{n}") for n in range(5)]
    got = await receipt(stream, Journal(client.identity).seal(envelopes))
    assert (got.journal_size, got.count, list(got.dispositions)) == (5, 5, [])
    entries = ledger_leaf_hashes(
        kind=LEDGER_MESSAGE,
        author="gongzhuling",
        epoch=1,
        indices=range(5),
        leaves=leaf_hashes(envelopes),
        dispositions=[ACCEPTED] * 5,
        accepted_at_ms=got.accepted_at.ToMilliseconds(),
        recipients_hashes=[recipients_hash(["jilin-sheng"])] * 5,
        key_count=got.keys.count,
        key_chain=got.keys.hash,
    )
    verifier = hub.hub.rooms.keyring.charter.ledger_verifier
    checkpoint = open_checkpoint(got.ledger_checkpoint, verifier)
    run = [(got.ledger_first, got.ledger_first + 5)]
    assert root_from_range(checkpoint.size, run, entries, list(got.ledger_proof)) == checkpoint.root
    await stream.end()
    await client.close()


async def test_the_same_batch_again_gets_the_same_receipt_also_after_a_restart(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    batch = Journal(client.identity).seal([case_envelope(client.identity, "a")])
    first = await receipt(stream, batch)
    again = await receipt(stream, batch)
    assert (again.journal_size, again.ledger_first, again.accepted_at) == (first.journal_size, first.ledger_first, first.accepted_at)
    await stream.end()
    await client.close()
    hub.hub.stop()
    async with running(hub.folder / ".", hub.config) as second:
        client = HallClient(client.identity, second.exchange)
        stream, where = await opened(client)
        assert where.size == 1
        later = await receipt(stream, batch)
        assert (later.journal_size, later.ledger_first) == (first.journal_size, first.ledger_first)
        await stream.end()
        await client.close()


async def test_a_gap_names_the_size_to_resume_from(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    journal.seal([case_envelope(client.identity, "lost")])
    stream.say(exchange_pb2.SubmitRequest(batch=journal.seal([case_envelope(client.identity, "b")])))
    assert await reason(stream) == "REASON_JOURNAL_GAP"
    await client.close()


async def test_another_history_is_a_fork_and_both_notes_are_kept(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    await receipt(stream, Journal(client.identity).seal([case_envelope(client.identity, "true")]))
    stream.say(exchange_pb2.SubmitRequest(batch=Journal(client.identity).seal([case_envelope(client.identity, "other")])))
    assert await reason(stream) == "REASON_JOURNAL_FORK"
    await client.close()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"source": "//jilin.example/hall/siping/business"}, "REASON_FOREIGN_SOURCE"),
        ({"source": "//other.example/hall/gongzhuling/business"}, "REASON_FOREIGN_SOURCE"),
        ({"journal": "jilin.example/journal/siping/1"}, "REASON_FOREIGN_SOURCE"),
    ],
)
async def test_an_envelope_of_another_hall_ends_the_stream(hub: RunningHub, changes: dict[str, str], expected: str) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    stream.say(exchange_pb2.SubmitRequest(batch=Journal(client.identity).seal([case_envelope(client.identity, "a", **changes)])))
    assert await reason(stream) == expected
    await client.close()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"resource": "nonsense"}, errors_pb2.REASON_UNKNOWN_RESOURCE),
        ({"recipients": ["atlantis"]}, errors_pb2.REASON_UNKNOWN_RECIPIENT),
        ({"recipients": ["changbai"]}, errors_pb2.REASON_RECIPIENT_NOT_ALLOWED),
        ({"recipients": ["*"]}, errors_pb2.REASON_UNKNOWN_RECIPIENT),
        ({"version": 2}, errors_pb2.REASON_ENVELOPE_VERSION),
        ({"recipients": ["长春"]}, errors_pb2.REASON_ENVELOPE_MALFORMED),
        ({"recipients": [""]}, errors_pb2.REASON_ENVELOPE_MALFORMED),
        ({"recipients": ["x" * 300]}, errors_pb2.REASON_ENVELOPE_MALFORMED),
        ({"recipients": [f"hall-{n:03}" for n in range(100)]}, errors_pb2.REASON_ENVELOPE_MALFORMED),
        ({"salt": b"short"}, errors_pb2.REASON_ENVELOPE_MALFORMED),
        ({"type": "tongban.case.v1.SourceRun"}, errors_pb2.REASON_DOCUMENT_TYPE_MISMATCH),
        ({"actor": Actor(person="7", role="supervisor")}, errors_pb2.REASON_SCOPE_DENIED),
        ({"actor": Actor(person="7", role="auditor")}, errors_pb2.REASON_FOREIGN_ACTOR),
        ({**SUCCESSOR, "actor": Actor(person="7", role="clerk")}, errors_pb2.REASON_SCOPE_DENIED),
        ({**SUCCESSOR, "actor": Actor(person="7")}, errors_pb2.REASON_SCOPE_DENIED),
        ({**SUCCESSOR, "actor": Actor(role="node")}, errors_pb2.REASON_ENVELOPE_MALFORMED),  # it names no key
    ],
)
async def test_an_envelope_that_may_not_be_routed_is_refused_alone(hub: RunningHub, changes: dict[str, Any], expected: int) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    envelopes = [case_envelope(client.identity, "good"), case_envelope(client.identity, "bad", **changes), b"\xff garbage"]
    got = await receipt(stream, Journal(client.identity).seal(envelopes))
    accepted, refused = exchange_pb2.DISPOSITION_ACCEPTED, exchange_pb2.DISPOSITION_REFUSED
    assert list(got.dispositions) == [accepted, refused, refused]
    assert list(got.reasons) == [0, expected, errors_pb2.REASON_ENVELOPE_MALFORMED]
    await stream.end()
    await client.close()


LICENCE = {"resource": "licence", "type": "tongban.licence.v1.LicenceEvent", "recipients": [], "actor": Actor(role="licence-officer")}


def encrypted(client: HallClient, *readers: str, **changes: Any) -> bytes:
    """Serialise an envelope whose payload says to be encrypted to these readers."""
    envelope = Envelope.FromString(case_envelope(client.identity, "L-1", **changes))
    envelope.encrypted.ciphertext = b"c" * 64
    envelope.encrypted.keys.extend(WrappedKey(reader=reader, enc=b"e" * 32, ciphertext=b"k" * 48) for reader in readers)
    return envelope.SerializeToString()


async def test_a_payload_is_in_clear_or_encrypted_as_its_resource_wants_and_refused_alone_otherwise(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    envelopes = {
        encrypted(client, "hub", "gongzhuling", **LICENCE): 0,
        case_envelope(client.identity, "L-2", **LICENCE): errors_pb2.REASON_PAYLOAD_CLEAR,
        encrypted(client, "hub"): errors_pb2.REASON_PAYLOAD_ENCRYPTED,
        encrypted(client, **LICENCE): errors_pb2.REASON_READERS_INVALID,
        encrypted(client, "gongzhuling", **LICENCE): errors_pb2.REASON_READERS_INVALID,
        encrypted(client, "hub", "hub", **LICENCE): errors_pb2.REASON_READERS_INVALID,
        encrypted(client, "hub", *(f"hall-{n}" for n in range(64)), **LICENCE): errors_pb2.REASON_READERS_INVALID,
        encrypted(client, "hub", "yushu", **LICENCE): 0,
    }
    got = await receipt(stream, Journal(client.identity).seal(list(envelopes)))
    assert list(got.reasons) == list(envelopes.values())
    await stream.end()
    await client.close()


async def test_a_key_that_is_not_the_halls_is_refused(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    stranger = Signer(client.identity.journal.name, generate_signing_key())
    stream.say(exchange_pb2.SubmitRequest(batch=Journal(client.identity).seal([case_envelope(client.identity, "a")], stranger)))
    assert await reason(stream) == "REASON_UNKNOWN_KEY"
    await client.close()


async def test_the_journal_of_another_hall_may_not_be_opened(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream = await client.submit(journal="jilin.example/journal/siping/1")
    assert await reason(stream) == "REASON_FOREIGN_JOURNAL"
    await client.close()


async def test_random_bytes_are_malformed_and_tell_nothing(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    raw = client.channel.stream_stream("/tongban.exchange.v1.ExchangeService/Submit", bytes, bytes)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await raw(iter([os.urandom(64)])).read()
    assert reason_of(caught.value) == "REASON_MALFORMED_MESSAGE"
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    await client.close()


async def test_a_second_process_of_the_hall_is_refused_while_the_first_answers(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    first, _ = await opened(client)
    second = await client.submit()
    ping = await first.hear()
    assert ping.WhichOneof("message") == "ping"
    first.say(exchange_pb2.SubmitRequest(pong=exchange_pb2.Pong(nonce=ping.ping.nonce)))
    assert await reason(second) == "REASON_LEASE_HELD"
    await receipt(first, Journal(client.identity).seal([case_envelope(client.identity, "a")]))
    await first.end()
    await client.close()


async def test_a_silent_holder_loses_the_lease_and_its_late_batch_is_refused(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    first, held = await opened(client)
    second, taken = await opened(client)
    assert taken.lease > held.lease
    assert await reason(first) == "REASON_LEASE_LOST"
    await receipt(second, Journal(client.identity).seal([case_envelope(client.identity, "a")]))
    await second.end()
    await client.close()


async def test_a_commit_whose_answer_was_lost_is_found_again(hub: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    await receipt(stream, journal.seal([case_envelope(client.identity, "before")]))
    committer = hub.hub.rooms.committer
    write = committer._write

    def losing(*args: Any) -> Any:
        write(*args)
        monkeypatch.setattr(committer, "_write", write)
        raise StorageBusy("the connection broke behind COMMIT")

    monkeypatch.setattr(committer, "_write", losing)
    batch = journal.seal([case_envelope(client.identity, "lost")])
    stream.say(exchange_pb2.SubmitRequest(batch=batch))
    assert await reason(stream) in {"REASON_STORAGE_BUSY", "REASON_JOURNAL_GAP"}
    again, where = await opened(client)
    assert where.size == 2
    assert (await receipt(again, batch)).journal_size == 2
    assert (await receipt(again, journal.seal([case_envelope(client.identity, "after")]))).journal_size == 3
    await client.close()
