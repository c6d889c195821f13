"""Read at the hub what was decided on questions about personal data, for an auditor.

Law: each function raises what `questions.ask` raises.
"""

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.directory.v1 import decisions_pb2
from tongban.directory.v1.decisions_pb2_grpc import DecisionServiceStub


def _stub(channel: aio.Channel) -> "DecisionServiceStub":
    stub: DecisionServiceStub = DecisionServiceStub(channel)
    return stub


async def page(config: Config, hall: HallKeys, request: decisions_pb2.ListDecisionsRequest) -> decisions_pb2.ListDecisionsResponse:
    """Return a page of decisions, in the order of the ledger."""
    return await ask(config, hall, lambda channel: _stub(channel).ListDecisions(request, timeout=TIMEOUT_SECONDS))
