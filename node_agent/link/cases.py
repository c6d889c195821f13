"""Ask the hub about cases, for a person of the hall.

Law: each function raises what `questions.ask` raises.
"""

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.case.v1 import case_pb2
from tongban.case.v1.case_pb2_grpc import CaseServiceStub


def _stub(channel: aio.Channel) -> "CaseServiceStub":
    stub: CaseServiceStub = CaseServiceStub(channel)
    return stub


async def page(config: Config, hall: HallKeys, request: case_pb2.ListCasesRequest) -> case_pb2.ListCasesResponse:
    """Return a page of cases."""
    return await ask(config, hall, lambda channel: _stub(channel).ListCases(request, timeout=TIMEOUT_SECONDS))


async def show(config: Config, hall: HallKeys, request: case_pb2.GetCaseRequest) -> case_pb2.Case:
    """Return one case."""
    return await ask(config, hall, lambda channel: _stub(channel).GetCase(request, timeout=TIMEOUT_SECONDS))


async def timeline(config: Config, hall: HallKeys, request: case_pb2.GetTimelineRequest) -> case_pb2.GetTimelineResponse:
    """Return the events of one case."""
    return await ask(config, hall, lambda channel: _stub(channel).GetTimeline(request, timeout=TIMEOUT_SECONDS))


async def clocks(config: Config, hall: HallKeys, request: case_pb2.GetClocksRequest) -> case_pb2.GetClocksResponse:
    """Return the clocks of one case, each with its explanation."""
    return await ask(config, hall, lambda channel: _stub(channel).GetClocks(request, timeout=TIMEOUT_SECONDS))
