"""How a hall becomes known, stays known, and is put out."""

import asyncio
import dataclasses
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from certs.enrolment import RenewalRequest, make_signing_request, sign_renewal
from certs.entries import ACCEPTED, REFUSED
from certs.identity import read_caller, read_chain
from certs.keys import generate_signing_key, generate_tls_key
from certs.notes import Signer, sign
from hub.cli import main
from hub.errors import StorageBusy
from hub.registry.changes import apply_pending
from hub.tables import segments
from tests.hub.hall_client import SUCCESSOR, TRUST_DOMAIN, Application, HallClient, Identity, Journal, case_envelope
from tests.hub.running import RunningHub
from tests.hub.test_submit import opened, reason, reason_of, receipt
from tongban.enrolment.v1 import enrolment_pb2, enrolment_pb2_grpc
from tongban.envelope.v1.envelope_pb2 import Envelope
from tongban.exchange.v1 import exchange_pb2
from tongban.ledger.v1 import ledger_pb2, ledger_pb2_grpc


async def refused(application: Application, address: str, request: enrolment_pb2.EnrolRequest | None = None) -> str:
    """Return the reason for which an application is refused."""
    async with grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(application.root)) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await enrolment_pb2_grpc.EnrolmentServiceStub(channel).Enrol(request or application.request(), timeout=10)
    return reason_of(caught.value)


async def test_the_hub_sets_the_name_whatever_the_request_says(hub: RunningHub) -> None:
    application = hub.application("gongzhuling")
    request = application.request()
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    wanted = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"spiffe://{TRUST_DOMAIN}/hall/siping")])
    greedy = builder.add_extension(wanted, critical=True).add_extension(x509.BasicConstraints(ca=True, path_length=3), critical=True)
    request.signing_request = greedy.sign(application.tls, SHA256()).public_bytes(Encoding.DER)
    async with grpc.aio.secure_channel(hub.enrolment, grpc.ssl_channel_credentials(application.root)) as channel:
        reply = await enrolment_pb2_grpc.EnrolmentServiceStub(channel).Enrol(request)
    assert read_caller(read_chain(reply.certificate_chain)[0], TRUST_DOMAIN).hall == "gongzhuling"


async def test_a_lost_reply_can_be_asked_for_again_and_other_keys_cannot(hub: RunningHub) -> None:
    application = hub.application("gongzhuling")
    first = await application.enrol(hub.enrolment)
    again = await application.enrol(hub.enrolment)
    assert again.chain == first.chain
    assert await refused(Application(application.token, application.root), hub.enrolment) == "REASON_TOKEN_USED"


async def test_of_two_racing_uses_of_a_token_one_gets_a_certificate(hub: RunningHub) -> None:
    first = hub.application("gongzhuling")
    rivals = [first, *(Application(first.token, first.root) for _ in range(5))]
    results = await asyncio.gather(*(rival.enrol(hub.enrolment) for rival in rivals), return_exceptions=True)
    won = [result for result in results if isinstance(result, Identity)]
    lost = [reason_of(result) for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert len(won) == 1
    assert lost == ["REASON_TOKEN_USED"] * 5


async def test_a_token_that_the_hub_did_not_issue_is_refused(hub: RunningHub) -> None:
    application = hub.application("gongzhuling")
    stranger = dataclasses.replace(application, token=application.token[:-4] + "AAAA")
    assert await refused(stranger, hub.enrolment) == "REASON_TOKEN_INVALID"
    request = application.request()
    request.token = "nonsense"
    assert await refused(application, hub.enrolment, request) == "REASON_TOKEN_INVALID"


async def test_weak_keys_and_requests_without_proof_are_refused(hub: RunningHub) -> None:
    application = hub.application("gongzhuling")
    weak = application.request()
    key = rsa.generate_private_key(65537, 1024)
    weak.signing_request = (
        x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256()).public_bytes(Encoding.DER)
    )
    assert await refused(application, hub.enrolment, weak) == "REASON_KEY_TOO_WEAK"
    garbled = application.request()
    garbled.signing_request = garbled.signing_request[:-1] + bytes([garbled.signing_request[-1] ^ 1])
    assert await refused(application, hub.enrolment, garbled) == "REASON_SIGNING_REQUEST_INVALID"
    unproved = application.request()
    unproved.possession = Application(application.token, application.root).request().possession
    assert await refused(application, hub.enrolment, unproved) == "REASON_BAD_SIGNATURE"
    assert (await application.enrol(hub.enrolment)).hall == "gongzhuling"


async def renew(hub: RunningHub, identity: Identity, *, at: datetime | None = None, nonce: bytes | None = None) -> bytes:
    """Renew a hall's certificate by the key of its present one."""
    key = load_pem_private_key(identity.tls_key, None)
    leaf = read_chain(identity.chain)[0].public_bytes(Encoding.PEM)
    fresh = RenewalRequest(make_signing_request(generate_tls_key()), leaf, at or datetime.now(UTC), nonce or os.urandom(16), b"")
    signed = sign_renewal(fresh, TRUST_DOMAIN, key)  # type: ignore[arg-type] # a P-256 key
    request = enrolment_pb2.RenewRequest(
        signing_request=signed.signing_request,
        certificate=signed.certificate,
        nonce=signed.nonce,
        signature=signed.signature,
    )
    request.time.FromDatetime(signed.time)
    async with grpc.aio.secure_channel(hub.enrolment, grpc.ssl_channel_credentials(identity.root)) as channel:
        return (await enrolment_pb2_grpc.EnrolmentServiceStub(channel).Renew(request, timeout=10)).certificate_chain


