"""Publish answers at the hub, and ask it how threads stand.

Law: each function raises what `questions.ask` raises.
"""

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.guidance.v1 import guidance_pb2
from tongban.guidance.v1.guidance_pb2_grpc import GuidanceServiceStub


def _stub(channel: aio.Channel) -> "GuidanceServiceStub":
    stub: GuidanceServiceStub = GuidanceServiceStub(channel)
    return stub


async def publish(config: Config, hall: HallKeys, request: guidance_pb2.PublishAnswerRequest) -> guidance_pb2.PublishedAnswer:
    """Publish an answer to every hall."""
    return await ask(config, hall, lambda channel: _stub(channel).PublishAnswer(request, timeout=TIMEOUT_SECONDS))


async def withdraw(config: Config, hall: HallKeys, request: guidance_pb2.WithdrawAnswerRequest) -> guidance_pb2.PublishedAnswer:
    """Withdraw a published answer."""
    return await ask(config, hall, lambda channel: _stub(channel).WithdrawAnswer(request, timeout=TIMEOUT_SECONDS))


async def page(config: Config, hall: HallKeys, request: guidance_pb2.ListThreadsRequest) -> guidance_pb2.ListThreadsResponse:
    """Return a page of threads, as the hub sees them."""
    return await ask(config, hall, lambda channel: _stub(channel).ListThreads(request, timeout=TIMEOUT_SECONDS))
