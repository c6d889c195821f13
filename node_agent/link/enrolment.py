"""Speak to the enrolment server: it knows callers without a certificate in force."""

from grpc import aio

from node_agent import enrolment, renewal
from node_agent.config import Config
from node_agent.enrolment import Invitation
from node_agent.errors import HubRefused, HubUnreachable
from node_agent.hall_keys import ROOT, HallKeys
from node_agent.link import refusals
from node_agent.link.channel import enrolment_channel
from node_agent.link.rooms import Clock
from tongban.enrolment.v1.enrolment_pb2 import EnrolResponse, RenewResponse
from tongban.enrolment.v1.enrolment_pb2_grpc import EnrolmentServiceStub

TIMEOUT_SECONDS = 30.0
FIRST_EPOCH = 1
"""Of the journal: what a hall enrols with, as long as the hub renews no epochs."""


async def enrol(config: Config, invitation: Invitation) -> EnrolResponse:
    """Use the token up and keep what it brings; the same again gives the same answer.

    Raises EnrolmentUnusable, HubRefused or HubUnreachable.
    """
    request = enrolment.request(config, invitation, FIRST_EPOCH)
    async with enrolment_channel(config, invitation.root) as channel:
        stub: EnrolmentServiceStub = EnrolmentServiceStub(channel)
        try:
            answer: EnrolResponse = await stub.Enrol(request, timeout=TIMEOUT_SECONDS)
        except aio.AioRpcError as error:
            raise _named(config, error) from error
    enrolment.accept(config, invitation, answer)
    return answer


async def renew(config: Config, hall: HallKeys, clock: Clock) -> None:
    """Put a new certificate in force; raises EnrolmentUnusable, HubRefused, HubUnreachable, OSError or CertsError."""
    request = renewal.request(hall.folder, hall.trust_domain, clock())
    async with enrolment_channel(config, (hall.folder / ROOT).read_bytes()) as channel:
        stub: EnrolmentServiceStub = EnrolmentServiceStub(channel)
        try:
            answer: RenewResponse = await stub.Renew(request, timeout=TIMEOUT_SECONDS)
        except aio.AioRpcError as error:
            raise refusals.named(error) from error
    renewal.accept(hall, answer)


def _named(config: Config, error: aio.AioRpcError) -> HubRefused | HubUnreachable:
    """Name what failed; gRPC's own words for a hub that is not reached help nobody."""
    named = refusals.named(error)
    if isinstance(named, HubUnreachable):
        address = config.hub.enrolment_address
        return HubUnreachable(f"nobody answers at {address}; is it the enrolment port, and may this machine reach it?")
    return named
