"""Edit the province's register at the hub, for administrators of the hall.

Law: each function raises what `questions.ask` raises.
"""

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.directory.v1 import register_pb2
from tongban.directory.v1.register_pb2_grpc import RegisterServiceStub


def _stub(channel: aio.Channel) -> "RegisterServiceStub":
    stub: RegisterServiceStub = RegisterServiceStub(channel)
    return stub


async def propose(config: Config, hall: HallKeys, request: register_pb2.ProposeChangesRequest) -> register_pb2.ProposeChangesResponse:
    """Ask what files would change."""
    return await ask(config, hall, lambda channel: _stub(channel).ProposeChanges(request, timeout=TIMEOUT_SECONDS))


async def save(config: Config, hall: HallKeys, request: register_pb2.SaveChangesRequest) -> register_pb2.SaveChangesResponse:
    """Change the register."""
    return await ask(config, hall, lambda channel: _stub(channel).SaveChanges(request, timeout=TIMEOUT_SECONDS))


async def confirm(config: Config, hall: HallKeys, request: register_pb2.ConfirmChangesRequest) -> register_pb2.ConfirmChangesResponse:
    """Let count what another person saved."""
    return await ask(config, hall, lambda channel: _stub(channel).ConfirmChanges(request, timeout=TIMEOUT_SECONDS))


async def withdraw(config: Config, hall: HallKeys, request: register_pb2.WithdrawChangesRequest) -> register_pb2.WithdrawChangesResponse:
    """Take back what waits to be confirmed."""
    return await ask(config, hall, lambda channel: _stub(channel).WithdrawChanges(request, timeout=TIMEOUT_SECONDS))


async def pending(
    config: Config, hall: HallKeys, request: register_pb2.ListPendingChangesRequest
) -> register_pb2.ListPendingChangesResponse:
    """Return what waits to be confirmed."""
    return await ask(config, hall, lambda channel: _stub(channel).ListPendingChanges(request, timeout=TIMEOUT_SECONDS))


async def history(config: Config, hall: HallKeys, request: register_pb2.GetHistoryRequest) -> register_pb2.GetHistoryResponse:
    """Return what was said of one thing of the register."""
    return await ask(config, hall, lambda channel: _stub(channel).GetHistory(request, timeout=TIMEOUT_SECONDS))
