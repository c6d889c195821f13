"""Fetch evidence of single messages from the hub.

Law: a message that the hub does not hold, or does not give to this hall, keeps none of the others from being fetched.
"""

from collections.abc import AsyncIterator, Sequence

from grpc import aio

from node_agent.config import Config
from node_agent.errors import HubRefused
from node_agent.hall_keys import HallKeys
from node_agent.link import refusals
from node_agent.link.channel import exchange_channel
from node_agent.messages import Position
from tongban.errors.v1 import errors_pb2
from tongban.errors.v1.errors_pb2 import Reason
from tongban.ledger.v1.ledger_pb2 import ExportEvidenceRequest
from tongban.ledger.v1.ledger_pb2_grpc import LedgerServiceStub

POSITIONS_A_CALL = 100
"""What the hub takes at most."""
TIMEOUT_SECONDS = 120.0

_NOT_FOUND = Reason.Name(errors_pb2.REASON_NOT_FOUND)


async def export(config: Config, hall: HallKeys, positions: Sequence[Position]) -> AsyncIterator[tuple[Position, bytes]]:
    """Yield each position with its evidence, empty where there is none for this hall.

    Raises HubRefused, HubUnreachable, OSError or CertsError.
    """
    async with exchange_channel(config, hall) as channel:
        stub: LedgerServiceStub = LedgerServiceStub(channel)
        at = 0
        while at < len(positions):
            before = at
            try:
                async for evidence in _asked(stub, hall.trust_domain, positions[at : at + POSITIONS_A_CALL]):
                    yield positions[at], evidence
                    at += 1
            except HubRefused as refused:
                if refused.reason != _NOT_FOUND:
                    raise
                yield positions[at], b""
                at += 1
            if at == before:
                raise HubRefused("REASON_UNEXPECTED_MESSAGE", "the hub answered none of the positions it was asked for")


async def _asked(stub: LedgerServiceStub, trust_domain: str, positions: Sequence[Position]) -> AsyncIterator[bytes]:
    """Yield the evidence of the positions in their order, until the hub ends the call."""
    asked = [ExportEvidenceRequest.Position(journal=one.journal(trust_domain), index=one.index) for one in positions]
    try:
        async for answer in stub.ExportEvidence(ExportEvidenceRequest(positions=asked), timeout=TIMEOUT_SECONDS):
            yield answer.evidence
    except aio.AioRpcError as error:
        raise refusals.named(error) from error
