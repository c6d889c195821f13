"""Read what bad ratings opened at the hub, and answer it.

Law: each function raises what `questions.ask` raises.
"""

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.supervision.v1 import supervision_pb2
from tongban.supervision.v1.supervision_pb2 import RectificationStanding
from tongban.supervision.v1.supervision_pb2_grpc import SupervisionServiceStub


def _stub(channel: aio.Channel) -> "SupervisionServiceStub":
    stub: SupervisionServiceStub = SupervisionServiceStub(channel)
    return stub


async def listed(
    config: Config, hall: HallKeys, request: supervision_pb2.ListRectificationsRequest
) -> supervision_pb2.ListRectificationsResponse:
    """Return a page of rectifications."""
    return await ask(config, hall, lambda channel: _stub(channel).ListRectifications(request, timeout=TIMEOUT_SECONDS))


async def one(config: Config, hall: HallKeys, request: supervision_pb2.GetRectificationRequest) -> RectificationStanding:
    """Return one rectification."""
    return await ask(config, hall, lambda channel: _stub(channel).GetRectification(request, timeout=TIMEOUT_SECONDS))


async def answer(config: Config, hall: HallKeys, request: supervision_pb2.AnswerRectificationRequest) -> RectificationStanding:
    """Answer a rectification."""
    return await ask(config, hall, lambda channel: _stub(channel).AnswerRectification(request, timeout=TIMEOUT_SECONDS))


async def send_back(config: Config, hall: HallKeys, request: supervision_pb2.ReturnRectificationRequest) -> RectificationStanding:
    """Say that an answer does not do."""
    return await ask(config, hall, lambda channel: _stub(channel).ReturnRectification(request, timeout=TIMEOUT_SECONDS))


async def close(config: Config, hall: HallKeys, request: supervision_pb2.CloseRectificationRequest) -> RectificationStanding:
    """Close a rectification."""
    return await ask(config, hall, lambda channel: _stub(channel).CloseRectification(request, timeout=TIMEOUT_SECONDS))
