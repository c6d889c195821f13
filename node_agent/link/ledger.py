"""Ask the hub about its ledger."""

from collections.abc import Sequence

from grpc import aio

from certs.errors import CertsError
from node_agent.errors import DeliveryInvalid, LedgerRolledBack
from node_agent.ledger_view import LedgerView, Seen
from node_agent.link import refusals
from tongban.ledger.v1.ledger_pb2 import GetCheckpointRequest, GetConsistencyProofRequest
from tongban.ledger.v1.ledger_pb2_grpc import LedgerServiceStub

TIMEOUT_SECONDS = 20.0


class LedgerClient:
    """The ledger service, over the link's channel."""

    def __init__(self, channel: aio.Channel) -> None:
        self._stub: LedgerServiceStub = LedgerServiceStub(channel)

    async def consistency(self, older: int, newer: int) -> Sequence[bytes]:
        """Return the consistency proof between two sizes (RFC 6962 §2.1.2); raises HubRefused or HubUnreachable."""
        request = GetConsistencyProofRequest(from_size=older, to_size=newer)
        try:
            answer = await self._stub.GetConsistencyProof(request, timeout=TIMEOUT_SECONDS)
        except aio.AioRpcError as error:
            raise refusals.named(error) from error
        hashes: Sequence[bytes] = answer.hashes
        return hashes

    async def check_not_rolled_back(self, view: LedgerView) -> None:
        """Compare the hub's newest checkpoint with the newest we saw (G7).

        Raises LedgerRolledBack when it is older, LedgerForked when it is another of the same size.
        """
        seen = view.newest
        try:
            answer = await self._stub.GetCheckpoint(GetCheckpointRequest(), timeout=TIMEOUT_SECONDS)
        except aio.AioRpcError as error:
            raise refusals.named(error) from error
        newest = _opened(view, answer.checkpoint) if answer.checkpoint else None
        if seen is not None and (newest is None or newest.size < seen.size):
            size = newest.size if newest else 0
            notes = (seen.note, newest.note if newest else "")
            raise LedgerRolledBack(f"the hub's ledger has {size} entries, it showed us {seen.size} before", notes)


def _opened(view: LedgerView, note: str) -> Seen:
    try:
        checkpoint = view.open(note)
    except CertsError as error:
        raise DeliveryInvalid(f"the hub's ledger checkpoint does not verify: {error}", (note,)) from error
    return Seen(checkpoint.size, checkpoint.root, note)
