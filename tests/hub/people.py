"""Ask the hub as people of a hall do: through its node, which says who they are."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import grpc

from tests.hub.hall_client import HallClient, Journal, case_envelope
from tests.hub.test_submit import opened, reason_of, receipt
from tongban.case.v1 import case_pb2, case_pb2_grpc
from tongban.directory.v1 import decisions_pb2, decisions_pb2_grpc
from tongban.directory.v1.scopes_pb2 import Principal, Purpose
from tongban.envelope.v1.envelope_pb2 import Envelope

T = TypeVar("T")

SECONDS = 20.0
AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a hall; without a role, its node."""

    client: HallClient
    role: str = ""
    department: str = ""
    person: str = "7"

    @property
    def said(self) -> Principal | None:
        return Principal(role=self.role, department=self.department, person=self.person) if self.role else None

    async def case(self, hall: str, number: str, purpose: Purpose | None = None) -> case_pb2.Case:
        request = case_pb2.GetCaseRequest(hall=hall, case_number=number, asked_by=self.said, purpose=purpose)
        return await case_pb2_grpc.CaseServiceStub(self.client.channel).GetCase(request, timeout=SECONDS)

    async def timeline(self, hall: str, number: str) -> case_pb2.GetTimelineResponse:
        request = case_pb2.GetTimelineRequest(hall=hall, case_number=number, asked_by=self.said)
        return await case_pb2_grpc.CaseServiceStub(self.client.channel).GetTimeline(request, timeout=SECONDS)

    async def clocks(self, hall: str, number: str) -> case_pb2.GetClocksResponse:
        request = case_pb2.GetClocksRequest(hall=hall, case_number=number, asked_by=self.said)
        return await case_pb2_grpc.CaseServiceStub(self.client.channel).GetClocks(request, timeout=SECONDS)

    async def cases(self, **asked: Any) -> case_pb2.ListCasesResponse:
        request = case_pb2.ListCasesRequest(asked_by=self.said, **asked)
        return await case_pb2_grpc.CaseServiceStub(self.client.channel).ListCases(request, timeout=SECONDS)

    async def decisions(self, **asked: Any) -> decisions_pb2.ListDecisionsResponse:
        request = decisions_pb2.ListDecisionsRequest(asked_by=self.said, **asked)
        return await decisions_pb2_grpc.DecisionServiceStub(self.client.channel).ListDecisions(request, timeout=SECONDS)


@dataclass(frozen=True, slots=True)
class Told:
    """What a hall tells of one of its cases."""

    case_number: str
    kind: int = case_pb2.CASE_EVENT_KIND_APPLIED
    referred_to: str = ""


async def tell(client: HallClient, told: Sequence[Told]) -> None:
    """Have a hall that has sent nothing yet tell of its cases."""
    stream, where = await opened(client)
    assert where.size == 0
    await receipt(stream, Journal(client.identity).seal([_envelope(client, one) for one in told]))
    await stream.end()


def _envelope(client: HallClient, told: Told) -> bytes:
    envelope = Envelope.FromString(case_envelope(client.identity, told.case_number, recipients=[]))
    event = case_pb2.CaseEvent(case_number=told.case_number, kind=told.kind, referred_to=told.referred_to)  # type: ignore[arg-type] # a number
    envelope.payload = event.SerializeToString()
    return envelope.SerializeToString()


async def refusal(asked: Awaitable[object]) -> str:
    """Return the reason for which something is refused, empty when it is answered."""
    try:
        await asked
    except grpc.aio.AioRpcError as error:
        return reason_of(error)
    return ""


async def eventually(look: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    """Look until what is seen holds: the read models follow the ledger a moment later."""
    async with asyncio.timeout(SECONDS):
        while not holds(seen := await look()):  # noqa: ASYNC110 - as seen from outside
            await asyncio.sleep(AGAIN_SECONDS)
    return seen


def now() -> datetime:
    return datetime.now(UTC)
