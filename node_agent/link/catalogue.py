"""Look resources up at the hub.

Law: each function raises what `questions.ask` raises.
"""

from grpc import aio

from node_agent.config import Config
from node_agent.hall_keys import HallKeys
from node_agent.link.questions import TIMEOUT_SECONDS, ask
from tongban.directory.v1 import catalogue_pb2
from tongban.directory.v1.catalogue_pb2_grpc import CatalogueServiceStub


def _stub(channel: aio.Channel) -> "CatalogueServiceStub":
    stub: CatalogueServiceStub = CatalogueServiceStub(channel)
    return stub


async def show(config: Config, hall: HallKeys, request: catalogue_pb2.GetResourceRequest) -> catalogue_pb2.CatalogueEntry:
    """Return one resource with its fields."""
    return await ask(config, hall, lambda channel: _stub(channel).GetResource(request, timeout=TIMEOUT_SECONDS))


async def page(config: Config, hall: HallKeys, request: catalogue_pb2.ListResourcesRequest) -> catalogue_pb2.ListResourcesResponse:
    """Return a page of resources."""
    return await ask(config, hall, lambda channel: _stub(channel).ListResources(request, timeout=TIMEOUT_SECONDS))