async def test_a_renewal_works_once_and_not_with_an_old_time(hub: RunningHub) -> None:
    identity = await hub.enrol("gongzhuling")
    nonce = os.urandom(16)
    chain = await renew(hub, identity, nonce=nonce)
    assert read_caller(read_chain(chain)[0], TRUST_DOMAIN).hall == "gongzhuling"
    with pytest.raises(grpc.aio.AioRpcError) as replayed:
        await renew(hub, identity, nonce=nonce)
    assert reason_of(replayed.value) == "REASON_REQUEST_STALE"
    with pytest.raises(grpc.aio.AioRpcError) as stale:
        await renew(hub, identity, at=datetime.now(UTC) - timedelta(minutes=6))
    assert reason_of(stale.value) == "REASON_REQUEST_STALE"


async def test_a_renewal_is_decided_by_the_law_for_the_hall_that_signed_it(hub: RunningHub) -> None:
    identity = await hub.enrol("gongzhuling")
    laws, before = hub.hub.rooms.laws, hub.hub.rooms.laws._sources
    known = before()
    without = tuple(rule for rule in known.rules if "hall.renew" not in rule.actions)
    laws._sources = lambda: known._replace(rules=without)
    with pytest.raises(grpc.aio.AioRpcError) as denied:
        await renew(hub, identity)
    assert reason_of(denied.value) == "REASON_SCOPE_DENIED"
    assert denied.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "renew" in (denied.value.details() or "")
    laws._sources = before
    assert await renew(hub, identity)


@pytest.mark.parametrize("away", [0, 1])
async def test_a_key_entry_counts_although_the_answer_to_its_commit_was_lost(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch, away: int
) -> None:
    """Also where the database is not there at the first look."""
    registry, committer = hub.hub.rooms.registry, hub.hub.rooms.committer
    write, look = committer._write, registry._unknown_entries
    looks: list[int] = []

    def losing(batches: Sequence[Any], deeds: Sequence[Any]) -> Any:
        done = write(batches, deeds)
        if batches:
            monkeypatch.setattr(committer, "_write", write)
            raise ConnectionError("the connection broke behind COMMIT")
        return done

    def looking() -> Any:
        looks.append(len(looks))
        if len(looks) <= away:
            raise StorageBusy("the database is away")
        return look()

    monkeypatch.setattr(committer, "_write", losing)
    monkeypatch.setattr(type(registry), "_unknown_entries", lambda _: looking())
    application = hub.application("gongzhuling")
    if away:
        with pytest.raises(grpc.aio.AioRpcError):
            await application.enrol(hub.enrolment)
        assert registry.keyring.count == 0
        await registry.settle_doubt()
        assert registry.keyring.count == 1
    identity = await application.enrol(hub.enrolment)
    assert committer._write is write
    head = committer.desk.head if committer.desk else None
    assert head is not None
    assert (registry.keyring.count, registry.keyring.chain) == (head.key_count, head.key_chain)
    assert registry.keyring.count == 1
    client = HallClient(identity, hub.exchange)
    stream, _ = await opened(client)
    await receipt(stream, Journal(identity).seal([case_envelope(identity, "a")]))
    await hub.enrol("siping")
    assert registry.keyring.count == 2
    await client.close()


