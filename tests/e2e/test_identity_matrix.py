"""Certificate, envelope and signature must be of one hall."""

from itertools import product
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from structlog.testing import capture_logs

from certs.checkpoints import Checkpoint, sign_checkpoint
from certs.entries import FULL, inbox_leaf_hashes
from certs.merkle import Frontier
from certs.notes import Signer
from hub.tables import segments
from tests.e2e.contract import fields, methods, path
from tests.hub.hall_client import HallClient, Journal, case_envelope
from tests.hub.running import RunningHub, make_province, running
from tests.hub.test_receive import checked, next_of
from tests.hub.test_submit import reason_of
from tongban.exchange.v1 import exchange_pb2

OWN, OTHER = MEMBERS = "gongzhuling", "siping"
JOURNAL = f"jilin.example/journal/{OWN}/1"
SUBMIT = "/tongban.exchange.v1.ExchangeService/Submit"
ENVELOPES = {"batch", "envelope", "envelopes"}
"""How the contract names what holds envelopes, as bytes; or it is a message of this package."""
ENVELOPE_PACKAGE = "tongban.envelope.v1"

Ending = tuple[grpc.StatusCode | None, str]
NOT: Ending = (None, "")


def carries_envelopes(method: MethodDescriptor) -> bool:
    inside = list(fields(method.input_type))
    of_package = any(field.message_type is not None and field.message_type.file.package == ENVELOPE_PACKAGE for field in inside)
    return of_package or any(field.name in ENVELOPES for field in inside)


def test_what_carries_envelopes_to_the_hub_is_put_through_the_matrix_below() -> None:
    assert [path(method) for method in methods() if carries_envelopes(method)] == [SUBMIT]


async def submitted(client: HallClient, batch: bytes) -> Ending:
    """Open the journal of OWN and submit a batch; returns how it was refused, or NOT where a receipt came."""
    stream = await client.submit(journal=JOURNAL)
    stream.say(exchange_pb2.SubmitRequest(batch=batch))
    try:
        while (await stream.hear()).WhichOneof("message") != "receipt":
            pass
    except grpc.aio.AioRpcError as error:
        return error.code(), reason_of(error)
    finally:
        await stream.end()
    return NOT


async def test_of_eight_combinations_one_is_accepted_and_the_others_are_refused_and_logged(tmp_path: Path) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        members = {hall: await hub.join(hall) for hall in MEMBERS}
        accepted: list[tuple[str, ...]] = []
        for certificate, source, key in product((OTHER, OWN), repeat=3):
            envelope = case_envelope(members[source].identity, "case-1")
            batch = Journal(members[OWN].identity).seal([envelope], Signer(JOURNAL, members[key].identity.log))
            before = await held(hub)
            with capture_logs() as log:
                ending = await submitted(members[certificate], batch)
            if ending == NOT:
                accepted.append((certificate, source, key))
                continue
            code, reason = ending
            assert code is grpc.StatusCode.PERMISSION_DENIED
            assert await held(hub) == before
            assert {"event": "call refused", "caller": certificate, "reason": reason}.items() <= _refusal(log).items()
        assert accepted == [(OWN, OWN, OWN)]
        for client in members.values():
            await client.close()


def _refusal(log: list[Any]) -> dict[str, Any]:
    return next((dict(entry) for entry in log if entry["event"] == "call refused"), {})


async def held(hub: RunningHub) -> int:
    """Count what the ledger holds."""

    def count() -> int:
        with hub.hub.rooms.database.reader.begin() as connection:
            return len(connection.execute(segments.select()).all())

    return await hub.hub.rooms.reading(count)


async def acknowledged(hub: RunningHub, client: HallClient, signer: Signer) -> Ending:
    """Open the inbox of OWN and acknowledge all of it; returns how it was refused, or NOT where it counted."""
    stream = await client.receive(inbox=f"jilin.example/inbox/{OWN}/1")
    try:
        frontier = Frontier.empty()
        while frontier.size < len(MEMBERS):  # each got the key entries of both
            for segment in (await next_of(stream, "delivery")).segments:
                indices, leaves, _ = checked(hub, segment)
                frontier = frontier.extend(inbox_leaf_hashes(indices, leaves, [FULL] * len(indices)))
        note = sign_checkpoint(Checkpoint(signer.name, frontier.size, frontier.root()), signer)
        stream.say(exchange_pb2.ReceiveRequest(acknowledgement=exchange_pb2.Acknowledgement(checkpoint=note)))
        await next_of(stream, "acknowledged")
    except grpc.aio.AioRpcError as error:
        return error.code(), reason_of(error)
    finally:
        await stream.end()
    return NOT


async def test_an_acknowledgement_counts_with_certificate_and_key_of_its_hall_alone(tmp_path: Path) -> None:
    async with running(tmp_path, make_province(tmp_path)) as hub:
        members = {hall: await hub.join(hall) for hall in MEMBERS}
        counted = []
        for certificate, key in product((OTHER, OWN), repeat=2):
            signer = Signer(f"jilin.example/inbox/{OWN}/1", members[key].identity.log)
            ending = await acknowledged(hub, members[certificate], signer)
            if ending == NOT:
                counted.append((certificate, key))
            else:
                assert ending[0] is grpc.StatusCode.PERMISSION_DENIED
        assert counted == [(OWN, OWN)]
        for client in members.values():
            await client.close()
