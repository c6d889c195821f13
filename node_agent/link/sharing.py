"""Apply for resources of other halls through the hub, and answer those who apply for ours.

Law: each function raises what `questions.ask` raises.
"""

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.directory.v1 import sharing_pb2
from tongban.directory.v1.sharing_pb2_grpc import SharingServiceStub


def _stub(channel: aio.Channel) -> "SharingServiceStub":
    stub: SharingServiceStub = SharingServiceStub(channel)
    return stub


async def apply(config: Config, hall: HallKeys, request: sharing_pb2.ApplyRequest) -> sharing_pb2.ShareStanding:
    """Apply for a resource."""
    return await ask(config, hall, lambda channel: _stub(channel).Apply(request, timeout=TIMEOUT_SECONDS))


async def answer(config: Config, hall: HallKeys, request: sharing_pb2.AnswerRequest) -> sharing_pb2.ShareStanding:
    """Consent to an application."""
    return await ask(config, hall, lambda channel: _stub(channel).Answer(request, timeout=TIMEOUT_SECONDS))


async def grant(config: Config, hall: HallKeys, request: sharing_pb2.GrantRequest) -> sharing_pb2.ShareStanding:
    """Share the resource from now on."""
    return await ask(config, hall, lambda channel: _stub(channel).Grant(request, timeout=TIMEOUT_SECONDS))


async def refuse(config: Config, hall: HallKeys, request: sharing_pb2.RefuseRequest) -> sharing_pb2.ShareStanding:
    """Refuse an application."""
    return await ask(config, hall, lambda channel: _stub(channel).Refuse(request, timeout=TIMEOUT_SECONDS))


async def withdraw(config: Config, hall: HallKeys, request: sharing_pb2.WithdrawRequest) -> sharing_pb2.ShareStanding:
    """End an application, or the grant on it."""
    return await ask(config, hall, lambda channel: _stub(channel).Withdraw(request, timeout=TIMEOUT_SECONDS))


async def show(config: Config, hall: HallKeys, request: sharing_pb2.GetShareRequest) -> sharing_pb2.ShareStanding:
    """Return one share."""
    return await ask(config, hall, lambda channel: _stub(channel).GetShare(request, timeout=TIMEOUT_SECONDS))


async def page(config: Config, hall: HallKeys, request: sharing_pb2.ListSharesRequest) -> sharing_pb2.ListSharesResponse:
    """Return a page of shares."""
    return await ask(config, hall, lambda channel: _stub(channel).ListShares(request, timeout=TIMEOUT_SECONDS))
