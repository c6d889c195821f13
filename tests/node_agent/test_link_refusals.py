"""Only the hub's own reason is a refusal (AIP-193); a connection that broke is none."""

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from grpc_status import rpc_status

from node_agent.errors import HubRefused, HubUnreachable
from node_agent.link import refusals


def failed(code: grpc.StatusCode, said: str, reason: str = "") -> aio.AioRpcError:
    """Build a call's error as gRPC raises it, with the hub's reason if it gave one."""
    trailing = aio.Metadata()
    if reason:
        status = status_pb2.Status(code=code.value[0], message=said)
        status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain="jilin.example"))
        trailing = aio.Metadata(*rpc_status.to_status(status).trailing_metadata)
    return aio.AioRpcError(code, aio.Metadata(), trailing, said, None)


@pytest.mark.parametrize(
    "code",
    [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED, grpc.StatusCode.INTERNAL],
)
def test_a_status_that_grpc_made_of_a_lost_connection_is_no_refusal(code: grpc.StatusCode) -> None:
    named = refusals.named(failed(code, "Internal error from Core"))
    assert isinstance(named, HubUnreachable)
    assert str(named) == "Internal error from Core"


def test_the_hubs_reason_is_a_refusal_whatever_the_code() -> None:
    named = refusals.named(failed(grpc.StatusCode.INTERNAL, "the hub failed", "REASON_INTERNAL"))
    assert isinstance(named, HubRefused)
    assert named.reason == "REASON_INTERNAL"


def test_another_status_without_a_reason_is_told_by_its_code() -> None:
    named = refusals.named(failed(grpc.StatusCode.RESOURCE_EXHAUSTED, "too large"))
    assert isinstance(named, HubRefused)
    assert named.reason == "RESOURCE_EXHAUSTED"
