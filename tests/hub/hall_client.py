"""Speak the exchange protocol as a hall's node would, one message at a time, so that tests can also speak it wrongly."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.protobuf.message import Message

from certs import enrolment
from certs.checkpoints import Checkpoint, cosign, sign_checkpoint
from certs.entries import FULL, inbox_leaf_hashes
from certs.keys import generate_hpke_key, generate_signing_key, generate_tls_key, private_pem
from certs.merkle import Frontier, leaf_hashes
from certs.names import inbox_origin, journal_origin, source_uri, witness_name
from certs.notes import COSIGNATURE, ED25519, Signer, split
from tests.hub.endings import kept
from tongban.case.v1 import case_pb2
from tongban.enrolment.v1 import enrolment_pb2, enrolment_pb2_grpc
from tongban.envelope.v1.envelope_pb2 import Actor, Envelope, Header
from tongban.exchange.v1 import exchange_pb2, exchange_pb2_grpc

TRUST_DOMAIN = "jilin.example"
HEARD_SECONDS = 30.0
SUCCESSOR: dict[str, Any] = {
    "resource": "key-succession",
    "type": "tongban.enrolment.v1.LogKeySuccessor",
    "recipients": [],
    "actor": None,
}
"""What makes the header of a case event that of a leaf that names the next log key."""


@dataclass(slots=True)
class Identity:
    """A hall's keys and certificate."""

    hall: str
    tls_key: bytes
    chain: bytes
    root: bytes
    log: Ed25519PrivateKey
    cosigning: Ed25519PrivateKey
    epoch: int = 1

    @property
    def journal(self) -> Signer:
        return Signer(journal_origin(TRUST_DOMAIN, self.hall, self.epoch), self.log)

    @property
    def inbox(self) -> Signer:
        return Signer(inbox_origin(TRUST_DOMAIN, self.hall, self.epoch), self.log)

    @property
    def witness(self) -> Signer:
        return Signer(witness_name(TRUST_DOMAIN, self.hall), self.cosigning, COSIGNATURE)


