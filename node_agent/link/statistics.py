"""Ask the hub how many cases there are, for a person of the hall.

Law: each function raises what `questions.ask` raises.
"""

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.case.v1 import statistics_pb2
from tongban.case.v1.statistics_pb2_grpc import StatisticsServiceStub


def _stub(channel: aio.Channel) -> "StatisticsServiceStub":
    stub: StatisticsServiceStub = StatisticsServiceStub(channel)
    return stub


async def counted(config: Config, hall: HallKeys, request: statistics_pb2.GetStatisticsRequest) -> statistics_pb2.GetStatisticsResponse:
    """Return counts of cases."""
    return await ask(config, hall, lambda channel: _stub(channel).GetStatistics(request, timeout=TIMEOUT_SECONDS))
