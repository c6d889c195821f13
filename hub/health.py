"""Serve health and reflection on the admin port, for the operator's own machine."""

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

SERVICES = (
    "tongban.exchange.v1.ExchangeService",
    "tongban.ledger.v1.LedgerService",
    "tongban.case.v1.CaseService",
    "tongban.directory.v1.DirectoryService",
    "tongban.directory.v1.DecisionService",
)


def register(server: grpc.aio.Server) -> health.aio.HealthServicer:
    """Serve grpc.health.v1 and reflection; returns what sets the state."""
    state = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(state, server)
    reflection.enable_server_reflection(
        (*SERVICES, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name, reflection.SERVICE_NAME), server
    )
    return state
