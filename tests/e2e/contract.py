"""Call every method of the contract, as bytes: what is listed comes from the descriptors, so that no method is forgotten."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, TypeVar

import grpc
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from tests.architecture.test_contract import FILES, descriptor
from tests.hub.endings import kept

T = TypeVar("T")

CALL_SECONDS = 30.0


def methods() -> list[MethodDescriptor]:
    """Return every method of every service of ours."""
    services = [service for file in FILES for service in descriptor(file).services_by_name.values()]
    return [method for service in services for method in service.methods]


def path(method: MethodDescriptor) -> str:
    """Return a method's name on the wire."""
    return f"/{method.containing_service.full_name}/{method.name}"


def fields(message: Descriptor, depth: int = 6) -> Iterator[FieldDescriptor]:
    """Give the fields of a message and of the messages in it."""
    for field in message.fields:
        yield field
        if field.message_type is not None and depth:
            yield from fields(field.message_type, depth - 1)


def parses(method: MethodDescriptor, data: bytes) -> bool:
    """Tell whether bytes are the request of a method."""
    try:
        GetMessageClass(method.input_type).FromString(data)
    except DecodeError:
        return False
    return True


async def answered(channel: grpc.aio.Channel, method: MethodDescriptor, requests: Sequence[bytes]) -> tuple[list[Message], Any]:
    """Call a method with these bytes and return what it answered, and the error with which it ended, if any."""
    answers: list[Message] = []
    made = GetMessageClass(method.output_type).FromString
    kinds: dict[tuple[bool, bool], Any] = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }
    ask = kinds[method.client_streaming, method.server_streaming](path(method), request_serializer=bytes, response_deserializer=made)
    call = kept(ask(_each(requests), timeout=CALL_SECONDS)) if method.client_streaming else ask(requests[0], timeout=CALL_SECONDS)
    try:
        if method.server_streaming:
            async for answer in call:
                answers.append(answer)  # noqa: PERF401 - what came before an error counts too
        else:
            answers.append(await call)
    except grpc.aio.AioRpcError as error:
        return answers, error
    return answers, None


async def _each(requests: Sequence[bytes]) -> AsyncIterator[bytes]:
    for request in requests:
        yield request
    await asyncio.sleep(0)


def filled(message: Any, number: int, text: str, depth: int = 4) -> Message:
    """Return a message in which every field says something: this number, this text, or messages filled likewise."""
    made = GetMessageClass(message)()
    for field in message.fields:
        if field.containing_oneof is not None and made.WhichOneof(field.containing_oneof.name):
            continue
        value = _value(field, number, text, depth)
        if value is None:
            continue
        if field.is_repeated:
            getattr(made, field.name).extend([value])
        elif isinstance(value, Message):
            getattr(made, field.name).CopyFrom(value)
        else:
            setattr(made, field.name, value)
    return made


def _value(field: FieldDescriptor, number: int, text: str, depth: int) -> Any:
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_MESSAGE:
            return filled(_of(field.message_type), number, text, depth - 1) if depth else None
        case FieldDescriptor.CPPTYPE_STRING:
            return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
        case FieldDescriptor.CPPTYPE_BOOL:
            return True
        case FieldDescriptor.CPPTYPE_ENUM:
            return _of(field.enum_type).values[-1].number
        case FieldDescriptor.CPPTYPE_INT32:
            return min(number, (1 << 31) - 1)
        case FieldDescriptor.CPPTYPE_UINT32:
            return min(number, (1 << 32) - 1)
        case FieldDescriptor.CPPTYPE_INT64:
            return min(number, (1 << 63) - 1)
        case FieldDescriptor.CPPTYPE_UINT64:
            return number
    raise AssertionError(f"{field.full_name}: no value is known for its type")


def _of(described: T | None) -> T:
    assert described is not None, "the kind of a field and its type go together"
    return described