async def test_revocation_ends_open_streams_and_new_calls_and_is_logged(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    await receipt(stream, Journal(client.identity).seal([case_envelope(client.identity, "before")]))
    command = ["hall", "revoke", "gongzhuling", "--reason", "key-stolen", "--config", str(hub.folder / "hub.toml")]
    await asyncio.to_thread(main.main, command, standalone_mode=False)
    rooms = hub.hub.rooms
    await apply_pending(rooms.registry, hub.hub.calls)
    assert await reason(stream) == "REASON_CERTIFICATE_REVOKED"
    assert await reason(await client.submit()) == "REASON_CERTIFICATE_REVOKED"
    assert rooms.keyring.revoked_at("gongzhuling", 1) == 2  # behind the key entry and the message
    with pytest.raises(grpc.aio.AioRpcError):
        await renew(hub, client.identity)
    await client.close()


async def test_a_hall_whose_keys_are_revoked_cannot_come_back_with_them(hub: RunningHub) -> None:
    first = hub.application("gongzhuling")
    await first.enrol(hub.enrolment)
    command = ["hall", "revoke", "gongzhuling", "--reason", "key-stolen", "--config", str(hub.folder / "hub.toml")]
    await asyncio.to_thread(main.main, command, standalone_mode=False)
    await apply_pending(hub.hub.rooms.registry, hub.hub.calls)
    again = dataclasses.replace(hub.application("gongzhuling"), log=first.log, cosigning=first.cosigning, hpke=first.hpke)
    assert await refused(again, hub.enrolment) == "REASON_CERTIFICATE_REVOKED"


async def test_nothing_of_a_revoked_hall_is_committed_behind_the_cut_off(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    for at in range(8):
        stream.say(exchange_pb2.SubmitRequest(batch=journal.seal([case_envelope(client.identity, f"{at}-{n}") for n in range(8)])))
    rooms = hub.hub.rooms
    await stream.hear()
    entry = await rooms.registry.log_revocation("gongzhuling", "key-stolen")
    cut_off = rooms.keyring.revoked_at("gongzhuling", 1)
    assert cut_off is not None
    assert cut_off <= entry
    await asyncio.sleep(0.3)
    with rooms.database.reader.begin() as connection:
        newest = connection.scalar(
            sa.select(sa.func.max(segments.c.ledger_first + segments.c.count)).where(segments.c.author == "gongzhuling")
        )
    assert newest is not None
    assert newest <= cut_off
    await client.close()


async def test_what_is_sent_to_a_linked_hall_waits_until_it_enrols(hub: RunningHub) -> None:
    sender = await hub.join("gongzhuling")
    stream, _ = await opened(sender)
    await receipt(stream, Journal(sender.identity).seal([case_envelope(sender.identity, "early", recipients=["jilin-sheng"])]))
    late = await hub.join("jilin-sheng")
    receiving = await late.receive()
    assert (await receiving.hear()).opened.waiting == 3  # both key entries and the message
    await sender.close()
    await late.close()


async def test_an_unlinked_hall_is_put_out_and_let_in_again(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    config = ["--config", str(hub.folder / "hub.toml")]
    await asyncio.to_thread(main.main, ["hall", "unlink", "gongzhuling", *config], standalone_mode=False)
    await apply_pending(hub.hub.rooms.registry, hub.hub.calls)
    assert await reason(stream) == "REASON_HALL_NOT_LINKED"
    await asyncio.to_thread(main.main, ["hall", "link", "gongzhuling", *config], standalone_mode=False)
    await apply_pending(hub.hub.rooms.registry, hub.hub.calls)
    await opened(client)
    await client.close()


def naming(identity: Identity, said: enrolment_pb2.LogKeySuccessor) -> bytes:
    """Return the envelope with which a hall names its next log key."""
    leaf = case_envelope(identity, "key", **SUCCESSOR)
    envelope = Envelope.FromString(leaf)
    envelope.payload = said.SerializeToString()
    return envelope.SerializeToString()


async def test_a_log_key_names_its_successor_in_the_journal(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    old, new = client.identity.journal, Signer(client.identity.journal.name, generate_signing_key())
    said = enrolment_pb2.LogKeySuccessor(successor=new.vkey, possession=sign(f"{old.vkey}\n", [new]))
    await receipt(stream, journal.seal([case_envelope(client.identity, "a"), naming(client.identity, said)]))
    await receipt(stream, journal.seal([case_envelope(client.identity, "b")], new))
    stream.say(exchange_pb2.SubmitRequest(batch=journal.seal([case_envelope(client.identity, "c")], old)))
    assert await reason(stream) == "REASON_UNKNOWN_KEY"
    await client.close()


async def test_a_leaf_that_names_no_usable_successor_is_refused_alone(hub: RunningHub) -> None:
    client = await hub.join("gongzhuling")
    stream, _ = await opened(client)
    journal = Journal(client.identity)
    old, new = client.identity.journal, Signer(client.identity.journal.name, generate_signing_key())
    elsewhere = Signer(client.identity.inbox.name, generate_signing_key())
    over_another = sign(f"{new.vkey}\n", [new])
    said = [
        enrolment_pb2.LogKeySuccessor(),
        enrolment_pb2.LogKeySuccessor(successor="no key", possession="no note"),
        enrolment_pb2.LogKeySuccessor(successor=new.vkey, possession=over_another),
        enrolment_pb2.LogKeySuccessor(successor=elsewhere.vkey, possession=sign(f"{old.vkey}\n", [elsewhere])),
    ]
    for one in said:
        got = await receipt(stream, journal.seal([case_envelope(client.identity, "a"), naming(client.identity, one)]))
        assert list(got.dispositions) == [ACCEPTED, REFUSED]
    await receipt(stream, journal.seal([case_envelope(client.identity, "b")], old))
    await client.close()
    again = HallClient(client.identity, hub.exchange)
    await opened(again)
    await again.close()


async def test_a_client_without_certificate_cannot_connect(hub: RunningHub) -> None:
    identity = await hub.enrol("gongzhuling")
    bare = HallClient(dataclasses.replace(identity), hub.exchange)
    bare.channel = grpc.aio.secure_channel(hub.exchange, grpc.ssl_channel_credentials(identity.root))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ledger_pb2_grpc.LedgerServiceStub(bare.channel).GetCheckpoint(ledger_pb2.GetCheckpointRequest(), timeout=5)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    await bare.close()