@dataclass(slots=True)
class Application:
    """What a hall hands in to enrol; may be handed in again."""

    token: str
    root: bytes
    tls: Any = field(default_factory=generate_tls_key)
    log: Ed25519PrivateKey = field(default_factory=generate_signing_key)
    cosigning: Ed25519PrivateKey = field(default_factory=generate_signing_key)
    hpke: Any = field(default_factory=generate_hpke_key)

    def request(self) -> enrolment_pb2.EnrolRequest:
        hall = enrolment.parse_token(self.token).hall
        log = Signer(journal_origin(TRUST_DOMAIN, hall, 1), self.log, ED25519).vkey
        cosigning = Signer(witness_name(TRUST_DOMAIN, hall), self.cosigning, COSIGNATURE).vkey
        keys = enrolment.HallKeys(log, cosigning, self.hpke.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        return enrolment_pb2.EnrolRequest(
            token=self.token,
            signing_request=enrolment.make_signing_request(self.tls),
            keys=enrolment_pb2.HallKeys(log=keys.log, cosigning=keys.cosigning, hpke=keys.hpke),
            possession=enrolment.make_possession(enrolment.token_digest(self.token), keys, self.log, self.cosigning),
        )

    async def enrol(self, address: str) -> Identity:
        credentials = grpc.ssl_channel_credentials(self.root)
        async with grpc.aio.secure_channel(address, credentials) as channel:
            reply = await enrolment_pb2_grpc.EnrolmentServiceStub(channel).Enrol(self.request(), timeout=10)
        return Identity(reply.hall, private_pem(self.tls), reply.certificate_chain, reply.root, self.log, self.cosigning)


def case_envelope(identity: Identity, number: str, **changes: Any) -> bytes:
    """Serialise a case event; `changes` replace fields of the header, None clears one."""
    now = datetime.now(UTC)
    header = Header(
        version=1,
        id=str(UUID(bytes=os.urandom(16))),
        source=source_uri(TRUST_DOMAIN, identity.hall, "business"),
        type="tongban.case.v1.CaseEvent",
        subject=number,
        attempt=1,
        salt=os.urandom(16),
        resource="case",
        recipients=["jilin-sheng"],
        actor=Actor(person="7", role="clerk"),
        journal=journal_origin(TRUST_DOMAIN, identity.hall, identity.epoch),
    )
    header.time.FromDatetime(now)
    header.recorded_at.FromDatetime(now)
    for name, value in changes.items():
        if value is None:
            header.ClearField(name)
        elif isinstance(value, Message):
            getattr(header, name).CopyFrom(value)
        elif isinstance(value, list):
            del getattr(header, name)[:]
            getattr(header, name).extend(value)
        else:
            setattr(header, name, value)
    event = case_pb2.CaseEvent(case_number=number, kind=case_pb2.CASE_EVENT_KIND_APPLIED)
    return Envelope(header=header.SerializeToString(), payload=event.SerializeToString()).SerializeToString()


@dataclass(slots=True)
class Journal:
    """A hall's outgoing log, as a test keeps it."""

    identity: Identity
    frontier: Frontier = field(default_factory=Frontier.empty)

    def seal(self, envelopes: Sequence[bytes], signer: Signer | None = None) -> bytes:
        """Append envelopes and return the serialised batch."""
        self.frontier = self.frontier.extend(leaf_hashes(envelopes))
        signer = signer or self.identity.journal
        note = sign_checkpoint(Checkpoint(self.identity.journal.name, self.frontier.size, self.frontier.root()), signer)
        return exchange_pb2.Batch(checkpoint=note, envelopes=list(envelopes)).SerializeToString()


class Stream:
    """One bidirectional stream, spoken by hand."""

    def __init__(self, method: Any) -> None:
        self._outgoing: asyncio.Queue[Any] = asyncio.Queue()
        self.call = kept(method(self._requests()))

    async def _requests(self) -> AsyncIterator[Any]:
        while (message := await self._outgoing.get()) is not None:
            yield message

    def say(self, message: Any) -> None:
        self._outgoing.put_nowait(message)

    async def hear(self, seconds: float = HEARD_SECONDS) -> Any:
        return await asyncio.wait_for(self.call.read(), seconds)

    async def end(self) -> None:
        self._outgoing.put_nowait(None)
        self.call.cancel()


class HallClient:
    """A hall's connection to the hub."""

    def __init__(self, identity: Identity, address: str) -> None:
        self.identity = identity
        credentials = grpc.ssl_channel_credentials(identity.root, identity.tls_key, identity.chain)
        options = [("grpc.max_receive_message_length", 16 * 1024 * 1024), ("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.aio.secure_channel(address, credentials, options)
        self.exchange = exchange_pb2_grpc.ExchangeServiceStub(self.channel)
        self._streams: list[Stream] = []

    async def submit(self, **opening: Any) -> Stream:
        """Open the submit stream; the caller hears `opened`."""
        stream = self._opened(self.exchange.Submit)
        fields = {"protocol_version": 1, "journal": self.identity.journal.name, **opening}
        stream.say(exchange_pb2.SubmitRequest(open=exchange_pb2.SubmitOpen(**fields)))
        return stream

    async def receive(self, **opening: Any) -> Stream:
        """Open the receive stream; the caller hears `opened`."""
        stream = self._opened(self.exchange.Receive)
        fields = {"protocol_version": 1, "inbox": self.identity.inbox.name, "window_bytes": 1 << 20, **opening}
        stream.say(exchange_pb2.ReceiveRequest(open=exchange_pb2.ReceiveOpen(**fields)))
        return stream

    def unopened(self) -> Stream:
        """Begin a submit stream and say nothing."""
        return self._opened(self.exchange.Submit)

    def _opened(self, method: Any) -> Stream:
        self._streams.append(Stream(method))
        return self._streams[-1]

    async def close(self) -> None:
        for stream in self._streams:
            await stream.end()
        await self.channel.close(None)


@dataclass(slots=True)
class Inbox:
    """A hall's incoming log, as a test keeps it; trusts the hub's word for the ledger's leaf hashes it is told by `leaves`."""

    identity: Identity
    frontier: Frontier = field(default_factory=Frontier.empty)

    def acknowledge(self, indices: Sequence[int], ledger_leaves: Sequence[bytes], forms: Sequence[int] = ()) -> str:
        """Append entries, in full unless forms are given, and return the signed checkpoint."""
        self.frontier = self.frontier.extend(inbox_leaf_hashes(indices, ledger_leaves, forms or [FULL] * len(indices)))
        return sign_checkpoint(Checkpoint(self.identity.inbox.name, self.frontier.size, self.frontier.root()), self.identity.inbox)


def cosignature(identity: Identity, note: str, at: int) -> str:
    """Cosign a checkpoint."""
    return cosign(split(note)[0], identity.witness, at)
