"""Bytes that are no message, or too many of them, are refused with a reason and leave other streams alone."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tests.e2e.contract import answered, filled, methods, parses, path
from tests.hub.hall_client import HallClient, Journal, Stream, case_envelope
from tests.hub.running import RunningHub, make_province, running
from tests.hub.test_receive import begun, next_of
from tests.hub.test_submit import opened, reason_of, receipt
from tongban.exchange.v1.exchange_pb2 import Batch
from tongban.guidance.v1 import attachment_pb2, attachment_pb2_grpc

BATCH = Batch.DESCRIPTOR
SEED = 14
RANDOM_BYTES = 64
RANDOM_TIMES = 8
CUTS = 6
DEEP = 5_000
MALFORMED = (grpc.StatusCode.INVALID_ARGUMENT, "REASON_MALFORMED_MESSAGE")
NEVER = {grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
TEXTS = ["", "\0", "吉林\u202e", "x" * 20_000, "jilin.example/journal/gongzhuling/1", "'; DROP TABLE segments; --"]
NUMBERS = [0, 1, (1 << 31) - 1, 1 << 63, (1 << 64) - 1]
STRANGE = [*((text, 1) for text in TEXTS), *(("", number) for number in NUMBERS)]


@asynccontextmanager
async def neighbours(tmp_path: Path) -> AsyncIterator[tuple[RunningHub, HallClient, "Neighbour"]]:
    """Run a hub with one hall that speaks nonsense and one that works beside it."""
    config = make_province(tmp_path)
    # How many questions a hall may ask is another test's question.
    patient = config.limits.model_copy(update={"questions_a_minute": 100_000})
    async with running(tmp_path, config.model_copy(update={"limits": patient})) as hub:
        speaker, worker = await hub.join("gongzhuling"), await hub.join("jilin-sheng")
        submitting, _ = await opened(worker)
        receiving, _ = await begun(worker)
        neighbour = Neighbour(worker, Journal(worker.identity), submitting, receiving)
        yield hub, speaker, neighbour
        await neighbour.works()
        await speaker.close()
        await worker.close()


class Neighbour:
    """A hall whose streams stay open all the time."""

    def __init__(self, client: HallClient, journal: Journal, submitting: Stream, receiving: Stream) -> None:
        self._client, self._journal = client, journal
        self._submitting, self._receiving = submitting, receiving
        self._nonce = 0

    async def works(self) -> None:
        """Submit a batch on the stream that was opened at the beginning."""
        await receipt(self._submitting, self._journal.seal([case_envelope(self._client.identity, "case", recipients=[])]))
        assert not self._receiving.call.done()


def broken(method: MethodDescriptor) -> Iterator[bytes]:
    """Give bytes that are not the request of a method: cut off, random, in no character set, nested too deep."""
    chance = random.Random(f"{SEED}{path(method)}")
    whole = filled(method.input_type, 1 << 20, "x" * 20).SerializeToString()
    cuts = [whole[:at] for at in range(1, len(whole)) if not parses(method, whole[:at])]
    yield from chance.sample(cuts, min(CUTS, len(cuts)))
    for _ in range(RANDOM_TIMES):
        data = chance.randbytes(RANDOM_BYTES)
        if not parses(method, data):
            yield data
    yield b"\x0b" * DEEP  # groups that begin and never end
    yield b"\xff" * 11
    text = next((field for field in method.input_type.fields if field.type == field.TYPE_STRING), None)
    if text is not None:
        yield bytes([text.number << 3 | 2, 2, 0xC3, 0x28])


def channel_to(method: MethodDescriptor, exchange: HallClient, enrolment: grpc.aio.Channel) -> grpc.aio.Channel:
    return enrolment if path(method).startswith("/tongban.enrolment.") else exchange.channel


async def test_what_is_no_message_is_malformed_at_every_method(tmp_path: Path) -> None:
    async with neighbours(tmp_path) as (hub, speaker, neighbour):
        credentials = grpc.ssl_channel_credentials(speaker.identity.root)
        async with grpc.aio.secure_channel(hub.enrolment, credentials) as door:
            for method in methods():
                channel = channel_to(method, speaker, door)
                for data in broken(method):
                    assert not parses(method, data)
                    answers, error = await answered(channel, method, [data])
                    assert (answers, outcome(error)) == ([], MALFORMED), (path(method), data[:80])
                await neighbour.works()


def outcome(error: grpc.aio.AioRpcError | None) -> tuple[Any, str]:
    return (error.code(), reason_of(error)) if error is not None else (None, "")


async def test_a_message_above_the_limit_is_refused_at_every_method(tmp_path: Path) -> None:
    async with neighbours(tmp_path) as (hub, speaker, neighbour):
        too_many = bytes(hub.config.limits.frame_bytes + 65_537)
        credentials = grpc.ssl_channel_credentials(speaker.identity.root)
        async with grpc.aio.secure_channel(hub.enrolment, credentials) as door:
            for method in methods():
                answers, error = await answered(channel_to(method, speaker, door), method, [too_many])
                assert answers == []
                assert error is not None
                assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED, path(method)
                await neighbour.works()


async def test_fields_that_nobody_would_write_are_refused_with_a_reason(tmp_path: Path) -> None:
    unnamed = []
    async with neighbours(tmp_path) as (hub, speaker, neighbour):
        credentials = grpc.ssl_channel_credentials(speaker.identity.root)
        async with grpc.aio.secure_channel(hub.enrolment, credentials) as door:
            for method, (text, number) in product(methods(), STRANGE):
                data = filled(method.input_type, number, text).SerializeToString()
                _, error = await answered(channel_to(method, speaker, door), method, [data])
                if error is not None and (error.code() in NEVER or not reason_of(error).startswith("REASON_")):
                    unnamed.append((path(method), text[:20], number, error.code(), error.details()))
            await neighbour.works()
    assert unnamed == []


async def put(client: HallClient) -> Stream:
    """Begin to hand in a file of one byte."""
    stream = Stream(attachment_pb2_grpc.AttachmentServiceStub(client.channel).Put)
    stream.say(attachment_pb2.PutRequest(open=attachment_pb2.PutOpen(sha256=bytes(32), size=1)))
    return stream


OPENINGS: dict[str, Callable[[HallClient], Awaitable[Stream]]] = {
    "/tongban.exchange.v1.ExchangeService/Submit": HallClient.submit,
    "/tongban.exchange.v1.ExchangeService/Receive": HallClient.receive,
    "/tongban.guidance.v1.AttachmentService/Put": put,
}


async def test_nonsense_behind_a_good_opening_is_refused_with_a_reason(tmp_path: Path) -> None:
    streams = {path(method): method for method in methods() if method.client_streaming}
    assert streams.keys() == OPENINGS.keys()
    unnamed = []
    async with neighbours(tmp_path) as (_, speaker, neighbour):
        for name, method in streams.items():
            for said in nonsense(method):
                stream = await OPENINGS[name](speaker)
                stream.say(said)
                code, reason = await end_of(stream)
                if code in NEVER or not reason.startswith("REASON_"):
                    unnamed.append((name, str(said)[:80], code, reason))
                await stream.end()
        await neighbour.works()
    assert unnamed == []


def nonsense(method: MethodDescriptor) -> Iterator[Message]:
    """Give a request for each thing that may be said on a stream, with fields that nobody would write."""
    make = GetMessageClass(method.input_type)
    for field, (text, number) in product(method.input_type.fields, STRANGE):
        if field.name in {"close", "pong"}:
            continue  # there is nothing in them that could be wrong
        if field.message_type is None:
            yield make(**{field.name: filled(BATCH, number, text).SerializeToString()})
        else:
            yield make(**{field.name: filled(GetMessageClass(field.message_type).DESCRIPTOR, number, text)})


async def end_of(stream: Stream) -> tuple[grpc.StatusCode | None, str]:
    """Listen until a stream ends, and return how."""
    while True:
        try:
            await stream.hear()
        except grpc.aio.AioRpcError as error:
            return error.code(), reason_of(error)


async def test_a_garbled_acknowledgement_ends_the_stream_that_said_it_alone(tmp_path: Path) -> None:
    async with neighbours(tmp_path) as (_, speaker, neighbour):
        stream, _ = await begun(speaker)
        await next_of(stream, "delivery")
        stream.say(b"\xff\xff")
        with pytest.raises(grpc.aio.AioRpcError):
            while True:
                await stream.hear()
        await neighbour.works()
