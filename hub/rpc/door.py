"""Let calls in: who calls, may they, is it a message at all; and turn what goes wrong into a status.

Laws: every method of a service is served through here, so the callers table, the certificate, what the law says of nodes and
the error table hold for all; garbage is MALFORMED_MESSAGE, never an exception's text; no stack, secret or SQL leaves the hub.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import grpc
import structlog
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from grpc_status import rpc_status

from certs.errors import IdentityInvalid
from certs.identity import Caller, caller_hall
from directory.access import CallerKind, is_question, may_call
from hub.errors import Refusal
from hub.registry.laws import Laws
from hub.rpc.knocks import Knocks
from hub.rpc.lawful import refusal_by
from hub.rpc.quotas import Questions
from hub.rpc.refusals import as_refusal, rich_status
from hub.rpc.streams import OpenCall, OpenCalls
from tongban.errors.v1 import errors_pb2

_log = structlog.get_logger(__name__)

CALLS_OF_A_HALL = 32
LARGEST = (1 << 63) - 1
"""No database holds a larger number, and no log is longer."""
ABORT_WITHIN_SECONDS = 2.0
"""An abort hangs behind a write that a frozen peer does not read."""


class _Garbage:
    """What a deserialiser returns for bytes that are not its message."""


_GARBAGE = _Garbage()


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """What every door needs to know: the trust domain, who may enter, the law in force, which calls are open."""

    trust_domain: str
    kind: CallerKind
    calls: OpenCalls
    may_enter: Callable[[Caller, str], None]
    """Raises Refusal for a revoked certificate, for a hall that is not linked, and for a method closed to it in quarantine."""
    laws: Laws
    clock: Callable[[], datetime]
    knocks: Knocks | None = None
    """On a port where nobody has a certificate in force."""
    questions: Questions | None = None
    """On a port where people ask."""

    def caller(self, context: grpc.aio.ServicerContext[Any, Any], method: str) -> Caller:
        """Return who calls, or raise Refusal."""
        if not may_call(method, self.kind):
            raise Refusal(errors_pb2.REASON_CALLER_NOT_ALLOWED, f"{method} is not open to this kind of caller")
        if self.knocks is not None:
            self.knocks.check(context.peer())
        if self.kind is not CallerKind.NODE:
            return Caller("", "", b"", datetime.max.replace(tzinfo=UTC))
        pem = next(iter(context.auth_context().get("x509_pem_cert", [b""])), b"")
        try:
            caller = caller_hall(pem, self.trust_domain, self.clock())
        except IdentityInvalid as error:
            raise Refusal(errors_pb2.REASON_NO_CERTIFICATE, str(error)) from error
        self.may_enter(caller, method)
        if (unlawful := refusal_by(self.laws.in_force().law, caller.hall, method)) is not None:
            raise unlawful
        if self.questions is not None and is_question(method):
            self.questions.ask(caller.hall)
        if self.calls.of_hall(caller.hall) >= CALLS_OF_A_HALL:
            msg = f"{caller.hall} has {CALLS_OF_A_HALL} calls open already"
            raise Refusal(errors_pb2.REASON_QUOTA, msg, retry_after=timedelta(seconds=5))
        return caller


Unary = Callable[[Any, OpenCall], Awaitable[Message]]
Streaming = Callable[[Any, OpenCall], AsyncIterator[Message]]


def serve(
    server: grpc.aio.Server,
    service: ServiceDescriptor,
    methods: Mapping[str, Unary | Streaming],
    keeper: Doorkeeper | Mapping[str, Doorkeeper],
) -> None:
    """Register a service behind one doorkeeper, or one for each method.

    Raises KeyError when a method of it has no function, so that none is forgotten.
    """
    keepers = dict.fromkeys(methods, keeper) if isinstance(keeper, Doorkeeper) else keeper
    handlers = {method.name: _handler(method, methods[method.name], keepers[method.name]) for method in service.methods}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.full_name, handlers),))


def _handler(method: MethodDescriptor, function: Any, keeper: Doorkeeper) -> "grpc.RpcMethodHandler[Any, Any]":  # noqa: ANN401
    name = f"/{method.containing_service.full_name}/{method.name}"
    request_class = GetMessageClass(method.input_type)

    def deserialise(data: bytes) -> Message | _Garbage:
        try:
            return request_class.FromString(data)
        except DecodeError:
            return _GARBAGE

    def checked(request: Any, call: OpenCall) -> Any:  # noqa: ANN401
        return function(_all_checked(request) if method.client_streaming else _checked(request), call)

    async def behave(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:  # noqa: ANN401
        return await _guarded(name, checked, request, context, keeper, streams=method.server_streaming)

    kinds = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }
    make = kinds[method.client_streaming, method.server_streaming]
    return make(behave, request_deserializer=deserialise, response_serializer=_serialise)


def _serialise(message: Message) -> bytes:
    return message.SerializeToString()


def _checked(request: Any) -> Any:  # noqa: ANN401 - any message
    if isinstance(request, _Garbage):
        raise Refusal(errors_pb2.REASON_MALFORMED_MESSAGE, "the bytes are not the message that this method takes")
    _check_numbers(request)
    return request


def _check_numbers(message: Message) -> None:
    """Refuse a number that no database holds."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_UINT64 and not field.is_repeated and value > LARGEST:
            raise Refusal(errors_pb2.REASON_FIELD_INVALID, f"{field.name} is larger than 2^63 - 1", field=field.name)
        if field.type == field.TYPE_MESSAGE:
            for inner in value if field.is_repeated else (value,):
                _check_numbers(inner)


async def _all_checked(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        yield _checked(request)


async def _guarded(  # noqa: PLR0913 - the parts of one call
    name: str,
    function: Any,  # noqa: ANN401
    request: Any,  # noqa: ANN401
    context: grpc.aio.ServicerContext[Any, Any],
    keeper: Doorkeeper,
    *,
    streams: bool,
) -> Message | None:
    """Run one call under a timeout that others may pull to now, and refuse what it raises."""
    call: OpenCall | None = None
    try:
        caller = keeper.caller(context, name)
        if keeper.calls.draining:
            raise Refusal(errors_pb2.REASON_DRAINING, "the hub is shutting down; reconnect in a moment")
        async with asyncio.timeout(None) as deadline:
            with keeper.calls.entered(OpenCall(caller, name, deadline)) as call:
                if not streams:
                    answer: Message = await function(request, call)
                    return answer
                async for response in function(request, call):
                    await context.write(response)
                return None
    except Exception as error:  # noqa: BLE001 - the door is where every error becomes a status
        refusal = call.ended_by if call is not None and call.ended_by is not None else as_refusal(error)
        if keeper.knocks is not None:
            keeper.knocks.refused(context.peer())
        if refusal.reason == errors_pb2.REASON_INTERNAL:
            _log.error("call failed", method=name, error=repr(error), exc_info=error)
        else:
            who = call.caller.hall if call is not None else context.peer()
            _log.info("call refused", method=name, caller=who, reason=errors_pb2.Reason.Name(refusal.reason), said=refusal.message)
    with suppress(TimeoutError):
        status = rpc_status.to_status(rich_status(refusal, keeper.trust_domain))
        abort = cast("Callable[[grpc.Status], Awaitable[None]]", context.abort_with_status)  # type: ignore[attr-defined] # the stubs lack it
        await asyncio.wait_for(abort(status), ABORT_WITHIN_SECONDS)
    return None
