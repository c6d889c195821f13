"""Serve tongban.enrolment.v1.EnrolmentService, on its own port, to callers without a certificate in force."""

from dataclasses import dataclass

import grpc

from hub.registry.registry import Registry
from hub.rpc.door import Doorkeeper, serve
from hub.rpc.streams import OpenCall
from tongban.enrolment.v1 import enrolment_pb2


@dataclass(frozen=True, slots=True)
class EnrolmentService:
    """Enrol and Renew."""

    registry: Registry

    def register(self, server: grpc.aio.Server, keepers: dict[str, Doorkeeper]) -> None:
        """Serve each method behind the doorkeeper of its kind of caller."""
        service = enrolment_pb2.DESCRIPTOR.services_by_name["EnrolmentService"]
        serve(server, service, {"Enrol": self.enrol, "Renew": self.renew}, keepers)

    async def enrol(self, request: enrolment_pb2.EnrolRequest, _call: OpenCall) -> enrolment_pb2.EnrolResponse:
        """Admit a hall by its token."""
        return await self.registry.enrol(request)

    async def renew(self, request: enrolment_pb2.RenewRequest, _call: OpenCall) -> enrolment_pb2.RenewResponse:
        """Give a hall's node its next certificate."""
        return await self.registry.renew(request)
